//! The calculation rules of Peppol BIS Billing 3, which EN 16931 leaves out.

use super::totals::{amount, amount_or_none};
use crate::decimal::Decimal;
use crate::facts::Facts;
use crate::facts::sum;
use crate::fault::{FaultSink, RuleFault};
use crate::model::{Field, Line, Percent};
use crate::rule::{Category, Check::Model, Rule, Severity};

pub(super) const RULES: &[Rule] = &[
    Rule::new("PEPPOL-EN16931-R005", Category::Data, Severity::Error, "/tax_currency", &["BT-6"])
        .en("The tax currency is the same as the invoice currency; leave it out.")
        .es("La moneda de impuestos es la misma que la de la factura; omítala.")
        .check(Model(currencies_differ)),
    Rule::new(
        "PEPPOL-EN16931-R040",
        Category::Data,
        Severity::Error,
        "/**/{allowances,charges}/*/amount",
        &["BT-92", "BT-99", "BT-136", "BT-141"],
    )
    .en("The amount of an allowance or charge is not its base amount times its percentage.")
    .es("El importe de un descuento o recargo no es su base por su porcentaje.")
    .check(Model(percentage_of_base)),
    Rule::new(
        "PEPPOL-EN16931-R041",
        Category::Data,
        Severity::Error,
        "/**/{allowances,charges}/*/base_amount",
        &["BT-93", "BT-100", "BT-137", "BT-142"],
    )
    .en("An allowance or charge has a percentage but no base amount.")
    .es("Un descuento o recargo tiene porcentaje pero no tiene base.")
    .check(Model(percentage_needs_base)),
    Rule::new(
        "PEPPOL-EN16931-R042",
        Category::Data,
        Severity::Error,
        "/**/{allowances,charges}/*/percentage",
        &["BT-94", "BT-101", "BT-138", "BT-143"],
    )
    .en("An allowance or charge has a base amount but no percentage.")
    .es("Un descuento o recargo tiene base pero no tiene porcentaje.")
    .check(Model(base_needs_percentage)),
    Rule::new("PEPPOL-EN16931-R046", Category::Data, Severity::Error, "/lines/*/price/net", &["BT-146"])
        .en("The net price of a line is not its gross price minus the price discount.")
        .es("El precio neto de una línea no es su precio bruto menos el descuento del precio.")
        .check(Model(net_price)),
    Rule::new(
        "PEPPOL-EN16931-R055",
        Category::Data,
        Severity::Error,
        "/totals/tax_in_tax_currency",
        &["BT-110", "BT-111"],
    )
    .en("The tax and the tax in the tax currency have different signs.")
    .es("El impuesto y el impuesto en la moneda de impuestos tienen signos distintos.")
    .check(Model(same_sign)),
    Rule::new("PEPPOL-EN16931-R110", Category::Range, Severity::Error, "/lines/*/period/start", &["BT-134"])
        .en("The period of a line starts before the invoicing period.")
        .es("El período de una línea empieza antes que el período de facturación.")
        .check(Model(starts_within)),
    Rule::new("PEPPOL-EN16931-R111", Category::Range, Severity::Error, "/lines/*/period/end", &["BT-135"])
        .en("The period of a line ends after the invoicing period.")
        .es("El período de una línea termina después que el período de facturación.")
        .check(Model(ends_within)),
    Rule::new("PEPPOL-EN16931-R120", Category::Data, Severity::Error, "/lines/*/net_amount", &["BT-131"])
        .en("The net amount of a line is not quantity times price, plus its charges, minus its allowances.")
        .es("El importe neto de una línea no es cantidad por precio, más sus recargos, menos sus descuentos.")
        .check(Model(line_amount)),
    Rule::new(
        "PEPPOL-EN16931-R121",
        Category::Range,
        Severity::Error,
        "/lines/*/price/base_quantity",
        &["BT-149"],
    )
    .en("The quantity a price refers to is not above zero.")
    .es("La cantidad a la que se refiere un precio no es mayor que cero.")
    .check(Model(base_quantity)),
    Rule::new(
        "PEPPOL-EN16931-R130",
        Category::Data,
        Severity::Error,
        "/lines/*/price/base_unit",
        &["BT-150"],
    )
    .en("The unit of a price is not the unit of its line.")
    .es("La unidad de un precio no es la unidad de su línea.")
    .check(Model(base_unit)),
];

fn currencies_differ(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let (currency, tax) = (facts.invoice.currency.text(), facts.invoice.tax_currency.text());
    if let Some(tax) = tax.filter(|tax| currency == Some(*tax)) {
        found.report(|| RuleFault::at("/tax_currency").actual(tax).remove());
    }
}

/// By how much a calculated amount may differ: 0.02, and half a unit in forints, as Peppol has it, and in the currencies that have no
/// cents: a nearer amount than that cannot be written in them.
fn slack(facts: &Facts<'_>) -> Decimal {
    let is_undivided = facts.invoice.currency.text() == Some("HUF") || facts.is_in_whole_units();
    Decimal::CENT.times(if is_undivided { 50 } else { 2 })
}

/// What allowances and charges, of the document or of a line, have in common.
struct Adjustment<'m> {
    path: &'m dyn Fn() -> String,
    amount: &'m Field<'m, Decimal>,
    base: &'m Field<'m, Decimal>,
    percentage: &'m Field<'m, Percent>,
}

macro_rules! adjustment {
    ($path:expr, $it:expr) => {
        Adjustment {
            path: &|| $path,
            amount: &$it.amount,
            base: &$it.base_amount,
            percentage: &$it.percentage,
        }
    };
}

/// Every allowance and charge that has a base or a percentage.
fn adjustments(facts: &Facts<'_>, mut look: impl FnMut(&Adjustment<'_>)) {
    let invoice = facts.invoice;
    for (list, adjustments) in [("/allowances", &invoice.allowances), ("/charges", &invoice.charges)] {
        for (at, it) in
            adjustments.each().filter(|(_, it)| !it.base_amount.is_absent() || !it.percentage.is_absent())
        {
            look(&adjustment!(format!("{list}/{at}"), it));
        }
    }
    for (line, it) in facts.lines() {
        for (list, adjustments) in [("allowances", &it.allowances), ("charges", &it.charges)] {
            for (at, it) in
                adjustments.each().filter(|(_, it)| !it.base_amount.is_absent() || !it.percentage.is_absent())
            {
                look(&adjustment!(format!("/lines/{line}/{list}/{at}"), it));
            }
        }
    }
}

fn percentage_of_base(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let (slack, decimals) = (slack(facts), facts.decimals_of_amounts());
    adjustments(facts, |it| {
        let (Some(is), Some(base), Some(percentage)) =
            (it.amount.or_zero(), it.base.get(), it.percentage.value())
        else {
            return;
        };
        if !is.is_percent_of(*base, percentage, slack) {
            let path = || format!("{}/amount", (it.path)());
            found.report(|| amount_or_none(path(), it.amount, base.percent(percentage, decimals)));
        }
    });
}

fn percentage_needs_base(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    adjustments(facts, |it| {
        if it.base.is_absent() {
            found.report(|| RuleFault::at(format!("{}/base_amount", (it.path)())));
        }
    });
}

fn base_needs_percentage(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    adjustments(facts, |it| {
        if it.percentage.is_absent() {
            found.report(|| RuleFault::at(format!("{}/percentage", (it.path)())));
        }
    });
}

fn net_price(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for (at, line) in facts.lines() {
        let Some(price) = line.price.get() else { continue };
        let (Some(gross), Some(discount)) = (price.gross.get(), price.discount.or_zero()) else { continue };
        let due = *gross - discount;
        let path = || format!("/lines/{at}/price/net");
        match &price.net {
            Field::Is(net) if *net != due => found.report(|| amount(path(), *net, due)),
            Field::Absent => {
                found.report(|| RuleFault::at(path()).expected(due.to_string()).add(due.to_string()));
            }
            Field::Is(_) | Field::Bad(_) => {}
        }
    }
}

fn same_sign(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let Some(totals) = facts.invoice.totals.get() else { return };
    if let (Some(tax), Some(other)) = (totals.tax.get(), totals.tax_in_tax_currency.get())
        && tax.signum() * other.signum() < 0
    {
        found.report(|| RuleFault::at("/totals/tax_in_tax_currency").actual(other));
    }
}

fn starts_within(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let Some(start) = facts.invoice.period.get().and_then(|period| period.start.get()) else { return };
    for (at, line) in facts.lines() {
        let line_start = line.period.get().and_then(|period| period.start.get());
        if let Some(line_start) = line_start.filter(|line_start| *line_start < start) {
            let fault = || RuleFault::at(format!("/lines/{at}/period/start"));
            found.report(|| fault().expected(format!("≥ {start}")).actual(line_start));
        }
    }
}

fn ends_within(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let Some(end) = facts.invoice.period.get().and_then(|period| period.end.get()) else { return };
    for (at, line) in facts.lines() {
        let line_end = line.period.get().and_then(|period| period.end.get());
        if let Some(line_end) = line_end.filter(|line_end| *line_end > end) {
            let fault = || RuleFault::at(format!("/lines/{at}/period/end"));
            found.report(|| fault().expected(format!("≤ {end}")).actual(line_end));
        }
    }
}

/// Peppol's own reading of what is left out: a quantity is 1, an amount or a price 0, a base quantity 1.
fn line_amount(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let (slack, one) = (slack(facts), Decimal::whole(1));
    for (at, line) in facts.lines() {
        let Some((quantity, price, per, adjustments, net)) = line_parts(line) else { continue };
        let per = if per.is_zero() { one } else { per };
        if (net - adjustments).is_quantity_times_price(quantity, price, per, slack) {
            continue;
        }
        found.report(|| {
            let path = format!("/lines/{at}/net_amount");
            let product = Decimal::quantity_times_price(quantity, price, per, facts.decimals_of_amounts());
            let Some(due) = product.map(|product| product + adjustments) else {
                return RuleFault::at(path).actual(net);
            };
            let fault = amount_or_none(path, &line.net_amount, due);
            // The amount alone corrects it if the total of the lines is right for it.
            if total_of_lines_with(facts, due - net) { fault } else { fault.suggest(Vec::new()) }
        });
    }
}

/// Whether the total of the lines is right once their sum has changed by `difference`.
fn total_of_lines_with(facts: &Facts<'_>, difference: Decimal) -> bool {
    let total = facts.invoice.totals.get().and_then(|totals| totals.lines_net.get());
    let sum = facts.lines_net.map(|sum| (sum + difference).r2());
    total.copied() == sum
}

/// Quantity, net price, base quantity, charges minus allowances, and net amount of a line, if all can be read.
fn line_parts(line: &Line<'_>) -> Option<(Decimal, Decimal, Decimal, Decimal, Decimal)> {
    let one = Decimal::whole(1);
    let or = |field: &Field<'_, Decimal>, default| match field {
        Field::Absent => Some(default),
        Field::Bad(_) => None,
        Field::Is(value) => Some(*value),
    };
    let (price, per) = match &line.price {
        Field::Absent => (Decimal::ZERO, one),
        Field::Bad(_) => return None,
        Field::Is(price) => (or(&price.net, Decimal::ZERO)?, or(&price.base_quantity, one)?),
    };
    let charges = sum(&line.charges, |charge| charge.amount.or_zero())?;
    let allowances = sum(&line.allowances, |allowance| allowance.amount.or_zero())?;
    Some((or(&line.quantity, one)?, price, per, charges - allowances, line.net_amount.or_zero()?))
}

fn base_quantity(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for (at, line) in facts.lines() {
        let base = line.price.get().and_then(|price| price.base_quantity.get());
        if let Some(base) = base.filter(|base| **base <= Decimal::ZERO) {
            found.report(|| {
                RuleFault::at(format!("/lines/{at}/price/base_quantity")).expected("> 0").actual(base)
            });
        }
    }
}

fn base_unit(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for (at, line) in facts.lines() {
        let base = line.price.get().and_then(|price| price.base_unit.text());
        let Some(base) = base.filter(|_| !line.unit.is_bad()) else { continue };
        if line.unit.text() != Some(base) {
            found.report(|| {
                let fault = RuleFault::at(format!("/lines/{at}/price/base_unit")).actual(base);
                match line.unit.text() {
                    Some(unit) => fault.expected(unit.to_owned()).replace_by(unit),
                    None => fault,
                }
            });
        }
    }
}
