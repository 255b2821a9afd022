//! The project's own rules on how large, how late, how many.

use time::{Date, Duration};

use super::decimals;
use crate::decimal::Decimal;
use crate::facts::Bearer;
use crate::facts::Facts;
use crate::fault::{FaultSink, Found, RuleFault};
use crate::json::PatchOp;
use crate::model::{Field, Percent};
use crate::rule::{Category, Check::Model, Rule, Severity};

pub(super) const RULES: &[Rule] = &[
    Rule::new("FE-R-001", Category::Range, Severity::Error, "/issue_date", &[])
        .en("The issue date is in the future.")
        .es("La fecha de emisión está en el futuro.")
        .check(Model(not_ahead)),
    Rule::new("FE-R-002", Category::Range, Severity::Error, "/issue_date", &[])
        .en("The issue date is too long ago.")
        .es("La fecha de emisión es demasiado antigua.")
        .check(Model(not_too_old)),
    Rule::new("FE-R-003", Category::Range, Severity::Warning, "/due_date", &[])
        .en("The due date is before the issue date.")
        .es("La fecha de vencimiento es anterior a la fecha de emisión.")
        .check(Model(due_after_issue)),
    Rule::new("FE-R-004", Category::Range, Severity::Warning, "/due_date", &[])
        .en("The due date is too long after the issue date.")
        .es("La fecha de vencimiento es demasiado posterior a la fecha de emisión.")
        .check(Model(due_soon)),
    Rule::new("FE-R-005", Category::Range, Severity::Error, "/**/{amount,base_amount,net_amount,taxable_amount,tax_amount,base}, /totals/**", &[])
        .en("An amount is larger than the limit.")
        .es("Un importe supera el límite.")
        .check(Model(amount_in_bounds)),
    Rule::new("FE-R-006", Category::Range, Severity::Warning, "/lines/*/quantity", &[])
        .en("The quantity of a line is zero or beyond the limit.")
        .es("La cantidad de una línea es cero o supera el límite.")
        .check(Model(quantities)),
    Rule::new("FE-R-007", Category::Range, Severity::Error, "/**/rate", &[])
        .en("A rate is not between 0 and 100.")
        .es("Un porcentaje de impuesto o retención no está entre 0 y 100.")
        .check(Model(rates)),
    Rule::new("FE-R-009", Category::Range, Severity::Error, "/**/{amount,base_amount,net_amount,taxable_amount,tax_amount,base}, /totals/**", &[])
        .en("An amount has more decimals than the currency of the invoice has.")
        .es("Un importe tiene más decimales de los que admite la moneda de la factura.")
        .check(Model(minor_units_of_currency)),
    Rule::new("FE-R-010", Category::Range, Severity::Error, "/lines", &[])
        .en("The number of lines is beyond the limit.")
        .es("El número de líneas está fuera del límite.")
        .check(Model(number_of_lines)),
    Rule::new("FE-R-011", Category::Range, Severity::Warning, "/totals/payable", &[])
        .en("The amount to pay is negative; give back money with a credit note and positive amounts.")
        .es("El importe a pagar es negativo; para devolver dinero use una nota de crédito con importes positivos.")
        .check(Model(is_negative_invoice)),
    Rule::new("FE-R-012", Category::Range, Severity::Warning, "/totals/rounding", &[])
        .en("The rounding is one unit of the currency or more.")
        .es("El redondeo es de una unidad de la moneda o más.")
        .check(Model(rounding)),
    Rule::new("FE-R-013", Category::Range, Severity::Error, "/**/allowances/*/percentage", &[])
        .en("The percentage of an allowance is not between 0 and 100.")
        .es("El porcentaje de un descuento no está entre 0 y 100.")
        .check(Model(percentages)),
    Rule::new("FE-R-014", Category::Range, Severity::Warning, "/totals/prepaid", &[])
        .en("The prepaid amount is negative or larger than the total with tax.")
        .es("El importe anticipado es negativo o mayor que el total con impuestos.")
        .check(Model(prepaid)),
    Rule::new("FE-R-015", Category::Range, Severity::Warning, "/delivery/date, /tax_point_date", &[])
        .en("The delivery date or the tax point date is more than a year away from the issue date.")
        .es("La fecha de entrega o de devengo dista más de un año de la fecha de emisión.")
        .check(Model(near_issue)),
];

fn days(from: Date, to: Date) -> i64 {
    (to - from).whole_days()
}

fn not_ahead(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let Some(issued) = facts.invoice.issue_date.get() else { return };
    if days(facts.today, *issued) > i64::from(facts.limits.max_days_ahead) {
        let latest = facts.today.saturating_add(Duration::days(facts.limits.max_days_ahead.into()));
        found.report(|| RuleFault::at("/issue_date").expected(format!("≤ {latest}")).actual(issued));
    }
}

fn not_too_old(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let Some(issued) = facts.invoice.issue_date.get() else { return };
    if days(*issued, facts.today) > i64::from(facts.limits.max_days_back) {
        let earliest = facts.today.saturating_sub(Duration::days(facts.limits.max_days_back.into()));
        found.report(|| RuleFault::at("/issue_date").expected(format!("≥ {earliest}")).actual(issued));
    }
}

fn due_after_issue(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    if let (Some(issued), Some(due)) = (facts.invoice.issue_date.get(), facts.invoice.due_date.get())
        && due < issued
    {
        found.report(|| RuleFault::at("/due_date").expected(format!("≥ {issued}")).actual(due));
    }
}

fn due_soon(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    if let (Some(issued), Some(due)) = (facts.invoice.issue_date.get(), facts.invoice.due_date.get())
        && days(*issued, *due) > i64::from(facts.limits.max_days_due)
    {
        let latest = issued.saturating_add(Duration::days(facts.limits.max_days_due.into()));
        found.report(|| RuleFault::at("/due_date").expected(format!("≤ {latest}")).actual(due));
    }
}

/// Every amount of money, with its place.
fn amounts(facts: &Facts<'_>, mut look: impl FnMut(&dyn Fn() -> String, &Decimal)) {
    let invoice = facts.invoice;
    macro_rules! look {
        ($it:expr, $path:expr, $($field:ident)+) => {$(
            if let Field::Is(amount) = &$it.$field {
                look(&|| format!("{}/{}", $path, stringify!($field)), amount);
            }
        )+};
    }
    for (list, adjustments) in [("/allowances", &invoice.allowances), ("/charges", &invoice.charges)] {
        for (at, it) in adjustments.each() {
            look!(it, format_args!("{list}/{at}"), amount base_amount);
        }
    }
    if let Field::Is(totals) = &invoice.totals {
        look!(totals, "/totals", lines_net allowances charges tax_exclusive tax tax_inclusive prepaid rounding payable
            withheld net_payable);
    }
    for (at, it) in invoice.tax_breakdown.each() {
        look!(it, format_args!("/tax_breakdown/{at}"), taxable_amount tax_amount);
    }
    for (at, it) in invoice.withholdings.each() {
        look!(it, format_args!("/withholdings/{at}"), base amount);
    }
    for (line, it) in facts.lines() {
        look!(it, format_args!("/lines/{line}"), net_amount);
        for (list, adjustments) in [("allowances", &it.allowances), ("charges", &it.charges)] {
            for (at, it) in adjustments.each() {
                look!(it, format_args!("/lines/{line}/{list}/{at}"), amount base_amount);
            }
        }
    }
}

fn amount_in_bounds(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let max = Decimal::whole(i64::try_from(facts.limits.max_amount).unwrap_or(i64::MAX));
    let mut look = |path: &dyn Fn() -> String, amount: &Decimal| {
        if amount.abs() > max {
            found.report(|| RuleFault::at(path()).expected(format!("≤ {max}")).actual(amount));
        }
    };
    amounts(facts, &mut look);
    // It is in another currency than the rest, and an amount all the same.
    if let Some(Field::Is(tax)) = facts.invoice.totals.get().map(|totals| &totals.tax_in_tax_currency) {
        look(&|| "/totals/tax_in_tax_currency".to_owned(), tax);
    }
}

/// An amount has no parts smaller than its currency. Zeros that stand for nothing are no parts. Where the currency has two
/// decimals, the rules of EN 16931 on decimals say it already; the withholdings they do not know.
fn minor_units_of_currency(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let Some(units) = facts.minor_units else { return };
    let is_reported = |path: &str| {
        let is_ours = path.starts_with("/withholdings/") || OUR_TOTALS.contains(&path);
        units == decimals::MAX && !is_ours
    };
    amounts(facts, |path, amount| {
        if amount.needs_more_than(units) {
            let path = path();
            if !is_reported(&path) {
                found.report(|| RuleFault::at(path).expected(format!("≤ {units} decimals")).actual(amount));
            }
        }
    });
}

/// Takes back every suggestion that would put an amount there which has more decimals than the currency, or than EN 16931 has: the
/// rules on decimals would refuse it.
pub(super) fn take_back_refused(facts: &Facts<'_>, found: &mut [Found]) {
    let units = facts.minor_units.unwrap_or(decimals::MAX);
    let is_refused = |step: &PatchOp| match step {
        PatchOp::Add { path, value } | PatchOp::Replace { path, value } if is_amount(path) => {
            let amount = value.as_str().and_then(|value| Decimal::parse(value, 15));
            amount.is_some_and(|amount| amount.needs_more_than(units.min(decimals::MAX)))
        }
        _ => false,
    };
    for Found { fault, .. } in found {
        if fault.suggestion.iter().any(is_refused) {
            fault.suggestion.clear();
        }
    }
}

/// Whether an amount in the currency of the invoice stands at this place.
fn is_amount(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    match path.strip_prefix("/totals/") {
        Some(name) => name != "tax_in_tax_currency",
        None => {
            matches!(name, "amount" | "base_amount" | "net_amount" | "taxable_amount" | "tax_amount" | "base")
        }
    }
}

/// The totals that EN 16931 does not have.
const OUR_TOTALS: [&str; 2] = ["/totals/withheld", "/totals/net_payable"];

fn quantities(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let max = Decimal::whole(1_000_000_000);
    for (at, line) in facts.lines() {
        if let Some(quantity) =
            line.quantity.get().filter(|quantity| quantity.is_zero() || quantity.abs() > max)
        {
            let fault = || RuleFault::at(format!("/lines/{at}/quantity"));
            found.report(|| fault().expected(format!("≠ 0, ≤ {max}")).actual(quantity));
        }
    }
}

/// A percentage outside 0 to 100.
fn percent(found: &mut FaultSink<'_>, path: impl FnOnce() -> String, percent: &Field<'_, Percent>) {
    let outside = |percent: &Decimal| percent.is_negative() || *percent > Decimal::whole(100);
    if let Some(percent) = percent.value().filter(outside) {
        found.report(|| RuleFault::at(path()).expected("0 … 100").actual(percent));
    }
}

fn rates(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for bearer in [Bearer::Line, Bearer::Allowance, Bearer::Charge] {
        for (at, tax) in facts.bearers(bearer) {
            percent(found, || format!("{}/{at}/tax/rate", bearer.list()), &tax.rate);
        }
    }
    for (at, it) in facts.invoice.tax_breakdown.each() {
        percent(found, || format!("/tax_breakdown/{at}/rate"), &it.rate);
    }
    for (at, it) in facts.invoice.withholdings.each() {
        percent(found, || format!("/withholdings/{at}/rate"), &it.rate);
    }
}

fn percentages(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for (at, it) in facts.invoice.allowances.each() {
        percent(found, || format!("/allowances/{at}/percentage"), &it.percentage);
    }
    for (line, it) in facts.lines() {
        for (at, it) in it.allowances.each() {
            percent(found, || format!("/lines/{line}/allowances/{at}/percentage"), &it.percentage);
        }
    }
}

fn number_of_lines(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let (lines, max) = (facts.invoice.lines.get().map_or(0, Vec::len), facts.limits.max_lines);
    if lines > max {
        found.report(|| RuleFault::at("/lines").expected(format!("≤ {max}")).actual(lines));
    }
}

fn is_negative_invoice(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let payable = facts.invoice.totals.get().and_then(|totals| totals.payable.get());
    if let Some(payable) = payable.filter(|payable| payable.is_negative())
        && facts.invoice.type_code.text() == Some("380")
    {
        found.report(|| RuleFault::at("/totals/payable").expected("≥ 0").actual(payable));
    }
}

fn rounding(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let rounding = facts.invoice.totals.get().and_then(|totals| totals.rounding.get());
    if let Some(rounding) = rounding.filter(|rounding| rounding.abs() >= Decimal::whole(1)) {
        found.report(|| RuleFault::at("/totals/rounding").expected("< 1").actual(rounding));
    }
}

fn prepaid(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let Some(totals) = facts.invoice.totals.get() else { return };
    let (Some(prepaid), Some(total)) = (totals.prepaid.get(), totals.tax_inclusive.get()) else { return };
    if !total.is_negative() && (prepaid.is_negative() || prepaid > total) {
        found.report(|| RuleFault::at("/totals/prepaid").expected(format!("0 … {total}")).actual(prepaid));
    }
}

fn near_issue(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let invoice = facts.invoice;
    let Some(issued) = invoice.issue_date.get() else { return };
    let delivered = invoice.delivery.get().and_then(|delivery| delivery.date.get());
    for (path, date) in [("/delivery/date", delivered), ("/tax_point_date", invoice.tax_point_date.get())] {
        if let Some(date) = date.filter(|date| days(*issued, **date).abs() > 366) {
            found.report(|| RuleFault::at(path).actual(date));
        }
    }
}
