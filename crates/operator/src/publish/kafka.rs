//! The intake topic on Kafka.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use rskafka::BackoffConfig;
use rskafka::client::error::{Error as KafkaError, ProtocolError};
use rskafka::client::partition::{Compression, PartitionClient, UnknownTopicHandling};
use rskafka::client::{Client, ClientBuilder, Credentials, SaslConfig};
use rskafka::record::Record;
use rustls::{ClientConfig, RootCertStore};

use super::outgoing::{Outgoing, Transport};
use super::sender::{Answer, Outbox};
use crate::cli::ToKafka;
use crate::env;
use crate::failure::Failure;
use crate::i18n::said;

/// How long a broker may be out of reach, or without a leader for a partition, before that is reported.
const PATIENCE: Duration = Duration::from_secs(15);
/// Never on the command line, where others see it.
const PASSWORD: &str = "ADUANA_KAFKA_PASSWORD";

/// The topic that the validator reads.
pub(super) struct IntakeTopic {
    brokers: String,
    topic: String,
    partitions: BTreeMap<i32, PartitionClient>,
}

impl IntakeTopic {
    /// Finds the topic and its partitions. It is not made: how many partitions it has is somebody's decision.
    pub(super) async fn find(to: &ToKafka) -> Result<Self, Failure> {
        let brokers = to.brokers.join(",");
        let topic = to.topic.clone();
        let what = said(format!("reach Kafka at {brokers}"), format!("acceder a Kafka en {brokers}"));
        let client = connect(to, &what).await?;
        let topics = client.list_topics().await;
        let topics = topics.map_err(|error| Failure::to(what).because(reason(&error)))?;
        let Some(found) = topics.into_iter().find(|it| it.name == topic) else {
            return Err(Failure::to(said(
                format!("find the topic {topic}"),
                format!("encontrar el tema {topic}"),
            ))
            .because(said(
                format!("there is none of that name at {brokers}"),
                format!("no hay ninguno con ese nombre en {brokers}"),
            ))
            .help(said(
                "name it with --topic, or have it made",
                "indíquelo con --topic, o pida que lo creen",
            )));
        };
        let mut partitions = BTreeMap::new();
        for number in found.partitions {
            let window_update = client.partition_client(&topic, number, UnknownTopicHandling::Error);
            let opened = window_update.await.map_err(|error| {
                Failure::to(said(
                    format!("open partition {number} of the topic {topic}"),
                    format!("abrir la partición {number} del tema {topic}"),
                ))
                .because(reason(&error))
            })?;
            partitions.insert(number, opened);
        }
        Ok(Self { brokers, topic, partitions })
    }

    pub(super) fn name(&self) -> String {
        said(format!("the topic {}", self.topic), format!("el tema {}", self.topic))
    }

    /// One seller, one partition, so that its invoices keep their order; what has no seller is spread.
    fn partition(&self, index: usize, message: &Outgoing) -> Option<(i32, &PartitionClient)> {
        let digits = message.group.as_deref().and_then(|group| group.get(..8));
        let by_seller = digits.and_then(|digits| usize::from_str_radix(digits, 16).ok());
        let at = by_seller.unwrap_or(index).checked_rem(self.partitions.len())?;
        self.partitions.iter().nth(at).map(|(number, client)| (*number, client))
    }

    /// Appends to a partition, and waits until all its replicas in sync have it: one answer a message.
    ///
    /// A broker refuses a batch for one record that is too large: then each goes by itself. What goes twice by that is
    /// judged twice, and stored once.
    async fn append(
        &self,
        (number, client): (i32, &PartitionClient),
        messages: &[&Outgoing],
    ) -> Result<Vec<Answer>, Failure> {
        let records = messages.iter().map(|message| record(message)).collect();
        match client.produce(records, Compression::NoCompression).await {
            Ok(offsets) => {
                let sent = |offset| Answer::Sent { message_id: format!("{}-{number}:{offset}", self.topic) };
                Ok(offsets.into_iter().map(sent).collect())
            }
            Err(KafkaError::ServerError { .. }) if messages.len() > 1 => {
                let mut answers = Vec::with_capacity(messages.len());
                for message in messages {
                    answers.extend(Box::pin(self.append((number, client), &[*message])).await?);
                }
                Ok(answers)
            }
            Err(error @ KafkaError::ServerError { .. }) => {
                let lasting = is_lasting(&error);
                Ok(vec![Answer::Refused { reason: reason(&error), lasting }])
            }
            Err(error) => Err(Failure::to(said(
                format!("send to the topic {} at {}", self.topic, self.brokers),
                format!("enviar al tema {} en {}", self.topic, self.brokers),
            ))
            .because(reason(&error))),
        }
    }
}

impl Outbox for IntakeTopic {
    fn transport(&self) -> Transport {
        Transport::Kafka
    }

    async fn send(&self, batch: &[&Outgoing]) -> Result<Vec<Answer>, Failure> {
        let mut by_partition: BTreeMap<i32, (&PartitionClient, Vec<usize>)> = BTreeMap::new();
        for (index, message) in batch.iter().enumerate() {
            if let Some((number, client)) = self.partition(index, message) {
                by_partition.entry(number).or_insert_with(|| (client, Vec::new())).1.push(index);
            }
        }
        let mut answers = BTreeMap::new();
        for (number, (client, indices)) in by_partition {
            let messages: Vec<&Outgoing> =
                indices.iter().filter_map(|index| batch.get(*index)).copied().collect();
            answers.extend(indices.into_iter().zip(self.append((number, client), &messages).await?));
        }
        let unanswered =
            || Answer::Refused { reason: "the broker did not answer for it".to_owned(), lasting: false };
        Ok((0..batch.len()).map(|index| answers.remove(&index).unwrap_or_else(unanswered)).collect())
    }
}

/// The invoice's exact bytes, under its seller's digest as key.
fn record(message: &Outgoing) -> Record {
    Record {
        key: message.group.clone().map(String::into_bytes),
        value: Some(message.body.clone()),
        headers: BTreeMap::new(),
        timestamp: DateTime::from_timestamp_millis(env::now_ms()).unwrap_or_default(),
    }
}

async fn connect(to: &ToKafka, what: &str) -> Result<Client, Failure> {
    // Without a deadline it would try for ever.
    let backoff = BackoffConfig { deadline: Some(PATIENCE), ..BackoffConfig::default() };
    let mut builder = ClientBuilder::new(to.brokers.clone()).client_id("aduana").backoff_config(backoff);
    if to.tls {
        let config = tls().map_err(|error| Failure::to(what).because(error))?;
        builder = builder.tls_config(Arc::new(config));
    }
    if let Some(user) = &to.user {
        let password = env::variable(PASSWORD).ok_or_else(|| {
            Failure::to(what)
                .because(said(
                    "there is no password for the user of --kafka-user",
                    "falta la contraseña del usuario de --kafka-user",
                ))
                .help(said(
                    format!("put it into the environment variable {PASSWORD}"),
                    format!("póngala en la variable de entorno {PASSWORD}"),
                ))
        })?;
        builder = builder.sasl_config(SaslConfig::ScramSha512(Credentials::new(user.clone(), password)));
    }
    builder.build().await.map_err(|error| {
        Failure::to(what).because(reason(&error)).help(said(
            "check the addresses; brokers that want TLS need --kafka-tls, those that want a password --kafka-user",
            "revise las direcciones; si piden TLS use --kafka-tls, si piden contraseña --kafka-user",
        ))
    })
}

/// The certificates that this machine trusts.
fn tls() -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// What sending it again does not help.
fn is_lasting(error: &KafkaError) -> bool {
    let KafkaError::ServerError { protocol_error, .. } = error else { return false };
    matches!(
        protocol_error,
        ProtocolError::MessageTooLarge
            | ProtocolError::RecordListTooLarge
            | ProtocolError::InvalidRecord
            | ProtocolError::CorruptMessage
            | ProtocolError::TopicAuthorizationFailed
            | ProtocolError::InvalidTopicException
    )
}

/// An error in words: a broker's own, without what was asked.
fn reason(error: &KafkaError) -> String {
    match error {
        KafkaError::ServerError { protocol_error, error_message: Some(message), .. } => {
            format!("{message} ({protocol_error:?})")
        }
        KafkaError::ServerError { protocol_error, .. } => {
            format!("the broker refused it ({protocol_error:?})")
        }
        other => other.to_string(),
    }
}
