//! What a second, strict reading and the schema's report pass over: the parts of a document that the model found in order.
//!
//! Most invoices that are refused have one fault. The rest of them has been read in full already, and nothing was found there.

use crate::decode::ITEMS_MAX;
use crate::model::{Field, Fields, Invoice, Line, Read};

/// The parts in order, each with the number of items of the lists in it.
#[derive(Debug, Default)]
pub(crate) struct Clean<'m> {
    invoice: Option<&'m Invoice<'m>>,
    /// Whether fields of the document are passed over.
    has_fields: bool,
    lines: Vec<Option<usize>>,
}

impl<'m> Clean<'m> {
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

    /// The text without what stands in lines that are in order, of which nothing but `{}` is left: so much less is to be read
    /// again. Nothing if there are no such lines. `text` is the one that the model was read from.
    pub(crate) fn shortened(&self, text: &str) -> Option<String> {
        let lines = self.invoice?.lines.get()?;
        let begin = |line: &Field<'_, Line<'_>>| line.get()?.begin.of(text);
        let (mut short, mut past) = (String::with_capacity(text.len()), 0);
        for (at, [line, next]) in lines.array_windows().enumerate() {
            if self.line(at).is_none() {
                continue;
            }
            // From the first name of a line to that of the next stand what is in the line, `},{` with blanks, and a quote.
            let inside = begin(line).zip(begin(next)).and_then(|(line, next)| {
                Some((line.checked_sub(1)?, text.get(line..next)?.rfind('}')?.checked_add(line)?))
            });
            if let Some((from, to)) = inside {
                short.push_str(text.get(past..from)?);
                past = to;
            }
        }
        short.push_str(text.get(past..).filter(|_| past > 0)?);
        Some(short)
    }

    /// Lines alone.
    #[cfg(test)]
    pub(crate) fn lines(lines: impl Into<Vec<Option<usize>>>) -> Self {
        Self { lines: lines.into(), ..Self::default() }
    }
}

#[cfg(test)]
mod tests;
