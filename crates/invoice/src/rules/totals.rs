//! The totals follow from lines, allowances, charges and taxes: equal after rounding, without any slack.

use crate::decimal::Decimal;
use crate::facts::Facts;
use crate::fault::{FaultSink, RuleFault};
use crate::json::PatchOp;
use crate::model::{Field, Totals};
use crate::rule::{Category, Check::Model, Rule, Severity};

pub(super) const RULES: &[Rule] = &[
    Rule::new("BR-53", Category::Data, Severity::Error, "/totals/tax_in_tax_currency", &["BT-6", "BT-111"])
        .en("There is a tax currency, but the totals do not give the tax in that currency.")
        .es("Hay una moneda de impuestos, pero en los totales falta el impuesto en esa moneda.")
        .check(Model(tax_currency)),
    Rule::new("BR-CO-10", Category::Data, Severity::Error, "/totals/lines_net", &["BT-106"])
        .en("The total of the lines is not the sum of their net amounts.")
        .es("El total de las líneas no es la suma de sus importes netos.")
        .check(Model(lines_net)),
    Rule::new("BR-CO-11", Category::Data, Severity::Error, "/totals/allowances", &["BT-107"])
        .en("The total of allowances is not the sum of the allowances of the document.")
        .es("El total de descuentos no es la suma de los descuentos del documento.")
        .check(Model(allowances)),
    Rule::new("BR-CO-12", Category::Data, Severity::Error, "/totals/charges", &["BT-108"])
        .en("The total of charges is not the sum of the charges of the document.")
        .es("El total de recargos no es la suma de los recargos del documento.")
        .check(Model(charges)),
    Rule::new("BR-CO-13", Category::Data, Severity::Error, "/totals/tax_exclusive", &["BT-109"])
        .en("The total without tax is not the sum of the lines minus the allowances plus the charges.")
        .es("El total sin impuestos no es la suma de las líneas menos los descuentos más los recargos.")
        .check(Model(tax_exclusive)),
    Rule::new("BR-CO-14", Category::Data, Severity::Error, "/totals/tax", &["BT-110"])
        .en("The total of tax is not the sum of the tax amounts of the tax breakdown.")
        .es("El total de impuestos no es la suma de los importes del desglose de impuestos.")
        .check(Model(tax)),
    Rule::new("BR-CO-15", Category::Data, Severity::Error, "/totals/tax_inclusive", &["BT-112"])
        .en("The total with tax is not the total without tax plus the tax.")
        .es("El total con impuestos no es el total sin impuestos más el impuesto.")
        .check(Model(tax_inclusive)),
    Rule::new("BR-CO-16", Category::Data, Severity::Error, "/totals/payable", &["BT-115"])
        .en("The amount to pay is not the total with tax minus what was prepaid plus the rounding.")
        .es("El importe a pagar no es el total con impuestos menos lo anticipado más el redondeo.")
        .check(Model(payable)),
];

/// A total that is not what it has to be, if both are known.
fn equal(
    facts: &Facts<'_>,
    found: &mut FaultSink<'_>,
    path: &str,
    total: &Field<'_, Decimal>,
    due: Option<Decimal>,
) {
    let (Field::Is(total), Some(due)) = (total, due) else { return };
    if *total != due {
        found.report(|| wrong(facts, path, *total, due));
    }
}

/// A wrong total. What corrects it is to set all totals right: one of them alone would only move the contradiction.
fn wrong(facts: &Facts<'_>, path: &str, is: Decimal, due: Decimal) -> RuleFault {
    amount(path, is, due).suggest(totals_set_right(facts, facts.tax))
}

/// An amount that should be another.
pub(super) fn amount(path: impl Into<String>, is: Decimal, due: Decimal) -> RuleFault {
    let due = written(is, due);
    RuleFault::at(path).actual(is).expected(due.clone()).replace_by(due)
}

/// An amount that should be another, or be there at all.
pub(super) fn amount_or_none(path: impl Into<String>, is: &Field<'_, Decimal>, due: Decimal) -> RuleFault {
    match is {
        Field::Is(is) => amount(path, *is, due),
        Field::Absent | Field::Bad(_) => {
            let due = due.with_decimals(2).to_string();
            RuleFault::at(path).expected(due.clone()).add(due)
        }
    }
}

/// An amount, with decimals as the one in its place has.
fn written(is: Decimal, due: Decimal) -> String {
    due.with_decimals(is.decimals().min(2)).to_string()
}

/// The steps that set every total right for the lines, the allowances, the charges and this sum of taxes; none if one of
/// them cannot be read.
pub(super) fn totals_set_right(facts: &Facts<'_>, tax: Option<Decimal>) -> Vec<PatchOp> {
    let steps = || {
        let totals = totals(facts)?;
        let (lines_net, tax) = (facts.lines_net?.r2(), tax?.r2());
        let (allowances, charges) = (facts.allowances?.r2(), facts.charges?.r2());
        let tax_exclusive = lines_net - allowances + charges;
        let tax_inclusive = tax_exclusive + tax;
        let payable = tax_inclusive - totals.prepaid.or_zero()? + totals.rounding.or_zero()?;
        let withheld = facts.withheld?;
        let each = [
            ("/totals/lines_net", &totals.lines_net, lines_net),
            ("/totals/allowances", &totals.allowances, allowances),
            ("/totals/charges", &totals.charges, charges),
            ("/totals/tax_exclusive", &totals.tax_exclusive, tax_exclusive),
            ("/totals/tax", &totals.tax, tax),
            ("/totals/tax_inclusive", &totals.tax_inclusive, tax_inclusive),
            ("/totals/payable", &totals.payable, payable),
            ("/totals/withheld", &totals.withheld, withheld),
            ("/totals/net_payable", &totals.net_payable, payable - withheld),
        ];
        Some(each.into_iter().filter_map(|(path, is, due)| step(path, is, due)).collect())
    };
    steps().unwrap_or_default()
}

/// The step that sets one total right, if it is wrong. What is left out stays so where nothing is to be told.
fn step(path: &str, is: &Field<'_, Decimal>, due: Decimal) -> Option<PatchOp> {
    let path = path.to_owned();
    match is {
        Field::Is(is) if *is != due => Some(PatchOp::Replace { path, value: written(*is, due).into() }),
        Field::Absent
            if matches!(path.as_str(), "/totals/allowances" | "/totals/charges" | "/totals/withheld") =>
        {
            (!due.is_zero()).then(|| PatchOp::Add { path, value: due.with_decimals(2).to_string().into() })
        }
        _ => None,
    }
}

/// The totals, if they can be read.
fn totals<'m>(facts: &Facts<'m>) -> Option<&'m Totals<'m>> {
    facts.invoice.totals.get()
}

fn lines_net(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    if let Some(totals) = totals(facts) {
        equal(facts, found, "/totals/lines_net", &totals.lines_net, facts.lines_net.map(Decimal::r2));
    }
}

fn allowances(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    if let Some(totals) = totals(facts) {
        let is_any = !facts.invoice.allowances.is_absent();
        adjustments(facts, found, "/totals/allowances", &totals.allowances, is_any, facts.allowances);
    }
}

fn charges(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    if let Some(totals) = totals(facts) {
        let is_any = !facts.invoice.charges.is_absent();
        adjustments(facts, found, "/totals/charges", &totals.charges, is_any, facts.charges);
    }
}

/// The total of allowances or charges: it may be left out where there are none.
fn adjustments(
    facts: &Facts<'_>,
    found: &mut FaultSink<'_>,
    path: &str,
    total: &Field<'_, Decimal>,
    is_any: bool,
    sum: Option<Decimal>,
) {
    let due = sum.map(Decimal::r2);
    match due {
        Some(due) if total.is_absent() && is_any => {
            found.report(|| RuleFault::at(path).expected(due.to_string()).add(due.to_string()));
        }
        due => equal(facts, found, path, total, due),
    }
}

fn tax_exclusive(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let Some(totals) = totals(facts) else { return };
    let due = || {
        let lines_net = *totals.lines_net.get()?;
        if totals.allowances.is_absent() && totals.charges.is_absent() {
            return Some(lines_net);
        }
        Some((lines_net - totals.allowances.or_zero()? + totals.charges.or_zero()?).r2())
    };
    equal(facts, found, "/totals/tax_exclusive", &totals.tax_exclusive, due());
}

fn tax(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let Some(totals) = totals(facts) else { return };
    if !facts.invoice.tax_breakdown.is_absent() {
        equal(facts, found, "/totals/tax", &totals.tax, facts.tax.map(Decimal::r2));
    }
}

fn tax_inclusive(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let Some(totals) = totals(facts) else { return };
    let due = || Some((*totals.tax_exclusive.get()? + *totals.tax.get()?).r2());
    equal(facts, found, "/totals/tax_inclusive", &totals.tax_inclusive, due());
}

/// The official form: each side is rounded where something was added to it, and only there. The rounding amount is on the
/// side of what is payable.
fn payable(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let Some(totals) = totals(facts) else { return };
    let (Field::Is(payable), Field::Is(total)) = (&totals.payable, &totals.tax_inclusive) else { return };
    let (Some(rounding), Some(prepaid)) = (totals.rounding.or_zero(), totals.prepaid.or_zero()) else {
        return;
    };
    let due = if totals.prepaid.is_absent() { *total } else { (*total - prepaid).r2() };
    let is = if totals.rounding.is_absent() { *payable } else { (*payable - rounding).r2() };
    if is != due {
        found.report(|| wrong(facts, "/totals/payable", *payable, due + rounding));
    }
}

fn tax_currency(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let (Some(tax), Some(currency)) = (facts.invoice.tax_currency.text(), facts.invoice.currency.text())
    else {
        return;
    };
    let is_told = totals(facts).is_none_or(|totals| !totals.tax_in_tax_currency.is_absent());
    if tax != currency && !is_told && !facts.invoice.totals.is_bad() {
        found.report(|| RuleFault::at("/totals/tax_in_tax_currency"));
    }
}
