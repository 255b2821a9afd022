//! Answers to a batch: entries fail one by one, inside a reply that says 200.

use std::collections::HashMap;

use aduana_cases::ports::{EffectError, EffectErrorKind};

/// One answer for each of `count` entries, in order, out of what the reply says of them by their numbers.
///
/// An entry that the reply does not mention did not happen, as far as anybody can say; one that it mentions twice, with
/// different ends, neither.
pub(crate) fn answers<'a>(
    count: usize,
    effect: &'static str,
    entries: impl IntoIterator<Item = (&'a str, Result<(), EffectError>)>,
) -> Vec<Result<(), EffectError>> {
    let mut by_number: HashMap<usize, Result<(), EffectError>> = HashMap::new();
    for (id, answer) in entries {
        let Ok(number) = id.parse() else { continue };
        let known = by_number.entry(number).or_insert(Ok(()));
        if answer.is_err() {
            *known = answer;
        }
    }
    let unmentioned = || Err(EffectError::new(EffectErrorKind::Failed, effect).with_code("NoAnswerForEntry"));
    (0..count).map(|number| by_number.remove(&number).unwrap_or_else(unmentioned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_succeeds_only_if_the_reply_says_so_and_nothing_else() {
        let failure = || Err(EffectError::new(EffectErrorKind::Throttled, "send"));
        let entries =
            [("2", failure()), ("0", Ok(())), ("3", Ok(())), ("3", failure()), ("9", Ok(())), ("x", Ok(()))];
        let kinds: Vec<_> = answers(5, "send", entries)
            .into_iter()
            .map(|answer| answer.map_err(|error| error.kind))
            .collect();
        let (throttled, failed) = (Err(EffectErrorKind::Throttled), Err(EffectErrorKind::Failed));
        assert_eq!(kinds, [Ok(()), failed, throttled, throttled, failed]);
    }
}
