//! `aduana publish`, against a queue in this process.

use insta::assert_snapshot;

use crate::common::{aduana, feed, fixture, lines, run, seen};
use crate::queue::{Answer, Queue};

#[test]
fn invoices_are_sent_byte_for_byte_even_when_invalid() {
    let queue = Queue::open(|_, _| Answer::Take);
    let files = ["valid.json", "hostile.json", "broken.json", "one-line.json"];
    let output =
        queue.for_aws(aduana(&["publish", files[0], files[1], files[2], files[3]])).output().unwrap();
    assert_snapshot!(seen(&output));
    let bodies: Vec<Vec<u8>> = queue.bodies().concat().into_iter().map(String::into_bytes).collect();
    assert_eq!(bodies, files.map(fixture));
}

#[test]
fn batches_hold_ten_and_a_mebibyte() {
    let queue = Queue::open(|_, _| Answer::Take);
    let mut input = b"{}\n".repeat(21);
    for _ in 0..3 {
        input.extend(format!("{{\"n\":\"{}\"}}\n", "x".repeat(500_000)).into_bytes());
    }
    let output = feed(queue.for_aws(aduana(&["publish", "-"])), &input);
    assert_eq!(output.status.code(), Some(0), "{}", seen(&output));
    let sizes: Vec<usize> = queue.bodies().iter().map(Vec::len).collect();
    assert_eq!(sizes.iter().sum::<usize>(), 24);
    for batch in queue.bodies() {
        assert!(batch.len() <= 10 && batch.iter().map(String::len).sum::<usize>() <= 1_048_576);
    }
}

#[test]
fn a_seller_is_a_group_without_being_named() {
    let queue = Queue::open(|_, _| Answer::Take);
    queue.for_aws(aduana(&["publish", "valid.json", "totals.json", "broken.json"])).output().unwrap();
    let groups = queue.groups().concat();
    assert_eq!(groups[0].len(), 32, "{groups:?}");
    assert_eq!(groups[0], groups[1]);
    assert_eq!(groups[2], "");
    assert!(groups[0].chars().all(|char| char.is_ascii_hexdigit()));
}

#[test]
fn what_fails_inside_a_good_answer_is_sent_again_alone() {
    let queue =
        Queue::open(|batch, body| if batch == 0 && body == "2" { Answer::Fail } else { Answer::Take });
    let output = feed(queue.for_aws(aduana(&["publish", "--input=ndjson", "-"])), b"1\n2\n3\n");
    assert_snapshot!(seen(&output));
    assert_eq!(queue.bodies(), [vec!["1", "2", "3"], vec!["2"]]);
}

#[test]
fn a_refused_message_is_reported_with_its_reason_and_the_rest_is_sent() {
    let answer = |_: usize, body: &str| if body == "2" { Answer::Refuse } else { Answer::Take };
    let too_large = "9".repeat(1_048_577);
    let input = format!("1\n2\n{too_large}\n\u{fffe}\n3\n");
    let queue = Queue::open(answer);
    let output = feed(queue.for_aws(aduana(&["publish", "--input=ndjson", "-"])), input.as_bytes());
    assert_snapshot!(seen(&output));
    assert_eq!(queue.bodies().concat(), ["1", "2", "3"]);

    let queue = Queue::open(answer);
    let output =
        feed(queue.for_aws(aduana(&["publish", "--input=ndjson", "--output=json", "-"])), input.as_bytes());
    let outcomes: Vec<_> = lines(&output.stdout)
        .iter()
        .map(|line| format!("{} {} {}", line["line"], line["outcome"], line["reason"]))
        .collect();
    assert_snapshot!(outcomes.join("\n"));
}

#[test]
fn with_check_only_the_valid_are_sent() {
    let queue = Queue::open(|_, _| Answer::Take);
    let arguments = ["publish", "--check", "--today=2026-11-24", "broken.json", "valid.json", "absent.json"];
    let output = queue.for_aws(aduana(&arguments)).output().unwrap();
    assert_snapshot!(seen(&output));
    assert_eq!(queue.bodies().concat(), [String::from_utf8(fixture("valid.json")).unwrap()]);
    let arguments = [&arguments[..], &["--lang", "es"]].concat();
    assert_snapshot!(seen(&queue.for_aws(aduana(&arguments)).output().unwrap()));
}

#[test]
fn a_rate_is_kept() {
    let queue = Queue::open(|_, _| Answer::Take);
    let start = std::time::Instant::now();
    let output = feed(queue.for_aws(aduana(&["publish", "--rate", "10/s", "-"])), &b"{}\n".repeat(15));
    assert_eq!(output.status.code(), Some(0), "{}", seen(&output));
    assert!(start.elapsed().as_millis() >= 1_000, "{:?}", start.elapsed());
    assert_eq!(aduana(&["publish", "--rate", "0", "-"]).output().unwrap().status.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_after_the_batch_and_says_what_was_sent() {
    use std::io::Read;
    use std::process::{Command, Stdio};

    let (sender, sent) = std::sync::mpsc::channel();
    let queue = Queue::open(move |_, _| {
        sender.send(()).unwrap();
        Answer::Take
    });
    let mut command = queue.for_aws(aduana(&["publish", "--rate", "2/s", "--input", "ndjson", "-"]));
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, b"1\n2\n3\n4\n5\n6\n").unwrap();
    sent.recv().unwrap();
    sent.recv().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(200));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    // Standard input is still open: it does not wait for that.
    let code = child.wait().unwrap().code();
    let (mut out, mut err) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!(code, Some(130));
    assert_eq!(out, "2 invoices sent to aduana-invoices\n");
    assert_eq!(err, "error: failed to send the rest: stopped by Ctrl-C, from <stdin>:3 on\n");
}

#[test]
fn what_is_missing_is_reported_before_anything_else() {
    assert_snapshot!(run(&["status"]));
    let mut command = aduana(&["status"]);
    command.env("AWS_REGION", "us-east-1").env("AWS_EC2_METADATA_DISABLED", "true");
    assert_snapshot!(seen(&command.output().unwrap()));
}

#[test]
fn an_unreachable_aws_is_reported_with_its_address() {
    // A port that was just free, and at which nobody listens any more.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let queue = Queue::open(|_, _| Answer::Take);
    let mut command = queue.for_aws(aduana(&["publish", "valid.json"]));
    let output = command.env("AWS_ENDPOINT_URL", format!("http://{free}")).output().unwrap();
    assert_snapshot!(seen(&output).replace(&free.port().to_string(), "PORT"));
}
