//! What a second, strict reading and the schema's report pass over: the parts of a document that the model found in order.
//!
//! Most invoices that are refused have one fault. The rest of them has been read in full already, and nothing was found there.

use std::ops::Range;

use crate::decode::PathStep;
use crate::limits::ITEMS_MAX;
use crate::model::{Field, Fields, Invoice, Line, Read};

/// The parts in order, each with the number of items of the lists in it.
#[derive(Debug, Default)]
pub(crate) struct ValidParts<'m> {
    invoice: Option<&'m Invoice<'m>>,
    /// Whether fields of the document are passed over.
    has_fields: bool,
    lines: Vec<Option<usize>>,
}

impl<'m> ValidParts<'m> {
    /// Of what was read.
    pub(crate) fn of(invoice: Option<&'m Invoice<'m>>) -> Self {
        let Some(invoice) = invoice else { return Self::default() };
        let lines = invoice.lines.get().into_iter().flatten();
        let lines = lines.map(|line| line.get().filter(|line| line.is_clean()).map(Read::items)).collect();
        // Of a name that is there twice, the model has the last. And where the items of all lists have to be counted one by one,
        // or are in what the model does not look into, all fields are read.
        let reads_all =
            invoice.repeats_a_name || !invoice.extensions.is_absent() || invoice.items() > ITEMS_MAX;
        Self { invoice: Some(invoice), has_fields: !reads_all, lines }
    }

    /// The number of items in the value at a place, if it is one of the parts in order.
    pub(crate) fn items(&self, path: &[PathStep<'_>]) -> Option<usize> {
        match path {
            [PathStep::Name(name)] => self.field(name),
            [PathStep::Name(name), PathStep::Index(at)] if name == "lines" => self.line(*at),
            [PathStep::Name(name), PathStep::Index(at), PathStep::Name(field)] if name == "lines" => {
                self.has_field_of_line(*at, field).then_some(0)
            }
            _ => None,
        }
    }

    /// The number of items in the field of this name of the document, if it is in order. The lines are never: each is by itself.
    pub(crate) fn field(&self, name: &str) -> Option<usize> {
        self.invoice.filter(|_| self.has_fields && name != "lines")?.clean_field(name)
    }

    /// The number of items in a line, if it is in order.
    pub(crate) fn line(&self, at: usize) -> Option<usize> {
        *self.lines.get(at)?
    }

    /// Whether the field of this name of a line is in order, and has no items that would have to be counted one by one.
    pub(crate) fn has_field_of_line(&self, at: usize, name: &str) -> bool {
        let line = || self.invoice?.lines.get()?.get(at)?.get().filter(|line| !line.repeats_a_name);
        line().and_then(|line: &Line<'_>| line.clean_field(name)) == Some(0)
    }

    /// The text without what stands in fields and lines that are in order, of which nothing but `0` and `{}` is left: so much less
    /// is to be read again. Nothing if there are none. `text` is the one that the model was read from.
    pub(crate) fn shortened(&self, text: &str) -> Option<String> {
        let names = self.invoice?.names.as_slice();
        let mut short = Shortened { text, short: String::with_capacity(text.len()), past: 0 };
        for (at, name) in names.iter().enumerate() {
            if name.as_str() == "lines" {
                self.shorten_lines(&mut short)?;
            } else if self.field(name.as_str()).is_some()
                && let Some(name) = name.range(text)
            {
                // After a name and its quote stand a colon, the value, and a comma before the quote of the next.
                let after = name.end + 1;
                match names.get(at + 1).map(|next| next.range(text)) {
                    Some(Some(next)) => short.leave_out(after..next.start - 1, ":0,")?,
                    Some(None) => {}
                    None => short.leave_out(after..text.rfind('}')?, ":0")?,
                }
            }
        }
        short.finish()
    }

    fn shorten_lines(&self, short: &mut Shortened<'_>) -> Option<()> {
        let text = short.text;
        let begin = |line: &Field<'_, Line<'_>>| Some(line.get()?.first_name.get()?.range(text)?.start);
        for (at, [line, next]) in self.invoice?.lines.get()?.array_windows().enumerate() {
            if self.line(at).is_some()
                && let Some((line, next)) = begin(line).zip(begin(next))
                // Between the first name of a line and that of the next stand what is in the line, `},{` with blanks, and a quote.
                && let Some(end) = text.get(line..next)?.rfind('}')
            {
                short.leave_out(line - 1..line + end, "")?;
            }
        }
        Some(())
    }

    /// Lines alone.
    #[cfg(test)]
    pub(crate) fn lines(lines: impl Into<Vec<Option<usize>>>) -> Self {
        Self { lines: lines.into(), ..Self::default() }
    }
}

/// A text of which ranges are left out, one after the other.
struct Shortened<'t> {
    text: &'t str,
    short: String,
    /// Of the text so many bytes are done.
    past: usize,
}

impl Shortened<'_> {
    fn leave_out(&mut self, range: Range<usize>, instead: &str) -> Option<()> {
        self.short.push_str(self.text.get(self.past..range.start)?);
        self.short.push_str(instead);
        self.past = range.end;
        Some(())
    }

    /// Nothing if nothing was left out.
    fn finish(mut self) -> Option<String> {
        self.short.push_str(self.text.get(self.past..).filter(|_| self.past > 0)?);
        Some(self.short)
    }
}

#[cfg(test)]
mod tests;
