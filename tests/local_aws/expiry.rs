//! Ended cases whose time is over. The local AWS does not read the template's time to live; that it is there is tested on the
//! template.

use serde_json::{Value, json};
use xtask::aws::{Item, text};

use crate::stack::{Stack, samples};

const LONG_AGO: &str = "2001-01-01T00:00:00.000Z";

fn reconcile(stack: &Stack) -> Value {
    stack.ask(&json!({ "action": "reconcile", "actor": "ana" }))
}

fn of<'i>(items: &'i [Item], id: &str) -> Vec<&'i Item> {
    items.iter().filter(|item| text(item, "case_id") == Some(id)).collect()
}

#[test]
fn an_ended_case_leaves_the_lists_and_all_of_it_is_marked_for_deletion() {
    let stack = Stack::deploy("expiry", &[("KeepEndedDays", "30")]);
    let bodies: Vec<String> = samples("invalid-data-").into_iter().take(3).map(|(_, body)| body).collect();
    stack.send(&bodies.iter().map(String::as_str).collect::<Vec<_>>());
    let ids: Vec<String> =
        stack.cases().iter().map(|case| text(case, "case_id").unwrap().to_owned()).collect();
    let [old, new, reopened] = ids.as_slice() else { panic!("{ids:?}") };
    let act = |action: &str, id: &str| {
        let mut request =
            json!({ "action": action, "actor": "ana", "reason": "r", "select": { "ids": [id] } });
        if action == "annotate" {
            request["note"] = "n".into();
        }
        let answer = stack.ask(&request);
        assert_eq!(answer["done"][0]["changed"], true, "{action}: {answer}");
    };
    for id in &ids {
        act("discard", id);
    }
    stack.put_back(old, LONG_AGO);
    stack.put_back(reopened, LONG_AGO);
    act("reopen", reopened);
    act("annotate", old);

    let report = reconcile(&stack);
    assert_eq!((&report["expired"], &report["failed"]), (&json!(1), &json!(0)), "{report}");
    let items = stack.case_file();
    let gone = of(&items, old);
    assert!(gone.len() >= 5, "head, body, three events and more: {}", gone.len());
    assert!(gone.iter().all(|item| item.contains_key("expires_at")), "{gone:?}");
    for id in [new, reopened] {
        assert!(of(&items, id).iter().all(|item| !item.contains_key("expires_at")), "{id}");
    }
    let all = json!({ "query": { "state": ["open", "discarded"] } });
    let listed = stack.ask(&json!({ "action": "list", "actor": "ana", "select": all }));
    assert_eq!(listed["cases"].as_array().unwrap().len(), 2, "{listed}");
    let groups = stack.ask(&json!({ "action": "groups", "actor": "ana", "query": all["query"] }));
    assert_eq!(groups["cases"], 2, "{groups}");
    for action in ["get", "reopen"] {
        let mut request = json!({ "action": action, "actor": "ana", "reason": "r" });
        if action == "get" {
            request["id"] = old.as_str().into();
        } else {
            request["select"] = json!({ "ids": [old] });
        }
        let answer = stack.ask(&request).to_string();
        assert!(answer.contains("NoSuchCase"), "{action}: {answer}");
    }
    let again = reconcile(&stack);
    assert_eq!((&again["expired"], &again["complete"]), (&json!(0), &json!(true)), "{again}");
}

#[test]
fn what_comes_for_a_case_whose_time_is_over_opens_one_of_its_own() {
    let stack = Stack::deploy("anew", &[("KeepEndedDays", "30")]);
    let (_, body) = samples("invalid-data-BR-CO-16").remove(0);
    stack.send(&[&body]);
    let [case] = stack.cases().try_into().unwrap();
    let id = text(&case, "case_id").unwrap().to_owned();
    stack.ask(&json!({ "action": "annotate", "actor": "ana", "select": { "ids": [id] }, "owner": "eva" }));
    stack.ask(&json!({ "action": "discard", "actor": "ana", "reason": "r", "select": { "ids": [id] } }));
    stack.put_back(&id, LONG_AGO);
    // The copy in the queue first: it is of an ended case.
    let report = reconcile(&stack);
    assert_eq!((&report["deleted"], &report["expired"]), (&json!(1), &json!(1)), "{report}");

    let ours = [("InvalidMessageId", id.as_str()), ("Attempt", "2")];
    stack.send_with(&body, &ours);
    let fresh: Vec<Item> =
        stack.cases().into_iter().filter(|head| !head.contains_key("expires_at")).collect();
    let [case] = &fresh[..] else { panic!("{} cases", fresh.len()) };
    let own = text(case, "case_id").unwrap();
    assert_ne!(own, id, "nobody can say any more that it was of that case");
    let shown = stack.ask(&json!({ "action": "get", "actor": "ana", "id": own, "body": "current" }));
    assert_eq!((&shown["case"]["state"], &shown["trail_intact"]), (&json!("open"), &json!(true)), "{shown}");
    assert_eq!(
        (shown["trail"].as_array().unwrap().len(), &shown["case"]["attempt"]),
        (1, &json!(1)),
        "{shown}"
    );
    let gone = stack.ask(&json!({ "action": "get", "actor": "ana", "id": id }));
    assert_eq!(gone["error"]["code"], "NoSuchCase", "{gone}");
}
