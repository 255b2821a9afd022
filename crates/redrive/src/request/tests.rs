use super::*;
use crate::answer::Code;

fn parse(json: &str) -> Result<Request, Failure> {
    Request::parse(json.as_bytes(), None)
}

fn code(json: &str) -> Code {
    parse(json).unwrap_err().error.code
}

#[test]
fn every_action_is_known_by_its_name() {
    let id = "0".repeat(32);
    for name in ActionName::ALL {
        let action = name.as_str();
        let more = match action {
            "get" => format!(r#","id":"{id}""#),
            "preview" => r#","select":{"group":"g"}"#.to_owned(),
            "correct" => r#","reason":"r","select":{"group":"g"},"correction":{"suggested":true}"#.to_owned(),
            "annotate" => format!(r#","select":{{"ids":["{id}"]}},"note":"n""#),
            "list" | "groups" | "reconcile" | "notify" => String::new(),
            "set_aside" => {
                r#","id":"00000000000000000000000000000000","fingerprint":"f","reason":"r""#.to_owned()
            }
            _ => r#","reason":"r","select":{"query":{"state":["open"]}}"#.to_owned(),
        };
        let request = parse(&format!(r#"{{"action":"{action}","actor":"ana"{more}}}"#)).unwrap();
        assert_eq!((request.action.name(), request.actor.as_str()), (*name, "ana"));
        assert_eq!(ActionName::parse(action), Some(*name));
        let again = Request::parse(request.to_json().as_bytes(), None).unwrap();
        assert_eq!(again.to_json(), request.to_json());
    }
}

#[test]
fn what_was_not_said_is_not_written() {
    for json in [
        r#"{"action":"notify","actor":"ana"}"#,
        r#"{"action":"notify","actor":"ana","lang":"es"}"#,
        r#"{"action":"resend","actor":"ana","reason":"r","select":{"group":"g"}}"#,
        r#"{"action":"resend","actor":"ana","reason":"r","select":{"group":"g"},"override":true,"dry_run":true}"#,
    ] {
        #[expect(clippy::disallowed_methods, reason = "a request, not an invoice")]
        let [said, written] = [json, &parse(json).unwrap().to_json()]
            .map(|json| serde_json::from_str::<serde_json::Value>(json).unwrap());
        assert_eq!(said, written);
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_what_to_do() {
    assert_eq!(code(r#"{"action":"destroy","actor":"ana"}"#), Code::UnknownAction);
    assert_eq!(code(r#"{"actor":"ana"}"#), Code::UnknownAction);
    for bad in [
        "",
        "[]",
        r#" ["list","ana"]"#,
        "null",
        r#"{"action":"list"}"#,
        r#"{"action":"list","actor":"ana","limitt":3}"#,
        r#"{"action":"list","actor":"ana","lang":"fr"}"#,
        r#"{"action":"list","actor":"ana","select":{"query":{"colour":"red"}}}"#,
        r#"{"action":"list","actor":"ana","select":{"query":{},"group":"g"}}"#,
        r#"{"action":"get","actor":"ana","id":"x"}"#,
        r#"{"action":"resend","actor":"ana","select":{"group":"g"}}"#,
        r#"{"action":"resend","actor":"ana","reason":"r","select":{"ids":["x"]}}"#,
        r#"{"action":"correct","actor":"ana","reason":"r","select":{"group":"g"},"correction":{"patch":[{"op":"alter","path":""}]}}"#,
    ] {
        assert_eq!(code(bad), Code::BadRequest, "{bad}");
    }
    for (json, says) in [
        (r#"{"action":"list"}"#, "missing field `actor`"),
        (r#"{"action":"discard","actor":"ana","select":{"group":"g"}}"#, "missing field `reason`"),
        (r#"{"action":"discard","actor":"ana","reason":"r"}"#, "missing field `select`"),
        (r#"{"action":"list","actor":"ana","colour":3}"#, "unknown field `colour`"),
        (r#"{"action":"list","actor":"ana","max":3}"#, "unknown field `max`: this action does not have it"),
        (r#"{"action":"list","actor":"ana","unmask":false}"#, "unknown field `unmask`"),
        (r#"{"action":"groups","actor":"ana","reason":"r"}"#, "unknown field `reason`"),
        (r#"{"action":"list","actor":"ana","limit":"3"}"#, r#"invalid type: string "3", expected usize"#),
        (r#"{"action":"list","actor":"ana","actor":"eva"}"#, "duplicate field `actor`"),
    ] {
        let failure = parse(json).unwrap_err();
        assert_eq!(failure.error.code, Code::BadRequest, "{json}");
        assert!(failure.error.message.contains(says), "{json}: {failure}");
    }
    // A request that cannot be read is still answered in its language, and an unknown action counts more than its fields.
    let spanish = parse(r#"{"action":"list","actor":"ana","lang":"es","colour":3}"#).unwrap_err();
    assert!(spanish.error.message.starts_with("no se puede leer la petición: "), "{spanish}");
    assert_eq!(code(r#"{"action":"destroy","colour":3}"#), Code::UnknownAction);
    assert_eq!(code(r#"{"action":5,"colour":3}"#), Code::UnknownAction);
    let spanish = parse(r#"{"action":"destruir","actor":"ana","lang":"es"}"#).unwrap_err();
    assert_eq!(spanish.error.message, "no existe tal acción");
    assert!(spanish.error.help.contains("reconcile"));
}

#[test]
fn the_verified_caller_counts_more_than_what_the_request_says() {
    let request = Request::parse(br#"{"action":"list","actor":"ana"}"#, Some("arn:aws:iam::1:user/eva"));
    assert_eq!(request.unwrap().actor, "arn:aws:iam::1:user/eva");
    assert_eq!(Request::parse(br#"{"action":"list"}"#, Some("eva")).unwrap().actor, "eva");
}

#[test]
fn numbers_of_a_correction_stay_as_they_are_written() {
    let json = r#"{"action":"preview","actor":"ana","select":{"group":"g"},"correction":{"patch":[{"op":"replace","path":"/totals/payable","value":12345678901234567890.10}]}}"#;
    let Action::Preview(Preview { correction: Some(Correction::Patch(steps)), .. }) =
        parse(json).unwrap().action
    else {
        panic!("not a patch")
    };
    assert_eq!(steps[0].value.as_ref().unwrap().get(), "12345678901234567890.10");
    assert!(parse(json).unwrap().to_json().contains("12345678901234567890.10"));
}
