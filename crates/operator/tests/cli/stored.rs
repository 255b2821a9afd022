//! `aduana invoices` and `aduana status`, against tables in this process.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::common::{aduana, seen};
use aduana_testkit::aws_stub::AwsStub;

/// A body, its compressed form in base64, whole and in two parts, and its fingerprint.
const BODY: &str = "{\"number\": \"001-001-000000123\", \"note\": \"exact bytes\"}\n";
const PACKED: &str = "eJyrVsorzU1KLVKyUlAyMDDUhWAQMDQyVtJRUMrLL0kFSaZWJCaXKCRVlqQWK9VyAQCRPA7g";
const PARTS: [&str; 2] = ["eJyrVsorzU1KLVKyUlAyMDDUhWAQMDQyVtJR", "UMrLL0kFSaZWJCaXKCRVlqQWK9VyAQCRPA7g"];
const FINGERPRINT: &str = "b1c2c633f2bf7db97aa696e1eb8faf907638ee512a1d6205447185adf224531a";

/// The one day on which nothing was stored; `aduana status` asks for today, whatever day that is.
const EMPTY_DAY: &str = "2026-11-23";

fn item(number: &str) -> Value {
    json!({
        "seller": {"S": "tax:EC:1790011674001"}, "number": {"S": number},
        "document": {"S": format!("{number}/invoice/2026")},
        "stored_at": {"S": "2026-11-24T10:00:00.000Z"}, "stored_day": {"S": "2026-11-24"},
        "issue_date": {"S": "2026-11-20"}, "currency": {"S": "USD"}, "payable": {"S": "115.00"},
        "seller_name": {"S": "Cafetería \u{1b}[2J\u{202e}Ñandú"}, "buyer_name": {"S": "Consumidor final"},
        "warnings": {"L": [{"S": "FE-R-003"}]}, "fingerprint": {"S": FINGERPRINT},
        "body": {"B": PACKED}, "body_encoding": {"S": "deflate"}, "body_size": {"N": BODY.len().to_string()},
        "message_id": {"S": "m-1"}, "source": {"S": "sqs:aduana-invoices"}, "ruleset": {"S": "1.0"},
    })
}

/// An invoice that was set aside.
fn aside(beside: &str) -> Value {
    let mut item = item("marked");
    let more = json!({
        "seller": {"S": beside}, "document": {"S": FINGERPRINT}, "stored_day": {"S": "set-aside"}, "of_seller": {"S": "tax:EC:1790011674001"},
        "of_document": {"S": "marked/invoice/2026"}, "at": {"S": "2026-11-25T08:00:00.000Z"}, "actor": {"S": "ana"},
        "reason": {"S": "not the seller's"},
    });
    item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    item
}

/// What the table holds under a key; the numbers 1 to 3 are ordinary invoices.
fn get(request: &Value) -> Value {
    let [seller, number] = ["seller", "document"]
        .map(|name| request.pointer(&format!("/Key/{name}/S")).unwrap().as_str().unwrap());
    let item = match (seller, number) {
        ("tax:EC:1790011674001", "1/invoice/2026") => item("1"),
        // What was set aside from the number "marked".
        (beside, FINGERPRINT) if beside.starts_with("set-aside:") => aside(beside),
        (parts, "0001") if parts == format!("body:{FINGERPRINT}") => json!({"body": {"B": PARTS[0]}}),
        (parts, "0002") if parts == format!("body:{FINGERPRINT}") => json!({"body": {"B": PARTS[1]}}),
        _ => return json!({}),
    };
    json!({"Item": item})
}

fn with(mut item: Value, name: &str, value: Value) -> Value {
    item.as_object_mut().unwrap().insert(name.to_owned(), value);
    item
}

/// The documents of a number: `both` is that of an invoice and of a credit note, and other numbers begin as these do.
fn documents(prefix: &str) -> Value {
    let items: Vec<Value> = match prefix {
        "1/" => vec![item("1"), item("1/2")],
        "split/" => {
            let mut split = with(item("split"), "body_parts", json!({"N": "2"}));
            split.as_object_mut().unwrap().remove("body");
            vec![split]
        }
        "altered/" => vec![with(item("altered"), "fingerprint", json!({"S": "0".repeat(64)}))],
        "both/" => {
            let credit_note = with(item("both"), "document", json!({"S": "both/credit-note/2026"}));
            vec![item("both"), credit_note]
        }
        "marked/" => vec![json!({
            "seller": {"S": "tax:EC:1790011674001"}, "document": {"S": "marked/invoice/2026"},
            "set_aside": {"L": [{"S": FINGERPRINT}]},
        })],
        _ => Vec::new(),
    };
    json!({"Count": items.len(), "Items": items})
}

/// A page at a time: one invoice a page.
fn query(request: &Value) -> Value {
    let values = request.get("ExpressionAttributeValues").unwrap();
    let is =
        |name: &str, value: &str| values.pointer(&format!("/{name}/S")).is_some_and(|have| have == value);
    if let Some(prefix) = values.pointer("/:number/S") {
        return documents(prefix.as_str().unwrap());
    }
    if is(":key", "open#0") {
        return json!({"Items": [{"last_seen": {"S": "2026-11-23T08:00:00.000Z"}}, {"last_seen": {"S": "2026-11-24T08:00:00.000Z"}}], "Count": 2});
    }
    if is(":day", "set-aside#0") {
        return json!({"Items": [aside("set-aside:0")], "Count": 1});
    }
    if is(":seller", "tax:marks") {
        let mark = json!({"seller": {"S": "tax:marks"}, "document": {"S": "1/invoice/2026"}, "set_aside": {"L": []}});
        return json!({"Items": [mark], "Count": 1});
    }
    // All of a day is in the first slot.
    let day = values.pointer("/:day/S").or_else(|| values.pointer("/:key/S")).and_then(Value::as_str);
    let is_of_day = |day: &str| day.ends_with("#0") && !day.starts_with(EMPTY_DAY) && day.starts_with("20");
    if values.pointer("/:seller").is_some() || day.is_some_and(is_of_day) {
        let page: usize = request
            .pointer("/ExclusiveStartKey/document/S")
            .map_or(0, |number| number.as_str().unwrap().parse().unwrap());
        let key = json!({"seller": {"S": "s"}, "document": {"S": (page + 1).to_string()}});
        let mut reply = json!({"Items": [item(&(page + 1).to_string())], "Count": 1});
        if page < 2 {
            reply.as_object_mut().unwrap().insert("LastEvaluatedKey".to_owned(), key);
        }
        return reply;
    }
    json!({"Items": [], "Count": 0})
}

fn aws() -> AwsStub {
    AwsStub::answering(|action, request| match action {
        "GetItem" => get(request),
        "Query" => query(request),
        "DescribeTable" => json!({"Table": {"ItemCount": 1234}}),
        "GetQueueUrl" => {
            json!({"QueueUrl": format!("http://127.0.0.1/0/{}", request.get("QueueName").unwrap().as_str().unwrap())})
        }
        "GetQueueAttributes" => json!({"Attributes": {
            "ApproximateNumberOfMessages": "7", "ApproximateNumberOfMessagesNotVisible": "2",
            "ApproximateNumberOfMessagesDelayed": "0",
        }}),
        "GetMetricStatistics" => json!({"Datapoints": [
            {"Timestamp": 1_795_512_600, "Maximum": 31.0}, {"Timestamp": 1_795_512_660, "Maximum": 91.0},
            {"Timestamp": 1_795_512_540, "Maximum": 400.0},
        ]}),
        other => panic!("{other} was not to be called"),
    })
}

fn run(args: &[&str]) -> String {
    seen(&aws().for_aws(aduana(args)).output().unwrap())
}

#[test]
fn the_invoices_of_a_day() {
    assert_snapshot!(run(&["invoices", "list", "--day", "2026-11-24"]));
    assert_snapshot!(run(&["invoices", "list", "--day", "2026-11-24", "--output", "json", "--limit", "1"]));
}

#[test]
fn the_invoices_of_a_seller() {
    assert_snapshot!(run(&["invoices", "list", "--seller", "tax:EC:1790011674001", "--limit", "2"]));
}

#[test]
fn a_day_without_invoices() {
    assert_snapshot!(run(&["invoices", "list", "--day", EMPTY_DAY]));
}

#[test]
fn one_invoice() {
    assert_snapshot!(run(&["invoices", "show", "tax:EC:1790011674001", "1"]));
    assert_snapshot!(run(&["invoices", "show", "tax:EC:1790011674001", "1", "--output", "json"]));
}

#[test]
fn no_such_invoice() {
    assert_snapshot!(run(&["invoices", "show", "tax:EC:1790011674001", "absent"]));
}

#[test]
fn a_number_of_several_documents() {
    assert_snapshot!(run(&["invoices", "show", "tax:EC:1790011674001", "both"]));
    assert_snapshot!(run(&["invoices", "show", "tax:EC:1790011674001", "1/invoice/2026"]));
}

#[test]
fn the_exact_body_whole_or_split() {
    for number in ["1", "split"] {
        let output = aws()
            .for_aws(aduana(&["invoices", "show", "--body", "tax:EC:1790011674001", number]))
            .output()
            .unwrap();
        assert_eq!(seen(&output), format!("exit code 0\n--- standard output\n{BODY}"));
    }
}

#[test]
fn an_altered_body_is_not_shown() {
    assert_snapshot!(run(&["invoices", "show", "--body", "tax:EC:1790011674001", "altered"]));
}

#[test]
fn the_state_of_a_deployment() {
    assert_snapshot!(run(&["status"]));
    assert_snapshot!(run(&["status", "--output", "json"]));
}

#[test]
fn who_may_not_ask_for_an_age_or_a_number_of_items_sees_the_rest() {
    let refusing = AwsStub::answering(|action, request| match action {
        "GetMetricStatistics" | "DescribeTable" => {
            json!({"__type": "com.amazonaws#AccessDeniedException", "message": "User x is not authorized"})
        }
        "GetQueueUrl" => json!({"QueueUrl": "http://127.0.0.1/0/q"}),
        "GetQueueAttributes" => json!({"Attributes": {"ApproximateNumberOfMessages": "7"}}),
        "Query" => query(request),
        other => panic!("{other} was not to be called"),
    });
    let said = seen(&refusing.for_aws(aduana(&["status", "--output", "json"])).output().unwrap());
    assert!(said.contains(r#""visible":7"#) && !said.contains("oldest_seconds"), "{said}");
    assert!(said.contains(r#""today":"#) && !said.contains("1234"), "{said}");
}

#[test]
fn a_refusal_of_aws_is_reported_with_what_to_do() {
    let refusing = |code: &'static str, message: &'static str| {
        let aws = AwsStub::answering(
            move |_, _| json!({"__type": format!("com.amazonaws#{code}"), "message": message}),
        );
        seen(&aws.for_aws(aduana(&["invoices", "list"])).output().unwrap())
            .replace(&aws.address, "http://ADDRESS")
    };
    assert_snapshot!(refusing("ResourceNotFoundException", "Requested resource not found"));
    assert_snapshot!(refusing(
        "AccessDeniedException",
        "User x is not authorized to perform: dynamodb:Query"
    ));
    assert_snapshot!(refusing(
        "ExpiredTokenException",
        "The security token included in the request is expired"
    ));
    assert_snapshot!(refusing("ValidationException", "something else"));
}

#[test]
fn what_was_set_aside_is_listed_and_shown_apart() {
    let listed = run(&["invoices", "list", "--set-aside"]);
    for part in
        ["2026-11-25T08:00:00.000Z", "tax:EC:1790011674001", "marked", "ana", "not the seller's", FINGERPRINT]
    {
        assert!(listed.contains(part), "{part}: {listed}");
    }
    let missing = run(&["invoices", "show", "tax:EC:1790011674001", "marked"]);
    assert!(
        missing.starts_with("exit code 2") && missing.contains("aduana invoices list --set-aside"),
        "{missing}"
    );
    let show = ["invoices", "show", "tax:EC:1790011674001", "marked", "--set-aside", FINGERPRINT];
    let shown = run(&show);
    assert!(shown.contains("because:") && shown.contains("not the seller's"), "{shown}");
    assert_eq!(run(&[&show[..], &["--body"]].concat()), format!("exit code 0\n--- standard output\n{BODY}"));
    let marks = run(&["invoices", "list", "--seller", "tax:marks"]);
    assert!(marks.contains("no invoice was stored then"), "a mark is no invoice: {marks}");
}

#[test]
fn what_was_stored_and_what_is_held_in_spanish() {
    let spanish = |args: &[&str]| run(&[args, &["--lang", "es"]].concat());
    assert_snapshot!(spanish(&["invoices", "list", "--day", "2026-11-24", "--limit", "1"]));
    assert_snapshot!(spanish(&["invoices", "show", "tax:EC:1790011674001", "1"]));
    assert_snapshot!(spanish(&["status"]));
}
