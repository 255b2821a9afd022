//! The fault proxy itself: what it lets through, what it loses, and that a seed plays the same again.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use aduana_testkit::proxy::faults::{Fate, Faults};
use aduana_testkit::proxy::{FaultProxy, Injected};
use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use serde_json::{Value, json};

/// An AWS that writes down what it is asked.
struct Upstream {
    endpoint: String,
    seen: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
}

/// What it answers, whatever it is asked: no text, and not compressible by a proxy that thinks it knows better.
const ANSWER: &[u8] = b"\x00\xff{\"Successful\": []}\r\n\r\n ";

impl Upstream {
    fn open(answer: &'static [u8]) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let app = Router::new().fallback(move |headers: HeaderMap, body: Bytes| async move {
            log.lock().unwrap().push((headers, body));
            ([("x-amz-crc32", "1234"), ("x-odd", "\u{e9}")], answer)
        });
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), app).await.unwrap();
            });
        });
        Self { endpoint, seen }
    }

    fn bodies(&self) -> Vec<Bytes> {
        self.seen.lock().unwrap().iter().map(|(_, body)| body.clone()).collect()
    }
}

/// What a client gets: all bytes until the connection ends.
fn ask(proxy: &FaultProxy, target: &str, body: &[u8]) -> Vec<u8> {
    let address = proxy.endpoint().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "POST /a%20path?with=query HTTP/1.1\r\nHost: {address}\r\nX-Amz-Target: {target}\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    // A connection that is cut may end in an error.
    stream.read_to_end(&mut answer).ok();
    answer
}

const SEND: &str = "AmazonSQS.SendMessageBatch";

fn batch(ids: &[&str]) -> Vec<u8> {
    let entries: Vec<Value> = ids.iter().map(|id| json!({ "Id": id, "MessageBody": "b" })).collect();
    json!({ "Entries": entries }).to_string().into_bytes()
}

fn body_of(answer: &[u8]) -> &[u8] {
    let at = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    &answer[at + 4..]
}

fn json_of(bytes: &[u8]) -> Value {
    #[expect(clippy::disallowed_methods, reason = "what AWS is asked and answers, not an invoice")]
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn what_no_fault_befalls_passes_byte_for_byte_both_ways() {
    let upstream = Upstream::open(ANSWER);
    let proxy = FaultProxy::start(&upstream.endpoint, Faults::none());
    let body: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let answer = ask(&proxy, "DynamoDB_20120810.PutItem", &body);
    assert_eq!(upstream.bodies(), [body]);
    assert_eq!(body_of(&answer), ANSWER);
    let head = String::from_utf8_lossy(&answer).to_lowercase();
    assert!(head.starts_with("http/1.1 200") && head.contains("x-amz-crc32: 1234"), "{head}");
    let (headers, _) = upstream.seen.lock().unwrap()[0].clone();
    assert_eq!(headers["x-amz-target"], "DynamoDB_20120810.PutItem");
    assert_eq!(format!("http://{}", headers["host"].to_str().unwrap()), proxy.endpoint(), "as it was signed");
    assert_eq!(proxy.tally().at("PutItem", Injected::Request), 1);
}

#[test]
fn a_lost_reply_has_its_effect_upstream_and_a_server_error_has_it_sometimes() {
    let upstream = Upstream::open(ANSWER);
    let always = |faults: Faults| FaultProxy::start(&upstream.endpoint, Faults { seed: 7, ..faults });
    let lossy = always(Faults { lost_replies: 10_000, ..Faults::none() });
    for count in 1..=12 {
        let answer = ask(&lossy, SEND, b"once");
        assert!(!answer.ends_with(ANSWER), "{}", String::from_utf8_lossy(&answer));
        assert_eq!(upstream.bodies().len(), count, "it was carried out, and once");
        if lossy.tally().all(&[Injected::Hang]) > 0 {
            break;
        }
    }
    let lost = lossy.tally();
    assert!(lost.all(&[Injected::Cut, Injected::BrokenOff]) > 0, "{lost:?}");

    let before = upstream.bodies().len();
    let failing = always(Faults { server_errors: 10_000, ..Faults::none() });
    for _ in 0..40 {
        let answer = ask(&failing, SEND, b"perhaps");
        assert!(answer.starts_with(b"HTTP/1.1 50"), "{}", String::from_utf8_lossy(&answer));
    }
    let tally = failing.tally();
    let (not, after) = (tally.all(&[Injected::ServerError]), tally.all(&[Injected::ServerErrorAfter]));
    assert_eq!((not + after, after), (40, (upstream.bodies().len() - before) as u64));
    assert!(not > 0 && after > 0, "{tally:?}");
}

#[test]
fn a_batch_that_fails_in_part_is_told_entry_by_entry_and_only_the_rest_goes_on() {
    let upstream = Upstream::open(
        br#"{"Successful":[{"Id":"a","MessageId":"1"},{"Id":"b","MessageId":"2"},{"Id":"c","MessageId":"3"}]}"#,
    );
    let proxy = FaultProxy::start(&upstream.endpoint, Faults { seed: 3, parts: 10_000, ..Faults::none() });
    let texts = |value: &Value| {
        let entries = value.as_array().into_iter().flatten();
        entries.map(|entry| entry["Id"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    for _ in 0..20 {
        let seen = upstream.bodies().len();
        let answer = json_of(body_of(&ask(&proxy, SEND, &batch(&["a", "b", "c"]))));
        let failed = texts(&answer["Failed"]);
        assert!(!failed.is_empty(), "{answer}");
        assert!(texts(&answer["Successful"]).is_disjoint(&failed), "{answer}");
        if let Some(request) = upstream.bodies().get(seen) {
            let sent = texts(&json_of(request)["Entries"]);
            assert!(sent.len() == 3 || sent.is_disjoint(&failed), "all of them, or none that failed");
        }
    }
    let tally = proxy.tally();
    assert!(tally.all(&[Injected::Part]) > 0 && tally.all(&[Injected::PartAfter]) > 0, "{tally:?}");

    let single = json!({ "RequestItems": { "cases": { "Keys": [{ "k": 1 }] } } }).to_string();
    let answer = json_of(body_of(&ask(&proxy, "DynamoDB_20120810.BatchGetItem", single.as_bytes())));
    assert_eq!(answer["UnprocessedKeys"]["cases"]["Keys"], json!([{ "k": 1 }]));
}

#[test]
fn a_batch_of_alerts_fails_in_part_too() {
    let upstream = Upstream::open(
        b"<PublishBatchResponse><PublishBatchResult><Successful><member><Id>0</Id><MessageId>x</MessageId></member>\
          <member><Id>1</Id><MessageId>y</MessageId></member></Successful><Failed></Failed></PublishBatchResult></PublishBatchResponse>",
    );
    let proxy = FaultProxy::start(&upstream.endpoint, Faults { seed: 5, parts: 10_000, ..Faults::none() });
    let entries = "PublishBatchRequestEntries.member";
    let form = format!(
        "Action=PublishBatch&TopicArn=t&{entries}.1.Id=0&{entries}.1.Message=m&{entries}.2.Id=1&{entries}.2.Message=n"
    );
    let mut renumbered = false;
    for _ in 0..20 {
        let seen = upstream.bodies().len();
        let answer = ask(&proxy, "", form.as_bytes());
        let text = String::from_utf8_lossy(body_of(&answer)).into_owned();
        let (failed, sent) = text.split_once("</Failed>").unwrap();
        for id in ["<Id>0</Id>", "<Id>1</Id>"] {
            assert!(!(failed.contains(id) && sent.contains(id)), "{text}");
        }
        assert!(failed.contains("<Code>InternalError</Code>"), "{text}");
        if let Some(request) = upstream.bodies().get(seen) {
            let request = String::from_utf8_lossy(request).into_owned();
            assert!(request.contains("member.1.Id"), "entries are numbered from one: {request}");
            renumbered |= request.contains("member.1.Id=1");
        }
    }
    assert!(renumbered, "once, only the second went on");
}

#[test]
fn the_same_seed_plays_the_same_faults_and_another_one_others() {
    let play = |seed: u64| {
        let faults = Faults::usual(seed);
        (1..2_000).map(|nth| faults.turn("PutItem", nth)).collect::<Vec<_>>()
    };
    assert_eq!(play(1), play(1));
    assert_ne!(play(1), play(2));
    // And so on the wire: which of these requests are answered, and how.
    let upstream = Upstream::open(b"{}");
    let faults = Faults { seed: 11, server_errors: 3_000, throttles: 2_000, ..Faults::none() };
    let play = || {
        let proxy = FaultProxy::start(&upstream.endpoint, faults);
        let ask = |_| String::from_utf8(body_of(&ask(&proxy, SEND, &batch(&["a"]))).to_vec()).unwrap();
        (0..30).map(ask).collect::<Vec<_>>()
    };
    assert_eq!(play(), play());
}

#[test]
fn the_usual_faults_come_as_often_as_they_say_and_calm_is_calm() {
    const REQUESTS: u64 = 200_000;
    let faults = Faults::usual(1);
    let (mut errors, mut lost, mut throttled, mut seen) = (0, 0, 0, 0);
    for nth in 1..=REQUESTS {
        let turn = faults.turn("PutItem", nth);
        // What is doomed comes three times: its further attempts come on top.
        let times = if turn.is_doom { 3 } else { 1 };
        seen += times;
        match turn.fate {
            Fate::ServerError { .. } => errors += times,
            Fate::Lost(_) => lost += times,
            Fate::Throttle { .. } => throttled += times,
            Fate::Pass | Fate::Part { .. } => {}
        }
        assert!(turn.latency <= Duration::from_millis(800));
    }
    let permille = |count: u64| count * 1_000 / seen;
    assert!((47..=53).contains(&permille(errors)), "{errors} of {seen}");
    assert!((18..=22).contains(&permille(lost)), "{lost} of {seen}");
    assert!((8..=12).contains(&permille(throttled)), "{throttled} of {seen}");

    let upstream = Upstream::open(ANSWER);
    let proxy = FaultProxy::start(&upstream.endpoint, Faults { server_errors: 10_000, ..faults });
    proxy.be_calm(true);
    assert_eq!(body_of(&ask(&proxy, SEND, b"x")), ANSWER);
    proxy.be_calm(false);
    assert!(ask(&proxy, SEND, b"x").starts_with(b"HTTP/1.1 50"));
}

#[test]
fn an_ambush_lets_some_by_and_falls_on_the_next_that_it_wants() {
    let upstream = Upstream::open(ANSWER);
    let proxy = FaultProxy::start(&upstream.endpoint, Faults::none());
    let asked = Arc::new(Mutex::new(0));
    let count = Arc::clone(&asked);
    proxy.ambush(2, true, move |sender| {
        assert!(sender.ip().is_loopback());
        *count.lock().unwrap() += 1;
        // Not this one; the next.
        *count.lock().unwrap() == 2
    });
    for _ in 0..3 {
        assert_eq!(body_of(&ask(&proxy, SEND, b"let by")), ANSWER);
    }
    assert!(proxy.is_ambush_laid());
    assert_eq!(ask(&proxy, SEND, b"killed"), b"", "there is nobody to answer to");
    assert!(!proxy.is_ambush_laid());
    assert_eq!(upstream.bodies().len(), 4, "it was carried out before");
    assert_eq!(body_of(&ask(&proxy, SEND, b"after")), ANSWER);
    assert_eq!(proxy.tally().all(&[Injected::KillAfter]), 1);
}
