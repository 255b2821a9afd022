//! Whose invoices a sender may send.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The sellers of each sender, as the policy has them: `{"AIDA…":["tax:EC:1790012344001"],"AROA…:*":["tax:ES:*"],"*":["*"]}`.
///
/// Both are patterns: a text, or the beginning of one with `*` behind it. A sender may send for the sellers of every pattern that is
/// his. Without a map everybody may send everything; with one, who is not in it may send nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "BTreeMap<String, Vec<String>>")]
pub(crate) struct Senders(BTreeMap<String, Vec<String>>);

impl Senders {
    /// The most characters of a pattern: a key's part has at most 1,024 bytes.
    const PATTERN_MAX: usize = 1024;

    /// Whether this sender may send invoices of this seller. A sender that nobody has named matches `*` alone.
    pub(crate) fn may_send(&self, sender: Option<&str>, seller: &str) -> bool {
        let sender = sender.unwrap_or_default();
        let of_sender = self.0.iter().filter(|(pattern, _)| matches(pattern, sender));
        self.0.is_empty()
            || of_sender.flat_map(|(_, sellers)| sellers).any(|pattern| matches(pattern, seller))
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => text.starts_with(beginning),
        None => pattern == text,
    }
}

impl TryFrom<BTreeMap<String, Vec<String>>> for Senders {
    type Error = String;

    fn try_from(map: BTreeMap<String, Vec<String>>) -> Result<Self, String> {
        for pattern in map.iter().flat_map(|(sender, sellers)| [sender].into_iter().chain(sellers)) {
            let stem = pattern.strip_suffix('*').unwrap_or(pattern);
            if pattern.is_empty() || pattern.len() > Self::PATTERN_MAX || stem.contains('*') {
                return Err(format!(
                    "senders: {pattern:?} is no pattern: a text of at most {} bytes, with * at its end or not at all",
                    Self::PATTERN_MAX
                ));
            }
        }
        Ok(Self(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn senders(json: &str) -> Result<Senders, String> {
        #[expect(clippy::disallowed_methods, reason = "a deployment's configuration, not an invoice")]
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn a_sender_may_send_for_the_sellers_of_every_pattern_that_is_his() {
        let map = senders(
            r#"{"AIDA1":["tax:EC:1"],"AROA2:*":["tax:ES:*","tax:EC:1"],"AROA2:night":["reg:0002:7"],"kafka:*":["*"]}"#,
        )
        .unwrap();
        for (sender, seller, may) in [
            (Some("AIDA1"), "tax:EC:1", true),
            (Some("AIDA1"), "tax:EC:12", false),
            (Some("AIDA12"), "tax:EC:1", false),
            (Some("AROA2:day"), "tax:ES:B1", true),
            (Some("AROA2:day"), "reg:0002:7", false),
            (Some("AROA2:night"), "reg:0002:7", true),
            (Some("AROA2:night"), "tax:ES:B1", true),
            (Some("AROA2"), "tax:ES:B1", false),
            (Some("kafka:invoices"), "name:anybody", true),
            (Some("AIDA9"), "tax:EC:1", false),
            (None, "tax:EC:1", false),
        ] {
            assert_eq!(map.may_send(sender, seller), may, "{sender:?} for {seller}");
        }
        let open = senders(r#"{"AIDA1":["tax:EC:1"],"*":["tax:EC:*"]}"#).unwrap();
        assert!(open.may_send(None, "tax:EC:9") && !open.may_send(None, "tax:ES:9"));
        assert!(Senders::default().may_send(None, "tax:EC:1"), "without a map everybody may");
    }

    #[test]
    fn a_pattern_is_a_text_with_one_star_at_its_end_or_none() {
        let longest = "s".repeat(Senders::PATTERN_MAX);
        for (json, is_right) in [
            (format!(r#"{{"{longest}":["*"]}}"#), true),
            (format!(r#"{{"{longest}s":["*"]}}"#), false),
            (format!(r#"{{"a":["{longest}s"]}}"#), false),
            (r#"{"":["*"]}"#.to_owned(), false),
            (r#"{"a*b":["*"]}"#.to_owned(), false),
            (r#"{"a":["**"]}"#.to_owned(), false),
            (r#"{"a":[]}"#.to_owned(), true),
        ] {
            assert_eq!(senders(&json).is_ok(), is_right, "{}", &json[..20.min(json.len())]);
        }
    }
}
