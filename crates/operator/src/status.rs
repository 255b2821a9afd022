//! `aduana status`: what waits in the queues, what was stored, what is held.

use std::fmt::Write as _;
use std::time::Duration;

use aduana_cases::slots::{SLOTS, slotted};
use aduana_invoice::Lang;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Statistic};
use aws_sdk_dynamodb::types::{AttributeValue, Select};
use aws_sdk_sqs::types::QueueAttributeName;
use futures_util::future::try_join_all;
use serde::Serialize;

use crate::aws::{Account, read_the_table};
use crate::cli::{DAY, Status, TableOrJson};
use crate::env;
use crate::failure::{ExitStatus, Failure};
use crate::i18n::{self, counted, said, tr};
use crate::terminal::{BOLD, ERROR, Terminal, styled, table};

/// So long the age of a queue's oldest message is waited for: the rest is not to wait for what is only good to know.
const PATIENCE: Duration = Duration::from_secs(3);

/// The states of a case that somebody may have to act on or wait for, as the table names them.
const STATES: [&str; 4] = ["open", "resending", "resent", "parked"];

/// Prints the state of a deployment.
pub(crate) async fn run(args: &Status, terminal: &mut Terminal) -> Result<ExitStatus, Failure> {
    let account = Account::open(&args.stack).await?;
    // What it waits for at once is large: kept off the stack.
    let state = Box::pin(State::read(&account)).await?;
    match args.output {
        TableOrJson::Json => terminal.json(&state)?,
        TableOrJson::Table => terminal.print(&state.to_text(i18n::lang()))?,
    }
    Ok(ExitStatus::Good)
}

#[derive(Debug, Serialize)]
struct State {
    queues: Vec<Queue>,
    invoices: Invoices,
    cases: Vec<Cases>,
}

/// SQS counts approximately.
#[derive(Debug, Serialize)]
pub(crate) struct Queue {
    pub(crate) name: String,
    /// Waiting to be received.
    pub(crate) visible: u64,
    /// Received, and not yet deleted.
    pub(crate) in_flight: u64,
    /// Not to be received yet.
    pub(crate) delayed: u64,
    /// The age of the oldest message in seconds, as CloudWatch had it some minutes ago; none where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) oldest_seconds: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Invoices {
    table: String,
    /// Stored today (UTC), counted now.
    today: u64,
    /// There are more than were counted.
    #[serde(skip_serializing_if = "is_false")]
    and_more: bool,
    /// All items as DynamoDB last counted them, some hours ago at most; parts of large bodies included.
    items: Option<i64>,
}

/// How many cases are in a state, and the one that has been in it longest.
#[derive(Debug, Serialize)]
pub(crate) struct Cases {
    pub(crate) state: &'static str,
    pub(crate) count: u64,
    /// There are more than were counted.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) and_more: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) oldest: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// A count, and a plus where there are more.
fn at_least(count: u64, and_more: bool) -> String {
    format!("{count}{}", if and_more { "+" } else { "" })
}

impl State {
    async fn read(account: &Account) -> Result<Self, Failure> {
        let [intake, unprocessed, dead] =
            ["invoices", "invoices-unprocessed", "invoices-dlq"].map(|name| account.name(name));
        let cases = account.name("InvalidMessages");
        let (intake, unprocessed, dead, invoices, open, resending, resent, parked) = tokio::try_join!(
            queue(account, &intake),
            queue(account, &unprocessed),
            queue(account, &dead),
            invoices(account),
            in_state(account, &cases, STATES[0]),
            in_state(account, &cases, STATES[1]),
            in_state(account, &cases, STATES[2]),
            in_state(account, &cases, STATES[3]),
        )?;
        Ok(Self {
            queues: vec![intake, unprocessed, dead],
            invoices,
            cases: vec![open, resending, resent, parked],
        })
    }

    fn to_text(&self, lang: Lang) -> String {
        let queues = self.queues.iter().map(|queue| {
            let Queue { name, visible, in_flight, delayed, oldest_seconds } = queue;
            let oldest = oldest_seconds.map_or("-".to_owned(), |seconds| seconds.to_string());
            [name.clone(), visible.to_string(), in_flight.to_string(), delayed.to_string(), oldest]
        });
        let headings = tr(
            lang,
            ["queue", "visible", "in flight", "delayed", "oldest (s)"],
            ["cola", "visibles", "en proceso", "demorados", "más antiguo (s)"],
        );
        let mut text = table(headings, queues);

        let Invoices { table: name, today, and_more, items } = &self.invoices;
        let items = items.map_or("-".to_owned(), |items| items.to_string());
        text.push('\n');
        let headings = tr(
            lang,
            ["table", "stored today", "items (at the last count)"],
            ["tabla", "aceptadas hoy", "elementos (último recuento)"],
        );
        text.push_str(&table(headings, [[name.clone(), at_least(*today, *and_more), items]]));

        text.push('\n');
        let cases = self.cases.iter().map(|cases| {
            let oldest = cases.oldest.clone().unwrap_or_else(|| "-".to_owned());
            [cases.state.to_owned(), at_least(cases.count, cases.and_more), oldest]
        });
        let headings = tr(lang, ["cases", "count", "oldest"], ["casos", "cantidad", "más antiguo"]);
        text.push_str(&table(headings, cases));

        let open: u64 =
            self.cases.iter().filter(|cases| cases.state == "open").map(|cases| cases.count).sum();
        let verdict = if open == 0 {
            styled(BOLD, tr(lang, "nothing is held", "no hay nada en revisión"))
        } else {
            let en =
                ("message is held and waits for a correction", "messages are held and wait for a correction");
            let es = (
                "mensaje en revisión, pendiente de corregir",
                "mensajes en revisión, pendientes de corregir",
            );
            styled(ERROR, &counted(open, lang, en, es))
        };
        write!(text, "\n{verdict}\n").ok();
        text
    }
}

/// How many messages are in a queue.
pub(crate) async fn queue(account: &Account, name: &str) -> Result<Queue, Failure> {
    let url = account.queue_url(name).await?;
    let [visible, in_flight, delayed] = [
        QueueAttributeName::ApproximateNumberOfMessages,
        QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        QueueAttributeName::ApproximateNumberOfMessagesDelayed,
    ];
    let wanted = vec![visible.clone(), in_flight.clone(), delayed.clone()];
    let reply =
        account.sqs.get_queue_attributes().queue_url(url).set_attribute_names(Some(wanted)).send().await;
    let reply = reply.map_err(|error| {
        account
            .failed(&said(format!("look at the queue {name}"), format!("consultar la cola {name}")), &error)
    })?;
    let count = |attribute: &QueueAttributeName| -> u64 {
        let value = reply.attributes().and_then(|attributes| attributes.get(attribute));
        value.and_then(|value| value.parse().ok()).unwrap_or_default()
    };
    let [visible, in_flight, delayed] = [&visible, &in_flight, &delayed].map(count);
    let is_empty = visible + in_flight + delayed == 0;
    let oldest_seconds = if is_empty { None } else { oldest_in(account, name).await };
    Ok(Queue { name: name.to_owned(), visible, in_flight, delayed, oldest_seconds })
}

/// The age of a queue's oldest message in seconds. SQS reports it to CloudWatch alone, once a minute. It is good to know and no
/// more: who may not ask, or gets no answer, sees the rest.
async fn oldest_in(account: &Account, queue: &str) -> Option<u64> {
    let now = env::now().unix_timestamp();
    let asked = account
        .cloudwatch
        .get_metric_statistics()
        .namespace("AWS/SQS")
        .metric_name("ApproximateAgeOfOldestMessage")
        .dimensions(Dimension::builder().name("QueueName").value(queue).build())
        .start_time(DateTime::from_secs(now - 900))
        .end_time(DateTime::from_secs(now))
        .period(60)
        .statistics(Statistic::Maximum)
        .send();
    // Its state is large: kept off the stack.
    let reply = tokio::time::timeout(PATIENCE, Box::pin(asked)).await.ok()?.ok()?;
    let newest = reply.datapoints().iter().max_by_key(|it| it.timestamp().map(DateTime::secs))?;
    // An age in whole seconds, though CloudWatch has floating point alone.
    format!("{:.0}", newest.maximum()?).parse().ok()
}

async fn invoices(account: &Account) -> Result<Invoices, Failure> {
    let table = account.name("Invoices");
    // Who may not ask for it is shown the rest. What else is wrong, the query fails by too.
    let described = account.dynamodb.describe_table().table_name(&table).send().await.ok();
    let items = described.and_then(|described| described.table()?.item_count());
    let today = env::today()
        .format(DAY)
        .map_err(|error| Failure::to(said("write a day", "escribir un día")).because(error))?;
    let Count { lines: today, and_more, .. } = stored_on(account, &table, &today).await?;
    Ok(Invoices { table, today, and_more, items })
}

/// What was counted under a key of an index.
pub(crate) struct Count {
    pub(crate) lines: u64,
    /// There are more: so many were counted before it took too long.
    pub(crate) and_more: bool,
    /// The first place in the index's order.
    pub(crate) first: Option<String>,
}

/// The most pages that are read of a slot: ninety-six of a key, which are some hundred thousand lines.
const SLOT_PAGES_MAX: usize = 6;

/// How many invoices were stored on a day, `2026-11-24`.
pub(crate) async fn stored_on(account: &Account, table: &str, day: &str) -> Result<Count, Failure> {
    count(account, table, ("by_day", "day_slot", "stored_at"), day).await
}

/// The cases in a state.
pub(crate) async fn in_state(account: &Account, table: &str, state: &'static str) -> Result<Cases, Failure> {
    let Count { lines: count, and_more, first } =
        count(account, table, ("by_state", "state_slot", "last_seen"), state).await?;
    Ok(Cases { state, count, and_more, oldest: first })
}

/// Counts the slots of a key side by side.
async fn count(
    account: &Account,
    table: &str,
    index: (&str, &str, &str),
    key: &str,
) -> Result<Count, Failure> {
    let counting = (0..SLOTS).map(|slot| count_slot(account, table, index, slotted(key, slot)));
    let slots = try_join_all(counting).await?;
    Ok(Count {
        lines: slots.iter().map(|slot| slot.lines).sum(),
        and_more: slots.iter().any(|slot| slot.and_more),
        first: slots.into_iter().filter_map(|slot| slot.first).min(),
    })
}

async fn count_slot(
    account: &Account,
    table: &str,
    (index, key_name, order): (&str, &str, &str),
    key: String,
) -> Result<Count, Failure> {
    let mut pages = account
        .dynamodb
        .query()
        .table_name(table)
        .index_name(index)
        .key_condition_expression(format!("{key_name} = :key"))
        // No more than the policy of reviewers lets through.
        .select(Select::SpecificAttributes)
        .projection_expression(order)
        .expression_attribute_values(":key", AttributeValue::S(key))
        .into_paginator()
        .send();
    let mut counted = Count { lines: 0, and_more: false, first: None };
    for read in 1..=SLOT_PAGES_MAX {
        let Some(page) = pages.next().await else { break };
        let page = page.map_err(|error| account.failed(&read_the_table(table), &error))?;
        counted.lines += u64::try_from(page.count()).unwrap_or_default();
        let first = page.items().first().and_then(|item| item.get(order)?.as_s().ok());
        counted.first = counted.first.or_else(|| first.cloned());
        counted.and_more = read == SLOT_PAGES_MAX && page.last_evaluated_key().is_some();
    }
    Ok(counted)
}
