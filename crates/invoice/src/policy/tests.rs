use super::*;
use crate::Validator;

fn policy(json: &str) -> Policy {
    Policy::from_json(json).unwrap()
}

fn refused(json: &str) -> String {
    Policy::from_json(json).unwrap_err().to_string()
}

fn ruleset(json: &str) -> String {
    Validator::new(policy(json)).ruleset().to_owned()
}

#[test]
fn a_rule_is_off_a_warning_or_an_error() {
    let policy = policy(r#"{"rules":{"FE-D-008":"error","FE-D-009":"off","BR-CO-15":"warning"}}"#);
    assert_eq!(policy.severity("FE-D-008", Severity::Warning), Some(Severity::Error));
    assert_eq!(policy.severity("FE-D-009", Severity::Warning), None);
    assert_eq!(policy.severity("BR-CO-15", Severity::Error), Some(Severity::Warning));
    assert_eq!(policy.severity("BR-CO-16", Severity::Error), Some(Severity::Error));
}

#[test]
fn a_typing_error_is_reported_and_not_passed_over() {
    assert_eq!(refused(r#"{"rules":{"BR-CO-99":"off"}}"#), "there is no rule BR-CO-99");
    assert!(refused(r#"{"rules":{"BR-CO-15":"Off"}}"#).contains("unknown variant"));
    assert!(refused(r#"{"rule":{}}"#).contains("unknown field"));
    assert!(refused(r#"{"limits":{"max_line":1}}"#).contains("unknown field"));
    assert!(refused(r#"{"limits":{"max_lines":-1}}"#).contains("invalid value"));
    assert!(refused("").contains("EOF"));
}

#[test]
fn what_a_reader_of_the_invoice_needs_stays_an_error() {
    for code in ALWAYS_ERRORS {
        assert!(catalogue::find(code).is_some_and(|rule| rule.severity == Severity::Error), "{code}");
        for setting in ["off", "warning"] {
            let text = refused(&format!(r#"{{"rules":{{"{code}":"{setting}"}}}}"#));
            assert!(text.starts_with(code), "{text}");
        }
        assert_eq!(policy(&format!(r#"{{"rules":{{"{code}":"error"}}}}"#)).mark(), "", "nothing changed");
    }
}

#[test]
fn limits_left_out_are_the_default() {
    let limits = policy(r#"{"limits":{"max_lines":7}}"#).limits;
    assert_eq!(limits.max_lines, 7);
    assert_eq!(limits.max_body_bytes, Limits::default().max_body_bytes);
    assert_eq!(format!("{:?}", policy("{}").limits), format!("{:?}", Limits::default()));
}

#[test]
fn the_year_is_in_the_key_unless_the_policy_says_otherwise() {
    let [with, without, default] =
        [r#"{"identity":{"year":true}}"#, r#"{"identity":{"year":false}}"#, "{}"].map(policy);
    assert!(with.key.year && default.key.year && !without.key.year);
    assert_eq!((with.mark(), without.mark().len()), ("", 9), "a key of its own is a rule set of its own");
    assert!(refused(r#"{"identity":{"month":true}}"#).contains("unknown field"));
}

#[test]
fn the_rule_set_is_marked_where_it_is_not_the_default() {
    let default = Validator::new(Policy::default()).ruleset().to_owned();
    assert!(!default.contains('+'));
    // FE-D-008 is a warning anyway, and 5000 lines are the default.
    for same in
        ["{}", r#"{"rules":{}}"#, r#"{"rules":{"FE-D-008":"warning"}}"#, r#"{"limits":{"max_lines":5000}}"#]
    {
        assert_eq!(ruleset(same), default, "{same}");
    }
    let marks = [
        r#"{"rules":{"FE-D-008":"error"}}"#,
        r#"{"rules":{"FE-D-008":"off"}}"#,
        r#"{"rules":{"FE-D-009":"off"}}"#,
        r#"{"limits":{"max_lines":4999}}"#,
        r#"{"rules":{"FE-D-008":"off"},"limits":{"max_lines":4999}}"#,
    ]
    .map(ruleset);
    for (at, mark) in marks.iter().enumerate() {
        let digits = mark.strip_prefix(&format!("{default}+")).unwrap();
        assert!(digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()), "{mark}");
        assert!(!marks[..at].contains(mark), "two policies have the mark {mark}");
    }
    assert_eq!(
        ruleset(r#"{"rules":{"FE-D-008":"off","FE-D-009":"off"}}"#),
        ruleset(r#"{"rules":{"FE-D-009":"off","FE-D-008":"off"}}"#),
        "the order in which it is written changes nothing"
    );
}
