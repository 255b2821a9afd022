//! The code lists that the rules name, and the decimals of currencies.
//!
//! Where the lists come from, and how to change one, stands in `codes/README.md`.

mod list;
mod unit_names;

pub(crate) use list::CodeList;
pub(crate) use unit_names::unit_named;

/// A list from its file: laid out by the compiler as one block of bytes, so that nothing is built, sorted or
/// relocated when the program starts.
macro_rules! code_list {
    ($(#[$doc:meta])* $ident:ident, $name:literal, $file:literal) => {
        $(#[$doc])*
        pub(crate) static $ident: CodeList = {
            const TEXT: &str = include_str!(concat!("codes/lists/", $file, ".txt"));
            const COUNT: usize = list::count(TEXT);
            const WIDTH: usize = list::longest(TEXT);
            static CELLS: [[u8; WIDTH]; COUNT] = list::cells(TEXT);
            CodeList::new($name, WIDTH, CELLS.as_flattened())
        };
    };
}

code_list!(
    /// Types of document (BT-3).
    DOCUMENT_TYPES, "UNCL1001", "uncl1001"
);
code_list!(
    /// Currencies.
    CURRENCIES, "ISO 4217", "iso4217"
);
code_list!(
    /// What makes the tax due (BT-8).
    TAX_POINT_DATES, "UNCL2005", "uncl2005"
);
code_list!(
    /// Kinds of an invoiced object identifier.
    REFERENCE_QUALIFIERS, "UNCL1153", "uncl1153"
);
code_list!(
    /// Schemes of identifiers of organisations and items.
    IDENTIFIER_SCHEMES, "ISO 6523 ICD", "icd"
);
code_list!(
    /// Schemes of item classifications (BT-158-1).
    ITEM_CLASSIFICATIONS, "UNCL7143", "uncl7143"
);
code_list!(
    /// Countries, with `1A` and `XI`.
    COUNTRIES, "ISO 3166-1", "iso3166"
);
code_list!(
    /// Payment means (BT-81).
    PAYMENT_MEANS, "UNCL4461", "uncl4461"
);
code_list!(
    /// Tax categories.
    TAX_CATEGORIES, "UNCL5305", "uncl5305"
);
code_list!(
    /// Reasons for an allowance.
    ALLOWANCE_REASONS, "UNCL5189", "uncl5189"
);
code_list!(
    /// Reasons for a charge.
    CHARGE_REASONS, "UNCL7161", "uncl7161"
);
code_list!(
    /// Reasons for an exemption from VAT (BT-121).
    EXEMPTION_REASONS, "VATEX", "vatex"
);
code_list!(
    /// Units of measure.
    UNITS, "UN/ECE Rec 20 and 21", "rec20"
);
code_list!(
    /// Media types of an attachment (BT-125-1).
    MEDIA_TYPES, "EN 16931 media types", "mime"
);
code_list!(
    /// Schemes of electronic addresses.
    ADDRESS_SCHEMES, "EAS", "eas"
);
code_list!(
    /// Prefixes of VAT identifiers.
    VAT_PREFIXES, "VAT prefixes", "vat_prefix"
);

/// Currencies without a minor unit, those with three and with four decimals, and the codes that are no money to pay
/// in (metals, funds, tests). ISO 4217, list one, column "Mnr unts".
const NONE: [&str; 17] = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF",
    "XOF", "XPF",
];
const THREE: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];
const FOUR: [&str; 2] = ["CLF", "UYW"];
const NOT_APPLICABLE: [&str; 13] =
    ["XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU", "XTS", "XUA", "XXX"];

/// How many decimals an amount in `currency` has, by ISO 4217. `None` where the code is not in the list or the
/// standard gives no number.
pub(crate) fn minor_units(currency: &str) -> Option<u8> {
    if !CURRENCIES.contains(currency) || NOT_APPLICABLE.contains(&currency) {
        return None;
    }
    Some(if NONE.contains(&currency) {
        0
    } else if THREE.contains(&currency) {
        3
    } else if FOUR.contains(&currency) {
        4
    } else {
        2
    })
}

#[cfg(test)]
mod tests;
