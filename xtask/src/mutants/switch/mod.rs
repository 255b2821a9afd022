//! Every mutant of a file in its text at once, each behind its number, so that one build has them all.
//!
//! `a < b` with the mutants 7 and 8 becomes
//!
//! ```text
//! (match ::aduana_invoice::mutant_switch::at(7) { 7u32 => { a == b }, 8u32 => { a > b }, _ => { a < b } })
//! ```
//!
//! and `at`, which is in `runtime.rs`, tells the number that a process was started with; the site, here 7, is the number of
//! its first mutant. With the number 0 the text means what it meant before. Functions that constants are made of remain
//! `const`: while it compiles, the compiler gets 0.
//!
//! What stands in an operator's place binds as that did: `a - b * c` becomes `a - (b + c)`, where a change of the text alone
//! would make `a - b + c`.

mod find;
mod write;

use std::collections::BTreeMap;
use std::ops::Range;

/// A change of a file, as cargo-mutants lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) number: u32,
    pub(super) genre: Genre,
    /// Where what it changes begins, in bytes.
    pub(super) start: usize,
    pub(super) replacement: String,
    /// Whether its function returns a type that only its body says (`impl Trait`): another value would have another type.
    pub(super) is_opaque: bool,
}

/// What is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Genre {
    /// The body of a function, which becomes one value.
    FnValue,
    /// `+`, `<`, `&&`, `+=` and the like; it begins at the operator.
    BinaryOperator,
    /// `!` or `-`, which goes.
    UnaryOperator,
    /// An arm of a `match` that has one for all the rest, which goes.
    MatchArm,
    /// The condition of an arm, which becomes `true` or `false`; it begins at the expression.
    MatchArmGuard,
    /// A field of a struct expression with `..`, which goes.
    StructField,
    /// What a later cargo-mutants may do.
    Other,
}

impl Genre {
    /// By the name that cargo-mutants gives it.
    pub(super) fn named(name: &str) -> Self {
        match name {
            "FnValue" => Self::FnValue,
            "BinaryOperator" => Self::BinaryOperator,
            "UnaryOperator" => Self::UnaryOperator,
            "MatchArm" => Self::MatchArm,
            "MatchArmGuard" => Self::MatchArmGuard,
            "StructField" => Self::StructField,
            _ => Self::Other,
        }
    }
}

/// A file with its mutants in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Switched {
    pub(super) text: String,
    /// Where in the text each mutant is, to know whom the compiler means.
    pub(super) marks: Vec<Mark>,
    /// The mutants that are in the text.
    pub(super) sites: BTreeMap<u32, Site>,
    /// Those that are not.
    pub(super) refused: BTreeMap<u32, Refusal>,
}

/// Where the program asks whether a mutant is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Site {
    /// The number of the first mutant there.
    pub(super) number: u32,
    /// Whether a constant may be made by it: the compiler, which gets 0, does not ask then.
    pub(super) in_const_fn: bool,
}

/// A part of the new text, and the mutants that make it wrong if it does not compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) range: Range<usize>,
    pub(super) numbers: Vec<u32>,
    /// Whether it is what stands in the place of the code, and not around it: it would not compile alone, either.
    pub(super) is_arm: bool,
}

/// Why a mutant cannot be put behind a switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is no Rust: `||` beside a `let`.
    NoRust,
    /// It is in a constant, which is made before any number is known.
    Constant,
    /// Its function returns `impl Trait`.
    Opaque,
    /// There is nothing of this genre where it should be.
    NotFound,
}

/// `text` with all `changes` in it that can be there. An error if it is no Rust.
pub(super) fn switched(text: &str, changes: &[&Change]) -> syn::Result<Switched> {
    let found = find::find(text, changes)?;
    Ok(write::write(text, found))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each genre, and of what is refused. A change begins at the second text of it, after the first.
    const TEXT: &str = "\
const LIMIT: usize = 2 * 3;
static LATER: Lazy = Lazy::new(|| 4 * 5);
fn binary(a: i32, b: i32) -> bool { a < b + 1 }
fn compound(a: &mut i32) { *a += 1; }
fn unary(a: bool) -> bool { !a }
fn arms(a: u8) -> u8 { match a { 1 if a > 0 => 1, 2 => 2, _ => 3 } }
fn field(a: S) -> S { S { x: 1, y: 2, ..a } }
const fn constant(a: u8) -> u8 { let b = a; b }
fn chain(a: Option<u8>) -> bool { if let Some(b) = a && b > 1 && b < 9 { true } else { false } }
fn opaque() -> impl Iterator<Item = u8> { std::iter::once(1) }
";

    fn changes() -> Vec<Change> {
        use Genre::{BinaryOperator, FnValue, MatchArm, MatchArmGuard, StructField, UnaryOperator};
        let listed = [
            ("LIMIT", "*", BinaryOperator, "+"),
            ("LATER", "*", BinaryOperator, "/"),
            ("fn binary", "a < b", FnValue, "true"),
            ("fn binary", "<", BinaryOperator, "=="),
            ("fn binary", "<", BinaryOperator, ">"),
            ("fn binary", "+", BinaryOperator, "-"),
            ("fn compound", "+=", BinaryOperator, "-="),
            ("fn unary", "!", UnaryOperator, ""),
            ("fn arms", "1 if", MatchArm, ""),
            ("1 if ", "a >", MatchArmGuard, "true"),
            ("fn arms", "2 =>", MatchArm, ""),
            ("fn field", "y:", StructField, ""),
            ("fn constant", "let", FnValue, "1"),
            ("fn chain", "&& b >", BinaryOperator, "||"),
            ("fn chain", "&& b <", BinaryOperator, "||"),
            ("fn chain", "<", BinaryOperator, "<="),
            ("fn opaque", "std", FnValue, "::std::iter::empty()"),
            ("fn unary", "a", Genre::Other, "b"),
        ];
        let change = |(number, (after, at, genre, replacement)): (u32, (&str, &str, Genre, &str))| {
            let from = TEXT.find(after).expect("it is in the text") + after.len();
            // Behind the parameters and what is returned, where there are any.
            let line = TEXT[from..].lines().next().unwrap_or_default();
            let body =
                if after.starts_with("fn ") { from + line.find(" { ").map_or(0, |at| at + 3) } else { from };
            let start = body + TEXT[body..].find(at).expect("it is in the text");
            let is_opaque = after == "fn opaque";
            Change { number, genre, start, replacement: replacement.to_owned(), is_opaque }
        };
        (1..).zip(listed).map(change).collect()
    }

    fn example() -> Switched {
        switched(TEXT, &changes().iter().collect::<Vec<_>>()).expect("Rust")
    }

    #[test]
    fn each_genre_has_its_switch() {
        let expected = "\
const LIMIT: usize = 2 * 3;
static LATER: Lazy = Lazy::new(|| (match AT(2) { 2u32 => { 4 / 5 }, _ => { 4 * 5 } }));
fn binary(a: i32, b: i32) -> bool { match AT(3) { 3u32 => return true, _ => {} } \
(match AT(4) { 4u32 => { a == b + 1 }, 5u32 => { a > b + 1 }, \
_ => { a < (match AT(6) { 6u32 => { b - 1 }, _ => { b + 1 } }) } }) }
fn compound(a: &mut i32) { (match AT(7) { 7u32 => { *a -= 1 }, _ => { *a += 1 } }); }
fn unary(a: bool) -> bool { (match AT(8) { 8u32 => { a }, _ => { !a } }) }
fn arms(a: u8) -> u8 { match a { 1 if (match AT(9) { 9u32 => { false }, 10u32 => { true }, _ => { a > 0 } }) => 1, \
2 if AT(11) != 11u32 => 2, _ => 3 } }
fn field(a: S) -> S { (match AT(12) { 12u32 => { S { x: 1,  ..a } }, _ => { S { x: 1, y: 2, ..a } } }) }
const fn constant(a: u8) -> u8 { match AT(13) { 13u32 => return 1, _ => {} } let b = a; b }
fn chain(a: Option<u8>) -> bool { if let Some(b) = a && b > 1 \
&& (match AT(16) { 16u32 => { b <= 9 }, _ => { b < 9 } }) { true } else { false } }
fn opaque() -> impl Iterator<Item = u8> { std::iter::once(1) }
";
        let text = example().text.replace("::aduana_invoice::mutant_switch::at", "AT");
        assert_eq!(text, expected);
    }

    #[test]
    fn every_mutant_has_its_site_or_a_reason_why_not() {
        let switched = example();
        let refused: Vec<_> = switched.refused.iter().map(|(number, refusal)| (*number, *refusal)).collect();
        assert_eq!(
            refused,
            [
                (1, Refusal::Constant),
                (14, Refusal::NoRust),
                (15, Refusal::NoRust),
                (17, Refusal::Opaque),
                (18, Refusal::NotFound)
            ]
        );
        let all: Vec<u32> = changes().iter().map(|change| change.number).collect();
        let mut found: Vec<u32> = switched.sites.keys().chain(switched.refused.keys()).copied().collect();
        found.sort_unstable();
        assert_eq!(found, all);
        assert_eq!(switched.sites.get(&5), Some(&Site { number: 4, in_const_fn: false }));
        assert_eq!(switched.sites.get(&13), Some(&Site { number: 13, in_const_fn: true }));
    }

    /// What is not `_` in each `match` on a number, and each condition on one, is taken out again: what remains is the code.
    #[test]
    fn with_no_mutant_on_the_text_is_what_it_was() {
        let mut text = example().text.replace("::aduana_invoice::mutant_switch::at", "AT");
        while let Some(begin) = text.rfind("(match AT(") {
            let original = begin + text[begin..].find("_ => { ").expect("an arm for the code itself");
            let end = original + text[original..].find(" } })").expect("the end of it");
            let inner = text[original + "_ => { ".len()..end].to_owned();
            text.replace_range(begin..end + " } })".len(), &inner);
        }
        while let Some(begin) = text.find("match AT(") {
            let end = begin + text[begin..].find("_ => {} } ").expect("the end of it") + "_ => {} } ".len();
            text.replace_range(begin..end, "");
        }
        assert_eq!(text.replace(" if AT(11) != 11u32", ""), TEXT);
    }

    #[test]
    fn the_new_text_is_rust_and_its_marks_are_the_mutants() {
        let Switched { text, marks, sites, .. } = example();
        syn::parse_file(&text).expect("Rust");
        for number in sites.keys() {
            let arm = format!("{number}u32");
            let marked = |mark: &&Mark| mark.numbers == [*number] && text[mark.range.clone()].contains(&arm);
            assert!(marks.iter().any(|mark| marked(&mark)), "{number}");
        }
        let arm = marks.iter().find(|mark| mark.is_arm && mark.numbers == [5]).expect("the mutant's own arm");
        assert_eq!(&text[arm.range.clone()], "5u32 => { a > b + 1 },");
        let body = marks.iter().find(|mark| mark.numbers == [3, 4, 5, 6]).expect("the function's");
        assert!(text[body.range.clone()].starts_with("{ match") && !body.is_arm);
    }

    #[test]
    fn what_is_no_rust_is_an_error() {
        assert!(switched("fn f( {", &[]).is_err());
    }
}
