//! Amounts have two decimals at most, as written: trailing zeros count.

use crate::decimal::Decimal;
use crate::fault::{FaultSink, RuleFault};
use crate::model::Field;
use crate::rule::{Category, Check::Model, Rule, Severity};

/// A check of one field of the totals.
macro_rules! total {
    ($field:ident) => {
        Model(|facts, found| {
            if let Field::Is(totals) = &facts.invoice.totals {
                at_most_two(found, || concat!("/totals/", stringify!($field)).to_owned(), &totals.$field);
            }
        })
    };
}

/// A check of one field of every item of a list.
macro_rules! each {
    ($list:ident, $field:ident) => {
        Model(|facts, found| {
            for (at, it) in facts.invoice.$list.each() {
                let path = || format!(concat!("/", stringify!($list), "/{}/", stringify!($field)), at);
                at_most_two(found, path, &it.$field);
            }
        })
    };
}

/// A check of one field of every allowance or charge of every line.
macro_rules! each_of_lines {
    ($list:ident, $field:ident) => {
        Model(|facts, found| {
            for (line, it) in facts.lines() {
                for (at, it) in it.$list.each() {
                    let path = || {
                        format!(
                            concat!("/lines/{}/", stringify!($list), "/{}/", stringify!($field)),
                            line, at
                        )
                    };
                    at_most_two(found, path, &it.$field);
                }
            }
        })
    };
}

pub(super) const RULES: &[Rule] = &[
    Rule::new("BR-DEC-01", Category::Range, Severity::Error, "/allowances/*/amount", &["BT-92"])
        .en("The amount of a document allowance has more than two decimals.")
        .es("El importe de un descuento del documento tiene más de dos decimales.")
        .check(each!(allowances, amount)),
    Rule::new("BR-DEC-02", Category::Range, Severity::Error, "/allowances/*/base_amount", &["BT-93"])
        .en("The base amount of a document allowance has more than two decimals.")
        .es("La base de un descuento del documento tiene más de dos decimales.")
        .check(each!(allowances, base_amount)),
    Rule::new("BR-DEC-05", Category::Range, Severity::Error, "/charges/*/amount", &["BT-99"])
        .en("The amount of a document charge has more than two decimals.")
        .es("El importe de un recargo del documento tiene más de dos decimales.")
        .check(each!(charges, amount)),
    Rule::new("BR-DEC-06", Category::Range, Severity::Error, "/charges/*/base_amount", &["BT-100"])
        .en("The base amount of a document charge has more than two decimals.")
        .es("La base de un recargo del documento tiene más de dos decimales.")
        .check(each!(charges, base_amount)),
    Rule::new("BR-DEC-09", Category::Range, Severity::Error, "/totals/lines_net", &["BT-106"])
        .en("The total of the lines has more than two decimals.")
        .es("El total de las líneas tiene más de dos decimales.")
        .check(total!(lines_net)),
    Rule::new("BR-DEC-10", Category::Range, Severity::Error, "/totals/allowances", &["BT-107"])
        .en("The total of allowances has more than two decimals.")
        .es("El total de descuentos tiene más de dos decimales.")
        .check(total!(allowances)),
    Rule::new("BR-DEC-11", Category::Range, Severity::Error, "/totals/charges", &["BT-108"])
        .en("The total of charges has more than two decimals.")
        .es("El total de recargos tiene más de dos decimales.")
        .check(total!(charges)),
    Rule::new("BR-DEC-12", Category::Range, Severity::Error, "/totals/tax_exclusive", &["BT-109"])
        .en("The total without tax has more than two decimals.")
        .es("El total sin impuestos tiene más de dos decimales.")
        .check(total!(tax_exclusive)),
    Rule::new("BR-DEC-13", Category::Range, Severity::Error, "/totals/tax", &["BT-110"])
        .en("The total of tax has more than two decimals.")
        .es("El total de impuestos tiene más de dos decimales.")
        .check(total!(tax)),
    Rule::new("BR-DEC-14", Category::Range, Severity::Error, "/totals/tax_inclusive", &["BT-112"])
        .en("The total with tax has more than two decimals.")
        .es("El total con impuestos tiene más de dos decimales.")
        .check(total!(tax_inclusive)),
    Rule::new("BR-DEC-15", Category::Range, Severity::Error, "/totals/tax_in_tax_currency", &["BT-111"])
        .en("The total of tax in the tax currency has more than two decimals.")
        .es("El total de impuestos en la moneda de impuestos tiene más de dos decimales.")
        .check(total!(tax_in_tax_currency)),
    Rule::new("BR-DEC-16", Category::Range, Severity::Error, "/totals/prepaid", &["BT-113"])
        .en("The prepaid amount has more than two decimals.")
        .es("El importe anticipado tiene más de dos decimales.")
        .check(total!(prepaid)),
    Rule::new("BR-DEC-17", Category::Range, Severity::Error, "/totals/rounding", &["BT-114"])
        .en("The rounding amount has more than two decimals.")
        .es("El importe de redondeo tiene más de dos decimales.")
        .check(total!(rounding)),
    Rule::new("BR-DEC-18", Category::Range, Severity::Error, "/totals/payable", &["BT-115"])
        .en("The amount to pay has more than two decimals.")
        .es("El importe a pagar tiene más de dos decimales.")
        .check(total!(payable)),
    Rule::new("BR-DEC-19", Category::Range, Severity::Error, "/tax_breakdown/*/taxable_amount", &["BT-116"])
        .en("A taxable amount of the tax breakdown has more than two decimals.")
        .es("Una base imponible del desglose de impuestos tiene más de dos decimales.")
        .check(each!(tax_breakdown, taxable_amount)),
    Rule::new("BR-DEC-20", Category::Range, Severity::Error, "/tax_breakdown/*/tax_amount", &["BT-117"])
        .en("A tax amount of the tax breakdown has more than two decimals.")
        .es("Un importe de impuesto del desglose de impuestos tiene más de dos decimales.")
        .check(each!(tax_breakdown, tax_amount)),
    Rule::new("BR-DEC-23", Category::Range, Severity::Error, "/lines/*/net_amount", &["BT-131"])
        .en("The net amount of a line has more than two decimals.")
        .es("El importe neto de una línea tiene más de dos decimales.")
        .check(each!(lines, net_amount)),
    Rule::new("BR-DEC-24", Category::Range, Severity::Error, "/lines/*/allowances/*/amount", &["BT-136"])
        .en("The amount of a line allowance has more than two decimals.")
        .es("El importe de un descuento de una línea tiene más de dos decimales.")
        .check(each_of_lines!(allowances, amount)),
    Rule::new(
        "BR-DEC-25",
        Category::Range,
        Severity::Error,
        "/lines/*/allowances/*/base_amount",
        &["BT-137"],
    )
    .en("The base amount of a line allowance has more than two decimals.")
    .es("La base de un descuento de una línea tiene más de dos decimales.")
    .check(each_of_lines!(allowances, base_amount)),
    Rule::new("BR-DEC-27", Category::Range, Severity::Error, "/lines/*/charges/*/amount", &["BT-141"])
        .en("The amount of a line charge has more than two decimals.")
        .es("El importe de un recargo de una línea tiene más de dos decimales.")
        .check(each_of_lines!(charges, amount)),
    Rule::new("BR-DEC-28", Category::Range, Severity::Error, "/lines/*/charges/*/base_amount", &["BT-142"])
        .en("The base amount of a line charge has more than two decimals.")
        .es("La base de un recargo de una línea tiene más de dos decimales.")
        .check(each_of_lines!(charges, base_amount)),
];

/// The most decimals of an amount, as written.
pub(super) const MAX: u8 = 2;

fn at_most_two(found: &mut FaultSink<'_>, path: impl FnOnce() -> String, amount: &Field<'_, Decimal>) {
    let Some(amount) = amount.get().filter(|amount| amount.decimals() > MAX) else { return };
    found.report(|| {
        let fault = RuleFault::at(path()).expected("≤ 2 decimals").actual(amount);
        // What has more digits than it needs loses nothing without them.
        let short = amount.with_decimals(MAX);
        if short.decimals() == MAX { fault.replace_by(short.to_string()) } else { fault }
    });
}
