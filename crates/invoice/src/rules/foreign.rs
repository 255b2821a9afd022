//! What is not of this format: known by its look, and told by name, alone. What else would be said of it would not be true.

use crate::rule::{Category, Check::Decoder, Rule, Severity};

const fn other(code: &'static str) -> Rule {
    Rule::new(code, Category::Structure, Severity::Error, "", &[])
}

pub(super) const RULES: &[Rule] = &[
    other("FE-X-001")
        .en("It is an invoice in UBL (XML). Convert it to JSON first.")
        .es("Es una factura en UBL (XML). Conviértala primero a JSON.")
        .check(Decoder),
    other("FE-X-002")
        .en("It is an invoice in UN/CEFACT CII (XML), as ZUGFeRD and Factur-X have it. Convert it to JSON first.")
        .es("Es una factura en UN/CEFACT CII (XML), como en ZUGFeRD y Factur-X. Conviértala primero a JSON.")
        .check(Decoder),
    other("FE-X-003")
        .en("It is an invoice in Facturae (XML). Convert it to JSON first.")
        .es("Es una factura en Facturae (XML). Conviértala primero a JSON.")
        .check(Decoder),
    other("FE-X-004")
        .en("It is a document of Ecuador's SRI (XML). Convert it to JSON first.")
        .es("Es un comprobante del SRI de Ecuador (XML). Conviértalo primero a JSON.")
        .check(Decoder),
    other("FE-X-005")
        .en("It is a CFDI of Mexico (XML). Convert it to JSON first.")
        .es("Es un CFDI de México (XML). Conviértalo primero a JSON.")
        .check(Decoder),
    other("FE-X-006")
        .en("It is an invoice in FatturaPA (XML). Convert it to JSON first.")
        .es("Es una factura en FatturaPA (XML). Conviértala primero a JSON.")
        .check(Decoder),
    other("FE-X-007")
        .en("It is a DTE of Chile's SII (XML). Convert it to JSON first.")
        .es("Es un DTE del SII de Chile (XML). Conviértalo primero a JSON.")
        .check(Decoder),
    other("FE-X-008")
        .en("It is XML, and not JSON. Convert the invoice to JSON first.")
        .es("Es XML, y no JSON. Convierta primero la factura a JSON.")
        .check(Decoder),
    other("FE-X-009")
        .en("It is a page in HTML, as a proxy or an error page. The invoice did not arrive; send it again.")
        .es("Es una página HTML, como la de un proxy o una de error. La factura no llegó; envíela de nuevo.")
        .check(Decoder),
    other("FE-X-010")
        .en("It is a PDF. Send the invoice as JSON; a PDF can go with it as a supporting document.")
        .es("Es un PDF. Envíe la factura en JSON; el PDF puede acompañarla como documento adjunto.")
        .check(Decoder),
    other("FE-X-020")
        .en("It is an invoice in UBL's JSON. Convert it to this format first.")
        .es("Es una factura en el JSON de UBL. Conviértala primero a este formato.")
        .check(Decoder),
    other("FE-X-021")
        .en("It is a GOBL document. Convert it to this format first.")
        .es("Es un documento GOBL. Conviértalo primero a este formato.")
        .check(Decoder),
    other("FE-X-022")
        .en("It is a DTE of El Salvador. Convert it to this format first.")
        .es("Es un DTE de El Salvador. Conviértalo primero a este formato.")
        .check(Decoder),
    other("FE-X-023")
        .en("It is an invoice in the JSON of e-invoice-eu. Convert it to this format first.")
        .es("Es una factura en el JSON de e-invoice-eu. Conviértala primero a este formato.")
        .check(Decoder),
    other("FE-X-024")
        .en("It is an invoice of India's INV-01. Convert it to this format first.")
        .es("Es una factura INV-01 de la India. Conviértala primero a este formato.")
        .check(Decoder),
    other("FE-X-025")
        .en("It is an invoice of Nigeria's NRS. Convert it to this format first.")
        .es("Es una factura del NRS de Nigeria. Conviértala primero a este formato.")
        .check(Decoder),
    other("FE-X-026")
        .en("It is a document of Egypt's ETA. Convert it to this format first.")
        .es("Es un documento de la ETA de Egipto. Conviértalo primero a este formato.")
        .check(Decoder),
    other("FE-X-027")
        .en("It is an invoice of Pakistan's FBR. Convert it to this format first.")
        .es("Es una factura de la FBR de Pakistán. Conviértala primero a este formato.")
        .check(Decoder),
    other("FE-X-028")
        .en("It is an invoice in the format of Nubefact. Convert it to this format first.")
        .es("Es una factura en el formato de Nubefact. Conviértala primero a este formato.")
        .check(Decoder),
    other("FE-X-029")
        .en("It is an invoice of Stripe. Convert it to this format first.")
        .es("Es una factura de Stripe. Conviértala primero a este formato.")
        .check(Decoder),
    other("FE-X-039")
        .en("It is JSON of another format: none of its fields is one of this format's. Convert the invoice first.")
        .es("Es JSON de otro formato: ninguno de sus campos es de este. Convierta primero la factura.")
        .check(Decoder),
    other("FE-X-040")
        .en("It is a signed document (JWS). Send its payload, as JSON.")
        .es("Es un documento firmado (JWS). Envíe su contenido, en JSON.")
        .check(Decoder),
    other("FE-X-041")
        .en("It has several documents. Send one invoice a message.")
        .es("Contiene varios documentos. Envíe una factura por mensaje.")
        .check(Decoder),
    other("FE-X-042")
        .en("It is JSON inside a JSON string: it was serialised twice. Send the object itself.")
        .es("Es JSON dentro de una cadena JSON: se serializó dos veces. Envíe el objeto mismo.")
        .check(Decoder),
    other("FE-X-043")
        .en("It is compressed (gzip or zip). Send it as it was before.")
        .es("Está comprimido (gzip o zip). Envíelo sin comprimir.")
        .check(Decoder),
    other("FE-X-044")
        .en("It is encoded in Base64. Send the JSON itself.")
        .es("Está codificado en Base64. Envíe el JSON mismo.")
        .check(Decoder),
    other("FE-X-045")
        .en("It is encoded in UTF-16. Send it in UTF-8.")
        .es("Está codificado en UTF-16. Envíelo en UTF-8.")
        .check(Decoder),
    other("FE-X-046")
        .en("It is a notification of SNS with the invoice in it. Turn on raw message delivery for the subscription.")
        .es("Es una notificación de SNS con la factura dentro. Active la entrega de mensajes sin procesar en la suscripción.")
        .check(Decoder),
    other("FE-X-047")
        .en("It is an event of EventBridge with the invoice in it. Have the rule's target take its detail alone.")
        .es("Es un evento de EventBridge con la factura dentro. Haga que el destino de la regla reciba solo su detalle.")
        .check(Decoder),
    other("FE-X-048")
        .en("It is a CloudEvents envelope with the invoice in it. Send its data alone.")
        .es("Es un sobre de CloudEvents con la factura dentro. Envíe solo sus datos.")
        .check(Decoder),
    other("FE-X-049")
        .en("It is an event of an AWS service, and not an invoice. Send what it tells of.")
        .es("Es un evento de un servicio de AWS, y no una factura. Envíe aquello de lo que informa.")
        .check(Decoder),
    other("FE-X-050")
        .en("It is a pointer to an object in S3. Send the invoice itself.")
        .es("Es un puntero a un objeto de S3. Envíe la factura misma.")
        .check(Decoder),
    other("FE-X-051")
        .en("Five bytes of a schema registry stand before it. Have the producer serialise plain JSON.")
        .es("Le preceden cinco bytes de un registro de esquemas. Haga que el emisor serialice JSON sin más.")
        .check(Decoder),
];
