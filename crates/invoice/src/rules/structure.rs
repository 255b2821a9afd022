//! What the decoder and the schema alone decide: something is missing, or has another form.

use crate::facts::{Facts, tax_ids};
use crate::fault::{FaultSink, RuleFault};
use crate::identifiers::{normal, tax_id};
use crate::rule::{
    Category,
    Check::{Decoder, Model},
    Rule, Severity,
};

/// Where documents and parties are identified.
pub(super) const IDENTIFIERS: &str = "/number, /{seller,buyer}/identifiers/*/id, /{seller,buyer}/legal_registration/id, /{seller,buyer,tax_representative}/tax_id/number, /payee/{identifier,legal_registration}/id";

pub(super) const RULES: &[Rule] = &[
    Rule::new("BR-01", Category::Structure, Severity::Error, "/specification_id", &["BT-24"])
        .en("The invoice does not say which specification it follows.")
        .es("La factura no indica qué especificación sigue.")
        .missing(&["/specification_id"]),
    Rule::new("BR-02", Category::Structure, Severity::Error, "/number", &["BT-1"])
        .en("The invoice has no number.")
        .es("La factura no tiene número.")
        .missing(&["/number"]),
    Rule::new("BR-03", Category::Structure, Severity::Error, "/issue_date", &["BT-2"])
        .en("The invoice has no issue date.")
        .es("La factura no tiene fecha de emisión.")
        .missing(&["/issue_date"]),
    Rule::new("BR-04", Category::Structure, Severity::Error, "/type_code", &["BT-3"])
        .en("The invoice has no document type code.")
        .es("La factura no tiene código de tipo de documento.")
        .missing(&["/type_code"]),
    Rule::new("BR-05", Category::Structure, Severity::Error, "/currency", &["BT-5"])
        .en("The invoice has no currency.")
        .es("La factura no tiene moneda.")
        .missing(&["/currency"]),
    Rule::new("BR-06", Category::Structure, Severity::Error, "/seller/name", &["BT-27"])
        .en("The seller has no name.")
        .es("El vendedor no tiene nombre.")
        .missing(&["/seller/name", "/seller"]),
    Rule::new("BR-07", Category::Structure, Severity::Error, "/buyer/name", &["BT-44"])
        .en("The buyer has no name.")
        .es("El comprador no tiene nombre.")
        .missing(&["/buyer/name", "/buyer"]),
    Rule::new("BR-08", Category::Structure, Severity::Error, "/seller/address", &["BG-5"])
        .en("The seller has no address.")
        .es("El vendedor no tiene dirección.")
        .missing(&["/seller/address", "/seller"]),
    Rule::new("BR-09", Category::Structure, Severity::Error, "/seller/address/country", &["BT-40"])
        .en("The address of the seller has no country.")
        .es("La dirección del vendedor no tiene país.")
        .missing(&["/seller/address/country"]),
    Rule::new("BR-10", Category::Structure, Severity::Error, "/buyer/address", &["BG-8"])
        .en("The buyer has no address.")
        .es("El comprador no tiene dirección.")
        .missing(&["/buyer/address", "/buyer"]),
    Rule::new("BR-11", Category::Structure, Severity::Error, "/buyer/address/country", &["BT-55"])
        .en("The address of the buyer has no country.")
        .es("La dirección del comprador no tiene país.")
        .missing(&["/buyer/address/country"]),
    Rule::new("BR-12", Category::Structure, Severity::Error, "/totals/lines_net", &["BT-106"])
        .en("The totals do not give the sum of the lines.")
        .es("En los totales falta la suma de las líneas.")
        .missing(&["/totals/lines_net"]),
    Rule::new("BR-13", Category::Structure, Severity::Error, "/totals/tax_exclusive", &["BT-109"])
        .en("The totals do not give the total without tax.")
        .es("En los totales falta el total sin impuestos.")
        .missing(&["/totals/tax_exclusive"]),
    Rule::new("BR-14", Category::Structure, Severity::Error, "/totals/tax_inclusive", &["BT-112"])
        .en("The totals do not give the total with tax.")
        .es("En los totales falta el total con impuestos.")
        .missing(&["/totals/tax_inclusive"]),
    Rule::new("BR-15", Category::Structure, Severity::Error, "/totals/payable", &["BT-115"])
        .en("The totals do not give the amount to pay.")
        .es("En los totales falta el importe a pagar.")
        .missing(&["/totals/payable"]),
    Rule::new("BR-16", Category::Structure, Severity::Error, "/lines", &["BG-25"])
        .en("The invoice has no lines.")
        .es("La factura no tiene líneas.")
        .missing(&["/lines"]),
    Rule::new("BR-18", Category::Structure, Severity::Error, "/tax_representative/name", &["BT-62"])
        .en("The tax representative of the seller has no name.")
        .es("El representante fiscal del vendedor no tiene nombre.")
        .missing(&["/tax_representative/name"]),
    Rule::new("BR-19", Category::Structure, Severity::Error, "/tax_representative/address", &["BG-12"])
        .en("The tax representative of the seller has no address.")
        .es("El representante fiscal del vendedor no tiene dirección.")
        .missing(&["/tax_representative/address"]),
    Rule::new(
        "BR-20",
        Category::Structure,
        Severity::Error,
        "/tax_representative/address/country",
        &["BT-69"],
    )
    .en("The address of the tax representative has no country.")
    .es("La dirección del representante fiscal no tiene país.")
    .missing(&["/tax_representative/address/country"]),
    Rule::new("BR-56", Category::Structure, Severity::Error, "/tax_representative/tax_id", &["BT-63"])
        .en("The tax representative of the seller has no tax identification.")
        .es("El representante fiscal del vendedor no tiene identificación fiscal.")
        .missing(&["/tax_representative/tax_id"]),
    Rule::new("BR-21", Category::Structure, Severity::Error, "/lines/*/id", &["BT-126"])
        .en("A line has no identifier.")
        .es("Una línea no tiene identificador.")
        .missing(&["/lines/*/id"]),
    Rule::new("BR-22", Category::Structure, Severity::Error, "/lines/*/quantity", &["BT-129"])
        .en("A line has no quantity.")
        .es("Una línea no tiene cantidad.")
        .missing(&["/lines/*/quantity"]),
    Rule::new("BR-23", Category::Structure, Severity::Error, "/lines/*/unit", &["BT-130"])
        .en("A line has no unit of measure.")
        .es("Una línea no tiene unidad de medida.")
        .missing(&["/lines/*/unit"]),
    Rule::new("BR-24", Category::Structure, Severity::Error, "/lines/*/net_amount", &["BT-131"])
        .en("A line has no net amount.")
        .es("Una línea no tiene importe neto.")
        .missing(&["/lines/*/net_amount"]),
    Rule::new("BR-25", Category::Structure, Severity::Error, "/lines/*/item/name", &["BT-153"])
        .en("The item of a line has no name.")
        .es("El artículo de una línea no tiene nombre.")
        .missing(&["/lines/*/item/name", "/lines/*/item"]),
    Rule::new("BR-26", Category::Structure, Severity::Error, "/lines/*/price/net", &["BT-146"])
        .en("A line has no net price.")
        .es("Una línea no tiene precio neto.")
        .missing(&["/lines/*/price/net", "/lines/*/price"]),
    Rule::new("BR-31", Category::Structure, Severity::Error, "/allowances/*/amount", &["BT-92"])
        .en("An allowance of the document has no amount.")
        .es("Un descuento del documento no tiene importe.")
        .missing(&["/allowances/*/amount"]),
    Rule::new("BR-32", Category::Structure, Severity::Error, "/allowances/*/tax/category", &["BT-95"])
        .en("An allowance of the document has no tax category.")
        .es("Un descuento del documento no tiene categoría de impuesto.")
        .missing(&["/allowances/*/tax/category", "/allowances/*/tax"]),
    Rule::new("BR-36", Category::Structure, Severity::Error, "/charges/*/amount", &["BT-99"])
        .en("A charge of the document has no amount.")
        .es("Un recargo del documento no tiene importe.")
        .missing(&["/charges/*/amount"]),
    Rule::new("BR-37", Category::Structure, Severity::Error, "/charges/*/tax/category", &["BT-102"])
        .en("A charge of the document has no tax category.")
        .es("Un recargo del documento no tiene categoría de impuesto.")
        .missing(&["/charges/*/tax/category", "/charges/*/tax"]),
    Rule::new("BR-41", Category::Structure, Severity::Error, "/lines/*/allowances/*/amount", &["BT-136"])
        .en("An allowance of a line has no amount.")
        .es("Un descuento de una línea no tiene importe.")
        .missing(&["/lines/*/allowances/*/amount"]),
    Rule::new("BR-43", Category::Structure, Severity::Error, "/lines/*/charges/*/amount", &["BT-141"])
        .en("A charge of a line has no amount.")
        .es("Un recargo de una línea no tiene importe.")
        .missing(&["/lines/*/charges/*/amount"]),
    Rule::new("BR-45", Category::Structure, Severity::Error, "/tax_breakdown/*/taxable_amount", &["BT-116"])
        .en("An entry of the tax breakdown has no taxable amount.")
        .es("Una entrada del desglose de impuestos no tiene base imponible.")
        .missing(&["/tax_breakdown/*/taxable_amount"]),
    Rule::new("BR-46", Category::Structure, Severity::Error, "/tax_breakdown/*/tax_amount", &["BT-117"])
        .en("An entry of the tax breakdown has no tax amount.")
        .es("Una entrada del desglose de impuestos no tiene importe del impuesto.")
        .missing(&["/tax_breakdown/*/tax_amount"]),
    Rule::new("BR-47", Category::Structure, Severity::Error, "/tax_breakdown/*/category", &["BT-118"])
        .en("An entry of the tax breakdown has no tax category.")
        .es("Una entrada del desglose de impuestos no tiene categoría de impuesto.")
        .missing(&["/tax_breakdown/*/category"]),
    Rule::new("BR-49", Category::Structure, Severity::Error, "/payment_means/*/code", &["BT-81"])
        .en("A means of payment has no code.")
        .es("Un medio de pago no tiene código.")
        .missing(&["/payment_means/*/code"]),
    Rule::new("BR-52", Category::Structure, Severity::Error, "/attachments/*/id", &["BT-122"])
        .en("An attachment has no identifier.")
        .es("Un documento adjunto no tiene identificador.")
        .missing(&["/attachments/*/id"]),
    Rule::new(
        "BR-54",
        Category::Structure,
        Severity::Error,
        "/lines/*/item/attributes/*/{name,value}",
        &["BT-160", "BT-161"],
    )
    .en("An attribute of an item lacks its name or its value.")
    .es("A un atributo de un artículo le falta el nombre o el valor.")
    .missing(&["/lines/*/item/attributes/*/name", "/lines/*/item/attributes/*/value"]),
    Rule::new("BR-55", Category::Structure, Severity::Error, "/preceding_invoices/*/number", &["BT-25"])
        .en("A reference to a preceding invoice has no number.")
        .es("Una referencia a una factura anterior no tiene número.")
        .missing(&["/preceding_invoices/*/number"]),
    Rule::new("BR-57", Category::Structure, Severity::Error, "/delivery/address/country", &["BT-80"])
        .en("The delivery address has no country.")
        .es("La dirección de entrega no tiene país.")
        .missing(&["/delivery/address/country"]),
    Rule::new(
        "BR-62",
        Category::Structure,
        Severity::Error,
        "/seller/electronic_address/scheme_id",
        &["BT-34"],
    )
    .en("The electronic address of the seller has no scheme.")
    .es("La dirección electrónica del vendedor no tiene esquema.")
    .missing(&["/seller/electronic_address/scheme_id"]),
    Rule::new(
        "BR-63",
        Category::Structure,
        Severity::Error,
        "/buyer/electronic_address/scheme_id",
        &["BT-49"],
    )
    .en("The electronic address of the buyer has no scheme.")
    .es("La dirección electrónica del comprador no tiene esquema.")
    .missing(&["/buyer/electronic_address/scheme_id"]),
    Rule::new(
        "BR-64",
        Category::Structure,
        Severity::Error,
        "/lines/*/item/standard_id/scheme_id",
        &["BT-157"],
    )
    .en("The standard identifier of an item has no scheme.")
    .es("El identificador estándar de un artículo no tiene esquema.")
    .missing(&["/lines/*/item/standard_id/scheme_id"]),
    Rule::new(
        "BR-65",
        Category::Structure,
        Severity::Error,
        "/lines/*/item/classifications/*/scheme_id",
        &["BT-158"],
    )
    .en("A classification code of an item has no scheme.")
    .es("Un código de clasificación de un artículo no tiene esquema.")
    .missing(&["/lines/*/item/classifications/*/scheme_id"]),
    Rule::new("BR-33", Category::Structure, Severity::Error, "/allowances/*", &["BT-97", "BT-98"])
        .en("An allowance of the document does not say why: it has neither a reason nor a reason code.")
        .es("Un descuento del documento no dice por qué: no tiene motivo ni código de motivo.")
        .one_of(&["/allowances/*"]),
    Rule::new("BR-CO-21", Category::Structure, Severity::Error, "/allowances/*", &["BT-97", "BT-98"])
        .en("An allowance of the document needs a reason, a reason code or both, and has none.")
        .es("Un descuento del documento necesita motivo, código de motivo o ambos, y no tiene ninguno.")
        .one_of(&["/allowances/*"]),
    Rule::new("BR-38", Category::Structure, Severity::Error, "/charges/*", &["BT-104", "BT-105"])
        .en("A charge of the document does not say why: it has neither a reason nor a reason code.")
        .es("Un recargo del documento no dice por qué: no tiene motivo ni código de motivo.")
        .one_of(&["/charges/*"]),
    Rule::new("BR-CO-22", Category::Structure, Severity::Error, "/charges/*", &["BT-104", "BT-105"])
        .en("A charge of the document needs a reason, a reason code or both, and has none.")
        .es("Un recargo del documento necesita motivo, código de motivo o ambos, y no tiene ninguno.")
        .one_of(&["/charges/*"]),
    Rule::new("BR-42", Category::Structure, Severity::Error, "/lines/*/allowances/*", &["BT-139", "BT-140"])
        .en("An allowance of a line does not say why: it has neither a reason nor a reason code.")
        .es("Un descuento de una línea no dice por qué: no tiene motivo ni código de motivo.")
        .one_of(&["/lines/*/allowances/*"]),
    Rule::new(
        "BR-CO-23",
        Category::Structure,
        Severity::Error,
        "/lines/*/allowances/*",
        &["BT-139", "BT-140"],
    )
    .en("An allowance of a line needs a reason, a reason code or both, and has none.")
    .es("Un descuento de una línea necesita motivo, código de motivo o ambos, y no tiene ninguno.")
    .one_of(&["/lines/*/allowances/*"]),
    Rule::new("BR-44", Category::Structure, Severity::Error, "/lines/*/charges/*", &["BT-144", "BT-145"])
        .en("A charge of a line does not say why: it has neither a reason nor a reason code.")
        .es("Un recargo de una línea no dice por qué: no tiene motivo ni código de motivo.")
        .one_of(&["/lines/*/charges/*"]),
    Rule::new("BR-CO-24", Category::Structure, Severity::Error, "/lines/*/charges/*", &["BT-144", "BT-145"])
        .en("A charge of a line needs a reason, a reason code or both, and has none.")
        .es("Un recargo de una línea necesita motivo, código de motivo o ambos, y no tiene ninguno.")
        .one_of(&["/lines/*/charges/*"]),
    Rule::new("BR-50", Category::Structure, Severity::Error, "/payment_means/*/account/id", &["BT-84"])
        .en("An account to pay to has no account number.")
        .es("A una cuenta de pago le falta el número de cuenta.")
        .missing(&["/payment_means/*/account/id"]),
    Rule::new("BR-CO-04", Category::Structure, Severity::Error, "/lines/*/tax/category", &["BT-151"])
        .en("A line has no tax category.")
        .es("Una línea no tiene categoría de impuesto.")
        .missing(&["/lines/*/tax/category", "/lines/*/tax"]),
    Rule::new("BR-CO-18", Category::Structure, Severity::Error, "/tax_breakdown", &["BG-23"])
        .en("The invoice has no tax breakdown.")
        .es("La factura no tiene desglose de impuestos.")
        .missing(&["/tax_breakdown"]),
    Rule::new("BR-CO-19", Category::Structure, Severity::Error, "/period", &["BG-14"])
        .en("The invoicing period has neither a start nor an end.")
        .es("El período de facturación no tiene inicio ni fin.")
        .missing(&["/period"]),
    Rule::new("BR-CO-20", Category::Structure, Severity::Error, "/lines/*/period", &["BG-26"])
        .en("The period of a line has neither a start nor an end.")
        .es("El período de una línea no tiene inicio ni fin.")
        .missing(&["/lines/*/period"]),
    Rule::new("FE-S-001", Category::Structure, Severity::Error, "/**", &[])
        .en("The message is not one well-formed JSON object in UTF-8, or names a field twice.")
        .es("El mensaje no es un único objeto JSON bien formado en UTF-8, o repite un campo.")
        .check(Decoder),
    Rule::new("FE-S-002", Category::Structure, Severity::Error, "", &[])
        .en("The message is larger than the limit.")
        .es("El mensaje supera el tamaño máximo.")
        .check(Decoder),
    Rule::new("FE-S-003", Category::Structure, Severity::Error, "/**", &[])
        .en("The document is nested too deeply, or its lists are too long.")
        .es("El documento tiene demasiados niveles, o sus listas son demasiado largas.")
        .check(Decoder),
    Rule::new("FE-S-004", Category::Structure, Severity::Error, "/schema_version", &[])
        .en("The schema version is not supported.")
        .es("No se admite esta versión del esquema."),
    Rule::new("FE-S-005", Category::Structure, Severity::Error, "/**", &[])
        .en("The field is not known; check its spelling and its place.")
        .es("El campo no es conocido; revise su nombre y su lugar."),
    Rule::new("FE-S-006", Category::Structure, Severity::Error, "/**", &[])
        .en("The value has the wrong JSON type.")
        .es("El valor tiene un tipo JSON incorrecto."),
    Rule::new("FE-S-007", Category::Structure, Severity::Error, "/**", &[])
        .en("The value is not written in the required form.")
        .es("El valor no está escrito en la forma requerida."),
    Rule::new("FE-S-008", Category::Structure, Severity::Error, "/**", &[])
        .en("A required field is missing, or a list or group has nothing in it.")
        .es("Falta un campo obligatorio, o una lista o un grupo está vacío."),
    Rule::new("FE-S-009", Category::Structure, Severity::Error, "/**", &[])
        .en("The validator's two readings of the document do not agree: only one finds a fault here. This is a fault of the validator; report it.")
        .es("Las dos lecturas del validador no coinciden: solo una encuentra aquí un defecto. Es un fallo del validador; comuníquelo.")
        .check(Decoder),
    Rule::new("FE-S-010", Category::Structure, Severity::Error, IDENTIFIERS, &[])
        .en("A number or an identifier has a sign in it that cannot be seen, turns the direction of others, or has no meaning.")
        .es("Un número o identificador contiene un signo que no se ve, que cambia la dirección de otros o que no tiene significado.")
        .check(Model(improper_signs)),
    Rule::new(
        "FE-D-002",
        Category::Data,
        Severity::Error,
        "/**/{issue_date,due_date,tax_point_date,date,start,end}",
        &[],
    )
    .en("The date does not exist in the calendar.")
    .es("La fecha no existe en el calendario."),
];

/// A sign that is not seen makes two numbers of one. Names may have such signs: some languages are written with joiners.
fn improper_signs(facts: &Facts<'_>, found: &mut FaultSink<'_>) {
    facts.each_identifier(&mut |path, id| {
        if !normal::is_improper_text(id) {
            return;
        }
        found.report(|| {
            let path = path();
            let is_right = |proper: &String| {
                let mut same = tax_ids(facts.invoice).filter(|(tax_id, _)| path.starts_with(tax_id));
                same.all(|(_, it)| {
                    it.country.text().is_some_and(|country| tax_id::check(country, proper).is_ok())
                })
            };
            let proper = normal::without_improper(id).filter(is_right);
            let fault = RuleFault::at(path).actual(normal::shown(id));
            match proper {
                Some(proper) => fault.expected(proper.clone()).replace_by(proper),
                None => fault,
            }
        });
    });
}
