//! Units by the names that people give them, in English and Spanish.

use unicode_normalization::UnicodeNormalization;

/// A code of UN/ECE Recommendation 20 or 21, and the names of its unit, in capitals and without accents. A name that may be two units
/// (`QT`, `TON`, `GAL`) is not here.
const NAMES: [(&str, &[&str]); 33] = [
    (
        "C62",
        &["94", "U", "UD", "UDS", "UN", "UND", "UNDS", "UNI", "UNID", "UNIDAD", "UNIDADES", "UNIT", "UNITS"],
    ),
    ("H87", &["PC", "PCE", "PCS", "PIECE", "PIECES", "PIEZA", "PIEZAS", "PZ", "PZA", "PZAS", "PZS"]),
    ("XBX", &["BOX", "BOXES", "CAJA", "CAJAS"]),
    ("XPK", &["PACKAGE", "PACKAGES", "PAQ", "PAQUETE", "PAQUETES"]),
    ("XBG", &["BAG", "BAGS", "BOLSA", "BOLSAS"]),
    ("XSA", &["SACK", "SACKS", "SACO", "SACOS"]),
    ("XRO", &["ROLL", "ROLLS", "ROLLO", "ROLLOS"]),
    ("KGM", &["KG", "KILO", "KILOGRAM", "KILOGRAMO", "KILOGRAMOS", "KILOGRAMS", "KILOS"]),
    ("GRM", &["GRAM", "GRAMO", "GRAMOS", "GRAMS", "GRS"]),
    ("MGM", &["MG", "MILIGRAMO", "MILIGRAMOS"]),
    ("TNE", &["TM", "TONELADA", "TONELADAS", "TONNE", "TONNES"]),
    ("LBR", &["LB", "LBS", "LIBRA", "LIBRAS", "POUND", "POUNDS"]),
    ("LTR", &["LITER", "LITERS", "LITRE", "LITRES", "LITRO", "LITROS", "LT", "LTS"]),
    ("MLT", &["MILILITRO", "MILILITROS", "ML"]),
    ("MTR", &["METER", "METERS", "METRE", "METRES", "METRO", "METROS", "MT"]),
    ("CMT", &["CENTIMETRO", "CENTIMETROS", "CM"]),
    ("MMT", &["MILIMETRO", "MILIMETROS", "MM"]),
    ("KMT", &["KILOMETRE", "KILOMETRES", "KILOMETRO", "KILOMETROS", "KM"]),
    ("MTK", &["M2", "MT2"]),
    ("MTQ", &["M3", "MT3"]),
    ("SEC", &["SECOND", "SECONDS", "SEGUNDO", "SEGUNDOS"]),
    ("MIN", &["MINUTE", "MINUTES", "MINUTO", "MINUTOS", "MINS"]),
    ("HUR", &["HORA", "HORAS", "HOUR", "HOURS", "HR", "HRS"]),
    ("DAY", &["DAYS", "DIA", "DIAS"]),
    ("WEE", &["SEMANA", "SEMANAS", "WEEK", "WEEKS"]),
    ("MON", &["MES", "MESES", "MONTH", "MONTHS"]),
    ("ANN", &["ANIO", "ANO", "ANOS", "YEAR", "YEARS"]),
    ("DZN", &["DOCENA", "DOCENAS", "DOZEN"]),
    ("PR", &["PAIR", "PAIRS", "PAR", "PARES"]),
    ("SET", &["JUEGO", "JUEGOS", "SETS"]),
    ("E48", &["SERV", "SERVICE", "SERVICES", "SERVICIO", "SERVICIOS"]),
    ("MIL", &["MILES", "MILLAR", "MILLARES", "THOUSAND"]),
    ("KWH", &["KW/H", "KW-H"]),
];

/// The code of the unit of that name.
pub(crate) fn unit_named(name: &str) -> Option<&'static str> {
    // The longest name has eleven letters, and a dot.
    if name.len() > 30 {
        return None;
    }
    let is_letter = |sign: &char| !('\u{300}'..='\u{36F}').contains(sign);
    let name: String =
        name.trim().trim_end_matches('.').nfkd().filter(is_letter).collect::<String>().to_uppercase();
    NAMES.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(code, _)| *code)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::codes::UNITS;

    #[test]
    fn every_name_is_of_one_unit_of_the_list_and_no_code_itself() {
        let mut seen = BTreeSet::new();
        for (code, names) in NAMES {
            assert!(UNITS.contains(code), "{code}");
            for name in names {
                assert!(seen.insert(*name), "{name} twice");
                assert_eq!(UNITS.nearest(name), None, "{name} is a code");
                assert_eq!(unit_named(name), Some(code));
            }
        }
    }

    #[test]
    fn a_unit_is_known_by_its_name_as_people_write_it() {
        for (name, code) in [
            ("kg", Some("KGM")),
            ("Kg.", Some("KGM")),
            ("UND", Some("C62")),
            ("94", Some("C62")),
            ("PCE", Some("H87")),
            ("Caja", Some("XBX")),
            ("m\u{b2}", Some("MTK")),
            ("día", Some("DAY")),
            ("di\u{301}as", Some("DAY")),
            ("QT", None),
            ("ton", None),
            ("", None),
            (".", None),
        ] {
            assert_eq!(unit_named(name), code, "{name}");
        }
    }
}
