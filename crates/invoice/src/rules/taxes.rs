//! The tax breakdown, whatever the category.

use super::parties::countries;
use super::totals::{amount, totals_set_right};
use crate::decimal::Decimal;
use crate::facts::Bearer;
use crate::facts::Facts;
use crate::fault::{FaultSink, RuleFault};
use crate::model::{Field, TaxBreakdown};
use crate::rule::{Category, Check::Model, Rule, Severity};

pub(super) const RULES: &[Rule] = &[
    Rule::new("BR-48", Category::Structure, Severity::Error, "/tax_breakdown/*/rate", &["BT-119"])
        .en("An entry of the tax breakdown has no rate; only what is not subject to tax (category O) goes without.")
        .es("Una entrada del desglose de impuestos no tiene porcentaje; solo lo no sujeto a impuesto (categoría O) va sin él.")
        .check(Model(rate_is_there)),
    Rule::new("BR-CO-17", Category::Data, Severity::Error, "/tax_breakdown/*/tax_amount", &["BT-117"])
        .en("A tax amount of the tax breakdown is not its taxable amount times its rate.")
        .es("Un importe del desglose de impuestos no es su base imponible por su porcentaje.")
        .check(Model(tax_amount)),
    Rule::new("BR-IC-11", Category::Data, Severity::Error, "/delivery/date", &["BT-72", "BG-14"])
        .en("An intra-community supply (category K) has neither a delivery date nor an invoicing period.")
        .es("Una entrega intracomunitaria (categoría K) no tiene fecha de entrega ni período de facturación.")
        .check(Model(delivery_date)),
    Rule::new("BR-IC-12", Category::Data, Severity::Error, "/delivery/address/country", &["BT-80"])
        .en("An intra-community supply (category K) does not say to which country the goods went.")
        .es("Una entrega intracomunitaria (categoría K) no indica el país de entrega.")
        .check(Model(delivery_country)),
    Rule::new("BR-O-11", Category::Data, Severity::Error, "/tax_breakdown/*/category", &["BT-118", "BT-151"])
        .en("An invoice not subject to tax (category O) has another category in its tax breakdown.")
        .es("Una factura no sujeta a impuesto (categoría O) tiene otra categoría en el desglose de impuestos.")
        .check(Model(only_o_in_breakdown)),
    Rule::new("BR-O-12", Category::Data, Severity::Error, "/lines/*/tax/category", &["BT-118", "BT-151"])
        .en("An invoice not subject to tax (category O) has a line of another category.")
        .es("Una factura no sujeta a impuesto (categoría O) tiene una línea de otra categoría.")
        .check(Model(only_o_on_lines)),
    Rule::new("BR-O-13", Category::Data, Severity::Error, "/allowances/*/tax/category", &["BT-118", "BT-151"])
        .en("An invoice not subject to tax (category O) has an allowance of another category.")
        .es("Una factura no sujeta a impuesto (categoría O) tiene un descuento de otra categoría.")
        .check(Model(only_o_on_allowances)),
    Rule::new("BR-O-14", Category::Data, Severity::Error, "/charges/*/tax/category", &["BT-118", "BT-151"])
        .en("An invoice not subject to tax (category O) has a charge of another category.")
        .es("Una factura no sujeta a impuesto (categoría O) tiene un recargo de otra categoría.")
        .check(Model(only_o_on_charges)),
    Rule::new("BR-B-01", Category::Data, Severity::Error, "/{seller,buyer,tax_representative,delivery}/address/country", &["BT-118"])
        .en("Split payment (category B) is only for invoices within Italy, and a country here is not Italy.")
        .es("El pago dividido (categoría B) es solo para facturas dentro de Italia, y aquí hay un país que no es Italia.")
        .check(Model(split_payment_is_italian)),
    Rule::new("BR-B-02", Category::Data, Severity::Error, "/tax_breakdown", &["BT-118"])
        .en("Split payment (category B) and taxed sales (category S) are on the same invoice.")
        .es("El pago dividido (categoría B) y las ventas gravadas (categoría S) están en la misma factura.")
        .check(Model(split_payment_excludes_standard)),
    Rule::new("PEPPOL-EN16931-P0104", Category::Data, Severity::Error, "/tax_breakdown/*/category", &["BT-118", "BT-121"])
        .en("The exemption code VATEX-EU-G goes with category G (export) only, and the category is another.")
        .es("El código de exención VATEX-EU-G va solo con la categoría G (exportación), y la categoría es otra.")
        .check(Model(export_is_g)),
    Rule::new("PEPPOL-EN16931-P0105", Category::Data, Severity::Error, "/tax_breakdown/*/category", &["BT-118", "BT-121"])
        .en("The exemption code VATEX-EU-O goes with category O (not subject to tax) only, and the category is another.")
        .es("El código de exención VATEX-EU-O va solo con la categoría O (no sujeta), y la categoría es otra.")
        .check(Model(not_subject_is_o)),
    Rule::new("PEPPOL-EN16931-P0106", Category::Data, Severity::Error, "/tax_breakdown/*/category", &["BT-118", "BT-121"])
        .en("The exemption code VATEX-EU-IC goes with category K (intra-community supply) only, and the category is another.")
        .es("El código de exención VATEX-EU-IC va solo con la categoría K (entrega intracomunitaria), y la categoría es otra.")
        .check(Model(intra_community_is_k)),
    Rule::new("PEPPOL-EN16931-P0107", Category::Data, Severity::Error, "/tax_breakdown/*/category", &["BT-118", "BT-121"])
        .en("The exemption code VATEX-EU-AE goes with category AE (reverse charge) only, and the category is another.")
        .es("El código de exención VATEX-EU-AE va solo con la categoría AE (inversión del sujeto pasivo), y la categoría es otra.")
        .check(Model(reverse_charge_is_ae)),
    Rule::new("PEPPOL-EN16931-P0108", Category::Data, Severity::Error, "/tax_breakdown/*/category", &["BT-118", "BT-121"])
        .en("The exemption code VATEX-EU-D goes with category E (exempt) only, and the category is another.")
        .es("El código de exención VATEX-EU-D va solo con la categoría E (exenta), y la categoría es otra.")
        .check(Model(margin_d_is_e)),
    Rule::new("PEPPOL-EN16931-P0109", Category::Data, Severity::Error, "/tax_breakdown/*/category", &["BT-118", "BT-121"])
        .en("The exemption code VATEX-EU-F goes with category E (exempt) only, and the category is another.")
        .es("El código de exención VATEX-EU-F va solo con la categoría E (exenta), y la categoría es otra.")
        .check(Model(margin_f_is_e)),
    Rule::new("PEPPOL-EN16931-P0110", Category::Data, Severity::Error, "/tax_breakdown/*/category", &["BT-118", "BT-121"])
        .en("The exemption code VATEX-EU-I goes with category E (exempt) only, and the category is another.")
        .es("El código de exención VATEX-EU-I va solo con la categoría E (exenta), y la categoría es otra.")
        .check(Model(margin_i_is_e)),
    Rule::new("PEPPOL-EN16931-P0111", Category::Data, Severity::Error, "/tax_breakdown/*/category", &["BT-118", "BT-121"])
        .en("The exemption code VATEX-EU-J goes with category E (exempt) only, and the category is another.")
        .es("El código de exención VATEX-EU-J va solo con la categoría E (exenta), y la categoría es otra.")
        .check(Model(margin_j_is_e)),
];

/// Every entry of the tax breakdown that can be read.
fn breakdowns<'m>(facts: &Facts<'m>) -> impl Iterator<Item = (usize, &'m TaxBreakdown<'m>)> {
    facts.invoice.tax_breakdown.each()
}

fn rate_is_there(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for (at, breakdown) in breakdowns(facts) {
        let may_be_left_out = breakdown.category.is_bad() || breakdown.category.text() == Some("O");
        if breakdown.rate.is_absent() && !may_be_left_out {
            found.report(|| RuleFault::at(format!("/tax_breakdown/{at}/rate")));
        }
    }
}

/// The official slack: less than one unit of the currency, absolute values compared.
fn tax_amount(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for (at, breakdown) in breakdowns(facts) {
        let Some(tax) = breakdown.tax_amount.get() else { continue };
        let rate = match breakdown.rate.value() {
            Some(rate) => rate,
            // Without a rate there is no tax; of any other category the missing rate itself is told.
            None if breakdown.category.text() == Some("O") && breakdown.rate.is_absent() => Decimal::ZERO,
            None => continue,
        };
        if rate.rounds_to_zero() {
            if !tax.rounds_to_zero() {
                found.report(|| tax_fault(facts, at, *tax, Decimal::ZERO));
            }
        } else if let Some(taxable) = breakdown.taxable_amount.or_zero() {
            tax_of_rate(facts, found, at, *tax, taxable, rate);
        }
    }
}

/// A tax amount that is not the rate's share of the taxable amount, with the official slack of less than one unit of the
/// currency, absolute values compared.
pub(super) fn tax_of_rate(
    facts: &Facts<'_>,
    found: &mut FaultSink<'_>,
    at: usize,
    tax: Decimal,
    taxable: Decimal,
    rate: Decimal,
) {
    let (wanted, due) = (taxable.abs().percent_r2(rate), taxable.percent_r2(rate));
    if is_within_one(tax.abs(), wanted) {
        return;
    }
    found.report(|| {
        let fault = tax_fault(facts, at, tax, due);
        // What a negative rate asks for is no absolute value: no amount corrects that.
        if is_within_one(due.abs(), wanted) { fault } else { fault.suggest(Vec::new()) }
    });
}

/// A tax amount that should be another: the nearest to `due` that there is in the currency. The totals that it is a part of are set
/// right with it.
pub(super) fn tax_fault(facts: &Facts<'_>, at: usize, is: Decimal, due: Decimal) -> RuleFault {
    let due = if facts.is_in_whole_units() { due.r0() } else { due };
    let fault = amount(format!("/tax_breakdown/{at}/tax_amount"), is, due);
    let mut suggestion = fault.suggestion.clone();
    suggestion.extend(totals_set_right(facts, facts.tax.map(|tax| tax - is + due)));
    fault.suggest(suggestion)
}

/// Whether two amounts differ by less than 1.00.
pub(super) fn is_within_one(a: Decimal, b: Decimal) -> bool {
    (a - b).abs() < Decimal::whole(1)
}

/// The same seller cannot be taxed with Italian split payment abroad.
fn split_payment_is_italian(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let category = facts.category("B");
    if !category.is_used() && category.breakdowns == 0 {
        return;
    }
    for (path, country) in countries(facts.invoice) {
        if country.is_some_and(|country| country != "IT") {
            found.report(|| RuleFault::at(path).expected("IT").maybe_actual(country));
            return;
        }
    }
}

fn split_payment_excludes_standard(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let is_there = |code| facts.category(code).is_used() || facts.category(code).breakdowns > 0;
    if is_there("B") && is_there("S") {
        found.report(|| RuleFault::at("/tax_breakdown"));
    }
}

fn delivery_date(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let invoice = facts.invoice;
    let delivered = match &invoice.delivery {
        Field::Absent => false,
        Field::Bad(_) => true,
        Field::Is(delivery) => !delivery.date.is_absent(),
    };
    // A period without a day in it tells nothing.
    let has_period = match &invoice.period {
        Field::Absent => false,
        Field::Bad(_) => true,
        Field::Is(period) => !period.start.is_absent() || !period.end.is_absent(),
    };
    let is_told = delivered || has_period || !invoice.tax_point_code.is_absent();
    if facts.category("K").breakdowns > 0 && !is_told {
        found.report(|| RuleFault::at("/delivery/date").expected("YYYY-MM-DD"));
    }
}

fn delivery_country(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let is_told = match &facts.invoice.delivery {
        Field::Absent => false,
        Field::Bad(_) => true,
        Field::Is(delivery) => match &delivery.address {
            Field::Absent => false,
            Field::Bad(_) => true,
            Field::Is(address) => !address.country.is_absent(),
        },
    };
    if facts.category("K").breakdowns > 0 && !is_told {
        found.report(|| RuleFault::at("/delivery/address/country"));
    }
}

fn only_o_in_breakdown(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    only_o(facts, found, "/tax_breakdown", breakdowns(facts).map(|(at, it)| (at, it.category.text())));
}

fn only_o_on_lines(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    only_o(facts, found, "/lines", facts.bearers(Bearer::Line).map(|(at, tax)| (at, tax.category.text())));
}

fn only_o_on_allowances(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let bearers = facts.bearers(Bearer::Allowance).map(|(at, tax)| (at, tax.category.text()));
    only_o(facts, found, "/allowances", bearers);
}

fn only_o_on_charges(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let bearers = facts.bearers(Bearer::Charge).map(|(at, tax)| (at, tax.category.text()));
    only_o(facts, found, "/charges", bearers);
}

/// Where the breakdown has category O, nothing is of another category.
fn only_o<'t>(
    facts: &Facts<'_>,
    found: &mut FaultSink<'_>,
    list: &str,
    categories: impl Iterator<Item = (usize, Option<&'t str>)>,
) {
    if facts.category("O").breakdowns == 0 {
        return;
    }
    for (at, category) in categories {
        if let Some(category) = category.filter(|category| *category != "O") {
            let path = || match list {
                "/tax_breakdown" => format!("{list}/{at}/category"),
                _ => format!("{list}/{at}/tax/category"),
            };
            found.report(|| RuleFault::at(path()).expected("O").actual(category));
        }
    }
}

macro_rules! exemption_code {
    ($name:ident, $code:literal, $category:literal) => {
        fn $name(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
            exemption_code(facts, found, $code, $category);
        }
    };
}

exemption_code!(export_is_g, "VATEX-EU-G", "G");
exemption_code!(not_subject_is_o, "VATEX-EU-O", "O");
exemption_code!(intra_community_is_k, "VATEX-EU-IC", "K");
exemption_code!(reverse_charge_is_ae, "VATEX-EU-AE", "AE");
exemption_code!(margin_d_is_e, "VATEX-EU-D", "E");
exemption_code!(margin_f_is_e, "VATEX-EU-F", "E");
exemption_code!(margin_i_is_e, "VATEX-EU-I", "E");
exemption_code!(margin_j_is_e, "VATEX-EU-J", "E");

fn exemption_code(facts: &Facts<'_>, found: &mut FaultSink<'_>, code: &str, category: &'static str) {
    for (at, breakdown) in breakdowns(facts) {
        let is_it = breakdown.exemption_reason_code.text().is_some_and(|is| is.eq_ignore_ascii_case(code));
        if is_it && !breakdown.category.is_bad() && breakdown.category.text() != Some(category) {
            let path = || format!("/tax_breakdown/{at}/category");
            found.report(|| RuleFault::at(path()).expected(category).maybe_actual(breakdown.category.text()));
        }
    }
}
