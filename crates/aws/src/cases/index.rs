//! Pages of case lines, from an index whose partitions are split into slots.
//!
//! A partition of DynamoDB takes 1,000 writes a second. All open cases under one key would be a ceiling for the whole deployment, so a
//! key has a slot at its end, by the case's id (`open#7`), and a page is merged from all slots:
//!
//! ```text
//! slot 0  ──a────c──┊···          A line is in the page if no slot can have an earlier one that is not read yet:
//! slot 1  ────b────d┊──f···       up to the frontier ┊, the first of the last lines of the slots that are not at their end.
//! ```

use std::cmp::Ordering;

use aduana_cases::effects::LIST;
use aduana_cases::ports::{EffectError, EffectErrorKind};
use aduana_cases::slots::{SLOTS, slotted};
use aduana_redrive::ports::{CaseLine, Page, PageOf, Partition};
use futures_util::future::try_join_all;

use super::Cases;
use super::record::line;
use crate::errors::failed;
use crate::items::{Item, s};
use crate::names::cases as names;

/// What is read of one slot.
struct Slot {
    key: String,
    lines: Vec<CaseLine>,
    /// Where to go on, if that is not its end.
    next: Option<Item>,
}

impl Slot {
    fn last_seen(&self) -> Option<&str> {
        self.lines.last().map(|line| line.last_seen.as_str())
    }
}

/// The range and the order of a page.
struct Range<'p> {
    of: &'p PageOf,
    since: Option<&'p str>,
    until: Option<&'p str>,
}

impl<'p> Range<'p> {
    /// What is left of the range behind the line at which the page before ended, its own moment included: others may share it.
    fn of(of: &'p PageOf) -> Self {
        let (mut since, mut until) = (of.since.as_deref(), of.until.as_deref());
        let after = of.after.as_ref().map(|line| line.last_seen.as_str());
        if of.oldest_first {
            since = since.max(after);
        } else {
            until = [until, after].into_iter().flatten().min();
        }
        Self { of, since, until }
    }

    /// Whether there is no moment in it. DynamoDB refuses a range that ends before it begins.
    fn is_empty(&self) -> bool {
        self.since.zip(self.until).is_some_and(|(since, until)| since > until)
    }

    /// The order of two moments, as the page has them.
    fn order(&self, one: &str, other: &str) -> Ordering {
        if self.of.oldest_first { one.cmp(other) } else { other.cmp(one) }
    }

    /// The order of two lines: by their moments, and of the same moment by their ids.
    fn order_of_lines(&self, one: (&str, &str), other: (&str, &str)) -> Ordering {
        let ids = if self.of.oldest_first { one.1.cmp(other.1) } else { other.1.cmp(one.1) };
        self.order(one.0, other.0).then(ids)
    }

    fn is_behind_the_page_before(&self, line: &CaseLine) -> bool {
        self.of.after.as_ref().is_none_or(|after| {
            self.order_of_lines(place(line), (&after.last_seen, after.id.as_str())) == Ordering::Greater
        })
    }

    /// The first of the last lines of the slots that are not at their end: nothing unread comes before it.
    fn frontier(&self, slots: &[Slot]) -> Option<String> {
        let unfinished = slots.iter().filter(|slot| slot.next.is_some()).filter_map(Slot::last_seen);
        unfinished.min_by(|one, other| self.order(one, other)).map(str::to_owned)
    }
}

/// What a line is ordered by.
fn place(line: &CaseLine) -> (&str, &str) {
    (&line.last_seen, line.id.as_str())
}

impl Cases {
    pub(super) async fn lines(&self, of: &PageOf) -> Result<Page, EffectError> {
        let range = Range::of(of);
        if range.is_empty() {
            return Ok(Page::default());
        }
        let partition = match &of.partition {
            Partition::State(state) => state.as_str(),
            Partition::Group(group) => group,
        };
        let reading = (0..SLOTS).map(async |slot| {
            let mut slot = Slot { key: slotted(partition, slot), lines: Vec::new(), next: None };
            self.read(&range, &mut slot).await?;
            Ok(slot)
        });
        let mut slots = try_join_all(reading).await?;
        loop {
            let frontier = range.frontier(&slots);
            let is_before = |line: &&CaseLine| {
                frontier.as_ref().is_none_or(|it| range.order(&line.last_seen, it) == Ordering::Less)
            };
            let known = slots.iter().flat_map(|slot| &slot.lines).filter(is_before);
            let mut lines: Vec<CaseLine> =
                known.filter(|line| range.is_behind_the_page_before(line)).cloned().collect();
            let Some(frontier) = frontier.filter(|_| lines.is_empty()) else {
                lines.sort_by(|one, other| range.order_of_lines(place(one), place(other)));
                let is_more = lines.len() > of.limit || slots.iter().any(|slot| slot.next.is_some());
                lines.truncate(of.limit.max(1));
                let next = lines.last().filter(|_| is_more).map(CaseLine::key);
                return Ok(Page { lines, next });
            };
            // All that is read is of one moment. What else is of it comes behind.
            for slot in slots.iter_mut().filter(|it| it.next.is_some() && it.last_seen() == Some(&frontier)) {
                self.read(&range, slot).await?;
            }
        }
    }

    /// Reads the next lines of a slot: its share of the page, and a line more for the frontier.
    async fn read(&self, range: &Range<'_>, slot: &mut Slot) -> Result<(), EffectError> {
        let (index, key) = match range.of.partition {
            Partition::State(_) => (names::BY_STATE, names::STATE_SLOT),
            Partition::Group(_) => (names::BY_GROUP, names::GROUP_SLOT),
        };
        let condition = match (range.since, range.until) {
            (None, None) => "",
            (Some(_), None) => " AND last_seen >= :since",
            (None, Some(_)) => " AND last_seen <= :until",
            (Some(_), Some(_)) => " AND last_seen BETWEEN :since AND :until",
        };
        let share = range.of.limit.div_ceil(SLOTS).saturating_add(1);
        let mut query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(index)
            .key_condition_expression(format!("{key} = :partition{condition}"))
            .expression_attribute_values(":partition", s(&slot.key))
            .scan_index_forward(range.of.oldest_first)
            .limit(i32::try_from(share).unwrap_or(i32::MAX));
        for (name, bound) in [(":since", range.since), (":until", range.until)] {
            if let Some(bound) = bound {
                query = query.expression_attribute_values(name, s(bound));
            }
        }
        loop {
            let reply = query.clone().set_exclusive_start_key(slot.next.take()).send().await;
            let reply = reply.map_err(|error| failed(LIST, error))?;
            let lines: Option<Vec<CaseLine>> = reply.items().iter().map(line).collect();
            slot.lines.extend(lines.ok_or_else(|| EffectError::new(EffectErrorKind::Corrupt, LIST))?);
            slot.next = reply.last_evaluated_key;
            // A page may be empty and still not be the last.
            if reply.count > 0 || slot.next.is_none() {
                break;
            }
        }
        Ok(())
    }
}
