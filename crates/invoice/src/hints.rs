//! What to do where a rule is broken: for rules whose text says what is wrong, and leaves a reader alone with what to write instead.

use crate::rule::Lang;

const NOT_SUBJECT: (&str, &str) = (
    "Category O is for an invoice that is outside the scope of tax as a whole. Beside taxed lines, write what is not subject as exempt: category E, rate 0, with a reason.",
    "La categoría O es para una factura que en su conjunto no está sujeta. Junto a líneas gravadas, escriba lo no sujeto como exento: categoría E, tasa 0, con un motivo.",
);

const UNITS: (&str, &str) = (
    "Units are codes of UN/ECE Recommendation 20: C62 one, KGM kilogram, LTR litre, MTR metre, HUR hour, DAY day, MON month; or of Recommendation 21 behind an X: XBX box, XPK package.",
    "Las unidades son códigos de la Recomendación 20 de UN/ECE: C62 unidad, KGM kilogramo, LTR litro, MTR metro, HUR hora, DAY día, MON mes; o de la 21 tras una X: XBX caja, XPK paquete.",
);

/// The hints by code, each in English and Spanish.
const HINTS: [(&str, (&str, &str)); 15] = [
    ("BR-O-02", NOT_SUBJECT),
    ("BR-O-03", NOT_SUBJECT),
    ("BR-O-04", NOT_SUBJECT),
    ("BR-O-11", NOT_SUBJECT),
    ("BR-O-12", NOT_SUBJECT),
    ("BR-O-13", NOT_SUBJECT),
    ("BR-O-14", NOT_SUBJECT),
    (
        "BR-S-08",
        (
            "Each line has one rate, and each rate one entry in the breakdown. A surcharge on the tax, as Spain's recargo de equivalencia, has no entry of its own in EN 16931: add it to the rate of the line (21 + 5.2 = 26.2), and name it in a note.",
            "Cada línea tiene una tasa, y cada tasa una entrada en el desglose. Un recargo sobre el impuesto, como el de equivalencia en España, no tiene entrada propia en EN 16931: súmelo a la tasa de la línea (21 + 5,2 = 26,2) y nómbrelo en una nota.",
        ),
    ),
    ("BR-CL-23", UNITS),
    (
        "BR-CL-04",
        (
            "Currencies are codes of ISO 4217 in capitals: EUR, USD, MXN, COP, CLP, PEN. A currency that was withdrawn is no longer one (BGN, HRK).",
            "Las monedas son códigos ISO 4217 en mayúsculas: EUR, USD, MXN, COP, CLP, PEN. Una moneda retirada ya no lo es (BGN, HRK).",
        ),
    ),
    (
        "BR-CL-14",
        (
            "Countries are codes of ISO 3166-1 with two capitals: ES, EC, CO, MX, PE, CL.",
            "Los países son códigos ISO 3166-1 de dos mayúsculas: ES, EC, CO, MX, PE, CL.",
        ),
    ),
    (
        "FE-D-003",
        (
            "A digit is wrong, two are exchanged, or it is another kind of number. An identity card or a passport goes under another scheme.",
            "Hay una cifra errónea, dos están cambiadas, o es otra clase de número. Una cédula o un pasaporte van bajo otro esquema.",
        ),
    ),
    (
        "FE-D-006",
        (
            "Copy the account from the bank's own document: a digit is wrong or missing. An account that is no IBAN does not begin with a country's two letters and two digits.",
            "Copie la cuenta del documento del banco: hay una cifra errónea o falta una. Una cuenta que no es IBAN no empieza por las dos letras de un país y dos cifras.",
        ),
    ),
    (
        "FE-D-016",
        (
            "Compare the two. If this one is a correction, it needs a number of its own, or a credit note; if the stored one is not right, set it aside.",
            "Compare las dos. Si esta es una corrección, necesita un número propio o una nota de crédito; si la guardada no es correcta, apártela.",
        ),
    ),
    (
        "FE-S-005",
        (
            "Fields of your own go under extensions, in an object with a name of yours.",
            "Los campos propios van bajo extensions, en un objeto con un nombre suyo.",
        ),
    ),
];

/// What to do where this rule is broken, if there is more to say than the rule's text does. No value of an invoice is in it.
pub fn hint(code: &str, lang: Lang) -> Option<&'static str> {
    let (_, (en, es)) = HINTS.iter().find(|(known, _)| *known == code)?;
    Some(match lang {
        Lang::En => en,
        Lang::Es => es,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;

    #[test]
    fn each_hint_is_of_a_rule_that_there_is_and_says_it_in_both_languages() {
        for (code, (en, es)) in HINTS {
            assert!(catalogue::find(code).is_some(), "{code}");
            assert!(en.ends_with('.') && es.ends_with('.') && en != es, "{code}");
            assert_eq!((hint(code, Lang::En), hint(code, Lang::Es)), (Some(en), Some(es)));
        }
        assert_eq!(hint("BR-02", Lang::En), None);
    }
}
