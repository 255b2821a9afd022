//! Seller, buyer and tax representative.

use crate::codes;
use crate::facts::{Facts, tax_ids};
use crate::fault::{FaultSink, RuleFault};
use crate::model::{Field, Invoice, Party};
use crate::rule::{Category, Check::Model, Rule, Severity};

pub(super) const RULES: &[Rule] = &[
    Rule::new("BR-CO-09", Category::Data, Severity::Error, "/{seller,buyer,tax_representative}/tax_id/country", &["BT-31", "BT-48", "BT-63"])
        .en("The country of a tax identification is not a country code.")
        .es("El país de una identificación fiscal no es un código de país.")
        .check(Model(tax_id_countries)),
    Rule::new("BR-CO-26", Category::Data, Severity::Error, "/seller", &["BT-29", "BT-30", "BT-31"])
        .en("The seller cannot be identified: no tax identification, legal registration or other identifier.")
        .es("No se puede identificar al vendedor: no tiene identificación fiscal, registro legal ni otro identificador.")
        .check(Model(seller_is_identified)),
];

fn tax_id_countries(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for (path, tax_id) in tax_ids(facts.invoice) {
        let country = tax_id.country.text();
        if let Some(country) = country.filter(|country| !codes::VAT_PREFIXES.contains(country)) {
            found.report(|| RuleFault::at(format!("{path}/country")).expected("ISO 3166-1").actual(country));
        }
    }
}

/// The countries of all addresses, with their places.
pub(super) fn countries<'m>(
    invoice: &'m Invoice<'m>,
) -> impl Iterator<Item = (&'static str, Option<&'m str>)> {
    let of = |party: &'m Field<'m, Party<'m>>| party.get().map(|party| &party.address);
    [
        ("/seller/address/country", of(&invoice.seller)),
        ("/buyer/address/country", of(&invoice.buyer)),
        ("/tax_representative/address/country", invoice.tax_representative.get().map(|it| &it.address)),
        ("/delivery/address/country", invoice.delivery.get().map(|it| &it.address)),
    ]
    .into_iter()
    .filter_map(|(path, address)| Some((path, address?.get()?.country.text())))
}

fn seller_is_identified(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let Some(seller) = facts.invoice.seller.get() else { return };
    if seller.tax_id.is_absent() && seller.identifiers.is_absent() && seller.legal_registration.is_absent() {
        found.report(|| RuleFault::at("/seller"));
    }
}
