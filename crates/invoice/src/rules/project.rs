//! The project's own rules on what a value has to agree with.

use std::collections::{BTreeSet, HashSet};

use super::structure::IDENTIFIERS;
use super::taxes::tax_fault;
use super::totals::amount;
use crate::decimal::Decimal;
use crate::facts::{Facts, tax_ids};
use crate::fault::{FaultSink, RuleFault};
use crate::identifiers::iban::{self, IbanFault};
use crate::identifiers::tax_id::{self, TaxIdFault};
use crate::identifiers::{gs1, normal};
use crate::model::Field;
use crate::rule::{
    Category,
    Check::{Model, Table},
    Rule, Severity,
};

pub(super) const RULES: &[Rule] = &[
    Rule::new("FE-D-001", Category::Data, Severity::Error, "/lines/*/id", &[])
        .en("Two lines have the same identifier.")
        .es("Dos líneas tienen el mismo identificador.")
        .check(Model(line_ids)),
    Rule::new("FE-D-003", Category::Data, Severity::Error, "/{seller,buyer,tax_representative}/tax_id/number", &[])
        .en("The check digit of a tax identification is wrong.")
        .es("El dígito verificador de una identificación fiscal es incorrecto.")
        .check(Model(check_digit)),
    Rule::new("FE-D-004", Category::Data, Severity::Warning, "/{seller,buyer,tax_representative}/tax_id/number", &[])
        .en("The check digit of a tax identification looks wrong; this registry is known to issue exceptions.")
        .es("El dígito verificador de una identificación fiscal parece incorrecto; este registro emite excepciones conocidas.")
        .check(Model(doubtful_check_digit)),
    Rule::new("FE-D-005", Category::Data, Severity::Error, "/{seller,buyer,tax_representative}/tax_id/number", &[])
        .en("A tax identification does not have the form its country prescribes.")
        .es("Una identificación fiscal no tiene la forma que exige su país.")
        .check(Model(tax_id_shape)),
    Rule::new("FE-D-006", Category::Data, Severity::Error, "/payment_means/*/account/id", &[])
        .en("An account number looks like an IBAN, but its check digits or its length are wrong.")
        .es("Un número de cuenta parece un IBAN, pero sus dígitos de control o su longitud son incorrectos.")
        .check(Model(iban)),
    Rule::new("FE-D-007", Category::Data, Severity::Error, "/**/id", &[])
        .en("The check digit of a GLN or GTIN is wrong.")
        .es("El dígito de control de un GLN o GTIN es incorrecto.")
        .check(Model(gs1)),
    Rule::new("FE-D-008", Category::Data, Severity::Warning, "/preceding_invoices", &[])
        .en("A credit note or corrected invoice does not name the invoice it refers to.")
        .es("Una nota de crédito o factura rectificativa no indica la factura a la que se refiere.")
        .check(Model(preceding_invoice)),
    Rule::new("FE-D-009", Category::Data, Severity::Warning, "/buyer/tax_id", &[])
        .en("Seller and buyer have the same tax identification.")
        .es("El vendedor y el comprador tienen la misma identificación fiscal.")
        .check(Model(seller_is_not_buyer)),
    Rule::new("FE-D-010", Category::Data, Severity::Warning, "/tax_breakdown/*/tax_amount", &[])
        .en("A tax amount differs from taxable amount times rate by more than rounding explains.")
        .es("Un importe de impuesto difiere de base por porcentaje más de lo que explica el redondeo.")
        .check(Model(exact_tax)),
    Rule::new("FE-D-011", Category::Data, Severity::Error, "/tax_breakdown/*/tax_amount", &[])
        .en("A tax amount and its taxable amount have different signs.")
        .es("Un importe de impuesto y su base imponible tienen signos distintos.")
        .check(Model(sign_of_tax)),
    Rule::new("FE-D-012", Category::Data, Severity::Error, "/tax_breakdown/*", &[])
        .en("The tax breakdown has two entries with the same category and rate.")
        .es("El desglose de impuestos tiene dos entradas con la misma categoría y porcentaje.")
        .check(Model(one_breakdown_a_rate)),
    Rule::new("FE-D-013", Category::Data, Severity::Error, "/totals/{withheld,net_payable}", &[])
        .en("The total withheld is not the sum of the withholdings, or the net to pay is not the amount to pay minus it.")
        .es("El total retenido no es la suma de las retenciones, o el neto a pagar no es el importe a pagar menos ese total.")
        .check(Model(withheld)),
    Rule::new("FE-D-014", Category::Data, Severity::Error, "/withholdings/*/amount", &[])
        .en("The amount of a withholding is not its base times its rate.")
        .es("El importe de una retención no es su base por su porcentaje.")
        .check(Model(withholding)),
    Rule::new("FE-D-016", Category::Data, Severity::Error, "/number", &[])
        .en("A document of this seller with this number, of the same kind and year, is already stored with other content.")
        .es("Ya hay un documento de este vendedor con este número, del mismo tipo y año, y otro contenido.")
        .check(Table),
    Rule::new("FE-D-017", Category::Data, Severity::Error, "/seller", &[])
        .en("This sender may not send invoices of this seller.")
        .es("Este remitente no puede enviar facturas de este vendedor.")
        .check(Table),
    Rule::new("FE-D-018", Category::Data, Severity::Warning, IDENTIFIERS, &[])
        .en("A number or an identifier has letters or digits of several scripts, or letters where digits belong.")
        .es("Un número o identificador mezcla letras o cifras de varios alfabetos, o lleva letras en lugar de cifras.")
        .check(Model(mixed_scripts)),
    Rule::new("FE-D-019", Category::Data, Severity::Warning, "/number", &[])
        .en("An invoice of the same seller, buyer, kind, day and amount is already there under another number: this may be the same one again.")
        .es("Ya hay una factura del mismo vendedor, comprador, tipo, día e importe con otro número: puede ser la misma otra vez.")
        .check(Table),
];

fn mixed_scripts(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    facts.each_identifier(&mut |path, id| {
        if normal::mixes_scripts(id) {
            found.report(|| RuleFault::at(path()).actual(id));
        }
    });
    if let Some(number) =
        facts.invoice.number.text().filter(|number| normal::has_letters_for_digits(&normal::normal(number)))
    {
        found.report(|| RuleFault::at("/number").actual(number));
    }
}

fn line_ids(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let mut seen = HashSet::with_capacity(facts.invoice.lines.get().map_or(0, Vec::len));
    for (at, line) in facts.lines() {
        if let Some(id) = line.id.text().filter(|id| !seen.insert(*id)) {
            found.report(|| RuleFault::at(format!("/lines/{at}/id")).actual(id));
        }
    }
}

/// Reports the check digits that are surely wrong, or the doubtful ones.
fn check_digits(facts: &Facts<'_>, found: &mut FaultSink<'_>, certain: bool) {
    for it in facts.tax_id_faults.iter().filter(|it| it.fault == TaxIdFault::CheckDigit { certain }) {
        found.report(|| RuleFault::at(format!("{}/number", it.path)).actual(it.number));
    }
}

fn check_digit(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    check_digits(facts, found, true);
}

fn doubtful_check_digit(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    check_digits(facts, found, false);
}

fn tax_id_shape(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for it in &facts.tax_id_faults {
        let TaxIdFault::Shape { expected } = it.fault else { continue };
        found.report(|| {
            let fault = RuleFault::at(format!("{}/number", it.path)).actual(it.number).expected(expected);
            match tax_id::right_spelling(it.country, it.number) {
                Some(spelled) => fault.replace_by(spelled),
                None => fault,
            }
        });
    }
}

/// Under a credit transfer and a direct debit (UNCL4461 30, 31; SEPA 58, 59) an account that begins as an IBAN is one.
fn iban(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for (at, means) in facts.invoice.payment_means.each() {
        let account = means.account.get().and_then(|account| account.id.text());
        let Some(account) = account else { continue };
        let is_transfer = matches!(means.code.text(), Some("30" | "31" | "58" | "59"));
        let Err(wrong) = iban::check(account, is_transfer) else { continue };
        found.report(|| {
            let fault = RuleFault::at(format!("/payment_means/{at}/account/id")).actual(account);
            match wrong {
                IbanFault::SmallLetters(capitals) => fault.replace_by(capitals),
                IbanFault::Wrong => fault,
            }
        });
    }
}

/// GS1's schemes: 0088 is the GLN of a place or a party, 0160 the GTIN of an item.
fn gs1(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let mut look = |path: &dyn Fn() -> String, scheme: Option<&str>, id: Option<&str>| {
        let Some(id) = id else { return };
        let is_right = match scheme {
            Some("0088") => gs1::is_gln(id),
            Some("0160") => gs1::is_gtin(id),
            _ => true,
        };
        if !is_right {
            found.report(|| RuleFault::at(path()).actual(id));
        }
    };
    let invoice = facts.invoice;
    for (party, it) in [("/seller", &invoice.seller), ("/buyer", &invoice.buyer)] {
        let Some(it) = it.get() else { continue };
        for (at, identifier) in it.identifiers.each() {
            look(
                &|| format!("{party}/identifiers/{at}/id"),
                identifier.scheme_id.text(),
                identifier.id.text(),
            );
        }
        if let Field::Is(id) = &it.legal_registration {
            look(&|| format!("{party}/legal_registration/id"), id.scheme_id.text(), id.id.text());
        }
        if let Field::Is(id) = &it.electronic_address {
            look(&|| format!("{party}/electronic_address/id"), id.scheme_id.text(), id.id.text());
        }
    }
    if let Some(payee) = invoice.payee.get() {
        for (name, id) in
            [("identifier", &payee.identifier), ("legal_registration", &payee.legal_registration)]
        {
            if let Field::Is(id) = id {
                look(&|| format!("/payee/{name}/id"), id.scheme_id.text(), id.id.text());
            }
        }
    }
    if let Some(Field::Is(id)) = invoice.delivery.get().map(|delivery| &delivery.location) {
        look(&|| "/delivery/location/id".to_owned(), id.scheme_id.text(), id.id.text());
    }
    for (line, it) in facts.lines() {
        if let Some(Field::Is(id)) = it.item.get().map(|item| &item.standard_id) {
            look(&|| format!("/lines/{line}/item/standard_id/id"), id.scheme_id.text(), id.id.text());
        }
    }
}

/// Credit notes and corrections (UNCL1001) name the invoice that they are about.
fn preceding_invoice(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let is_correction = matches!(
        facts.invoice.type_code.text(),
        Some("81" | "83" | "261" | "262" | "296" | "308" | "381" | "384" | "396" | "420" | "458" | "532")
    );
    if is_correction && facts.invoice.preceding_invoices.is_absent() {
        found.report(|| RuleFault::at("/preceding_invoices"));
    }
}

fn seller_is_not_buyer(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let mut ids = tax_ids(facts.invoice).filter(|(path, _)| *path != "/tax_representative/tax_id");
    let (Some((_, seller)), Some((path, buyer))) = (ids.next(), ids.next()) else { return };
    let (Some(country), Some(number)) = (buyer.country.text(), buyer.number.text()) else { return };
    if seller.country.text() == Some(country) && seller.number.text() == Some(number) {
        found.report(|| RuleFault::at(path).actual(number));
    }
}

/// A cent, or what is the smallest part of the currency, for each line that was rounded on its own; one at least.
fn exact_tax(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for (at, breakdown) in facts.invoice.tax_breakdown.each() {
        let (Some(tax), Some(taxable), Some(rate), Some(category)) = (
            breakdown.tax_amount.get(),
            breakdown.taxable_amount.get(),
            breakdown.rate.value(),
            breakdown.category.text(),
        ) else {
            continue;
        };
        let due = taxable.percent_r2(rate);
        // A line's tax is rounded to the smallest part of the currency.
        let slack = facts.smallest_part().times(facts.lines_at(category, rate).max(1));
        if (*tax - due).abs() > slack {
            found.report(|| tax_fault(facts, at, *tax, due));
        }
    }
}

fn sign_of_tax(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for (at, breakdown) in facts.invoice.tax_breakdown.each() {
        let (Some(tax), Some(taxable)) = (breakdown.tax_amount.get(), breakdown.taxable_amount.get()) else {
            continue;
        };
        if tax.signum() * taxable.signum() < 0 {
            found.report(|| tax_fault(facts, at, *tax, Decimal::ZERO - *tax));
        }
    }
}

fn one_breakdown_a_rate(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let mut seen: BTreeSet<(&str, Option<Decimal>)> = BTreeSet::new();
    for (at, breakdown) in facts.invoice.tax_breakdown.each() {
        let Some(category) = breakdown.category.text().filter(|_| !breakdown.rate.is_bad()) else { continue };
        if !seen.insert((category, breakdown.rate.value())) {
            found.report(|| RuleFault::at(format!("/tax_breakdown/{at}")));
        }
    }
}

fn withheld(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let Some(totals) = facts.invoice.totals.get() else { return };
    let is_any = !facts.invoice.withholdings.is_absent();
    match (&totals.withheld, facts.withheld) {
        (Field::Is(withheld), Some(sum)) if *withheld != sum => {
            found.report(|| amount("/totals/withheld", *withheld, sum));
        }
        (Field::Absent, Some(sum)) if is_any => {
            let due = sum.with_decimals(2).to_string();
            found.report(|| RuleFault::at("/totals/withheld").expected(due.clone()).add(due));
        }
        _ => {}
    }
    let due = || Some(*totals.payable.get()? - totals.withheld.or_zero()?);
    if let (Field::Is(net), Some(due)) = (&totals.net_payable, due())
        && *net != due
    {
        found.report(|| amount("/totals/net_payable", *net, due));
    }
}

/// The slack of a tax (FE-D-010) that was rounded on each line, and two cents at least. What a withholding is on has no category: any
/// line can be in its base.
fn withholding(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let lines = facts.invoice.lines.get().map_or(0, Vec::len);
    let slack = facts.smallest_part().times(lines.max(1)).max(Decimal::CENT.times(2));
    for (at, it) in facts.invoice.withholdings.each() {
        let (Some(is), Some(base), Some(rate)) = (it.amount.get(), it.base.get(), it.rate.value()) else {
            continue;
        };
        if !is.is_percent_of(*base, rate, slack) {
            let due = || base.percent(rate, facts.decimals_of_amounts());
            found.report(|| amount(format!("/withholdings/{at}/amount"), *is, due()));
        }
    }
}
