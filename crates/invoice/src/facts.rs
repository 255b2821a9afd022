//! What the rules read: the invoice, the day, the limits, and what several rules would have to add up for themselves.

use std::collections::BTreeMap;

use time::Date;

use crate::codes::minor_units;
use crate::decimal::Decimal;
use crate::identifiers::tax_id::{self, TaxIdFault};
use crate::limits::Limits;
use crate::model::{
    DocumentAdjustment, Field, Invoice, Line, List, Party, Tax, TaxBreakdown, TaxId, Withholding,
};

/// The tax categories of the format (UNCL5305 subset, BT-118), in the order of [`Facts::category`].
const CATEGORIES: [&str; 10] = ["S", "Z", "E", "AE", "K", "G", "O", "L", "M", "B"];

/// A tax identifier that its country does not take.
#[derive(Debug)]
pub(crate) struct BadTaxId<'m> {
    pub(crate) path: &'static str,
    pub(crate) country: &'m str,
    pub(crate) number: &'m str,
    pub(crate) fault: TaxIdFault,
}

/// An invoice with what was added up of it.
#[derive(Debug)]
pub(crate) struct Facts<'m> {
    pub(crate) invoice: &'m Invoice<'m>,
    pub(crate) today: Date,
    pub(crate) limits: &'m Limits,
    /// How many decimals the currency has; nothing if it cannot be read or is none.
    pub(crate) minor_units: Option<u8>,
    /// The sum of the lines' net amounts; nothing if one cannot be read.
    pub(crate) lines_net: Option<Decimal>,
    pub(crate) allowances: Option<Decimal>,
    pub(crate) charges: Option<Decimal>,
    /// The sum of the taxes of the breakdown.
    pub(crate) tax: Option<Decimal>,
    /// The sum of what is withheld.
    pub(crate) withheld: Option<Decimal>,
    /// What is wrong with the tax identifiers.
    pub(crate) tax_id_faults: Vec<BadTaxId<'m>>,
    /// Whether every tax category that is there can be read. If not, it is unknown whether a category has nothing in it.
    pub(crate) categories_known: bool,
    categories: [Category; 10],
    /// What is taxed at each rate of a category, which is given by its place in [`CATEGORIES`].
    /// Boxed, as a node of the map has room for eleven, and an allocation of more than a kilobyte takes long.
    rates: BTreeMap<(usize, Decimal), Box<Rate>>,
}

/// How a tax category is used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Category {
    pub(crate) lines: usize,
    pub(crate) allowances: usize,
    pub(crate) charges: usize,
    pub(crate) breakdowns: usize,
    /// Net amounts plus charges minus allowances; nothing if one of them cannot be read.
    pub(crate) taxable: Option<Decimal>,
}

impl Category {
    const UNUSED: Self =
        Self { lines: 0, allowances: 0, charges: 0, breakdowns: 0, taxable: Some(Decimal::ZERO) };

    /// Whether a line, an allowance or a charge is of it.
    pub(crate) const fn is_used(&self) -> bool {
        self.lines + self.allowances + self.charges > 0
    }
}

/// What is taxed at one rate of one category.
#[derive(Debug)]
struct Rate {
    taxable: Option<Decimal>,
    lines: usize,
}

/// What bears a tax category.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bearer {
    Line,
    Allowance,
    Charge,
}

impl Bearer {
    pub(crate) const fn list(self) -> &'static str {
        match self {
            Self::Line => "/lines",
            Self::Allowance => "/allowances",
            Self::Charge => "/charges",
        }
    }
}

fn tax_id_faults<'m>(invoice: &'m Invoice<'m>) -> Vec<BadTaxId<'m>> {
    let fault = |(path, tax_id): (_, &'m TaxId<'m>)| {
        let (country, number) = (tax_id.country.text()?, tax_id.number.text()?);
        let fault = tax_id::check(country, number).err()?;
        if path == "/buyer/tax_id" && tax_id::is_taken_from_buyers(country, number) {
            return None;
        }
        Some(BadTaxId { path, country, number, fault })
    };
    tax_ids(invoice).filter_map(fault).collect()
}

impl<'m> Facts<'m> {
    pub(crate) fn new(invoice: &'m Invoice<'m>, today: Date, limits: &'m Limits) -> Self {
        let mut facts = Self {
            invoice,
            today,
            limits,
            minor_units: invoice.currency.text().and_then(minor_units),
            lines_net: sum(&invoice.lines, |line: &Line<'_>| line.net_amount.or_zero()),
            allowances: sum(&invoice.allowances, |it: &DocumentAdjustment<'_>| it.amount.or_zero()),
            charges: sum(&invoice.charges, |it: &DocumentAdjustment<'_>| it.amount.or_zero()),
            tax: sum(&invoice.tax_breakdown, |it: &TaxBreakdown<'_>| it.tax_amount.or_zero()),
            withheld: sum(&invoice.withholdings, |it: &Withholding<'_>| it.amount.or_zero()),
            tax_id_faults: tax_id_faults(invoice),
            categories_known: true,
            categories: [Category::UNUSED; 10],
            rates: BTreeMap::new(),
        };
        facts.add_up();
        facts
    }

    /// Calls `look` with each text that identifies the document or a party, and with what makes its place.
    pub(crate) fn each_identifier(&self, look: &mut dyn FnMut(&dyn Fn() -> String, &str)) {
        let invoice = self.invoice;
        if let Some(number) = invoice.number.text() {
            look(&|| "/number".to_owned(), number);
        }
        for (path, tax_id) in tax_ids(invoice) {
            if let Some(number) = tax_id.number.text() {
                look(&|| format!("{path}/number"), number);
            }
        }
        for (party, it) in [("/seller", &invoice.seller), ("/buyer", &invoice.buyer)] {
            let Some(it) = it.get() else { continue };
            for (at, identifier) in it.identifiers.each() {
                if let Some(id) = identifier.id.text() {
                    look(&|| format!("{party}/identifiers/{at}/id"), id);
                }
            }
            if let Some(id) = it.legal_registration.get().and_then(|registration| registration.id.text()) {
                look(&|| format!("{party}/legal_registration/id"), id);
            }
        }
        let Some(payee) = invoice.payee.get() else { return };
        for (name, it) in
            [("identifier", &payee.identifier), ("legal_registration", &payee.legal_registration)]
        {
            if let Some(id) = it.get().and_then(|it| it.id.text()) {
                look(&|| format!("/payee/{name}/id"), id);
            }
        }
    }

    /// The bearers of a tax category that can be read, with their places in their lists.
    pub(crate) fn bearers(&self, bearer: Bearer) -> impl Iterator<Item = (usize, &'m Tax<'m>)> {
        let lines = (bearer == Bearer::Line).then(|| self.lines().map(|(at, line)| (at, &line.tax)));
        let list = match bearer {
            Bearer::Line => None,
            Bearer::Allowance => Some(&self.invoice.allowances),
            Bearer::Charge => Some(&self.invoice.charges),
        };
        let adjustments = list.into_iter().flat_map(Field::each).map(|(at, it)| (at, &it.tax));
        lines.into_iter().flatten().chain(adjustments).filter_map(|(at, tax)| Some((at, tax.get()?)))
    }

    /// Whether an amount in the currency of the invoice has no decimals, as one in Chilean pesos.
    pub(crate) fn is_in_whole_units(&self) -> bool {
        self.minor_units == Some(0)
    }

    /// How many decimals a calculated amount is given with: two, as EN 16931 has it, and none where the currency has none.
    pub(crate) fn decimals_of_amounts(&self) -> u8 {
        if self.is_in_whole_units() { 0 } else { 2 }
    }

    /// A cent, or one where the currency has no decimals.
    pub(crate) fn smallest_part(&self) -> Decimal {
        if self.is_in_whole_units() { Decimal::whole(1) } else { Decimal::CENT }
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &'m Line<'m>)> {
        self.invoice.lines.each()
    }

    /// How a category is used.
    pub(crate) fn category(&self, code: &str) -> &Category {
        position(code).and_then(|at| self.categories.get(at)).unwrap_or(&Category::UNUSED)
    }

    /// What is taxed at that rate of the category; nothing if a part of it cannot be read.
    pub(crate) fn taxable_at(&self, category: &str, rate: Decimal) -> Option<Decimal> {
        self.rate(category, rate).map_or(Some(Decimal::ZERO), |rate| rate.taxable)
    }

    /// Whether anything is taxed at that rate of the category.
    pub(crate) fn is_taxed_at(&self, category: &str, rate: Decimal) -> bool {
        self.rate(category, rate).is_some()
    }

    /// How many lines are taxed at that rate of the category.
    pub(crate) fn lines_at(&self, category: &str, rate: Decimal) -> usize {
        self.rate(category, rate).map_or(0, |rate| rate.lines)
    }

    fn rate(&self, category: &str, rate: Decimal) -> Option<&Rate> {
        self.rates.get(&(position(category)?, rate)).map(Box::as_ref)
    }

    fn add_up(&mut self) {
        let invoice = self.invoice;
        for (_, line) in invoice.lines.each() {
            self.add(&line.tax, line.net_amount.or_zero(), Bearer::Line);
        }
        for (_, allowance) in invoice.allowances.each() {
            let amount = allowance.amount.or_zero().map(|amount| Decimal::ZERO - amount);
            self.add(&allowance.tax, amount, Bearer::Allowance);
        }
        for (_, charge) in invoice.charges.each() {
            self.add(&charge.tax, charge.amount.or_zero(), Bearer::Charge);
        }
        for (_, breakdown) in invoice.tax_breakdown.each() {
            self.categories_known &= !breakdown.category.is_bad();
            let at = breakdown.category.text().and_then(position);
            if let Some(category) = at.and_then(|at| self.categories.get_mut(at)) {
                category.breakdowns += 1;
            }
        }
        self.categories_known &= !(invoice.lines.is_broken()
            || invoice.allowances.is_broken()
            || invoice.charges.is_broken()
            || invoice.tax_breakdown.is_broken());
    }

    fn add(&mut self, tax: &Field<'_, Tax<'_>>, amount: Option<Decimal>, bearer: Bearer) {
        self.categories_known &= !tax.is_bad();
        let Some(tax) = tax.get() else { return };
        self.categories_known &= !tax.category.is_bad();
        let Some(at) = tax.category.text().and_then(position) else { return };
        let Some(category) = self.categories.get_mut(at) else { return };
        match bearer {
            Bearer::Line => category.lines += 1,
            Bearer::Allowance => category.allowances += 1,
            Bearer::Charge => category.charges += 1,
        }
        category.taxable = plus(category.taxable, amount);
        let lines = usize::from(bearer == Bearer::Line);
        if tax.rate.is_bad() {
            // It belongs to one of the rates, and it is unknown to which.
            self.categories_known = false;
        }
        let Some(rate) = tax.rate.value() else { return };
        let unused = || Box::new(Rate { taxable: Some(Decimal::ZERO), lines: 0 });
        let known = self.rates.entry((at, rate)).or_insert_with(unused);
        known.taxable = plus(known.taxable, amount);
        known.lines += lines;
    }
}

fn position(code: &str) -> Option<usize> {
    CATEGORIES.iter().position(|known| *known == code)
}

fn plus(a: Option<Decimal>, b: Option<Decimal>) -> Option<Decimal> {
    Some(a? + b?)
}

/// The tax identifiers of all parties, with their places.
pub(crate) fn tax_ids<'m>(invoice: &'m Invoice<'m>) -> impl Iterator<Item = (&'static str, &'m TaxId<'m>)> {
    let of = |party: &'m Field<'m, Party<'m>>| party.get().map(|party| &party.tax_id);
    [
        ("/seller/tax_id", of(&invoice.seller)),
        ("/buyer/tax_id", of(&invoice.buyer)),
        ("/tax_representative/tax_id", invoice.tax_representative.get().map(|party| &party.tax_id)),
    ]
    .into_iter()
    .filter_map(|(path, tax_id)| Some((path, tax_id?.get()?)))
}

/// The sum of what `of` says of each item; nothing if an item, or what it says, cannot be read.
pub(crate) fn sum<T>(list: &Field<'_, List<'_, T>>, of: impl Fn(&T) -> Option<Decimal>) -> Option<Decimal> {
    if list.is_broken() {
        return None;
    }
    list.each().map(|(_, item)| of(item)).sum()
}
