//! The business terms of EN 16931 at the places of the format: the `x-bt` of the schema, kept apart where several places
//! share a definition.

use std::borrow::Cow;

/// The business term (BT) or group (BG) at a place, given as a JSON Pointer.
pub(crate) fn term(path: &str) -> Option<&'static str> {
    let path = without_indices(path);
    let at = TERMS.binary_search_by(|(place, _)| (*place).cmp(&*path)).ok()?;
    TERMS.get(at).map(|(_, term)| *term)
}

/// `/lines/3/price/net` becomes `/lines/*/price/net`.
pub(crate) fn without_indices(path: &str) -> Cow<'_, str> {
    let is_index = |step: &[u8]| !step.is_empty() && step.iter().all(u8::is_ascii_digit);
    let mut place = String::new();
    // What of the path is in the place already.
    let mut done = 0;
    let mut at = 0;
    for step in path.as_bytes().split(|byte| *byte == b'/') {
        if is_index(step) {
            if done == 0 {
                place.reserve(path.len());
            }
            place.push_str(path.get(done..at).unwrap_or_default());
            place.push('*');
            done = at + step.len();
        }
        at += step.len() + 1;
    }
    if done == 0 {
        return Cow::Borrowed(path);
    }
    place.push_str(path.get(done..).unwrap_or_default());
    Cow::Owned(place)
}

/// Place and term, sorted by place.
static TERMS: &[(&str, &str)] = &[
    ("/allowances", "BG-20"),
    ("/allowances/*", "BG-20"),
    ("/allowances/*/amount", "BT-92"),
    ("/allowances/*/base_amount", "BT-93"),
    ("/allowances/*/percentage", "BT-94"),
    ("/allowances/*/reason", "BT-97"),
    ("/allowances/*/reason_code", "BT-98"),
    ("/allowances/*/tax", "BT-95"),
    ("/allowances/*/tax/category", "BT-95"),
    ("/allowances/*/tax/rate", "BT-96"),
    ("/attachments", "BG-24"),
    ("/attachments/*", "BG-24"),
    ("/attachments/*/description", "BT-123"),
    ("/attachments/*/file", "BT-125"),
    ("/attachments/*/file/content", "BT-125"),
    ("/attachments/*/file/filename", "BT-125-2"),
    ("/attachments/*/file/mime_type", "BT-125-1"),
    ("/attachments/*/id", "BT-122"),
    ("/attachments/*/uri", "BT-124"),
    ("/buyer", "BG-7"),
    ("/buyer/address", "BG-8"),
    ("/buyer/address/city", "BT-52"),
    ("/buyer/address/country", "BT-55"),
    ("/buyer/address/line1", "BT-50"),
    ("/buyer/address/line2", "BT-51"),
    ("/buyer/address/line3", "BT-163"),
    ("/buyer/address/postal_code", "BT-53"),
    ("/buyer/address/subdivision", "BT-54"),
    ("/buyer/contact", "BG-9"),
    ("/buyer/contact/email", "BT-58"),
    ("/buyer/contact/name", "BT-56"),
    ("/buyer/contact/phone", "BT-57"),
    ("/buyer/electronic_address", "BT-49"),
    ("/buyer/identifiers", "BT-46"),
    ("/buyer/legal_registration", "BT-47"),
    ("/buyer/name", "BT-44"),
    ("/buyer/tax_id", "BT-48"),
    ("/buyer/tax_id/country", "BT-48"),
    ("/buyer/tax_id/number", "BT-48"),
    ("/buyer/trading_name", "BT-45"),
    ("/buyer_accounting_reference", "BT-19"),
    ("/buyer_reference", "BT-10"),
    ("/charges", "BG-21"),
    ("/charges/*", "BG-21"),
    ("/charges/*/amount", "BT-99"),
    ("/charges/*/base_amount", "BT-100"),
    ("/charges/*/percentage", "BT-101"),
    ("/charges/*/reason", "BT-104"),
    ("/charges/*/reason_code", "BT-105"),
    ("/charges/*/tax", "BT-102"),
    ("/charges/*/tax/category", "BT-102"),
    ("/charges/*/tax/rate", "BT-103"),
    ("/contract_reference", "BT-12"),
    ("/currency", "BT-5"),
    ("/delivery", "BG-13"),
    ("/delivery/address", "BG-15"),
    ("/delivery/address/city", "BT-77"),
    ("/delivery/address/country", "BT-80"),
    ("/delivery/address/line1", "BT-75"),
    ("/delivery/address/line2", "BT-76"),
    ("/delivery/address/line3", "BT-165"),
    ("/delivery/address/postal_code", "BT-78"),
    ("/delivery/address/subdivision", "BT-79"),
    ("/delivery/date", "BT-72"),
    ("/delivery/location", "BT-71"),
    ("/delivery/name", "BT-70"),
    ("/despatch_advice_reference", "BT-16"),
    ("/direct_debit_creditor_id", "BT-90"),
    ("/due_date", "BT-9"),
    ("/invoiced_object", "BT-18"),
    ("/issue_date", "BT-2"),
    ("/lines", "BG-25"),
    ("/lines/*", "BG-25"),
    ("/lines/*/accounting_reference", "BT-133"),
    ("/lines/*/allowances", "BG-27"),
    ("/lines/*/allowances/*", "BG-27"),
    ("/lines/*/allowances/*/amount", "BT-136"),
    ("/lines/*/allowances/*/base_amount", "BT-137"),
    ("/lines/*/allowances/*/percentage", "BT-138"),
    ("/lines/*/allowances/*/reason", "BT-139"),
    ("/lines/*/allowances/*/reason_code", "BT-140"),
    ("/lines/*/charges", "BG-28"),
    ("/lines/*/charges/*", "BG-28"),
    ("/lines/*/charges/*/amount", "BT-141"),
    ("/lines/*/charges/*/base_amount", "BT-142"),
    ("/lines/*/charges/*/percentage", "BT-143"),
    ("/lines/*/charges/*/reason", "BT-144"),
    ("/lines/*/charges/*/reason_code", "BT-145"),
    ("/lines/*/id", "BT-126"),
    ("/lines/*/item", "BG-31"),
    ("/lines/*/item/attributes", "BG-32"),
    ("/lines/*/item/attributes/*", "BG-32"),
    ("/lines/*/item/attributes/*/name", "BT-160"),
    ("/lines/*/item/attributes/*/value", "BT-161"),
    ("/lines/*/item/buyer_item_id", "BT-156"),
    ("/lines/*/item/classifications", "BT-158"),
    ("/lines/*/item/classifications/*/code", "BT-158"),
    ("/lines/*/item/classifications/*/scheme_id", "BT-158-1"),
    ("/lines/*/item/classifications/*/scheme_version", "BT-158-2"),
    ("/lines/*/item/description", "BT-154"),
    ("/lines/*/item/name", "BT-153"),
    ("/lines/*/item/origin_country", "BT-159"),
    ("/lines/*/item/seller_item_id", "BT-155"),
    ("/lines/*/item/standard_id", "BT-157"),
    ("/lines/*/net_amount", "BT-131"),
    ("/lines/*/note", "BT-127"),
    ("/lines/*/object", "BT-128"),
    ("/lines/*/order_line_reference", "BT-132"),
    ("/lines/*/period", "BG-26"),
    ("/lines/*/period/end", "BT-135"),
    ("/lines/*/period/start", "BT-134"),
    ("/lines/*/price", "BG-29"),
    ("/lines/*/price/base_quantity", "BT-149"),
    ("/lines/*/price/base_unit", "BT-150"),
    ("/lines/*/price/discount", "BT-147"),
    ("/lines/*/price/gross", "BT-148"),
    ("/lines/*/price/net", "BT-146"),
    ("/lines/*/quantity", "BT-129"),
    ("/lines/*/tax", "BG-30"),
    ("/lines/*/tax/category", "BT-151"),
    ("/lines/*/tax/rate", "BT-152"),
    ("/lines/*/unit", "BT-130"),
    ("/notes", "BG-1"),
    ("/notes/*", "BG-1"),
    ("/notes/*/subject_code", "BT-21"),
    ("/notes/*/text", "BT-22"),
    ("/number", "BT-1"),
    ("/payee", "BG-10"),
    ("/payee/identifier", "BT-60"),
    ("/payee/legal_registration", "BT-61"),
    ("/payee/name", "BT-59"),
    ("/payment_means", "BG-16"),
    ("/payment_means/*", "BG-16"),
    ("/payment_means/*/account", "BG-17"),
    ("/payment_means/*/account/bic", "BT-86"),
    ("/payment_means/*/account/id", "BT-84"),
    ("/payment_means/*/account/name", "BT-85"),
    ("/payment_means/*/card", "BG-18"),
    ("/payment_means/*/card/holder", "BT-88"),
    ("/payment_means/*/card/number", "BT-87"),
    ("/payment_means/*/code", "BT-81"),
    ("/payment_means/*/direct_debit", "BG-19"),
    ("/payment_means/*/direct_debit/debited_account", "BT-91"),
    ("/payment_means/*/direct_debit/mandate_id", "BT-89"),
    ("/payment_means/*/remittance", "BT-83"),
    ("/payment_means/*/text", "BT-82"),
    ("/payment_terms", "BT-20"),
    ("/period", "BG-14"),
    ("/period/end", "BT-74"),
    ("/period/start", "BT-73"),
    ("/preceding_invoices", "BG-3"),
    ("/preceding_invoices/*", "BG-3"),
    ("/preceding_invoices/*/issue_date", "BT-26"),
    ("/preceding_invoices/*/number", "BT-25"),
    ("/process_id", "BT-23"),
    ("/project_reference", "BT-11"),
    ("/purchase_order_reference", "BT-13"),
    ("/receiving_advice_reference", "BT-15"),
    ("/sales_order_reference", "BT-14"),
    ("/seller", "BG-4"),
    ("/seller/address", "BG-5"),
    ("/seller/address/city", "BT-37"),
    ("/seller/address/country", "BT-40"),
    ("/seller/address/line1", "BT-35"),
    ("/seller/address/line2", "BT-36"),
    ("/seller/address/line3", "BT-162"),
    ("/seller/address/postal_code", "BT-38"),
    ("/seller/address/subdivision", "BT-39"),
    ("/seller/contact", "BG-6"),
    ("/seller/contact/email", "BT-43"),
    ("/seller/contact/name", "BT-41"),
    ("/seller/contact/phone", "BT-42"),
    ("/seller/electronic_address", "BT-34"),
    ("/seller/identifiers", "BT-29"),
    ("/seller/legal_info", "BT-33"),
    ("/seller/legal_registration", "BT-30"),
    ("/seller/local_tax_id", "BT-32"),
    ("/seller/name", "BT-27"),
    ("/seller/tax_id", "BT-31"),
    ("/seller/tax_id/country", "BT-31"),
    ("/seller/tax_id/number", "BT-31"),
    ("/seller/trading_name", "BT-28"),
    ("/specification_id", "BT-24"),
    ("/tax_breakdown", "BG-23"),
    ("/tax_breakdown/*", "BG-23"),
    ("/tax_breakdown/*/category", "BT-118"),
    ("/tax_breakdown/*/exemption_reason", "BT-120"),
    ("/tax_breakdown/*/exemption_reason_code", "BT-121"),
    ("/tax_breakdown/*/rate", "BT-119"),
    ("/tax_breakdown/*/tax_amount", "BT-117"),
    ("/tax_breakdown/*/taxable_amount", "BT-116"),
    ("/tax_currency", "BT-6"),
    ("/tax_point_code", "BT-8"),
    ("/tax_point_date", "BT-7"),
    ("/tax_representative", "BG-11"),
    ("/tax_representative/address", "BG-12"),
    ("/tax_representative/address/city", "BT-66"),
    ("/tax_representative/address/country", "BT-69"),
    ("/tax_representative/address/line1", "BT-64"),
    ("/tax_representative/address/line2", "BT-65"),
    ("/tax_representative/address/line3", "BT-164"),
    ("/tax_representative/address/postal_code", "BT-67"),
    ("/tax_representative/address/subdivision", "BT-68"),
    ("/tax_representative/name", "BT-62"),
    ("/tax_representative/tax_id", "BT-63"),
    ("/tax_representative/tax_id/country", "BT-63"),
    ("/tax_representative/tax_id/number", "BT-63"),
    ("/tender_reference", "BT-17"),
    ("/totals", "BG-22"),
    ("/totals/allowances", "BT-107"),
    ("/totals/charges", "BT-108"),
    ("/totals/lines_net", "BT-106"),
    ("/totals/payable", "BT-115"),
    ("/totals/prepaid", "BT-113"),
    ("/totals/rounding", "BT-114"),
    ("/totals/tax", "BT-110"),
    ("/totals/tax_exclusive", "BT-109"),
    ("/totals/tax_in_tax_currency", "BT-111"),
    ("/totals/tax_inclusive", "BT-112"),
    ("/type_code", "BT-3"),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_terms_are_sorted_by_place_and_each_place_is_there_once() {
        assert!(TERMS.is_sorted_by(|(a, _), (b, _)| a < b));
        assert!(TERMS.iter().all(|(place, term)| super::term(place) == Some(*term)));
        assert_eq!((term("/lines/12/price/net"), term("/lines/x/price/net")), (Some("BT-146"), None));
    }

    proptest! {
        #[test]
        fn a_place_is_its_path_step_by_step_with_a_star_for_each_index(path in "(/?([a-z0-9ñ*]{0,4}|[0-9]{1,5})){0,6}") {
            let place = |step: &str| match step {
                "" => String::new(),
                step if step.bytes().all(|byte| byte.is_ascii_digit()) => "*".to_owned(),
                step => step.to_owned(),
            };
            let steps: Vec<String> = path.split('/').map(place).collect();
            prop_assert_eq!(without_indices(&path), steps.join("/"));
        }
    }
}
