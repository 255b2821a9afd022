//! An invoice as a person recognises one, from whatever can be read of it: a broken one is shown, too.

use aduana_invoice::json::{Node, Tree};
use aduana_redrive::answer::Reason;

use crate::i18n::Words;
use crate::json_value;
use crate::source_view::cut;

/// So many lines, taxes and notes are shown; so much of a value, in characters.
const LINES_MAX: usize = 100;
const ROWS_MAX: usize = 20;
const VALUE_MAX: usize = 400;

/// A value at its place.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    pub(crate) text: String,
    /// A violation names it, or something in it.
    pub(crate) wrong: bool,
    pub(crate) missing: bool,
}

/// A value under its name.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) name: &'static str,
    pub(crate) cell: Cell,
}

#[derive(Debug)]
pub(crate) struct Party {
    pub(crate) title: &'static str,
    pub(crate) name: Cell,
    pub(crate) rows: Vec<Cell>,
}

#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) id: Cell,
    pub(crate) item: Cell,
    pub(crate) quantity: Cell,
    pub(crate) unit: Cell,
    pub(crate) price: Cell,
    pub(crate) tax: Cell,
    pub(crate) net: Cell,
}

#[derive(Debug)]
pub(crate) struct Tax {
    pub(crate) category: Cell,
    pub(crate) rate: Cell,
    pub(crate) taxable: Cell,
    pub(crate) amount: Cell,
}

/// The whole.
#[derive(Debug)]
pub(crate) struct Paper {
    pub(crate) title: &'static str,
    pub(crate) number: Cell,
    pub(crate) currency: Cell,
    pub(crate) facts: Vec<Named>,
    pub(crate) parties: [Party; 2],
    pub(crate) lines: Vec<Line>,
    /// How many lines there are that are not shown.
    pub(crate) more_lines: usize,
    /// Where the lines are no list, or are missing.
    pub(crate) no_lines: Option<Cell>,
    pub(crate) taxes: Vec<Tax>,
    /// How many there are that are not shown.
    pub(crate) more_taxes: usize,
    pub(crate) totals: Vec<Named>,
    pub(crate) notes: Vec<Cell>,
    /// How many there are that are not shown.
    pub(crate) more_notes: usize,
}

struct Reader<'a> {
    root: &'a Tree<'a>,
    reasons: &'a [Reason],
}

impl Reader<'_> {
    fn is_wrong(&self, pointer: &str) -> bool {
        self.reasons.iter().any(|reason| {
            reason.path.strip_prefix(pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    fn cell(&self, pointer: &str) -> Cell {
        let node = self.root.at(pointer);
        Cell {
            text: node.map(|node| cut(&json_value::line(node), VALUE_MAX)).unwrap_or_default(),
            wrong: self.is_wrong(pointer),
            missing: node.is_none(),
        }
    }

    /// If it is there, or should be.
    fn worth(&self, pointer: &str) -> Option<Cell> {
        Some(self.cell(pointer)).filter(|cell| cell.wrong || !cell.missing)
    }

    /// Several places in one cell.
    fn joined(&self, pointers: &[String]) -> Option<Cell> {
        let cells: Vec<Cell> = pointers.iter().filter_map(|pointer| self.worth(pointer)).collect();
        let texts: Vec<&str> =
            cells.iter().map(|cell| cell.text.as_str()).filter(|text| !text.is_empty()).collect();
        let (wrong, missing) = (cells.iter().any(|cell| cell.wrong), texts.is_empty());
        (!cells.is_empty()).then(|| Cell { text: texts.join(" "), wrong, missing })
    }

    fn party(&self, title: &'static str, at: &str) -> Party {
        let place = |name: &str| format!("{at}/{name}");
        let one = |name: &str| self.joined(&[place(name)]);
        let rows = [
            self.joined(&[place("tax_id/country"), place("tax_id/number")]),
            self.joined(&[place("legal_registration/id")]),
            one("local_tax_id"),
            one("address/line1"),
            one("address/line2"),
            self.joined(&[place("address/postal_code"), place("address/city"), place("address/subdivision")]),
            one("address/country"),
            one("contact/email"),
            one("contact/phone"),
        ];
        Party { title, name: self.cell(&place("name")), rows: rows.into_iter().flatten().collect() }
    }

    fn line(&self, at: usize) -> Line {
        let cell = |name: &str| self.cell(&format!("/lines/{at}/{name}"));
        let tax = [format!("/lines/{at}/tax/category"), format!("/lines/{at}/tax/rate")];
        Line {
            id: cell("id"),
            item: cell("item/name"),
            quantity: cell("quantity"),
            unit: cell("unit"),
            price: cell("price/net"),
            tax: self.joined(&tax).unwrap_or_else(|| self.cell(&format!("/lines/{at}/tax"))),
            net: cell("net_amount"),
        }
    }

    fn tax(&self, at: usize) -> Tax {
        let cell = |name: &str| self.cell(&format!("/tax_breakdown/{at}/{name}"));
        Tax {
            category: cell("category"),
            rate: cell("rate"),
            taxable: cell("taxable_amount"),
            amount: cell("tax_amount"),
        }
    }

    fn named<const N: usize>(&self, places: [(&'static str, &str); N]) -> Vec<Named> {
        let named = |(name, pointer): (&'static str, &str)| Some(Named { name, cell: self.worth(pointer)? });
        places.into_iter().filter_map(named).collect()
    }

    fn count(&self, pointer: &str) -> usize {
        match self.root.at(pointer) {
            Some(Node::Many(many)) if !many.is_object() => many.items().len(),
            _ => 0,
        }
    }
}

impl Paper {
    /// What can be read of a text; `None` where it is no JSON object.
    pub(crate) fn read(text: &str, reasons: &[Reason], w: &'static Words) -> Option<Self> {
        let root = Tree::read(text)?;
        if !matches!(root.root(), Node::Many(many) if many.is_object()) {
            return None;
        }
        let reader = Reader { root: &root, reasons };
        let [lines, taxes, notes] = ["/lines", "/tax_breakdown", "/notes"].map(|list| reader.count(list));
        let is_credit_note = reader.cell("/type_code").text == "381";
        Some(Self {
            title: if is_credit_note { w.credit_note } else { w.invoice },
            number: reader.cell("/number"),
            currency: reader.cell("/currency"),
            facts: reader.named([
                (w.issued, "/issue_date"),
                (w.due, "/due_date"),
                (w.type_code, "/type_code"),
                (w.buyer_reference, "/buyer_reference"),
                (w.order_reference, "/purchase_order_reference"),
                (w.payment_terms, "/payment_terms"),
            ]),
            parties: [reader.party(w.seller, "/seller"), reader.party(w.buyer, "/buyer")],
            lines: (0..lines.min(LINES_MAX)).map(|at| reader.line(at)).collect(),
            more_lines: lines.saturating_sub(LINES_MAX),
            no_lines: (lines == 0).then(|| reader.cell("/lines")),
            taxes: (0..taxes.min(ROWS_MAX)).map(|at| reader.tax(at)).collect(),
            more_taxes: taxes.saturating_sub(ROWS_MAX),
            totals: reader.named([
                (w.lines_net, "/totals/lines_net"),
                (w.allowances, "/totals/allowances"),
                (w.charges, "/totals/charges"),
                (w.tax_exclusive, "/totals/tax_exclusive"),
                (w.tax, "/totals/tax"),
                (w.tax_inclusive, "/totals/tax_inclusive"),
                (w.prepaid, "/totals/prepaid"),
                (w.rounding, "/totals/rounding"),
                (w.payable, "/totals/payable"),
                (w.withheld, "/totals/withheld"),
                (w.net_payable, "/totals/net_payable"),
            ]),
            notes: (0..notes.min(ROWS_MAX)).map(|at| reader.cell(&format!("/notes/{at}/text"))).collect(),
            more_notes: notes.saturating_sub(ROWS_MAX),
        })
    }
}

#[cfg(test)]
mod tests {
    use aduana_invoice::Lang;

    use super::*;
    use crate::i18n::words;

    fn reasons(text: &str) -> Vec<Reason> {
        let validator = aduana_invoice::Validator::new(aduana_invoice::Policy::default());
        let today = aduana_invoice::Date::from_ordinal_date(2026, 328).unwrap();
        let verdict = validator.judge(text.as_bytes(), today);
        aduana_redrive::draft::reasons(verdict.violations(), Lang::En)
    }

    #[test]
    fn a_broken_invoice_is_still_a_paper() {
        let text = r#"{"seller": {"name": 7}, "lines": [{"id": "1", "quantity": "x"}, "odd"], "totals": {"payable": "9,00"}}"#;
        let reasons = reasons(text);
        let invoice_view = Paper::read(text, &reasons, words(Lang::En)).unwrap();
        assert!(invoice_view.number.missing && invoice_view.number.wrong, "BR-02 is shown at the number");
        assert_eq!(
            (invoice_view.parties[0].name.text.as_str(), invoice_view.parties[0].name.wrong),
            ("7", true)
        );
        assert_eq!(
            (invoice_view.lines[0].quantity.text.as_str(), invoice_view.lines[0].quantity.wrong),
            ("x", true)
        );
        assert_eq!(invoice_view.lines.len(), 2);
        let payable = invoice_view.totals.iter().find(|named| named.cell.text == "9,00").unwrap();
        assert!(payable.cell.wrong);
    }

    fn paper_of(text: &str) -> Paper {
        Paper::read(text, &[], words(Lang::En)).unwrap()
    }

    #[test]
    fn so_many_lines_taxes_and_notes_are_shown_and_the_rest_is_counted() {
        let list = |name: &str, count: usize| format!(r#"{{"{name}":[{}]}}"#, vec!["{}"; count].join(","));
        for (count, shown, more) in [(99, 99, 0), (100, 100, 0), (101, 100, 1)] {
            let invoice_view = paper_of(&list("lines", count));
            assert_eq!((invoice_view.lines.len(), invoice_view.more_lines), (shown, more));
        }
        for (count, shown, more) in [(19, 19, 0), (20, 20, 0), (21, 20, 1)] {
            let invoice_view = paper_of(&list("tax_breakdown", count));
            assert_eq!((invoice_view.taxes.len(), invoice_view.more_taxes), (shown, more));
            let invoice_view = paper_of(&list("notes", count));
            assert_eq!((invoice_view.notes.len(), invoice_view.more_notes), (shown, more));
        }
        assert_eq!((LINES_MAX, ROWS_MAX), (100, 20));
    }

    #[test]
    fn so_much_of_a_value_is_shown_and_a_longer_one_ends_in_dots() {
        for (length, is_whole) in [(VALUE_MAX - 1, true), (VALUE_MAX, true), (VALUE_MAX + 1, false)] {
            let value = "ñ".repeat(length);
            let shown = if is_whole { value.clone() } else { format!("{}…", "ñ".repeat(VALUE_MAX)) };
            assert_eq!(paper_of(&format!(r#"{{"number":"{value}"}}"#)).number.text, shown, "{length}");
        }
    }

    #[test]
    fn what_is_no_object_is_no_paper() {
        for text in ["", "[]", "\"x\"", "{"] {
            assert!(Paper::read(text, &[], words(Lang::En)).is_none(), "{text}");
        }
    }
}
