//! The objects of an invoice, after `schema/invoice.schema.json`, with the business groups and terms of EN 16931.

use serde::de::{Deserializer, IgnoredAny, MapAccess};
use time::Date;

use super::leaf::{
    Category, Code, Content, Country, Currency, Extensions, Long, Percent, Short, TaxNumber, Text, Uri,
    Version,
};
use super::object::{key, objects, required};
use super::{AllNames, BadField, Field, Fields, FirstName, Form, List, Read, Slot, read_form};
use crate::decimal::Decimal;
use crate::decode::Key;
use crate::json::pointer::NodePath;

objects! {
    /// An invoice or a credit note.
    Invoice<'a> {
        schema_version: Text<'a, Version> = required,
        specification_id: Text<'a, Short> = required,
        process_id: Text<'a, Short>,
        number: Text<'a, Short> = required,
        issue_date: Date = required,
        type_code: Text<'a, Code> = required,
        currency: Text<'a, Currency> = required,
        tax_currency: Text<'a, Currency>,
        tax_point_date: Date,
        tax_point_code: Text<'a, Code>,
        due_date: Date,
        buyer_reference: Text<'a, Short>,
        project_reference: Text<'a, Short>,
        contract_reference: Text<'a, Short>,
        purchase_order_reference: Text<'a, Short>,
        sales_order_reference: Text<'a, Short>,
        receiving_advice_reference: Text<'a, Short>,
        despatch_advice_reference: Text<'a, Short>,
        tender_reference: Text<'a, Short>,
        invoiced_object: Identifier<'a>,
        buyer_accounting_reference: Text<'a, Short>,
        payment_terms: Text<'a, Long>,
        notes: List<'a, Note<'a>>,
        preceding_invoices: List<'a, PrecedingInvoice<'a>>,
        seller: Party<'a> = required,
        buyer: Party<'a> = required,
        payee: Payee<'a>,
        tax_representative: TaxRepresentative<'a>,
        delivery: Delivery<'a>,
        period: Period<'a>,
        payment_means: List<'a, PaymentMeans<'a>>,
        direct_debit_creditor_id: Text<'a, Short>,
        allowances: List<'a, DocumentAdjustment<'a>>,
        charges: List<'a, DocumentAdjustment<'a>>,
        totals: Totals<'a> = required,
        tax_breakdown: List<'a, TaxBreakdown<'a>> = required,
        withholdings: List<'a, Withholding<'a>>,
        attachments: List<'a, Attachment<'a>>,
        lines: Lines<'a> = required,
        extensions: Extensions<'a>,
    } [keeps names: AllNames]

    /// An identifier whose scheme may be left out.
    Identifier<'a> {
        id: Text<'a, Short> = required,
        scheme_id: Text<'a, Code>,
    }

    /// An identifier with its scheme.
    IdentifierWithScheme<'a> {
        id: Text<'a, Short> = required,
        scheme_id: Text<'a, Code> = required,
    }

    /// BT-31, BT-48, BT-63: country and national number.
    TaxId<'a> {
        country: Text<'a, Country> = required,
        number: Text<'a, TaxNumber> = required,
    }

    /// BG-5, BG-8, BG-12, BG-15
    Address<'a> {
        line1: Text<'a, Short>,
        line2: Text<'a, Short>,
        line3: Text<'a, Short>,
        city: Text<'a, Short>,
        postal_code: Text<'a, Short>,
        subdivision: Text<'a, Short>,
        country: Text<'a, Country> = required,
    }

    /// BG-6, BG-9
    Contact<'a> {
        name: Text<'a, Short>,
        phone: Text<'a, Short>,
        email: Text<'a, Short>,
    } [any of name, phone, email]

    /// BG-4, BG-7: the seller or the buyer.
    Party<'a> {
        name: Text<'a, Short> = required,
        trading_name: Text<'a, Short>,
        identifiers: List<'a, Identifier<'a>>,
        legal_registration: Identifier<'a>,
        tax_id: TaxId<'a>,
        local_tax_id: Text<'a, Short>,
        legal_info: Text<'a, Long>,
        electronic_address: IdentifierWithScheme<'a>,
        address: Address<'a> = required,
        contact: Contact<'a>,
    }

    /// BG-10
    Payee<'a> {
        name: Text<'a, Short> = required,
        identifier: Identifier<'a>,
        legal_registration: Identifier<'a>,
    }

    /// BG-11
    TaxRepresentative<'a> {
        name: Text<'a, Short> = required,
        tax_id: TaxId<'a> = required,
        address: Address<'a> = required,
    }

    /// BG-13
    Delivery<'a> {
        name: Text<'a, Short>,
        location: Identifier<'a>,
        date: Date,
        address: Address<'a>,
    } [any of name, location, date, address]

    /// BG-14, BG-26
    Period<'a> {
        start: Date,
        end: Date,
    } [any of start, end]

    /// BG-1
    Note<'a> {
        subject_code: Text<'a, Code>,
        text: Text<'a, Long> = required,
    }

    /// BG-3
    PrecedingInvoice<'a> {
        number: Text<'a, Short> = required,
        issue_date: Date,
    }

    /// BG-16
    PaymentMeans<'a> {
        code: Text<'a, Code> = required,
        text: Text<'a, Short>,
        remittance: Text<'a, Short>,
        account: Account<'a>,
        card: Card<'a>,
        direct_debit: DirectDebit<'a>,
    }

    /// BG-17
    Account<'a> {
        id: Text<'a, Short> = required,
        name: Text<'a, Short>,
        bic: Text<'a, Short>,
    }

    /// BG-18
    Card<'a> {
        number: Text<'a, Short> = required,
        holder: Text<'a, Short>,
    }

    /// BG-19
    DirectDebit<'a> {
        mandate_id: Text<'a, Short>,
        debited_account: Text<'a, Short>,
    } [any of mandate_id, debited_account]

    /// The tax of a line, an allowance or a charge.
    Tax<'a> {
        category: Text<'a, Category> = required,
        rate: Percent,
    }

    /// BG-20, BG-21: an allowance or a charge of the document.
    DocumentAdjustment<'a> {
        amount: Decimal = required,
        base_amount: Decimal,
        percentage: Percent,
        reason: Text<'a, Long>,
        reason_code: Text<'a, Code>,
        tax: Tax<'a> = required,
    } [any of reason, reason_code]

    /// BG-27, BG-28: an allowance or a charge of a line.
    LineAdjustment<'a> {
        amount: Decimal = required,
        base_amount: Decimal,
        percentage: Percent,
        reason: Text<'a, Long>,
        reason_code: Text<'a, Code>,
    } [any of reason, reason_code]

    /// BG-22
    Totals<'a> {
        lines_net: Decimal = required,
        allowances: Decimal,
        charges: Decimal,
        tax_exclusive: Decimal = required,
        tax: Decimal = required,
        tax_in_tax_currency: Decimal,
        tax_inclusive: Decimal = required,
        prepaid: Decimal,
        rounding: Decimal,
        payable: Decimal = required,
        withheld: Decimal,
        net_payable: Decimal,
    }

    /// BG-23
    TaxBreakdown<'a> {
        taxable_amount: Decimal = required,
        tax_amount: Decimal = required,
        category: Text<'a, Category> = required,
        rate: Percent,
        exemption_reason: Text<'a, Long>,
        exemption_reason_code: Text<'a, Code>,
    }

    /// An amount that the buyer keeps back for the tax authority.
    Withholding<'a> {
        kind "type": Text<'a, Code> = required,
        base: Decimal = required,
        rate: Percent = required,
        amount: Decimal = required,
    }

    /// BG-24
    Attachment<'a> {
        id: Text<'a, Short> = required,
        description: Text<'a, Long>,
        uri: Text<'a, Uri>,
        file: File<'a>,
    }

    /// BT-125
    File<'a> {
        content: Text<'a, Content> = required,
        mime_type: Text<'a, Code> = required,
        filename: Text<'a, Short> = required,
    }

    /// BG-25
    Line<'a> {
        id: Text<'a, Short> = required,
        note: Text<'a, Long>,
        object: Identifier<'a>,
        quantity: Decimal = required,
        unit: Text<'a, Code> = required,
        net_amount: Decimal = required,
        order_line_reference: Text<'a, Short>,
        accounting_reference: Text<'a, Short>,
        period: Period<'a>,
        allowances: List<'a, LineAdjustment<'a>>,
        charges: List<'a, LineAdjustment<'a>>,
        price: Price<'a> = required,
        tax: Tax<'a> = required,
        item: Item<'a> = required,
    } [keeps first_name: FirstName]

    /// BG-29
    Price<'a> {
        net: Decimal = required,
        discount: Decimal,
        gross: Decimal,
        base_quantity: Decimal,
        base_unit: Text<'a, Code>,
    }

    /// BG-31
    Item<'a> {
        name: Text<'a, Long> = required,
        description: Text<'a, Long>,
        seller_item_id: Text<'a, Short>,
        buyer_item_id: Text<'a, Short>,
        standard_id: IdentifierWithScheme<'a>,
        classifications: List<'a, Classification<'a>>,
        origin_country: Text<'a, Country>,
        attributes: List<'a, ItemAttribute<'a>>,
    }

    /// BT-158
    Classification<'a> {
        code: Text<'a, Short> = required,
        scheme_id: Text<'a, Code> = required,
        scheme_version: Text<'a, Short>,
    }

    /// BG-32
    ItemAttribute<'a> {
        name: Text<'a, Short> = required,
        value: Text<'a, Long> = required,
    }
}

/// BG-25, of which there is a most.
pub(crate) type Lines<'a> = List<'a, Line<'a>>;
