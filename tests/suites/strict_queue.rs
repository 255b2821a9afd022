//! The event source mapping of the strict world takes a partial batch response as AWS documents it: the emulators do not,
//! so that everything else rests on this.

use aduana_testkit::world::{deleted, reply};
use serde_json::{Value, json};

fn batch() -> Vec<String> {
    ["a", "b", "c"].map(str::to_owned).to_vec()
}

#[test]
fn complete_success() {
    for reply in
        [json!(null), json!({}), json!({"batchItemFailures": null}), json!({"batchItemFailures": []})]
    {
        assert_eq!(deleted(&batch(), Some(&reply)), batch(), "{reply}");
    }
}

#[test]
fn complete_failure() {
    let failures =
        |id: Value| json!({"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": id}]});
    for reply in [
        failures(json!("")),
        failures(json!(null)),
        failures(json!("unknown")),
        failures(json!({"partition": "t-0", "offset": 1})),
        json!({"batchItemFailures": [{"itemidentifier": "a"}]}),
        json!({"batchItemFailures": [{}]}),
        json!({"batchItemFailures": "a"}),
        json!({"failures": []}),
        json!("done"),
        json!([]),
    ] {
        assert_eq!(deleted(&batch(), Some(&reply)), [""; 0], "{reply}");
    }
    assert_eq!(deleted(&batch(), None), [""; 0], "the function failed");
}

#[test]
fn partial_failure() {
    assert_eq!(deleted(&batch(), Some(&reply(&["b".to_owned()]))), ["a", "c"]);
}
