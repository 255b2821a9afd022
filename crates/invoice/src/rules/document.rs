//! The document as a whole: its periods, its parties' roles.

use crate::facts::Facts;
use crate::fault::{FaultSink, RuleFault};
use crate::model::{Field, Period};
use crate::rule::{Category, Check::Model, Rule, Severity};

pub(super) const RULES: &[Rule] = &[
    Rule::new("BR-17", Category::Data, Severity::Error, "/payee/name, /payee/identifier/id", &["BT-59", "BT-60"])
        .en("The payee has no name, or is the seller itself; leave it out when the seller is paid.")
        .es("El beneficiario del pago no tiene nombre o es el mismo vendedor; omítalo si quien cobra es el vendedor.")
        .missing(&["/payee/name"])
        .check(Model(payee)),
    Rule::new("BR-29", Category::Range, Severity::Error, "/period/end", &["BT-73", "BT-74"])
        .en("The invoicing period ends before it starts.")
        .es("El período de facturación termina antes de empezar.")
        .check(Model(period)),
    Rule::new("BR-CO-03", Category::Data, Severity::Error, "/tax_point_code", &["BT-7", "BT-8"])
        .en("The invoice has both a tax point date and a tax point code; only one is allowed.")
        .es("La factura tiene fecha y también código de devengo del impuesto; solo se admite uno de los dos.")
        .check(Model(tax_point)),
];

fn period(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    if let Field::Is(period) = &facts.invoice.period {
        in_order(found, || "/period/end".to_owned(), period);
    }
}

/// A period does not end before it starts.
pub(super) fn in_order(found: &mut FaultSink<'_>, path: impl FnOnce() -> String, period: &Period<'_>) {
    if let (Some(start), Some(end)) = (period.start.get(), period.end.get())
        && end < start
    {
        found.report(|| RuleFault::at(path()).expected(format!("≥ {start}")).actual(end));
    }
}

fn tax_point(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let invoice = facts.invoice;
    if !invoice.tax_point_date.is_absent() && !invoice.tax_point_code.is_absent() {
        found.report(|| RuleFault::at("/tax_point_code").remove());
    }
}

/// The artefact compares the payee with the seller's trading name.
fn payee(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let (Some(payee), Some(seller)) = (facts.invoice.payee.get(), facts.invoice.seller.get()) else { return };
    if let Some(name) = payee.name.text()
        && seller.trading_name.text() == Some(name)
    {
        found.report(|| RuleFault::at("/payee/name").actual(name));
    }
    let id = payee.identifier.get().and_then(|identifier| identifier.id.text());
    if let Some(id) = id
        && seller.identifiers.each().any(|(_, identifier)| identifier.id.text() == Some(id))
    {
        found.report(|| RuleFault::at("/payee/identifier/id").actual(id));
    }
}
