//! Any attributes of any body: packed for the queue, and unpacked again.

use aduana_cases::attributes::{self, Producer, ToHold, ToResend, unpack};
use aduana_cases::case::Reasons;
use aduana_cases::claim::ClaimCheck;
use aduana_cases::message::{Attribute, AttributeValue, BodyVersion, CaseId, Source};
use aduana_invoice::{Category, Fingerprint, Severity, Summary, Violation};

use super::Meter;
use crate::world::limits;

/// More than SQS delivers, and less than takes long.
const BYTES_MAX: usize = 1_200_000;

/// What is packed fits SQS, and comes back whole, or is named where it does not fit.
pub fn attributes(data: &[u8], meter: &mut impl Meter) {
    let mut bytes = Bytes { rest: data, left: BYTES_MAX };
    let (attempt, errors) = (u32::from(bytes.byte()) + 1, usize::from(bytes.byte()));
    let body = bytes.text();
    let producer: Vec<Attribute> = std::iter::from_fn(|| bytes.attribute()).take(64).collect();
    meter.enlarged_to(BYTES_MAX - bytes.left);
    let id = CaseId::parse(&"0123456789abcdef".repeat(2)).expect("an id");
    let source = Source::Sqs { queue: "aduana-invoices".to_owned() };
    let reasons = reasons(errors);
    let held = ToHold {
        id: &id,
        attempt,
        source: &source,
        ruleset: "1.0",
        reasons: &reasons,
        body: &body,
        producer: &producer,
    };
    let message = meter.run("hold", || attributes::pack(&held));
    limits::message(&message.body, &message.attributes);
    assert_same_body(&message.body, &body);
    let carried = meter.run("unpack", || unpack(&message.attributes)).expect("it was held");
    assert_eq!((&carried.case, carried.attempt), (&id, attempt + 1));
    assert_eq!(carried.source.as_ref(), Some(&source));
    assert_same_attributes(carried.producer, &producer, &body);

    let (version, name) = (BodyVersion::received(attempt), source.to_string());
    let resend = || {
        attributes::pack_resend(&ToResend {
            id: &id,
            attempt: attempt + 1,
            version,
            source: &name,
            body: &body,
            producer: &producer,
            group: "g".to_owned(),
        })
    };
    let message = meter.run("resend", resend);
    limits::message(&message.body, &message.attributes);
    assert_same_body(&message.body, &body);
    let carried = unpack(&message.attributes).expect("it was held");
    assert_eq!((carried.case, carried.attempt), (id, attempt + 1));
    assert_same_attributes(carried.producer, &producer, &body);
}

fn assert_same_body(sent: &str, body: &[u8]) {
    if sent.as_bytes() != body {
        let claim = ClaimCheck::parse(sent.as_bytes()).expect("the body, or what names it");
        assert_eq!(claim.sha256, Fingerprint::of(body).to_string());
    }
}

fn assert_same_attributes(came_back: Producer, producer: &[Attribute], body: &[u8]) {
    let sorted = |mut attributes: Vec<Attribute>| {
        attributes.sort();
        attributes
    };
    match came_back {
        Producer::Here(attributes) => assert!(sorted(attributes) == sorted(producer.to_vec()), "others"),
        Producer::InCaseFile { .. } => {
            let size: usize = producer.iter().map(Attribute::size).sum();
            assert!(size + body.len() > 100_000, "they would have fitted: {size} bytes");
        }
    }
}

fn reasons(errors: usize) -> Reasons {
    let violation = |line| Violation {
        code: "BR-24",
        category: Category::Data,
        severity: Severity::Error,
        path: format!("/lines/{line}/net_amount"),
        term: None,
        expected: None,
        actual: None,
        suggestion: Vec::new(),
    };
    Reasons::new((0..errors.max(1)).map(violation).collect(), &Summary::default())
}

/// Any bytes, read as something else; zeros where they end.
struct Bytes<'d> {
    rest: &'d [u8],
    left: usize,
}

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        *first
    }

    /// A length and as many bytes. Of the byte before, most values mean nothing; the last sixteen mean that they are repeated, by
    /// powers of two: what is large is slow to try, and need not be tried each time.
    fn text(&mut self) -> Vec<u8> {
        let times = 1_usize << self.byte().saturating_sub(0xF0);
        let length = usize::from(self.byte()).min(self.rest.len());
        let (text, rest) = self.rest.split_at(length);
        self.rest = rest;
        let times = times.min(self.left / length.max(1));
        self.left -= times * length;
        text.repeat(times)
    }

    fn attribute(&mut self) -> Option<Attribute> {
        if self.rest.is_empty() {
            return None;
        }
        let kind = self.byte();
        let name = match kind / 16 {
            at @ 0..=6 => attributes::names::OURS[usize::from(at)].to_owned(),
            _ => String::from_utf8_lossy(&self.text()).into_owned(),
        };
        let value = self.text();
        let types = ["String", "Number", "String.label", "Number.int", "Strange", ""];
        let data_type = types[usize::from(kind % 6)].to_owned();
        let value = match String::from_utf8(value) {
            Ok(value) if kind % 16 < 12 => AttributeValue::Text { data_type, value },
            Ok(value) => AttributeValue::Binary { data_type: "Binary".to_owned(), value: value.into_bytes() },
            Err(error) => {
                let data_type = if kind.is_multiple_of(2) { "Binary" } else { "Binary.null" };
                AttributeValue::Binary { data_type: data_type.to_owned(), value: error.into_bytes() }
            }
        };
        Some(Attribute { name, value })
    }
}
