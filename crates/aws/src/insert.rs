//! Writing many items, each for itself, that are not there.
//!
//! DynamoDB has no conditional `BatchWriteItem`. An `INSERT` of `PartiQL` has the condition in itself, 25 of them go into one
//! `BatchExecuteStatement`, and each costs what a `PutItem` does
//! (<https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html>).

use aduana_cases::ports::{EffectError, EffectErrorKind};
use aws_sdk_dynamodb::types::{BatchStatementErrorCodeEnum, BatchStatementRequest, BatchStatementResponse};
use futures_util::{StreamExt, stream};

use crate::errors::{entry, failed};
use crate::items::Item;
use crate::store::{Invoices, refused};

/// DynamoDB's limit of statements in a call.
const STATEMENTS_MAX: usize = 25;

/// So many calls at a time: a batch of SQS may have ten thousand messages.
const CALLS_MAX: usize = 16;

/// What became of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inserted {
    /// It is written.
    New,
    /// It is not: its key is taken, or it was no item to insert.
    Not,
}

impl Invoices {
    /// Inserts items with different keys; `None` is passed over. One answer each, in order.
    pub(crate) async fn insert(
        &self,
        effect: &'static str,
        items: Vec<Option<Item>>,
    ) -> Vec<Result<Inserted, EffectError>> {
        let mut answers: Vec<_> = items.iter().map(|_| Ok(Inserted::Not)).collect();
        let new: Vec<(usize, Item)> =
            items.into_iter().enumerate().filter_map(|(place, item)| Some((place, item?))).collect();
        let calls = new.chunks(STATEMENTS_MAX).map(async |batch| {
            let inserted = self.insert_batch(effect, batch).await;
            batch.iter().map(|(place, _)| *place).zip(inserted).collect::<Vec<_>>()
        });
        for (place, inserted) in side_by_side(calls).await.into_iter().flatten() {
            if let Some(answer) = answers.get_mut(place) {
                *answer = inserted;
            }
        }
        answers
    }

    async fn insert_batch(
        &self,
        effect: &'static str,
        batch: &[(usize, Item)],
    ) -> Vec<Result<Inserted, EffectError>> {
        let statements: Result<Vec<_>, _> =
            batch.iter().map(|(_, item)| statement(&self.table, item.clone())).collect();
        let reply = match statements {
            Ok(statements) => {
                let call = self.client.batch_execute_statement().set_statements(Some(statements));
                call.send().await.map_err(|error| failed(effect, error))
            }
            Err(error) => Err(refused(effect, error)),
        };
        let mut answers: Vec<_> = match &reply {
            Ok(reply) => reply.responses().iter().map(|response| inserted(effect, response)).collect(),
            Err(error) => batch.iter().map(|_| Err(error.clone())).collect(),
        };
        // A statement without an answer was not carried out, as far as anybody can say.
        answers.resize(batch.len(), Err(EffectError::new(EffectErrorKind::Failed, effect)));
        answers
    }
}

fn inserted(effect: &'static str, response: &BatchStatementResponse) -> Result<Inserted, EffectError> {
    let Some(error) = response.error() else { return Ok(Inserted::New) };
    match error.code() {
        Some(BatchStatementErrorCodeEnum::DuplicateItem) => Ok(Inserted::Not),
        Some(code) => Err(entry(effect, code.as_str(), true)),
        None => Err(EffectError::new(EffectErrorKind::Failed, effect)),
    }
}

/// `INSERT INTO "table" VALUE {'name': ?, …}`. The names are ours, the values are parameters.
fn statement(table: &str, item: Item) -> Result<BatchStatementRequest, aws_sdk_dynamodb::error::BuildError> {
    let (names, values): (Vec<_>, Vec<_>) =
        item.into_iter().map(|(name, value)| (format!("'{name}':?"), value)).unzip();
    BatchStatementRequest::builder()
        .statement(format!("INSERT INTO \"{table}\" VALUE {{{}}}", names.join(",")))
        .set_parameters(Some(values))
        .build()
}

/// The results of futures, in their order, some of them at a time.
pub(crate) async fn side_by_side<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    stream::iter(futures.collect::<Vec<_>>()).buffered(CALLS_MAX).collect().await
}
