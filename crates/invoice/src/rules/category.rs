//! The ten rules of each tax category: S, Z, E, AE, K (IC), G, O, L (AF, IGIC), M (AG, IPSI).

use super::taxes::{is_within_one, tax_fault, tax_of_rate};
use super::totals::{amount, amount_or_none};
use crate::decimal::Decimal;
use crate::facts::Bearer;
use crate::facts::Facts;
use crate::fault::{FaultSink, RuleFault};
use crate::model::TaxBreakdown;
use crate::rule::{Category, Check::Model, Rule, Severity};

pub(super) const RULES: &[Rule] = &[
    Rule::new("BR-S-01", Category::Data, Severity::Error, "/tax_breakdown", &["BT-118"])
        .en("Category S (taxed) is on lines, allowances or charges but not in the tax breakdown, or the other way round.")
        .es("La categoría S (gravada) está en líneas, descuentos o recargos pero no en el desglose de impuestos, o al revés.")
        .check(Model(|facts, found| is_broken_down(facts, found, "S", false))),
    Rule::new("BR-S-02", Category::Data, Severity::Error, "/seller/tax_id", &["BT-31", "BT-32", "BT-48", "BT-63"])
        .en("A taxed line (category S) needs a tax identification of the seller or its representative, and has none.")
        .es("Una línea gravada (categoría S) requiere la identificación fiscal del vendedor o de su representante, y falta.")
        .check(Model(|facts, found| identities(facts, found, "S", Line, Need::Seller))),
    Rule::new("BR-S-03", Category::Data, Severity::Error, "/seller/tax_id", &["BT-31", "BT-32", "BT-48", "BT-63"])
        .en("A taxed document allowance (category S) needs a tax identification of the seller or its representative, and has none.")
        .es("Un descuento del documento gravado (categoría S) requiere la identificación fiscal del vendedor o de su representante, y falta.")
        .check(Model(|facts, found| identities(facts, found, "S", Allowance, Need::Seller))),
    Rule::new("BR-S-04", Category::Data, Severity::Error, "/seller/tax_id", &["BT-31", "BT-32", "BT-48", "BT-63"])
        .en("A taxed document charge (category S) needs a tax identification of the seller or its representative, and has none.")
        .es("Un recargo del documento gravado (categoría S) requiere la identificación fiscal del vendedor o de su representante, y falta.")
        .check(Model(|facts, found| identities(facts, found, "S", Charge, Need::Seller))),
    Rule::new("BR-S-05", Category::Range, Severity::Error, "/lines/*/tax/rate", &["BT-152", "BT-96", "BT-103"])
        .en("A taxed line (category S) has no rate above zero.")
        .es("Una línea gravada (categoría S) no tiene un porcentaje mayor que cero.")
        .check(Model(|facts, found| rates(facts, found, "S", Line, RateIs::AboveZero))),
    Rule::new("BR-S-06", Category::Range, Severity::Error, "/allowances/*/tax/rate", &["BT-152", "BT-96", "BT-103"])
        .en("A taxed document allowance (category S) has no rate above zero.")
        .es("Un descuento del documento gravado (categoría S) no tiene un porcentaje mayor que cero.")
        .check(Model(|facts, found| rates(facts, found, "S", Allowance, RateIs::AboveZero))),
    Rule::new("BR-S-07", Category::Range, Severity::Error, "/charges/*/tax/rate", &["BT-152", "BT-96", "BT-103"])
        .en("A taxed document charge (category S) has no rate above zero.")
        .es("Un recargo del documento gravado (categoría S) no tiene un porcentaje mayor que cero.")
        .check(Model(|facts, found| rates(facts, found, "S", Charge, RateIs::AboveZero))),
    Rule::new("BR-S-08", Category::Data, Severity::Error, "/tax_breakdown/*/taxable_amount", &["BT-116"])
        .en("A taxable amount of category S (taxed) is not the sum of its lines minus allowances plus charges at that rate.")
        .es("Una base imponible de categoría S (gravada) no es la suma de sus líneas menos descuentos más recargos a ese porcentaje.")
        .check(Model(|facts, found| taxable_by_rate(facts, found, "S"))),
    Rule::new("BR-S-09", Category::Data, Severity::Error, "/tax_breakdown/*/tax_amount", &["BT-117"])
        .en("A tax amount of category S (taxed) is not its taxable amount times the rate.")
        .es("Un importe de impuesto de categoría S (gravada) no es su base imponible por el porcentaje.")
        .check(Model(|facts, found| tax_by_rate(facts, found, "S"))),
    Rule::new("BR-S-10", Category::Data, Severity::Error, "/tax_breakdown/*/{exemption_reason,exemption_reason_code}", &["BT-120", "BT-121"])
        .en("The breakdown of category S (taxed) has an exemption reason, and must have none.")
        .es("El desglose de categoría S (gravada) tiene motivo de exención y no debe tenerlo.")
        .check(Model(|facts, found| no_exemption(facts, found, "S"))),
    Rule::new("BR-Z-01", Category::Data, Severity::Error, "/tax_breakdown", &["BT-118"])
        .en("The tax breakdown must have exactly one entry of category Z (zero rate) if anything is of it.")
        .es("El desglose de impuestos debe tener una sola entrada de categoría Z (tarifa cero) si algo es de ella.")
        .check(Model(|facts, found| is_broken_down(facts, found, "Z", true))),
    Rule::new("BR-Z-02", Category::Data, Severity::Error, "/seller/tax_id", &["BT-31", "BT-32", "BT-48", "BT-63"])
        .en("A zero-rated line (category Z) needs a tax identification of the seller or its representative, and has none.")
        .es("Una línea a tarifa cero (categoría Z) requiere la identificación fiscal del vendedor o de su representante, y falta.")
        .check(Model(|facts, found| identities(facts, found, "Z", Line, Need::Seller))),
    Rule::new("BR-Z-03", Category::Data, Severity::Error, "/seller/tax_id", &["BT-31", "BT-32", "BT-48", "BT-63"])
        .en("A zero-rated document allowance (category Z) needs a tax identification of the seller or its representative, and has none.")
        .es("Un descuento del documento a tarifa cero (categoría Z) requiere la identificación fiscal del vendedor o de su representante, y falta.")
        .check(Model(|facts, found| identities(facts, found, "Z", Allowance, Need::Seller))),
    Rule::new("BR-Z-04", Category::Data, Severity::Error, "/seller/tax_id", &["BT-31", "BT-32", "BT-48", "BT-63"])
        .en("A zero-rated document charge (category Z) needs a tax identification of the seller or its representative, and has none.")
        .es("Un recargo del documento a tarifa cero (categoría Z) requiere la identificación fiscal del vendedor o de su representante, y falta.")
        .check(Model(|facts, found| identities(facts, found, "Z", Charge, Need::Seller))),
    Rule::new("BR-Z-05", Category::Range, Severity::Error, "/lines/*/tax/rate", &["BT-152", "BT-96", "BT-103"])
        .en("A zero-rated line (category Z) has a rate other than zero.")
        .es("Una línea a tarifa cero (categoría Z) tiene un porcentaje distinto de cero.")
        .check(Model(|facts, found| rates(facts, found, "Z", Line, RateIs::Zero))),
    Rule::new("BR-Z-06", Category::Range, Severity::Error, "/allowances/*/tax/rate", &["BT-152", "BT-96", "BT-103"])
        .en("A zero-rated document allowance (category Z) has a rate other than zero.")
        .es("Un descuento del documento a tarifa cero (categoría Z) tiene un porcentaje distinto de cero.")
        .check(Model(|facts, found| rates(facts, found, "Z", Allowance, RateIs::Zero))),
    Rule::new("BR-Z-07", Category::Range, Severity::Error, "/charges/*/tax/rate", &["BT-152", "BT-96", "BT-103"])
        .en("A zero-rated document charge (category Z) has a rate other than zero.")
        .es("Un recargo del documento a tarifa cero (categoría Z) tiene un porcentaje distinto de cero.")
        .check(Model(|facts, found| rates(facts, found, "Z", Charge, RateIs::Zero))),
    Rule::new("BR-Z-08", Category::Data, Severity::Error, "/tax_breakdown/*/taxable_amount", &["BT-116"])
        .en("The taxable amount of category Z (zero rate) is not the sum of its lines minus allowances plus charges.")
        .es("La base imponible de categoría Z (tarifa cero) no es la suma de sus líneas menos descuentos más recargos.")
        .check(Model(|facts, found| taxable(facts, found, "Z"))),
    Rule::new("BR-Z-09", Category::Range, Severity::Error, "/tax_breakdown/*/tax_amount", &["BT-117"])
        .en("The tax amount of category Z (zero rate) is not zero.")
        .es("El importe de impuesto de categoría Z (tarifa cero) no es cero.")
        .check(Model(|facts, found| no_tax(facts, found, "Z"))),
    Rule::new("BR-Z-10", Category::Data, Severity::Error, "/tax_breakdown/*/{exemption_reason,exemption_reason_code}", &["BT-120", "BT-121"])
        .en("The breakdown of category Z (zero rate) has an exemption reason, and must have none.")
        .es("El desglose de categoría Z (tarifa cero) tiene motivo de exención y no debe tenerlo.")
        .check(Model(|facts, found| no_exemption(facts, found, "Z"))),
    Rule::new("BR-E-01", Category::Data, Severity::Error, "/tax_breakdown", &["BT-118"])
        .en("The tax breakdown must have exactly one entry of category E (exempt) if anything is of it.")
        .es("El desglose de impuestos debe tener una sola entrada de categoría E (exenta) si algo es de ella.")
        .check(Model(|facts, found| is_broken_down(facts, found, "E", true))),
    Rule::new("BR-E-02", Category::Data, Severity::Error, "/seller/tax_id", &["BT-31", "BT-32", "BT-48", "BT-63"])
        .en("A tax-exempt line (category E) needs a tax identification of the seller or its representative, and has none.")
        .es("Una línea exenta de impuesto (categoría E) requiere la identificación fiscal del vendedor o de su representante, y falta.")
        .check(Model(|facts, found| identities(facts, found, "E", Line, Need::Seller))),
    Rule::new("BR-E-03", Category::Data, Severity::Error, "/seller/tax_id", &["BT-31", "BT-32", "BT-48", "BT-63"])
        .en("A tax-exempt document allowance (category E) needs a tax identification of the seller or its representative, and has none.")
        .es("Un descuento del documento exento de impuesto (categoría E) requiere la identificación fiscal del vendedor o de su representante, y falta.")
        .check(Model(|facts, found| identities(facts, found, "E", Allowance, Need::Seller))),
    Rule::new("BR-E-04", Category::Data, Severity::Error, "/seller/tax_id", &["BT-31", "BT-32", "BT-48", "BT-63"])
        .en("A tax-exempt document charge (category E) needs a tax identification of the seller or its representative, and has none.")
        .es("Un recargo del documento exento de impuesto (categoría E) requiere la identificación fiscal del vendedor o de su representante, y falta.")
        .check(Model(|facts, found| identities(facts, found, "E", Charge, Need::Seller))),
    Rule::new("BR-E-05", Category::Range, Severity::Error, "/lines/*/tax/rate", &["BT-152", "BT-96", "BT-103"])
        .en("A tax-exempt line (category E) has a rate other than zero.")
        .es("Una línea exenta de impuesto (categoría E) tiene un porcentaje distinto de cero.")
        .check(Model(|facts, found| rates(facts, found, "E", Line, RateIs::Zero))),
    Rule::new("BR-E-06", Category::Range, Severity::Error, "/allowances/*/tax/rate", &["BT-152", "BT-96", "BT-103"])
        .en("A tax-exempt document allowance (category E) has a rate other than zero.")
        .es("Un descuento del documento exento de impuesto (categoría E) tiene un porcentaje distinto de cero.")
        .check(Model(|facts, found| rates(facts, found, "E", Allowance, RateIs::Zero))),
    Rule::new("BR-E-07", Category::Range, Severity::Error, "/charges/*/tax/rate", &["BT-152", "BT-96", "BT-103"])
        .en("A tax-exempt document charge (category E) has a rate other than zero.")
        .es("Un recargo del documento exento de impuesto (categoría E) tiene un porcentaje distinto de cero.")
        .check(Model(|facts, found| rates(facts, found, "E", Charge, RateIs::Zero))),
    Rule::new("BR-E-08", Category::Data, Severity::Error, "/tax_breakdown/*/taxable_amount", &["BT-116"])
        .en("The taxable amount of category E (exempt) is not the sum of its lines minus allowances plus charges.")
        .es("La base imponible de categoría E (exenta) no es la suma de sus líneas menos descuentos más recargos.")
        .check(Model(|facts, found| taxable(facts, found, "E"))),
    Rule::new("BR-E-09", Category::Range, Severity::Error, "/tax_breakdown/*/tax_amount", &["BT-117"])
        .en("The tax amount of category E (exempt) is not zero.")
        .es("El importe de impuesto de categoría E (exenta) no es cero.")
        .check(Model(|facts, found| no_tax(facts, found, "E"))),
    Rule::new("BR-E-10", Category::Data, Severity::Error, "/tax_breakdown/*/exemption_reason", &["BT-120", "BT-121"])
        .en("The breakdown of category E (exempt) has neither an exemption reason nor its code.")
        .es("El desglose de categoría E (exenta) no tiene motivo de exención ni su código.")
        .check(Model(|facts, found| exemption(facts, found, "E"))),
    Rule::new("BR-AE-01", Category::Data, Severity::Error, "/tax_breakdown", &["BT-118"])
        .en("The tax breakdown must have exactly one entry of category AE (reverse charge) if anything is of it.")
        .es("El desglose de impuestos debe tener una sola entrada de categoría AE (inversión del sujeto pasivo) si algo es de ella.")
        .check(Model(|facts, found| is_broken_down(facts, found, "AE", true))),
    Rule::new("BR-AE-02", Category::Data, Severity::Error, "/{seller,buyer}/tax_id", &["BT-31", "BT-32", "BT-48", "BT-63"])
        .en("A line under reverse charge (category AE) needs tax identifications of the seller and of the buyer, and one is missing.")
        .es("Una línea con inversión del sujeto pasivo (categoría AE) requiere identificación fiscal del vendedor y del comprador, y falta alguna.")
        .check(Model(|facts, found| identities(facts, found, "AE", Line, Need::SellerAndBuyer))),
    Rule::new("BR-AE-03", Category::Data, Severity::Error, "/{seller,buyer}/tax_id", &["BT-31", "BT-32", "BT-48", "BT-63"])
        .en("A document allowance under reverse charge (category AE) needs tax identifications of the seller and of the buyer, and one is missing.")
        .es("Un descuento del documento con inversión del sujeto pasivo (categoría AE) requiere identificación fiscal del vendedor y del comprador, y falta alguna.")
        .check(Model(|facts, found| identities(facts, found, "AE", Allowance, Need::SellerAndBuyer))),
    Rule::new("BR-AE-04", Category::Data, Severity::Error, "/{seller,buyer}/tax_id", &["BT-31", "BT-32", "BT-48", "BT-63"])
        .en("A document charge under reverse charge (category AE) needs tax identifications of the seller and of the buyer, and one is missing.")
        .es("Un recargo del documento con inversión del sujeto pasivo (categoría AE) requiere identificación fiscal del vendedor y del comprador, y falta alguna.")
        .check(Model(|facts, found| identities(facts, found, "AE", Charge, Need::SellerAndBuyer))),
    Rule::new("BR-AE-05", Category::Range, Severity::Error, "/lines/*/tax/rate", &["BT-152", "BT-96", "BT-103"])
        .en("A line under reverse charge (category AE) has a rate other than zero.")
        .es("Una línea con inversión del sujeto pasivo (categoría AE) tiene un porcentaje distinto de cero.")
        .check(Model(|facts, found| rates(facts, found, "AE", Line, RateIs::Zero))),
    Rule::new("BR-AE-06", Category::Range, Severity::Error, "/allowances/*/tax/rate", &["BT-152", "BT-96", "BT-103"])
        .en("A document allowance under reverse charge (category AE) has a rate other than zero.")
        .es("Un descuento del documento con inversión del sujeto pasivo (categoría AE) tiene un porcentaje distinto de cero.")
        .check(Model(|facts, found| rates(facts, found, "AE", Allowance, RateIs::Zero))),
    Rule::new("BR-AE-07", Category::Range, Severity::Error, "/charges/*/tax/rate", &["BT-152", "BT-96", "BT-103"])
        .en("A document charge under reverse charge (category AE) has a rate other than zero.")
        .es("Un recargo del documento con inversión del sujeto pasivo (categoría AE) tiene un porcentaje distinto de cero.")
        .check(Model(|facts, found| rates(facts, found, "AE", Charge, RateIs::Zero))),
    Rule::new("BR-AE-08", Category::Data, Severity::Error, "/tax_breakdown/*/taxable_amount", &["BT-116"])
        .en("The taxable amount of category AE (reverse charge) is not the sum of its lines minus allowances plus charges.")
        .es("La base imponible de categoría AE (inversión del sujeto pasivo) no es la suma de sus líneas menos descuentos más recargos.")
        .check(Model(|facts, found| taxable(facts, found, "AE"))),
    Rule::new("BR-AE-09", Category::Range, Severity::Error, "/tax_breakdown/*/tax_amount", &["BT-117"])
        .en("The tax amount of category AE (reverse charge) is not zero.")
        .es("El importe de impuesto de categoría AE (inversión del sujeto pasivo) no es cero.")
        .check(Model(|facts, found| no_tax(facts, found, "AE"))),
    Rule::new("BR-AE-10", Category::Data, Severity::Error, "/tax_breakdown/*/exemption_reason", &["BT-120", "BT-121"])
        .en("The breakdown of category AE (reverse charge) has neither an exemption reason nor its code.")
        .es("El desglose de categoría AE (inversión del sujeto pasivo) no tiene motivo de exención ni su código.")
        .check(Model(|facts, found| exemption(facts, found, "AE"))),
    Rule::new("BR-IC-01", Category::Data, Severity::Error, "/tax_breakdown", &["BT-118"])
        .en("The tax breakdown must have exactly one entry of category K (intra-community supply) if anything is of it.")
        .es("El desglose de impuestos debe tener una sola entrada de categoría K (entrega intracomunitaria) si algo es de ella.")
        .check(Model(|facts, found| is_broken_down(facts, found, "K", true))),
    Rule::new("BR-IC-02", Category::Data, Severity::Error, "/{seller,buyer}/tax_id", &["BT-31", "BT-32", "BT-48", "BT-63"])
        .en("A line of an intra-community supply (category K) needs tax identifications of seller and buyer, and one is missing.")
        .es("Una línea de entrega intracomunitaria (categoría K) requiere identificación fiscal del vendedor y del comprador, y falta alguna.")
        .check(Model(|facts, found| identities(facts, found, "K", Line, Need::SellerAndBuyerBeyondBorders))),
    Rule::new("BR-IC-03", Category::Data, Severity::Error, "/{seller,buyer}/tax_id", &["BT-31", "BT-32", "BT-48", "BT-63"])
        .en("A document allowance of an intra-community supply (category K) needs tax identifications of seller and buyer, and one is missing.")
        .es("Un descuento del documento de entrega intracomunitaria (categoría K) requiere identificación fiscal del vendedor y del comprador, y falta alguna.")
        .check(Model(|facts, found| identities(facts, found, "K", Allowance, Need::SellerAndBuyerBeyondBorders))),
    Rule::new("BR-IC-04", Category::Data, Severity::Error, "/{seller,buyer}/tax_id", &["BT-31", "BT-32", "BT-48", "BT-63"])
        .en("A document charge of an intra-community supply (category K) needs tax identifications of seller and buyer, and one is missing.")
        .es("Un recargo del documento de entrega intracomunitaria (categoría K) requiere identificación fiscal del vendedor y del comprador, y falta alguna.")
        .check(Model(|facts, found| identities(facts, found, "K", Charge, Need::SellerAndBuyerBeyondBorders))),
    Rule::new("BR-IC-05", Category::Range, Severity::Error, "/lines/*/tax/rate", &["BT-152", "BT-96", "BT-103"])
        .en("A line of an intra-community supply (category K) has a rate other than zero.")
        .es("Una línea de entrega intracomunitaria (categoría K) tiene un porcentaje distinto de cero.")
        .check(Model(|facts, found| rates(facts, found, "K", Line, RateIs::Zero))),
    Rule::new("BR-IC-06", Category::Range, Severity::Error, "/allowances/*/tax/rate", &["BT-152", "BT-96", "BT-103"])
        .en("A document allowance of an intra-community supply (category K) has a rate other than zero.")
        .es("Un descuento del documento de entrega intracomunitaria (categoría K) tiene un porcentaje distinto de cero.")
        .check(Model(|facts, found| rates(facts, found, "K", Allowance, RateIs::Zero))),
    Rule::new("BR-IC-07", Category::Range, Severity::Error, "/charges/*/tax/rate", &["BT-152", "BT-96", "BT-103"])
        .en("A document charge of an intra-community supply (category K) has a rate other than zero.")
        .es("Un recargo del documento de entrega intracomunitaria (categoría K) tiene un porcentaje distinto de cero.")
        .check(Model(|facts, found| rates(facts, found, "K", Charge, RateIs::Zero))),
    Rule::new("BR-IC-08", Category::Data, Severity::Error, "/tax_breakdown/*/taxable_amount", &["BT-116"])
        .en("The taxable amount of category K (intra-community supply) is not the sum of its lines minus allowances plus charges.")
        .es("La base imponible de categoría K (entrega intracomunitaria) no es la suma de sus líneas menos descuentos más recargos.")
        .check(Model(|facts, found| taxable(facts, found, "K"))),
    Rule::new("BR-IC-09", Category::Range, Severity::Error, "/tax_breakdown/*/tax_amount", &["BT-117"])
        .en("The tax amount of category K (intra-community supply) is not zero.")
        .es("El importe de impuesto de categoría K (entrega intracomunitaria) no es cero.")
        .check(Model(|facts, found| no_tax(facts, found, "K"))),
    Rule::new("BR-IC-10", Category::Data, Severity::Error, "/tax_breakdown/*/exemption_reason", &["BT-120", "BT-121"])
        .en("The breakdown of category K (intra-community supply) has neither an exemption reason nor its code.")
        .es("El desglose de categoría K (entrega intracomunitaria) no tiene motivo de exención ni su código.")
        .check(Model(|facts, found| exemption(facts, found, "K"))),
    Rule::new("BR-G-01", Category::Data, Severity::Error, "/tax_breakdown", &["BT-118"])
        .en("The tax breakdown must have exactly one entry of category G (export) if anything is of it.")
        .es("El desglose de impuestos debe tener una sola entrada de categoría G (exportación) si algo es de ella.")
        .check(Model(|facts, found| is_broken_down(facts, found, "G", true))),
    Rule::new("BR-G-02", Category::Data, Severity::Error, "/seller/tax_id", &["BT-31", "BT-32", "BT-48", "BT-63"])
        .en("A line of an export (category G) needs a tax identification of the seller or its representative, and has none.")
        .es("Una línea de exportación (categoría G) requiere la identificación fiscal del vendedor o de su representante, y falta.")
        .check(Model(|facts, found| identities(facts, found, "G", Line, Need::SellerBeyondBorders))),
    Rule::new("BR-G-03", Category::Data, Severity::Error, "/seller/tax_id", &["BT-31", "BT-32", "BT-48", "BT-63"])
        .en("A document allowance of an export (category G) needs a tax identification of the seller or its representative, and has none.")
        .es("Un descuento del documento de exportación (categoría G) requiere la identificación fiscal del vendedor o de su representante, y falta.")
        .check(Model(|facts, found| identities(facts, found, "G", Allowance, Need::SellerBeyondBorders))),
    Rule::new("BR-G-04", Category::Data, Severity::Error, "/seller/tax_id", &["BT-31", "BT-32", "BT-48", "BT-63"])
        .en("A document charge of an export (category G) needs a tax identification of the seller or its representative, and has none.")
        .es("Un recargo del documento de exportación (categoría G) requiere la identificación fiscal del vendedor o de su representante, y falta.")
        .check(Model(|facts, found| identities(facts, found, "G", Charge, Need::SellerBeyondBorders))),
    Rule::new("BR-G-05", Category::Range, Severity::Error, "/lines/*/tax/rate", &["BT-152", "BT-96", "BT-103"])
        .en("A line of an export (category G) has a rate other than zero.")
        .es("Una línea de exportación (categoría G) tiene un porcentaje distinto de cero.")
        .check(Model(|facts, found| rates(facts, found, "G", Line, RateIs::Zero))),
    Rule::new("BR-G-06", Category::Range, Severity::Error, "/allowances/*/tax/rate", &["BT-152", "BT-96", "BT-103"])
        .en("A document allowance of an export (category G) has a rate other than zero.")
        .es("Un descuento del documento de exportación (categoría G) tiene un porcentaje distinto de cero.")
        .check(Model(|facts, found| rates(facts, found, "G", Allowance, RateIs::Zero))),
    Rule::new("BR-G-07", Category::Range, Severity::Error, "/charges/*/tax/rate", &["BT-152", "BT-96", "BT-103"])
        .en("A document charge of an export (category G) has a rate other than zero.")
        .es("Un recargo del documento de exportación (categoría G) tiene un porcentaje distinto de cero.")
        .check(Model(|facts, found| rates(facts, found, "G", Charge, RateIs::Zero))),
    Rule::new("BR-G-08", Category::Data, Severity::Error, "/tax_breakdown/*/taxable_amount", &["BT-116"])
        .en("The taxable amount of category G (export) is not the sum of its lines minus allowances plus charges.")
        .es("La base imponible de categoría G (exportación) no es la suma de sus líneas menos descuentos más recargos.")
        .check(Model(|facts, found| taxable(facts, found, "G"))),
    Rule::new("BR-G-09", Category::Range, Severity::Error, "/tax_breakdown/*/tax_amount", &["BT-117"])
        .en("The tax amount of category G (export) is not zero.")
        .es("El importe de impuesto de categoría G (exportación) no es cero.")
        .check(Model(|facts, found| no_tax(facts, found, "G"))),
    Rule::new("BR-G-10", Category::Data, Severity::Error, "/tax_breakdown/*/exemption_reason", &["BT-120", "BT-121"])
        .en("The breakdown of category G (export) has neither an exemption reason nor its code.")
        .es("El desglose de categoría G (exportación) no tiene motivo de exención ni su código.")
        .check(Model(|facts, found| exemption(facts, found, "G"))),
    Rule::new("BR-O-01", Category::Data, Severity::Error, "/tax_breakdown", &["BT-118"])
        .en("The tax breakdown must have exactly one entry of category O (not subject to tax) if anything is of it.")
        .es("El desglose de impuestos debe tener una sola entrada de categoría O (no sujeta) si algo es de ella.")
        .check(Model(|facts, found| is_broken_down(facts, found, "O", true))),
    Rule::new("BR-O-02", Category::Data, Severity::Error, "/{seller,buyer,tax_representative}/tax_id", &["BT-31", "BT-32", "BT-48", "BT-63"])
        .en("The invoice has a line not subject to tax (category O), so nobody may have a tax identification, and somebody has.")
        .es("La factura tiene una línea no sujeta a impuesto (categoría O), así que nadie debe llevar identificación fiscal, y alguien la lleva.")
        .check(Model(|facts, found| identities(facts, found, "O", Line, Need::Nobody))),
    Rule::new("BR-O-03", Category::Data, Severity::Error, "/{seller,buyer,tax_representative}/tax_id", &["BT-31", "BT-32", "BT-48", "BT-63"])
        .en("The invoice has a document allowance not subject to tax (category O), so nobody may have a tax identification, and somebody has.")
        .es("La factura tiene un descuento del documento no sujeto a impuesto (categoría O), así que nadie debe llevar identificación fiscal, y alguien la lleva.")
        .check(Model(|facts, found| identities(facts, found, "O", Allowance, Need::Nobody))),
    Rule::new("BR-O-04", Category::Data, Severity::Error, "/{seller,buyer,tax_representative}/tax_id", &["BT-31", "BT-32", "BT-48", "BT-63"])
        .en("The invoice has a document charge not subject to tax (category O), so nobody may have a tax identification, and somebody has.")
        .es("La factura tiene un recargo del documento no sujeto a impuesto (categoría O), así que nadie debe llevar identificación fiscal, y alguien la lleva.")
        .check(Model(|facts, found| identities(facts, found, "O", Charge, Need::Nobody))),
    Rule::new("BR-O-05", Category::Range, Severity::Error, "/lines/*/tax/rate", &["BT-152", "BT-96", "BT-103"])
        .en("A line not subject to tax (category O) has a tax rate, and must have none.")
        .es("Una línea no sujeta a impuesto (categoría O) tiene porcentaje de impuesto y no debe tenerlo.")
        .check(Model(|facts, found| rates(facts, found, "O", Line, RateIs::Absent))),
    Rule::new("BR-O-06", Category::Range, Severity::Error, "/allowances/*/tax/rate", &["BT-152", "BT-96", "BT-103"])
        .en("A document allowance not subject to tax (category O) has a tax rate, and must have none.")
        .es("Un descuento del documento no sujeto a impuesto (categoría O) tiene porcentaje de impuesto y no debe tenerlo.")
        .check(Model(|facts, found| rates(facts, found, "O", Allowance, RateIs::Absent))),
    Rule::new("BR-O-07", Category::Range, Severity::Error, "/charges/*/tax/rate", &["BT-152", "BT-96", "BT-103"])
        .en("A document charge not subject to tax (category O) has a tax rate, and must have none.")
        .es("Un recargo del documento no sujeto a impuesto (categoría O) tiene porcentaje de impuesto y no debe tenerlo.")
        .check(Model(|facts, found| rates(facts, found, "O", Charge, RateIs::Absent))),
    Rule::new("BR-O-08", Category::Data, Severity::Error, "/tax_breakdown/*/taxable_amount", &["BT-116"])
        .en("The taxable amount of category O (not subject to tax) is not the sum of its lines minus allowances plus charges.")
        .es("La base imponible de categoría O (no sujeta) no es la suma de sus líneas menos descuentos más recargos.")
        .check(Model(|facts, found| taxable(facts, found, "O"))),
    Rule::new("BR-O-09", Category::Range, Severity::Error, "/tax_breakdown/*/tax_amount", &["BT-117"])
        .en("The tax amount of category O (not subject to tax) is not zero.")
        .es("El importe de impuesto de categoría O (no sujeta) no es cero.")
        .check(Model(|facts, found| no_tax(facts, found, "O"))),
    Rule::new("BR-O-10", Category::Data, Severity::Error, "/tax_breakdown/*/exemption_reason", &["BT-120", "BT-121"])
        .en("The breakdown of category O (not subject to tax) has neither an exemption reason nor its code.")
        .es("El desglose de categoría O (no sujeta) no tiene motivo de exención ni su código.")
        .check(Model(|facts, found| exemption(facts, found, "O"))),
    Rule::new("BR-AF-01", Category::Data, Severity::Error, "/tax_breakdown", &["BT-118"])
        .en("Category L (IGIC) is on lines, allowances or charges but not in the tax breakdown, or the other way round.")
        .es("La categoría L (IGIC) está en líneas, descuentos o recargos pero no en el desglose de impuestos, o al revés.")
        .check(Model(|facts, found| is_broken_down(facts, found, "L", false))),
    Rule::new("BR-AF-02", Category::Data, Severity::Error, "/seller/tax_id", &["BT-31", "BT-32", "BT-48", "BT-63"])
        .en("A line under IGIC (category L) needs a tax identification of the seller or its representative, and has none.")
        .es("Una línea con IGIC (categoría L) requiere la identificación fiscal del vendedor o de su representante, y falta.")
        .check(Model(|facts, found| identities(facts, found, "L", Line, Need::Seller))),
    Rule::new("BR-AF-03", Category::Data, Severity::Error, "/seller/tax_id", &["BT-31", "BT-32", "BT-48", "BT-63"])
        .en("A document allowance under IGIC (category L) needs a tax identification of the seller or its representative, and has none.")
        .es("Un descuento del documento con IGIC (categoría L) requiere la identificación fiscal del vendedor o de su representante, y falta.")
        .check(Model(|facts, found| identities(facts, found, "L", Allowance, Need::Seller))),
    Rule::new("BR-AF-04", Category::Data, Severity::Error, "/seller/tax_id", &["BT-31", "BT-32", "BT-48", "BT-63"])
        .en("A document charge under IGIC (category L) needs a tax identification of the seller or its representative, and has none.")
        .es("Un recargo del documento con IGIC (categoría L) requiere la identificación fiscal del vendedor o de su representante, y falta.")
        .check(Model(|facts, found| identities(facts, found, "L", Charge, Need::Seller))),
    Rule::new("BR-AF-05", Category::Range, Severity::Error, "/lines/*/tax/rate", &["BT-152", "BT-96", "BT-103"])
        .en("A line under IGIC (category L) has a rate below zero.")
        .es("Una línea con IGIC (categoría L) tiene un porcentaje menor que cero.")
        .check(Model(|facts, found| rates(facts, found, "L", Line, RateIs::ZeroOrMore))),
    Rule::new("BR-AF-06", Category::Range, Severity::Error, "/allowances/*/tax/rate", &["BT-152", "BT-96", "BT-103"])
        .en("A document allowance under IGIC (category L) has a rate below zero.")
        .es("Un descuento del documento con IGIC (categoría L) tiene un porcentaje menor que cero.")
        .check(Model(|facts, found| rates(facts, found, "L", Allowance, RateIs::ZeroOrMore))),
    Rule::new("BR-AF-07", Category::Range, Severity::Error, "/charges/*/tax/rate", &["BT-152", "BT-96", "BT-103"])
        .en("A document charge under IGIC (category L) has a rate below zero.")
        .es("Un recargo del documento con IGIC (categoría L) tiene un porcentaje menor que cero.")
        .check(Model(|facts, found| rates(facts, found, "L", Charge, RateIs::ZeroOrMore))),
    Rule::new("BR-AF-08", Category::Data, Severity::Error, "/tax_breakdown/*/taxable_amount", &["BT-116"])
        .en("A taxable amount of category L (IGIC) is not the sum of its lines minus allowances plus charges at that rate.")
        .es("Una base imponible de categoría L (IGIC) no es la suma de sus líneas menos descuentos más recargos a ese porcentaje.")
        .check(Model(|facts, found| taxable_by_rate(facts, found, "L"))),
    Rule::new("BR-AF-09", Category::Data, Severity::Error, "/tax_breakdown/*/tax_amount", &["BT-117"])
        .en("A tax amount of category L (IGIC) is not its taxable amount times the rate.")
        .es("Un importe de impuesto de categoría L (IGIC) no es su base imponible por el porcentaje.")
        .check(Model(|facts, found| tax_by_rate(facts, found, "L"))),
    Rule::new("BR-AF-10", Category::Data, Severity::Error, "/tax_breakdown/*/{exemption_reason,exemption_reason_code}", &["BT-120", "BT-121"])
        .en("The breakdown of category L (IGIC) has an exemption reason, and must have none.")
        .es("El desglose de categoría L (IGIC) tiene motivo de exención y no debe tenerlo.")
        .check(Model(|facts, found| no_exemption(facts, found, "L"))),
    Rule::new("BR-AG-01", Category::Data, Severity::Error, "/tax_breakdown", &["BT-118"])
        .en("Category M (IPSI) is on lines, allowances or charges but not in the tax breakdown, or the other way round.")
        .es("La categoría M (IPSI) está en líneas, descuentos o recargos pero no en el desglose de impuestos, o al revés.")
        .check(Model(|facts, found| is_broken_down(facts, found, "M", false))),
    Rule::new("BR-AG-02", Category::Data, Severity::Error, "/seller/tax_id", &["BT-31", "BT-32", "BT-48", "BT-63"])
        .en("A line under IPSI (category M) needs a tax identification of the seller or its representative, and has none.")
        .es("Una línea con IPSI (categoría M) requiere la identificación fiscal del vendedor o de su representante, y falta.")
        .check(Model(|facts, found| identities(facts, found, "M", Line, Need::Seller))),
    Rule::new("BR-AG-03", Category::Data, Severity::Error, "/seller/tax_id", &["BT-31", "BT-32", "BT-48", "BT-63"])
        .en("A document allowance under IPSI (category M) needs a tax identification of the seller or its representative, and has none.")
        .es("Un descuento del documento con IPSI (categoría M) requiere la identificación fiscal del vendedor o de su representante, y falta.")
        .check(Model(|facts, found| identities(facts, found, "M", Allowance, Need::Seller))),
    Rule::new("BR-AG-04", Category::Data, Severity::Error, "/seller/tax_id", &["BT-31", "BT-32", "BT-48", "BT-63"])
        .en("A document charge under IPSI (category M) needs a tax identification of the seller or its representative, and has none.")
        .es("Un recargo del documento con IPSI (categoría M) requiere la identificación fiscal del vendedor o de su representante, y falta.")
        .check(Model(|facts, found| identities(facts, found, "M", Charge, Need::Seller))),
    Rule::new("BR-AG-05", Category::Range, Severity::Error, "/lines/*/tax/rate", &["BT-152", "BT-96", "BT-103"])
        .en("A line under IPSI (category M) has a rate below zero.")
        .es("Una línea con IPSI (categoría M) tiene un porcentaje menor que cero.")
        .check(Model(|facts, found| rates(facts, found, "M", Line, RateIs::ZeroOrMore))),
    Rule::new("BR-AG-06", Category::Range, Severity::Error, "/allowances/*/tax/rate", &["BT-152", "BT-96", "BT-103"])
        .en("A document allowance under IPSI (category M) has a rate below zero.")
        .es("Un descuento del documento con IPSI (categoría M) tiene un porcentaje menor que cero.")
        .check(Model(|facts, found| rates(facts, found, "M", Allowance, RateIs::ZeroOrMore))),
    Rule::new("BR-AG-07", Category::Range, Severity::Error, "/charges/*/tax/rate", &["BT-152", "BT-96", "BT-103"])
        .en("A document charge under IPSI (category M) has a rate below zero.")
        .es("Un recargo del documento con IPSI (categoría M) tiene un porcentaje menor que cero.")
        .check(Model(|facts, found| rates(facts, found, "M", Charge, RateIs::ZeroOrMore))),
    Rule::new("BR-AG-08", Category::Data, Severity::Error, "/tax_breakdown/*/taxable_amount", &["BT-116"])
        .en("A taxable amount of category M (IPSI) is not the sum of its lines minus allowances plus charges at that rate.")
        .es("Una base imponible de categoría M (IPSI) no es la suma de sus líneas menos descuentos más recargos a ese porcentaje.")
        .check(Model(|facts, found| taxable_by_rate(facts, found, "M"))),
    Rule::new("BR-AG-09", Category::Data, Severity::Error, "/tax_breakdown/*/tax_amount", &["BT-117"])
        .en("A tax amount of category M (IPSI) is not its taxable amount times the rate.")
        .es("Un importe de impuesto de categoría M (IPSI) no es su base imponible por el porcentaje.")
        .check(Model(|facts, found| tax_by_rate(facts, found, "M"))),
    Rule::new("BR-AG-10", Category::Data, Severity::Error, "/tax_breakdown/*/{exemption_reason,exemption_reason_code}", &["BT-120", "BT-121"])
        .en("The breakdown of category M (IPSI) has an exemption reason, and must have none.")
        .es("El desglose de categoría M (IPSI) tiene motivo de exención y no debe tenerlo.")
        .check(Model(|facts, found| no_exemption(facts, found, "M"))),
];

use Bearer::{Allowance, Charge, Line};

/// Which tax identifiers a category asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// The seller's, a local one included, or the representative's.
    Seller,
    /// The seller's or the representative's; a local one is not enough.
    SellerBeyondBorders,
    /// That of [`Need::Seller`], and the buyer's or the buyer's registration.
    SellerAndBuyer,
    /// That of [`Need::SellerBeyondBorders`], and the buyer's.
    SellerAndBuyerBeyondBorders,
    /// None may be there.
    Nobody,
}

/// The category is in the breakdown if and only if something is of it: once (`is_once`), or once a rate.
fn is_broken_down(facts: &Facts<'_>, found: &mut FaultSink<'_>, code: &str, is_once: bool) {
    let category = facts.category(code);
    let (is_used, count) = (category.is_used(), category.breakdowns);
    let is_right = if is_once { count == 1 || count == 0 && !is_used } else { is_used == (count > 0) };
    if !is_right && facts.categories_known {
        found.report(|| RuleFault::at("/tax_breakdown"));
    }
}

/// Who has to be identified, or must not be, where something of `bearer` is of the category.
fn identities(facts: &Facts<'_>, found: &mut FaultSink<'_>, code: &str, bearer: Bearer, need: Need) {
    let category = facts.category(code);
    let count = match bearer {
        Line => category.lines,
        Allowance => category.allowances,
        Charge => category.charges,
    };
    let ids = Identities::of(facts);
    if count == 0 || ids.is_unsure {
        return;
    }
    let beyond_borders = ids.seller || ids.representative;
    let seller = match need {
        Need::Nobody => {
            let places = [
                (ids.seller, "/seller/tax_id"),
                (ids.representative, "/tax_representative/tax_id"),
                (ids.buyer, "/buyer/tax_id"),
            ];
            if let Some((_, path)) = places.into_iter().find(|(is_there, _)| *is_there) {
                found.report(|| RuleFault::at(path));
            }
            return;
        }
        Need::Seller | Need::SellerAndBuyer => beyond_borders || ids.seller_local,
        Need::SellerBeyondBorders | Need::SellerAndBuyerBeyondBorders => beyond_borders,
    };
    let buyer = match need {
        Need::SellerAndBuyer => ids.buyer || ids.buyer_registration,
        Need::SellerAndBuyerBeyondBorders => ids.buyer,
        Need::Seller | Need::SellerBeyondBorders | Need::Nobody => true,
    };
    if !seller {
        found.report(|| RuleFault::at("/seller/tax_id"));
    } else if !buyer {
        found.report(|| RuleFault::at("/buyer/tax_id"));
    }
}

/// Who is identified for tax.
#[expect(clippy::struct_excessive_bools, reason = "each says that one field is there")]
struct Identities {
    seller: bool,
    seller_local: bool,
    representative: bool,
    buyer: bool,
    buyer_registration: bool,
    /// A party cannot be read. One that is not there is not identified: the official artefact says so, too.
    is_unsure: bool,
}

impl Identities {
    fn of(facts: &Facts<'_>) -> Self {
        let invoice = facts.invoice;
        let (seller, buyer) = (invoice.seller.get(), invoice.buyer.get());
        Self {
            seller: seller.is_some_and(|party| !party.tax_id.is_absent()),
            seller_local: seller.is_some_and(|party| !party.local_tax_id.is_absent()),
            representative: invoice.tax_representative.get().is_some_and(|party| !party.tax_id.is_absent()),
            buyer: buyer.is_some_and(|party| !party.tax_id.is_absent()),
            buyer_registration: buyer.is_some_and(|party| !party.legal_registration.is_absent()),
            is_unsure: invoice.seller.is_bad()
                || invoice.buyer.is_bad()
                || invoice.tax_representative.is_bad(),
        }
    }
}

/// What a category asks of a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RateIs {
    AboveZero,
    Zero,
    ZeroOrMore,
    Absent,
}

fn rates(facts: &Facts<'_>, found: &mut FaultSink<'_>, code: &str, bearer: Bearer, asked: RateIs) {
    for (at, tax) in facts.bearers(bearer) {
        if tax.category.text() != Some(code) || tax.rate.is_bad() {
            continue;
        }
        let rate = tax.rate.value();
        let is_right = match asked {
            RateIs::AboveZero => rate.is_some_and(|rate| rate > Decimal::ZERO),
            RateIs::Zero => rate.is_some_and(Decimal::is_zero),
            RateIs::ZeroOrMore => rate.is_some_and(|rate| rate >= Decimal::ZERO),
            RateIs::Absent => rate.is_none(),
        };
        if is_right {
            continue;
        }
        found.report(|| {
            let fault = RuleFault::at(format!("{}/{at}/tax/rate", bearer.list())).maybe_actual(rate);
            match (asked, rate) {
                (RateIs::AboveZero, _) => fault.expected("> 0"),
                (RateIs::ZeroOrMore, _) => fault.expected("≥ 0"),
                (RateIs::Zero, None) => fault.expected("0").add("0"),
                (RateIs::Zero, Some(_)) => fault.expected("0"),
                (RateIs::Absent, _) => fault.remove(),
            }
        });
    }
}

/// The taxable amount of the category's one entry in the breakdown, exactly.
fn taxable(facts: &Facts<'_>, found: &mut FaultSink<'_>, code: &str) {
    let due = facts.category(code).taxable.filter(|_| facts.categories_known);
    for (at, breakdown) in entries(facts, code) {
        if let (Some(taxable), Some(due)) = (breakdown.taxable_amount.get(), due)
            && *taxable != due
        {
            found.report(|| amount(format!("/tax_breakdown/{at}/taxable_amount"), *taxable, due));
        }
    }
}

/// The taxable amount of each rate, with the official slack of less than one unit of the currency.
fn taxable_by_rate(facts: &Facts<'_>, found: &mut FaultSink<'_>, code: &str) {
    for (at, breakdown) in entries(facts, code) {
        let (Some(taxable), Some(rate)) = (breakdown.taxable_amount.or_zero(), breakdown.rate.value()) else {
            continue;
        };
        if !facts.categories_known {
            continue;
        }
        let path = || format!("/tax_breakdown/{at}/taxable_amount");
        match facts.taxable_at(code, rate) {
            // Of category S something has to be taxed at the rate, be it as little as it may: no amount corrects that.
            _ if code == "S" && !facts.is_taxed_at(code, rate) => {
                found.report(|| RuleFault::at(path()).maybe_actual(breakdown.taxable_amount.get()));
            }
            Some(due) if !is_within_one(taxable, due) => found.report(|| {
                let fault = amount_or_none(path(), &breakdown.taxable_amount, due);
                // The amount alone corrects it if the tax is right for it.
                let tax = breakdown.tax_amount.get();
                let is_tax_right =
                    tax.is_some_and(|tax| is_within_one(tax.abs(), due.abs().percent_r2(rate)));
                if is_tax_right { fault } else { fault.suggest(Vec::new()) }
            }),
            _ => {}
        }
    }
}

fn no_tax(facts: &Facts<'_>, found: &mut FaultSink<'_>, code: &str) {
    for (at, breakdown) in entries(facts, code) {
        if let Some(tax) = breakdown.tax_amount.get().filter(|tax| !tax.is_zero()) {
            found.report(|| tax_fault(facts, at, *tax, Decimal::ZERO));
        }
    }
}

/// The tax of each rate.
fn tax_by_rate(facts: &Facts<'_>, found: &mut FaultSink<'_>, code: &str) {
    for (at, breakdown) in entries(facts, code) {
        let (Some(tax), Some(taxable), Some(rate)) =
            (breakdown.tax_amount.get(), breakdown.taxable_amount.get(), breakdown.rate.value())
        else {
            continue;
        };
        tax_of_rate(facts, found, at, *tax, *taxable, rate);
    }
}

fn no_exemption(facts: &Facts<'_>, found: &mut FaultSink<'_>, code: &str) {
    for (at, breakdown) in entries(facts, code) {
        for (name, is_there) in [
            ("exemption_reason", !breakdown.exemption_reason.is_absent()),
            ("exemption_reason_code", !breakdown.exemption_reason_code.is_absent()),
        ] {
            if is_there {
                found.report(|| RuleFault::at(format!("/tax_breakdown/{at}/{name}")).remove());
            }
        }
    }
}

fn exemption(facts: &Facts<'_>, found: &mut FaultSink<'_>, code: &str) {
    for (at, breakdown) in entries(facts, code) {
        if breakdown.exemption_reason.is_absent() && breakdown.exemption_reason_code.is_absent() {
            found.report(|| RuleFault::at(format!("/tax_breakdown/{at}/exemption_reason")));
        }
    }
}

/// The entries of the breakdown of a category.
fn entries<'m>(facts: &Facts<'m>, code: &str) -> impl Iterator<Item = (usize, &'m TaxBreakdown<'m>)> {
    let entries = facts.invoice.tax_breakdown.each();
    entries.filter(move |(_, breakdown)| breakdown.category.text() == Some(code))
}
