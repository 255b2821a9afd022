//! Pages of case lines: each is one query to one index.

use aduana_cases::effects::LIST;
use aduana_cases::message::CaseId;
use aduana_cases::ports::{EffectError, EffectErrorKind};
use aduana_redrive::ports::{CaseLine, LineKey, Page, PageOf, Partition};

use super::Cases;
use super::record::line;
use crate::errors::failed;
use crate::items::{Item, item, s, text};
use crate::names::cases as names;

/// An index, its partition key, and the partition that is read.
struct IndexKey<'s> {
    index: &'static str,
    key: &'static str,
    value: &'s str,
}

impl<'s> IndexKey<'s> {
    fn of(partition: &'s Partition) -> Self {
        match partition {
            Partition::State(state) => {
                Self { index: names::BY_STATE, key: names::STATE, value: state.as_str() }
            }
            Partition::Group(group) => Self { index: names::BY_GROUP, key: names::GROUP_ID, value: group },
        }
    }

    /// The full key of a line: the index's and the table's.
    fn behind(&self, LineKey { id, last_seen }: &LineKey) -> Item {
        item([
            (self.key, s(self.value)),
            (names::LAST_SEEN, s(last_seen)),
            (names::CASE_ID, s(id.as_str())),
            (names::ITEM, s(names::HEAD)),
        ])
    }
}

impl Cases {
    pub(super) async fn lines(&self, of: &PageOf) -> Result<Page, EffectError> {
        let (since, until) = (of.since.as_deref(), of.until.as_deref());
        // DynamoDB refuses a range that ends before it begins. There is nothing in it.
        if since.zip(until).is_some_and(|(since, until)| since > until) {
            return Ok(Page::default());
        }
        let key = IndexKey::of(&of.partition);
        let range = match (since, until) {
            (None, None) => "",
            (Some(_), None) => " AND last_seen >= :since",
            (None, Some(_)) => " AND last_seen <= :until",
            (Some(_), Some(_)) => " AND last_seen BETWEEN :since AND :until",
        };
        let mut query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(key.index)
            .key_condition_expression(format!("#partition = :partition{range}"))
            .expression_attribute_names("#partition", key.key)
            .expression_attribute_values(":partition", s(key.value))
            .scan_index_forward(of.oldest_first)
            .limit(i32::try_from(of.limit.max(1)).unwrap_or(i32::MAX));
        for (name, bound) in [(":since", since), (":until", until)] {
            if let Some(bound) = bound {
                query = query.expression_attribute_values(name, s(bound));
            }
        }
        let query = query.set_exclusive_start_key(of.after.as_ref().map(|line| key.behind(line)));
        let reply = query.send().await.map_err(|error| failed(LIST, error))?;
        let lines: Option<Vec<CaseLine>> = reply.items().iter().map(line).collect();
        let next = reply.last_evaluated_key().map(|key| key_of(key).ok_or_else(corrupt)).transpose()?;
        Ok(Page { lines: lines.ok_or_else(corrupt)?, next })
    }
}

fn key_of(key: &Item) -> Option<LineKey> {
    let id = CaseId::parse(text(key, names::CASE_ID)?)?;
    Some(LineKey { id, last_seen: text(key, names::LAST_SEEN)?.to_owned() })
}

fn corrupt() -> EffectError {
    EffectError::new(EffectErrorKind::Corrupt, LIST)
}
