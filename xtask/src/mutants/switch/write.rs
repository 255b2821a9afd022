//! The new text of a file.

use std::iter::Peekable;
use std::ops::Range;
use std::vec;

use super::find::{Arm, Found, Kind, Node};
use super::{Mark, Site, Switched};

/// Where the program asks, from any crate of ours.
const AT: &str = "::aduana_invoice::mutant_switch::at";

/// `source` with what was found put into it. No line is added: the compiler's lines are those of the code.
pub(super) fn write(source: &str, found: Found) -> Switched {
    let switched = Switched { refused: found.refused, ..Switched::default() };
    let mut writer = Writer { source, nodes: found.nodes.into_iter().peekable(), switched };
    writer.copy(0..source.len());
    writer.switched
}

struct Writer<'s> {
    source: &'s str,
    nodes: Peekable<vec::IntoIter<Node>>,
    switched: Switched,
}

impl Writer<'_> {
    /// Writes a part of the source, with what is to be changed in it.
    fn copy(&mut self, range: Range<usize>) {
        let mut from = range.start;
        while let Some(node) = self.nodes.next_if(|node| node.range.start < range.end) {
            self.push(from..node.range.start);
            from = node.range.end;
            self.node(node);
        }
        self.push(from..range.end);
    }

    fn push(&mut self, range: Range<usize>) {
        self.switched.text.push_str(self.source.get(range).unwrap_or_default());
    }

    fn put(&mut self, text: &str) {
        self.switched.text.push_str(text);
    }

    fn node(&mut self, node: Node) {
        let start = self.switched.text.len();
        let numbers = match node.kind {
            Kind::Body => {
                let marked = self.switched.marks.len();
                self.copy(node.range);
                let within = self.switched.marks.iter().skip(marked).filter(|mark| mark.is_arm);
                let mut numbers: Vec<u32> = within.flat_map(|mark| mark.numbers.clone()).collect();
                numbers.sort_unstable();
                self.mark(start, numbers, false);
                return;
            }
            Kind::Expression(arms) => {
                let numbers = self.open("(match ", &arms);
                self.arms(arms, "{ ", " }");
                self.put("_ => { ");
                self.copy(node.range);
                self.put(" } })");
                numbers
            }
            Kind::Return(arms) => {
                let numbers = self.open("match ", &arms);
                self.arms(arms, "return ", "");
                self.put("_ => {} } ");
                numbers
            }
            Kind::Condition(number) => {
                self.put(&format!(" if {AT}({number}) != {number}u32"));
                self.mark(start, vec![number], true);
                vec![number]
            }
        };
        let Some(&number) = numbers.first() else { return };
        let site = Site { number, in_const_fn: node.in_const_fn };
        self.switched.sites.extend(numbers.iter().map(|number| (*number, site)));
        self.mark(start, numbers, false);
    }

    fn open(&mut self, begin: &str, arms: &[Arm]) -> Vec<u32> {
        let site = arms.first().map_or(0, |arm| arm.number);
        self.put(&format!("{begin}{AT}({site}) {{ "));
        arms.iter().map(|arm| arm.number).collect()
    }

    fn arms(&mut self, arms: Vec<Arm>, before: &str, after: &str) {
        for Arm { number, text } in arms {
            let start = self.switched.text.len();
            self.put(&format!("{number}u32 => {before}{text}{after},"));
            self.mark(start, vec![number], true);
            self.put(" ");
        }
    }

    /// Marks what was written since `start`.
    fn mark(&mut self, start: usize, numbers: Vec<u32>, is_arm: bool) {
        let range = start..self.switched.text.len();
        self.switched.marks.push(Mark { range, numbers, is_arm });
    }
}
