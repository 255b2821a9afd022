//! What all requests share.

use std::sync::Arc;

use aduana_invoice::{Lang, Validator};

use crate::deployment::Deployment;
use crate::gate::Gate;
use crate::memory::Memory;
use crate::redrive_client::{Over, RedriveClient};
use crate::runs::Runs;

pub(crate) type Shared = Arc<Inner>;

pub(crate) struct Inner {
    pub(crate) deployment: Arc<dyn Deployment>,
    /// The language that the program was started with, if any.
    pub(crate) lang: Option<Lang>,
    /// To fill in values of violations; whether an invoice is valid is asked of the deployment.
    pub(crate) validator: Validator,
    pub(crate) gate: Gate,
    pub(crate) memory: Memory,
    pub(crate) runs: Runs,
}

impl Inner {
    /// The client of the redrive function, in this language, for the session's reason.
    pub(crate) fn client(&self, lang: Lang) -> RedriveClient {
        let over = Over(self.deployment.clone());
        RedriveClient::new(over, self.deployment.actor().to_owned(), lang).for_reason(self.memory.reason())
    }
}
