//! `publish --kafka`, as the user types it.
#![expect(
    clippy::doc_markdown,
    reason = "these comments are the help page, where backticks would stand as they are"
)]

use clap::Args;

/// Where invoices go instead of to the queue.
#[derive(Debug, Args)]
#[command(next_help_heading = "Kafka")]
pub(crate) struct ToKafka {
    /// Send to a topic of Kafka instead of the queue; its brokers, for example localhost:9092
    ///
    /// The invoices of one seller go to one partition, in their order. AWS settings are not needed then.
    #[arg(long = "kafka", value_name = "HOST:PORT,…", value_delimiter = ',')]
    pub(crate) brokers: Vec<String>,

    /// The topic
    #[arg(long, requires = "brokers", default_value = "invoices")]
    pub(crate) topic: String,

    /// The brokers speak TLS, with a certificate that this machine trusts
    #[arg(long = "kafka-tls", requires = "brokers")]
    pub(crate) tls: bool,

    /// The user for SASL/SCRAM-SHA-512; the password is in ADUANA_KAFKA_PASSWORD
    #[arg(long = "kafka-user", value_name = "USER", requires = "brokers")]
    pub(crate) user: Option<String>,
}

impl ToKafka {
    /// Whether Kafka was asked for.
    pub(crate) const fn is_asked_for(&self) -> bool {
        !self.brokers.is_empty()
    }
}
