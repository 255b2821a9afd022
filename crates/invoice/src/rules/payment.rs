//! How it is paid.

use crate::facts::Facts;
use crate::fault::{FaultSink, RuleFault};
use crate::model::{Field, PaymentMeans};
use crate::rule::{Category, Check::Model, Rule, Severity};

pub(super) const RULES: &[Rule] = &[
    Rule::new("BR-51", Category::Range, Severity::Warning, "/payment_means/*/card/number", &["BT-87"])
        .en("The card number has more than 10 characters; give only its last 4 to 6 digits.")
        .es("El número de tarjeta tiene más de 10 caracteres; indique solo los últimos 4 a 6 dígitos.")
        .check(Model(card_number)),
    Rule::new("BR-61", Category::Data, Severity::Error, "/payment_means/*/account/id", &["BT-84"])
        .en("The payment is a credit transfer, but no account number is given.")
        .es("El pago es por transferencia, pero no se indica el número de cuenta.")
        .check(Model(account)),
    Rule::new(
        "PEPPOL-EN16931-R061",
        Category::Data,
        Severity::Error,
        "/payment_means/*/direct_debit/mandate_id",
        &["BT-89"],
    )
    .en("The payment is a direct debit, but no mandate is given.")
    .es("El pago es por domiciliación (débito directo), pero no se indica el mandato.")
    .check(Model(mandate)),
];

fn means<'m>(facts: &Facts<'m>) -> impl Iterator<Item = (usize, &'m PaymentMeans<'m>)> {
    facts.invoice.payment_means.each()
}

/// A credit transfer (UNCL4461 30, SEPA 58) needs an account. An account without its id is told by the schema, too.
fn account(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for (at, means) in means(facts) {
        let is_transfer = matches!(means.code.text(), Some("30" | "58"));
        let is_told = match &means.account {
            Field::Absent => false,
            Field::Bad(_) => true,
            Field::Is(account) => !account.id.is_absent(),
        };
        if is_transfer && !is_told {
            found.report(|| RuleFault::at(format!("/payment_means/{at}/account/id")));
        }
    }
}

/// Enough digits to know the card again, too few to use it.
fn card_number(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for (at, means) in means(facts) {
        let number = means.card.get().and_then(|card| card.number.text());
        if let Some(number) = number.filter(|number| number.chars().count() > 10) {
            let length = number.chars().count();
            let fault = || RuleFault::at(format!("/payment_means/{at}/card/number"));
            found.report(|| fault().expected("≤ 10 characters").actual(format!("{length} characters")));
        }
    }
}

/// A direct debit (UNCL4461 49, SEPA 59) needs a mandate.
fn mandate(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for (at, means) in means(facts) {
        let is_debit = matches!(means.code.text(), Some("49" | "59"));
        let is_told = match &means.direct_debit {
            Field::Absent => false,
            Field::Bad(_) => true,
            Field::Is(debit) => !debit.mandate_id.is_absent(),
        };
        if is_debit && !is_told {
            found.report(|| RuleFault::at(format!("/payment_means/{at}/direct_debit/mandate_id")));
        }
    }
}
