//! The catalogue of rules, for whoever wants to show it; and what is looked up in it, by code and by place.

use std::collections::HashMap;
use std::sync::LazyLock;

pub use crate::rule::Rule;
use crate::rules::TABLES;

/// All rules, by subject.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    TABLES.iter().flat_map(|table| table.iter())
}

/// The rule of a code.
pub fn find(code: &str) -> Option<&'static Rule> {
    INDEX.rules.get(code).map(|(_, rule)| *rule)
}

/// Where the rule of a code stands among all.
pub(crate) fn position(code: &str) -> Option<usize> {
    INDEX.rules.get(code).map(|(at, _)| *at)
}

/// The codes of the rules that are broken where nothing is at a place, given without indices; in the order of the catalogue.
pub(crate) fn missing_at(place: &str) -> &'static [&'static str] {
    INDEX.missing.get(place).map_or(&[], Vec::as_slice)
}

/// The same for an object that has neither of two fields.
pub(crate) fn one_of_at(place: &str) -> &'static [&'static str] {
    INDEX.one_of.get(place).map_or(&[], Vec::as_slice)
}

/// Codes of rules by place.
type Places = HashMap<&'static str, Vec<&'static str>>;

/// Made once, when the first rule is looked up: a document can have thousands of faults, and there are hundreds of rules.
static INDEX: LazyLock<Index> = LazyLock::new(Index::new);

struct Index {
    /// Every rule by its code, with its place among all.
    rules: HashMap<&'static str, (usize, &'static Rule)>,
    missing: Places,
    one_of: Places,
}

impl Index {
    fn new() -> Self {
        let mut index = Self { rules: HashMap::new(), missing: HashMap::new(), one_of: HashMap::new() };
        for (at, rule) in all().enumerate() {
            index.rules.insert(rule.code, (at, rule));
            for (places, codes) in [(rule.missing, &mut index.missing), (rule.one_of, &mut index.one_of)] {
                for place in places {
                    codes.entry(*place).or_default().push(rule.code);
                }
            }
        }
        index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_comes_from_who_wrote_it() {
        let origin = |code: &str| find(code).unwrap().origin();
        assert_eq!(
            ["BR-01", "FE-D-001", "PEPPOL-EN16931-R120"].map(origin),
            ["EN 16931", "Aduana", "Peppol BIS Billing 3"]
        );
    }

    #[test]
    fn what_is_looked_up_is_what_a_look_at_every_rule_finds() {
        let mut places = vec!["", "/", "/lines", "/lines/*", "/lines/0/id", "/no_such"];
        for (at, rule) in all().enumerate() {
            assert_eq!(
                all().position(|other| other.code == rule.code),
                Some(at),
                "{} is there twice",
                rule.code
            );
            assert_eq!(position(rule.code), Some(at));
            assert_eq!(find(rule.code).map(|found| found.en), Some(rule.en));
            places.extend(rule.missing.iter().chain(rule.one_of));
        }
        let codes = |is_at: &dyn Fn(&Rule) -> bool| {
            all().filter(|rule| is_at(rule)).map(|rule| rule.code).collect::<Vec<_>>()
        };
        for place in places {
            assert_eq!(missing_at(place), codes(&|rule| rule.missing.contains(&place)), "{place}");
            assert_eq!(one_of_at(place), codes(&|rule| rule.one_of.contains(&place)), "{place}");
        }
        assert!(find("FE-S-000").is_none() && position("").is_none());
    }
}
