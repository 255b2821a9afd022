//! Which cases: a filter that stands in the address, so that it can be shared. There are no values of invoices in it but what
//! was typed to search for.

use aduana_cases::case::State;
use aduana_invoice::Category;
use aduana_redrive::request::{Query, Selection};
use form_urlencoded::Serializer;

use crate::form::Fields;

/// The states of the cases that somebody has to review.
pub(crate) const TO_REVIEW: [State; 2] = [State::Open, State::Parked];

/// The texts that a filter looks for, by their names in the address.
pub(crate) const TEXTS: [&str; 8] = ["group", "code", "seller", "source", "sender", "text", "since", "until"];

/// What cases must be like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) states: Vec<State>,
    pub(crate) category: Option<Category>,
    /// In the order of [`TEXTS`].
    texts: [Option<String>; TEXTS.len()],
}

impl Filter {
    /// What is asked for; what cannot be is left out.
    pub(crate) fn of(fields: &Fields) -> Self {
        let states = fields.all("state").filter_map(State::parse).collect();
        let category = fields.filled("category").and_then(Category::parse);
        Self { states, category, texts: TEXTS.map(|name| fields.filled(name).map(str::to_owned)) }
    }

    /// The text of that name, empty if there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        let at = TEXTS.iter().position(|known| *known == name);
        at.and_then(|at| self.texts.get(at)?.as_deref()).unwrap_or_default()
    }

    pub(crate) fn has(&self, state: State) -> bool {
        self.states.contains(&state)
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "a template passes references")]
    pub(crate) fn is(&self, category: &Category) -> bool {
        self.category.as_ref() == Some(category)
    }

    /// Whether it leaves anything out.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// As the redrive takes it. Without a state: of a group all, else those that wait to be sent.
    pub(crate) fn query(&self) -> Query {
        let [group, code, seller, source, sender, text, since, until] = self.texts.clone();
        let state = match (self.states.is_empty(), &group) {
            (false, _) => self.states.clone(),
            (true, Some(_)) => State::ALL.to_vec(),
            (true, None) => vec![State::Open],
        };
        Query { state, group, code, category: self.category, seller, source, sender, text, since, until }
    }

    pub(crate) fn selection(&self) -> Selection {
        Selection::Query(self.query())
    }

    /// The fields that make this filter again.
    pub(crate) fn fields(&self) -> Vec<(&'static str, String)> {
        let states = self.states.iter().map(|state| ("state", state.as_str().to_owned()));
        let category = self.category.iter().map(|category| ("category", category.as_str().to_owned()));
        let texts = TEXTS.into_iter().zip(&self.texts).filter_map(|(name, text)| Some((name, text.clone()?)));
        states.chain(category).chain(texts).collect()
    }

    /// The same as it stands in an address: `state=open&code=BR-02`, with `more` behind it.
    pub(crate) fn address(&self, more: &[(&str, &str)]) -> String {
        let mut address = Serializer::new(String::new());
        address.extend_pairs(self.fields());
        address.extend_pairs(more);
        address.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_comes_back_from_its_address() {
        let address = "state=open&state=parked&category=data&code=BR-CO-15&text=Ni%C3%B1o+%26+C%C3%ADa&since=2026-11-01";
        let filter = Filter::of(&Fields::parse(address.as_bytes()));
        assert_eq!(filter.address(&[]), address);
        assert_eq!(Filter::of(&Fields::parse(filter.address(&[("cursor", "x")]).as_bytes())), filter);
        assert_eq!(filter.text("text"), "Niño & Cía");
        assert_eq!(filter.query().state, [State::Open, State::Parked]);
    }

    #[test]
    fn what_cannot_be_is_left_out() {
        let filter = Filter::of(&Fields::parse(b"state=lost&category=odd&text=+&other=1"));
        assert!(filter.is_empty());
        assert_eq!(filter.query(), Query { state: vec![State::Open], ..Query::default() });
    }
}
