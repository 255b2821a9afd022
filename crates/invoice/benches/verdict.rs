//! What a verdict costs: the whole way from bytes to verdict, against the bare parse of the same bytes, interleaved in one
//! run. `cargo bench --package aduana-invoice`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    reason = "a benchmark"
)]

use std::hint::black_box;
use std::time::Instant;

use aduana_invoice::{Date, Policy, Validator};
use time::Month;

/// So many times each body is judged in a round, and so many rounds there are; the median round counts.
const TIMES: u32 = 200;
const ROUNDS: usize = 41;

fn main() {
    let validator = Validator::new(Policy::default());
    let today = Date::from_calendar_date(2026, Month::November, 24).unwrap();
    let valid = invoice(8, "12.00");
    let wrong_total =
        String::from_utf8(valid.clone()).unwrap().replacen("\"payable\": \"", "\"payable\": \"1", 1);
    let no_number = String::from_utf8(valid.clone()).unwrap().replacen("\"number\": \"F-1\",", "", 1);
    let cases = [
        ("valid, 8 lines", valid),
        ("valid, 100 lines", invoice(100, "0.00")),
        ("invalid: a wrong total", wrong_total.into_bytes()),
        ("invalid: no number", no_number.into_bytes()),
    ];
    println!("{:<24} {:>8} {:>12} {:>12} {:>8}", "", "bytes", "parse", "verdict", "ratio");
    for (name, body) in cases {
        assert_eq!(validator.judge(&body, today).is_valid(), name.starts_with("valid"), "{name}");
        let mut parse = Vec::new();
        let mut verdict = Vec::new();
        for _ in 0..ROUNDS {
            parse.push(nanoseconds(|| {
                drop(black_box(serde_json::from_slice::<serde_json::Value>(black_box(&body))));
            }));
            verdict.push(nanoseconds(|| drop(black_box(validator.judge(black_box(&body), today)))));
        }
        let (parse, verdict) = (median(parse), median(verdict));
        println!(
            "{name:<24} {:>8} {:>9.1} µs {:>9.1} µs {:>8.2}",
            body.len(),
            parse / 1e3,
            verdict / 1e3,
            verdict / parse
        );
    }
}

fn nanoseconds(work: impl Fn()) -> f64 {
    let start = Instant::now();
    for _ in 0..TIMES {
        work();
    }
    start.elapsed().as_nanos() as f64 / f64::from(TIMES)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    *times.get(times.len() / 2).unwrap()
}

/// An invoice of so many lines, at 15 %, in whole cents.
fn invoice(lines: u32, prepaid: &str) -> Vec<u8> {
    let cents = |amount: u64| format!("{}.{:02}", amount / 100, amount % 100);
    let mut net = 0;
    let line = |at: u32| {
        let (quantity, price) = (u64::from(at % 7 + 1), u64::from(1_000 + at * 137));
        net += quantity * price;
        format!(
            r#"    {{
      "id": "{at}", "quantity": "{quantity}", "unit": "C62", "net_amount": "{}",
      "price": {{ "net": "{}" }},
      "tax": {{ "category": "S", "rate": "15" }},
      "item": {{ "name": "Resma de papel bond A4 de 75 gramos, caja número {at}", "seller_item_id": "PAP-{at:05}", "description": "Papel blanco para impresora y copiadora" }}
    }}"#,
            cents(quantity * price),
            cents(price)
        )
    };
    let lines: Vec<String> = (1..=lines).map(line).collect();
    let tax = (net * 15 + 50) / 100;
    let prepaid_cents: u64 = prepaid.replace('.', "").parse().unwrap();
    format!(
        r#"{{
  "schema_version": "1.0",
  "specification_id": "urn:cen.eu:en16931:2017",
  "number": "F-1",
  "issue_date": "2026-11-20",
  "due_date": "2026-12-20",
  "type_code": "380",
  "currency": "USD",
  "buyer_reference": "OC-2026-0417",
  "seller": {{
    "name": "Comercial Quitumbe S.A.",
    "tax_id": {{ "country": "EC", "number": "1790011674001" }},
    "address": {{ "line1": "Av. Amazonas N34-451", "city": "Quito", "postal_code": "170515", "country": "EC" }},
    "contact": {{ "name": "Facturación", "email": "facturas@example.com" }}
  }},
  "buyer": {{
    "name": "Papelería del Valle Cía. Ltda.",
    "tax_id": {{ "country": "EC", "number": "1790085783001" }},
    "address": {{ "line1": "Calle Bolívar 12-34", "city": "Loja", "country": "EC" }}
  }},
  "payment_means": [ {{ "code": "30", "account": {{ "id": "2200345678", "name": "Comercial Quitumbe S.A." }} }} ],
  "lines": [
{}
  ],
  "tax_breakdown": [ {{ "category": "S", "rate": "15", "taxable_amount": "{net}", "tax_amount": "{tax}" }} ],
  "totals": {{ "lines_net": "{net}", "tax_exclusive": "{net}", "tax": "{tax}", "tax_inclusive": "{total}", "prepaid": "{prepaid}", "payable": "{payable}" }}
}}
"#,
        lines.join(",\n"),
        payable = cents(net + tax - prepaid_cents),
        total = cents(net + tax),
        net = cents(net),
        tax = cents(tax),
    )
    .into_bytes()
}
