//! Codes stand in their lists.

use super::parties::countries;
use crate::codes::{self, CodeList};
use crate::facts::Bearer;
use crate::facts::Facts;
use crate::fault::{FaultSink, RuleFault};
use crate::model::{Field, Identifier, Item, Party};
use crate::rule::{Category, Check::Model, Rule, Severity};

pub(super) const RULES: &[Rule] = &[
    Rule::new("BR-CL-01", Category::Data, Severity::Error, "/type_code", &["BT-3"])
        .en("The document type code is not one for an invoice or a credit note.")
        .es("El código de tipo de documento no es de factura ni de nota de crédito.")
        .check(Model(document_type)),
    Rule::new("BR-CL-04", Category::Data, Severity::Error, "/currency", &["BT-5"])
        .en("The currency is not a known ISO 4217 code.")
        .es("La moneda no es un código ISO 4217 conocido.")
        .check(Model(currency)),
    Rule::new("BR-CL-05", Category::Data, Severity::Error, "/tax_currency", &["BT-6"])
        .en("The tax currency is not a known ISO 4217 code.")
        .es("La moneda de impuestos no es un código ISO 4217 conocido.")
        .check(Model(tax_currency)),
    Rule::new("BR-CL-06", Category::Data, Severity::Error, "/tax_point_code", &["BT-8"])
        .en("The tax point code is none of 3, 35 and 432.")
        .es("El código de devengo del impuesto no es 3, 35 ni 432.")
        .check(Model(tax_point)),
    Rule::new(
        "BR-CL-07",
        Category::Data,
        Severity::Error,
        "/invoiced_object/scheme_id, /lines/*/object/scheme_id",
        &["BT-18-1", "BT-128-1"],
    )
    .en("The scheme of an invoiced object is not in the code list UNCL 1153.")
    .es("El esquema de un objeto facturado no está en la lista de códigos UNCL 1153.")
    .check(Model(invoiced_object)),
    Rule::new(
        "BR-CL-10",
        Category::Data,
        Severity::Error,
        "/{seller,buyer}/identifiers/*/scheme_id, /payee/identifier/scheme_id",
        &["BT-29-1", "BT-46-1", "BT-60-1"],
    )
    .en("The scheme of an identifier of seller, buyer or payee is not in the ISO 6523 list.")
    .es("El esquema de un identificador de vendedor, comprador o beneficiario no está en la lista ISO 6523.")
    .check(Model(identifiers)),
    Rule::new(
        "BR-CL-11",
        Category::Data,
        Severity::Error,
        "/{seller,buyer,payee}/legal_registration/scheme_id",
        &["BT-30-1", "BT-47-1", "BT-61-1"],
    )
    .en("The scheme of a legal registration is not in the ISO 6523 list.")
    .es("El esquema de un registro legal no está en la lista ISO 6523.")
    .check(Model(registrations)),
    Rule::new(
        "BR-CL-13",
        Category::Data,
        Severity::Error,
        "/lines/*/item/classifications/*/scheme_id",
        &["BT-158-1"],
    )
    .en("The scheme of an item classification is not in the code list UNCL 7143.")
    .es("El esquema de clasificación de un artículo no está en la lista de códigos UNCL 7143.")
    .check(Model(classifications)),
    Rule::new(
        "BR-CL-14",
        Category::Data,
        Severity::Error,
        "/{seller,buyer,tax_representative,delivery}/address/country",
        &["BT-40", "BT-55", "BT-69", "BT-80"],
    )
    .en("The country of an address is not a known ISO 3166 code.")
    .es("El país de una dirección no es un código ISO 3166 conocido.")
    .check(Model(address_countries)),
    Rule::new("BR-CL-15", Category::Data, Severity::Error, "/lines/*/item/origin_country", &["BT-159"])
        .en("The country of origin of an item is not a known ISO 3166 code.")
        .es("El país de origen de un artículo no es un código ISO 3166 conocido.")
        .check(Model(origin_country)),
    Rule::new("BR-CL-16", Category::Data, Severity::Error, "/payment_means/*/code", &["BT-81"])
        .en("The code of a means of payment is not in the code list UNCL 4461.")
        .es("El código de un medio de pago no está en la lista de códigos UNCL 4461.")
        .check(Model(payment_means)),
    Rule::new(
        "BR-CL-17",
        Category::Data,
        Severity::Error,
        "/tax_breakdown/*/category, /{allowances,charges}/*/tax/category",
        &["BT-95", "BT-102", "BT-118"],
    )
    .en("The tax category of the breakdown, an allowance or a charge is unknown.")
    .es("La categoría de impuesto del desglose, de un descuento o de un recargo no existe.")
    .check(Model(tax_categories)),
    Rule::new("BR-CL-18", Category::Data, Severity::Error, "/lines/*/tax/category", &["BT-151"])
        .en("The tax category of a line is unknown.")
        .es("La categoría de impuesto de una línea no existe.")
        .check(Model(line_tax_categories)),
    Rule::new(
        "BR-CL-19",
        Category::Data,
        Severity::Error,
        "/**/allowances/*/reason_code",
        &["BT-98", "BT-140"],
    )
    .en("The reason code of an allowance is not in the code list UNCL 5189.")
    .es("El código de motivo de un descuento no está en la lista de códigos UNCL 5189.")
    .check(Model(allowance_reasons)),
    Rule::new(
        "BR-CL-20",
        Category::Data,
        Severity::Error,
        "/**/charges/*/reason_code",
        &["BT-105", "BT-145"],
    )
    .en("The reason code of a charge is not in the code list UNCL 7161.")
    .es("El código de motivo de un recargo no está en la lista de códigos UNCL 7161.")
    .check(Model(charge_reasons)),
    Rule::new(
        "BR-CL-21",
        Category::Data,
        Severity::Error,
        "/lines/*/item/standard_id/scheme_id",
        &["BT-157-1"],
    )
    .en("The scheme of the standard identifier of an item is not in the ISO 6523 list.")
    .es("El esquema del identificador estándar de un artículo no está en la lista ISO 6523.")
    .check(Model(item_id)),
    Rule::new(
        "BR-CL-22",
        Category::Data,
        Severity::Error,
        "/tax_breakdown/*/exemption_reason_code",
        &["BT-121"],
    )
    .en("The exemption reason code is not in the VATEX list.")
    .es("El código de motivo de exención no está en la lista VATEX.")
    .check(Model(exemptions)),
    Rule::new(
        "BR-CL-23",
        Category::Data,
        Severity::Error,
        "/lines/*/unit, /lines/*/price/base_unit",
        &["BT-130", "BT-150"],
    )
    .en("The unit of measure is not in UN/ECE Recommendations 20 and 21.")
    .es("La unidad de medida no está en las Recomendaciones 20 y 21 de la CEPE.")
    .check(Model(units)),
    Rule::new("BR-CL-24", Category::Data, Severity::Error, "/attachments/*/file/mime_type", &["BT-125-1"])
        .en("The file type of an attachment is not allowed.")
        .es("El tipo de archivo de un documento adjunto no está permitido.")
        .check(Model(media_types)),
    Rule::new(
        "BR-CL-25",
        Category::Data,
        Severity::Error,
        "/{seller,buyer}/electronic_address/scheme_id",
        &["BT-34-1", "BT-49-1"],
    )
    .en("The scheme of an electronic address is not in the EAS list.")
    .es("El esquema de una dirección electrónica no está en la lista EAS.")
    .check(Model(addresses)),
    Rule::new("BR-CL-26", Category::Data, Severity::Error, "/delivery/location/scheme_id", &["BT-71-1"])
        .en("The scheme of the delivery location is not in the ISO 6523 list.")
        .es("El esquema del lugar de entrega no está en la lista ISO 6523.")
        .check(Model(location)),
];

/// Reports a code that is not in its list. Returns whether it is in it.
fn listed(
    found: &mut FaultSink<'_>,
    list: &CodeList,
    path: impl FnOnce() -> String,
    code: Option<&str>,
) -> bool {
    listed_or_named(found, list, path, code, |code| list.nearest(code))
}

/// The same, where `meant` says which code of the list another one stands for.
fn listed_or_named(
    found: &mut FaultSink<'_>,
    list: &CodeList,
    path: impl FnOnce() -> String,
    code: Option<&str>,
    meant: impl FnOnce(&str) -> Option<&'static str>,
) -> bool {
    let Some(code) = code.filter(|code| !list.contains(code)) else { return true };
    found.report(|| {
        let fault = RuleFault::at(path()).expected(list.name()).actual(code);
        match meant(code) {
            Some(meant) => fault.replace_by(meant),
            None => fault,
        }
    });
    false
}

fn document_type(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    listed(found, &codes::DOCUMENT_TYPES, || "/type_code".to_owned(), facts.invoice.type_code.text());
}

fn currency(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    listed(found, &codes::CURRENCIES, || "/currency".to_owned(), facts.invoice.currency.text());
}

fn tax_currency(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    listed(found, &codes::CURRENCIES, || "/tax_currency".to_owned(), facts.invoice.tax_currency.text());
}

fn tax_point(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    listed(
        found,
        &codes::TAX_POINT_DATES,
        || "/tax_point_code".to_owned(),
        facts.invoice.tax_point_code.text(),
    );
}

fn invoiced_object(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let list = &codes::REFERENCE_QUALIFIERS;
    listed(found, list, || "/invoiced_object/scheme_id".to_owned(), scheme(&facts.invoice.invoiced_object));
    for (at, line) in facts.lines() {
        listed(found, list, || format!("/lines/{at}/object/scheme_id"), scheme(&line.object));
    }
}

fn scheme<'m>(identifier: &'m Field<'_, Identifier<'_>>) -> Option<&'m str> {
    identifier.get().and_then(|identifier| identifier.scheme_id.text())
}

/// Seller and buyer, with their places.
fn parties<'m>(facts: &Facts<'m>) -> impl Iterator<Item = (&'static str, &'m Party<'m>)> {
    let parties = [("/seller", &facts.invoice.seller), ("/buyer", &facts.invoice.buyer)];
    parties.into_iter().filter_map(|(path, party)| Some((path, party.get()?)))
}

fn identifiers(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let list = &codes::IDENTIFIER_SCHEMES;
    for (party, it) in parties(facts) {
        for (at, identifier) in it.identifiers.each() {
            let path = || format!("{party}/identifiers/{at}/scheme_id");
            listed(found, list, path, identifier.scheme_id.text());
        }
    }
    if let Field::Is(payee) = &facts.invoice.payee {
        listed(found, list, || "/payee/identifier/scheme_id".to_owned(), scheme(&payee.identifier));
    }
}

fn registrations(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let list = &codes::IDENTIFIER_SCHEMES;
    for (party, it) in parties(facts) {
        let path = || format!("{party}/legal_registration/scheme_id");
        listed(found, list, path, scheme(&it.legal_registration));
    }
    if let Field::Is(payee) = &facts.invoice.payee {
        let path = || "/payee/legal_registration/scheme_id".to_owned();
        listed(found, list, path, scheme(&payee.legal_registration));
    }
}

fn addresses(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for (party, it) in parties(facts) {
        let scheme = it.electronic_address.get().and_then(|address| address.scheme_id.text());
        listed(found, &codes::ADDRESS_SCHEMES, || format!("{party}/electronic_address/scheme_id"), scheme);
    }
}

fn location(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    if let Field::Is(delivery) = &facts.invoice.delivery {
        let path = || "/delivery/location/scheme_id".to_owned();
        listed(found, &codes::IDENTIFIER_SCHEMES, path, scheme(&delivery.location));
    }
}

fn address_countries(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for (path, country) in countries(facts.invoice) {
        listed(found, &codes::COUNTRIES, || path.to_owned(), country);
    }
}

fn classifications(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for (line, item) in items(facts) {
        for (at, it) in item.classifications.each() {
            let path = || format!("/lines/{line}/item/classifications/{at}/scheme_id");
            listed(found, &codes::ITEM_CLASSIFICATIONS, path, it.scheme_id.text());
        }
    }
}

fn origin_country(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for (line, item) in items(facts) {
        let path = || format!("/lines/{line}/item/origin_country");
        listed(found, &codes::COUNTRIES, path, item.origin_country.text());
    }
}

fn item_id(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for (line, item) in items(facts) {
        let scheme = item.standard_id.get().and_then(|id| id.scheme_id.text());
        let path = || format!("/lines/{line}/item/standard_id/scheme_id");
        listed(found, &codes::IDENTIFIER_SCHEMES, path, scheme);
    }
}

fn items<'m>(facts: &Facts<'m>) -> impl Iterator<Item = (usize, &'m Item<'m>)> {
    facts.lines().filter_map(|(at, line)| Some((at, line.item.get()?)))
}

fn payment_means(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for (at, means) in facts.invoice.payment_means.each() {
        listed(found, &codes::PAYMENT_MEANS, || format!("/payment_means/{at}/code"), means.code.text());
    }
}

fn tax_categories(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for (at, breakdown) in facts.invoice.tax_breakdown.each() {
        let path = || format!("/tax_breakdown/{at}/category");
        listed(found, &codes::TAX_CATEGORIES, path, breakdown.category.text());
    }
    for bearer in [Bearer::Allowance, Bearer::Charge] {
        for (at, tax) in facts.bearers(bearer) {
            let path = || format!("{}/{at}/tax/category", bearer.list());
            listed(found, &codes::TAX_CATEGORIES, path, tax.category.text());
        }
    }
}

fn line_tax_categories(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for (at, tax) in facts.bearers(Bearer::Line) {
        listed(found, &codes::TAX_CATEGORIES, || format!("/lines/{at}/tax/category"), tax.category.text());
    }
}

fn allowance_reasons(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let list = &codes::ALLOWANCE_REASONS;
    for (at, it) in facts.invoice.allowances.each() {
        listed(found, list, || format!("/allowances/{at}/reason_code"), it.reason_code.text());
    }
    for (line, it) in facts.lines() {
        for (at, it) in it.allowances.each() {
            listed(
                found,
                list,
                || format!("/lines/{line}/allowances/{at}/reason_code"),
                it.reason_code.text(),
            );
        }
    }
}

fn charge_reasons(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    let list = &codes::CHARGE_REASONS;
    for (at, it) in facts.invoice.charges.each() {
        listed(found, list, || format!("/charges/{at}/reason_code"), it.reason_code.text());
    }
    for (line, it) in facts.lines() {
        for (at, it) in it.charges.each() {
            listed(found, list, || format!("/lines/{line}/charges/{at}/reason_code"), it.reason_code.text());
        }
    }
}

/// The list has its codes in capitals, and the official artefact compares them so.
fn exemptions(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for (at, breakdown) in facts.invoice.tax_breakdown.each() {
        let code = breakdown.exemption_reason_code.text();
        let code = code.filter(|code| codes::EXEMPTION_REASONS.nearest(code).is_none());
        let path = || format!("/tax_breakdown/{at}/exemption_reason_code");
        listed(found, &codes::EXEMPTION_REASONS, path, code);
    }
}

fn units(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    // Most lines have the unit of the one before, and the list is long.
    let mut known = None;
    let meant = |code: &str| codes::UNITS.nearest(code).or_else(|| codes::unit_named(code));
    let list = &codes::UNITS;
    for (at, line) in facts.lines() {
        let unit = line.unit.text();
        if unit != known && listed_or_named(found, list, || format!("/lines/{at}/unit"), unit, meant) {
            known = unit;
        }
        let base = line.price.get().and_then(|price| price.base_unit.text());
        listed_or_named(found, list, || format!("/lines/{at}/price/base_unit"), base, meant);
    }
}

fn media_types(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    for (at, attachment) in facts.invoice.attachments.each() {
        let media_type = attachment.file.get().and_then(|file| file.mime_type.text());
        listed(found, &codes::MEDIA_TYPES, || format!("/attachments/{at}/file/mime_type"), media_type);
    }
}
