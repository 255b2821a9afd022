//! Invoices for the suites: the smallest that are valid, and the same with one fault.

/// A text that stands in every sample as a value and must never appear in a log, an alert, a metric or an attribute.
pub const SECRET: &str = "Comercial Quitumbe";

/// A valid Ecuadorian invoice of one line, with IVA at 15 %. `units` at 10.00 each makes its content its own.
pub fn valid(number: &str, units: u32) -> Vec<u8> {
    invoice(&format!("\"number\": \"{number}\","), units, &Totals::of(units))
}

/// The same invoice as [`valid`], to a buyer with a tax id.
pub fn valid_to_a_company(number: &str, units: u32) -> Vec<u8> {
    let text = String::from_utf8(valid(number, units)).expect("a sample is text");
    let buyer =
        r#""buyer": {"name": "Hotel Miramar", "tax_id": {"country": "EC", "number": "1790011674001"},"#;
    text.replace(r#""buyer": {"name": "Consumidor final","#, buyer).into_bytes()
}

/// The same invoice as [`valid`], its members in another order: other bytes, same content.
pub fn valid_reordered(number: &str, units: u32) -> Vec<u8> {
    let text = String::from_utf8(valid(number, units)).expect("a sample is text");
    let (first, second) = ("\"schema_version\": \"1.0\",", "\"currency\": \"USD\",");
    text.replace(first, "@").replace(second, first).replace('@', second).into_bytes()
}

/// An invoice without its number: `BR-02`, whose key cannot be read.
pub fn without_number(units: u32) -> Vec<u8> {
    invoice("", units, &Totals::of(units))
}

/// An invoice without its number, of this seller: one more kind of fault for each seller.
pub fn without_number_of_seller(seller: u32) -> Vec<u8> {
    let body = String::from_utf8(without_number(1)).expect("JSON");
    body.replacen(" S.A.", &format!(" {seller} S.A."), 1).into_bytes()
}

/// An invoice whose total with tax is wrong by 1.00: `BR-CO-15`.
pub fn wrong_total(number: &str, units: u32) -> Vec<u8> {
    let totals = Totals::of(units);
    let wrong = Totals { tax_inclusive: totals.tax_inclusive + 100, ..totals };
    invoice(&format!("\"number\": \"{number}\","), units, &wrong)
}

/// An invoice without its number of exactly `bytes` bytes: blanks after the document.
pub fn without_number_of(bytes: usize) -> Vec<u8> {
    let mut body = without_number(1);
    body.resize(bytes, b' ');
    body
}

/// Amounts in cents.
struct Totals {
    lines_net: u32,
    tax: u32,
    tax_inclusive: u32,
}

impl Totals {
    fn of(units: u32) -> Self {
        let lines_net = units * 1000;
        let tax = units * 150;
        Self { lines_net, tax, tax_inclusive: lines_net + tax }
    }
}

fn cents(amount: u32) -> String {
    format!("{}.{:02}", amount / 100, amount % 100)
}

fn invoice(number: &str, units: u32, totals: &Totals) -> Vec<u8> {
    let (net, tax, gross) = (cents(totals.lines_net), cents(totals.tax), cents(totals.tax_inclusive));
    format!(
        r#"{{
  "schema_version": "1.0",
  "specification_id": "urn:cen.eu:en16931:2017",
  {number}
  "issue_date": "2026-11-20",
  "type_code": "380",
  "currency": "USD",
  "seller": {{
    "name": "{SECRET} S.A.",
    "tax_id": {{"country": "EC", "number": "1790012344001"}},
    "address": {{"country": "EC"}}
  }},
  "buyer": {{"name": "Consumidor final", "address": {{"country": "EC"}}}},
  "lines": [
    {{
      "id": "1",
      "quantity": "{units}",
      "unit": "C62",
      "net_amount": "{net}",
      "price": {{"net": "10.00"}},
      "tax": {{"category": "S", "rate": "15"}},
      "item": {{"name": "Resma de papel"}}
    }}
  ],
  "tax_breakdown": [{{"category": "S", "rate": "15", "taxable_amount": "{net}", "tax_amount": "{tax}"}}],
  "totals": {{"lines_net": "{net}", "tax_exclusive": "{net}", "tax": "{tax}", "tax_inclusive": "{gross}", "payable": "{gross}"}}
}}
"#
    )
    .into_bytes()
}
