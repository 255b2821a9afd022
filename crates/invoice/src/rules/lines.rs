//! Prices and periods of lines.

use super::document::in_order;
use crate::decimal::Decimal;
use crate::facts::Facts;
use crate::fault::{FaultSink, RuleFault};
use crate::model::Field;
use crate::rule::{Category, Check::Model, Rule, Severity};

pub(super) const RULES: &[Rule] = &[
    Rule::new("BR-27", Category::Range, Severity::Error, "/lines/*/price/net", &["BT-146"])
        .en("The net price of a line is negative.")
        .es("El precio neto de una línea es negativo.")
        .check(Model(net_price)),
    Rule::new("BR-28", Category::Range, Severity::Error, "/lines/*/price/gross", &["BT-148"])
        .en("The gross price of a line is negative.")
        .es("El precio bruto de una línea es negativo.")
        .check(Model(gross_price)),
    Rule::new("BR-30", Category::Range, Severity::Error, "/lines/*/period/end", &["BT-134", "BT-135"])
        .en("The period of a line ends before it starts.")
        .es("El período de una línea termina antes de empezar.")
        .check(Model(period)),
];

fn net_price(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for (at, line) in facts.lines() {
        not_negative(found, at, "net", line.price.get().and_then(|price| price.net.get()));
    }
}

fn gross_price(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for (at, line) in facts.lines() {
        not_negative(found, at, "gross", line.price.get().and_then(|price| price.gross.get()));
    }
}

fn not_negative(found: &mut FaultSink<'_>, at: usize, name: &str, price: Option<&Decimal>) {
    if let Some(price) = price.filter(|price| price.is_negative()) {
        found.report(|| RuleFault::at(format!("/lines/{at}/price/{name}")).expected("≥ 0").actual(price));
    }
}

fn period(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for (at, line) in facts.lines() {
        if let Field::Is(period) = &line.period {
            in_order(found, || format!("/lines/{at}/period/end"), period);
        }
    }
}
