//! The redrive's client over a [`Deployment`].

use std::sync::Arc;

use aduana_redrive::client::{Client, ClientError, Refusal, Transport, UNREADABLE_HELP};
use aduana_redrive::request::Request;

use crate::deployment::{ApiError, Deployment, Kind};

/// How many answers to `groups` are added up at most. One reads as many cases as some megabytes hold.
pub(crate) const GROUP_ANSWERS_MAX: usize = 8;

/// A client in the language of a request.
pub(crate) type RedriveClient = Client<Over>;

/// The way over a deployment.
pub(crate) struct Over(pub(crate) Arc<dyn Deployment>);

impl Transport for Over {
    type Error = ApiError;

    async fn send(&self, request: &Request) -> Result<Vec<u8>, ApiError> {
        self.0.ask(request).await
    }
}

impl From<ClientError<ApiError>> for ApiError {
    fn from(error: ClientError<ApiError>) -> Self {
        let message = error.to_string();
        match error {
            ClientError::Transport(error) => error,
            ClientError::Refused { refusal, .. } => {
                let kind = refusal.code().map_or(Kind::Failed, Kind::Refused);
                let Refusal { message, help, .. } = refusal;
                Self { kind, message, help: (!help.is_empty()).then_some(help) }
            }
            ClientError::Unreadable { .. } => {
                Self { kind: Kind::Failed, message, help: Some(UNREADABLE_HELP.to_owned()) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use aduana_redrive::request::Query;
    use serde_json::json;

    use super::*;
    use crate::fake_deployment::{self, now};

    #[test]
    fn eight_answers_to_groups_are_added_up_and_of_a_ninth_it_is_known_that_there_is_one() {
        for (answers, added, and_more) in [(7, 7, false), (8, 8, false), (9, 8, true)] {
            let (redrive_client, fake_deployment) = fake_deployment::redrive_client(
                move |nth| json!({ "groups": [], "cases": 1, "cursor": (nth < answers).then_some("on") }),
            );
            let groups = now(redrive_client.groups(Query::default(), GROUP_ANSWERS_MAX)).unwrap();
            assert_eq!((fake_deployment.asked(), groups.cases), (added, added as u64));
            assert_eq!(groups.cursor.is_some(), and_more, "{answers}");
        }
        assert_eq!(GROUP_ANSWERS_MAX, 8);
    }

    #[test]
    fn a_refusal_is_one_whatever_its_code() {
        for (code, kind) in [
            ("Claimed", Kind::Refused(aduana_redrive::answer::Code::Claimed)),
            ("OfALaterVersion", Kind::Failed),
        ] {
            let (redrive_client, _) = fake_deployment::redrive_client(
                move |_| json!({ "error": { "code": code, "message": "no", "help": "wait" } }),
            );
            let error = now(redrive_client.groups(Query::default(), 1)).unwrap_err();
            let expected = ApiError { kind, message: "no".to_owned(), help: Some("wait".to_owned()) };
            assert_eq!(ApiError::from(error), expected);
        }
    }
}
