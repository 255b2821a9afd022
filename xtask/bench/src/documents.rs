//! The invoices that are judged: generated, so that their sizes and faults are known.

/// An invoice, or what should have been one.
#[derive(Debug, Clone)]
pub struct Document {
    /// A name for files.
    pub name: &'static str,
    /// What it is, for tables.
    pub title: &'static str,
    /// Its bytes.
    pub body: String,
}

/// All of them, the valid ones first.
pub fn all() -> Vec<Document> {
    let valid = invoice(8, 1_200);
    let document = |name, title, body| Document { name, title, body };
    vec![
        document("valid-8", "valid, 8 lines", valid.clone()),
        document("valid-100", "valid, 100 lines", invoice(100, 0)),
        document("wrong-total", "invalid: a wrong total", wrong_total(&valid)),
        document("no-number", "invalid: no number", valid.replacen(NUMBER, "", 1)),
        document("ten-faults", "invalid: ten faults", ten_faults(&valid)),
    ]
}

const NUMBER: &str = "\"number\": \"F-1\",";

fn wrong_total(valid: &str) -> String {
    valid.replacen("\"payable\": \"", "\"payable\": \"1", 1)
}

/// Faults as they come in practice, in the form as in the contents.
fn ten_faults(valid: &str) -> String {
    let faults = [
        (NUMBER, ""),
        ("\"issue_date\": \"2026-11-20\"", "\"issue_date\": \"20/11/2026\""),
        ("\"type_code\": \"380\"", "\"type_code\": 380"),
        ("\"currency\": \"USD\"", "\"currency\": \"usd\""),
        ("\"buyer_reference\"", "\"buyerReference\""),
        ("\"city\": \"Loja\", \"country\": \"EC\"", "\"city\": \"Loja\", \"country\": \"Ecuador\""),
        ("\"quantity\": \"3\", \"unit\": \"C62\"", "\"quantity\": \"3,00\", \"unit\": \"C62\""),
        ("\"price\": { \"net\": \"15.48\" }", "\"price\": { \"net\": \"-15.48\" }"),
        ("\"code\": \"30\"", "\"code\": \"999\""),
        ("\"payable\": \"", "\"payable\": \"1"),
    ];
    faults.into_iter().fold(valid.to_owned(), |text, (right, wrong)| text.replacen(right, wrong, 1))
}

fn cents(amount: u64) -> String {
    format!("{}.{:02}", amount / 100, amount % 100)
}

/// An invoice of so many lines, at 15 %, of which so many cents were paid before.
fn invoice(lines: u64, prepaid: u64) -> String {
    let mut net = 0;
    let line = |at: u64| {
        let (quantity, price) = (at % 7 + 1, 1_000 + at * 137);
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
    format!(
        r#"{{
  "schema_version": "1.0",
  "specification_id": "urn:cen.eu:en16931:2017",
  {NUMBER}
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
        payable = cents(net + tax - prepaid),
        total = cents(net + tax),
        net = cents(net),
        tax = cents(tax),
        prepaid = cents(prepaid),
    )
}

#[cfg(test)]
mod tests {
    use aduana_invoice::{Date, Policy, Validator};

    use super::*;

    #[test]
    fn each_document_is_what_its_title_says() {
        let validator = Validator::new(Policy::default());
        let today = Date::from_ordinal_date(2026, 328).unwrap();
        for Document { name, title, body } in all() {
            let verdict = validator.judge(body.as_bytes(), today);
            assert_eq!(verdict.is_valid(), title.starts_with("valid"), "{name}");
            let reasons = match name {
                "wrong-total" | "no-number" => 1,
                // The negative price is reported twice: by itself, and by the amount of its line.
                "ten-faults" => 11,
                _ => 0,
            };
            assert_eq!(verdict.violations().len(), reasons, "{name}: {:?}", verdict.violations());
        }
    }
}
