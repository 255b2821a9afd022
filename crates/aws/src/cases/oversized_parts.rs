//! A body, or a producer's attributes, that one transaction cannot hold beside the head goes ahead of it, part by part.
//!
//! Only records of Kafka are that large. Until the head says that there is such an attempt, its parts are nobody's; a crash in
//! between leaves some, which the next delivery writes again. What is there of another record is never written over.

use aduana_cases::ports::EffectError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;

use super::Cases;
use crate::errors::failed;
use crate::items::{Item, binary};
use crate::names::cases as names;

/// The most bytes of parts in a transaction with a head: it holds 4 MB, and a head at most 400 KB.
const BESIDE_THE_HEAD_MAX: usize = 3_400_000;

/// What is left to be written with the head.
pub(super) enum Ahead {
    Left(Vec<Item>),
    /// The place of a part is another record's.
    Taken,
}

impl Cases {
    /// Writes `parts` if they are too many for a transaction.
    pub(super) async fn ahead(&self, effect: &'static str, parts: Vec<Item>) -> Result<Ahead, EffectError> {
        let size = |part: &Item| binary(part, names::BYTES).map_or(0, <[u8]>::len);
        if parts.iter().map(size).sum::<usize>() <= BESIDE_THE_HEAD_MAX {
            return Ok(Ahead::Left(parts));
        }
        for part in parts {
            if !self.put_ahead(effect, part).await? {
                return Ok(Ahead::Taken);
            }
        }
        Ok(Ahead::Left(Vec::new()))
    }

    async fn put_ahead(&self, effect: &'static str, part: Item) -> Result<bool, EffectError> {
        let fingerprint = part.get(names::FINGERPRINT).cloned();
        let put = self.client.put_item().table_name(&self.table).set_item(Some(part));
        let put = put
            .condition_expression("attribute_not_exists(case_id) OR fingerprint = :own")
            .set_expression_attribute_values(fingerprint.map(|own| [(":own".to_owned(), own)].into()));
        match put.send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(failed(effect, error)),
            },
        }
    }
}
