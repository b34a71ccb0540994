//! Taking deliveries: checked, kept, answered. No work is done before the answer.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::signature;
use crate::gateway::store::{Arrival, Delivery, Inbox};

/// GitHub never sends more.
const LARGEST: usize = 25 * 1024 * 1024;
/// GitHub waits ten seconds for the answer.
const LONGEST_BODY: Duration = Duration::from_secs(9);
/// What all bodies that are being taken may have together, in kilobytes.
const ALL_BODIES: usize = 256 * 1024;
/// A GUID has 36 characters.
const LONGEST_ID: usize = 100;

/// What taking deliveries needs.
#[derive(Debug)]
pub(super) struct Receiver {
    secrets: Vec<SecretString>,
    inbox: Inbox,
    /// Memory that is left for bodies, in kilobytes.
    room: Semaphore,
}

/// Why a delivery is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Refusal {
    #[error("the signature in X-Hub-Signature-256 is missing or wrong")]
    Signature,
    #[error("the body has more than 25 MB")]
    TooLarge,
    #[error("the body did not come in time")]
    TooSlow,
    #[error("the body broke off")]
    Broken,
    #[error("the headers X-GitHub-Event and X-GitHub-Delivery are wanted")]
    Headers,
    #[error("application/json is wanted: set the webhook's content type to it")]
    ContentType,
    #[error("the body is no JSON object")]
    Json,
    #[error("the delivery could not be kept; deliver it again")]
    NotKept,
}

impl Refusal {
    const fn status(self) -> StatusCode {
        match self {
            Self::Signature => StatusCode::UNAUTHORIZED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Broken | Self::Headers | Self::Json => StatusCode::BAD_REQUEST,
            Self::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NotKept => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl Receiver {
    pub(super) fn new(secrets: Vec<SecretString>, inbox: Inbox) -> Self {
        Self { secrets, inbox, room: Semaphore::new(ALL_BODIES) }
    }

    async fn take(&self, headers: &HeaderMap, body: Body) -> Result<Arrival, Refusal> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        // Nothing is read for whoever does not even claim to be GitHub.
        let claimed = header("x-hub-signature-256").ok_or(Refusal::Signature)?;
        let length = header(header::CONTENT_LENGTH.as_str()).and_then(|text| text.parse().ok());
        let length: usize = length.unwrap_or(LARGEST);
        if length > LARGEST {
            return Err(Refusal::TooLarge);
        }
        let kilobytes = u32::try_from(length / 1024 + 1).unwrap_or(u32::MAX);
        let _room = self.room.acquire_many(kilobytes).await.map_err(|_| Refusal::NotKept)?;
        let body = timeout(LONGEST_BODY, to_bytes(body, length)).await.map_err(|_| Refusal::TooSlow)?;
        let payload = body.map_err(|error| Self::unread(&error))?;
        if !signature::is_right(claimed, &payload, &self.secrets) {
            return Err(Refusal::Signature);
        }
        let named = |name: &str| header(name).filter(|text| !text.is_empty() && text.len() <= LONGEST_ID);
        let (Some(event), Some(id)) = (named("x-github-event"), named("x-github-delivery")) else {
            return Err(Refusal::Headers);
        };
        let is_json = header(header::CONTENT_TYPE.as_str())
            .is_some_and(|kind| kind.split(';').next().is_some_and(|kind| kind.trim() == "application/json"));
        if !is_json {
            return Err(Refusal::ContentType);
        }
        if !is_object(&payload) {
            return Err(Refusal::Json);
        }
        let delivery = Delivery { id: id.to_owned(), event: event.to_owned(), payload };
        self.inbox.accept(delivery).await.map_err(|error| {
            tracing::error!(%error, "a delivery was not kept");
            Refusal::NotKept
        })
    }

    /// A body over the limit ends in an error of its own kind; all others broke off.
    fn unread(error: &axum::Error) -> Refusal {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(one) = cause {
            if one.to_string().contains("length limit exceeded") {
                return Refusal::TooLarge;
            }
            cause = one.source();
        }
        Refusal::Broken
    }
}

/// Whether a body is one JSON object. Nothing of it is kept in memory for that.
fn is_object(payload: &[u8]) -> bool {
    let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(payload).is_ok();
    is_json && payload.trim_ascii_start().starts_with(b"{")
}

/// `POST /webhooks`: 202 when a delivery is kept or was known, else what is wrong with it.
pub(super) async fn webhooks(
    State(receiver): State<Arc<Receiver>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match receiver.take(&headers, body).await {
        Ok(Arrival::Accepted) => (StatusCode::ACCEPTED, "accepted\n").into_response(),
        Ok(Arrival::Known) => (StatusCode::ACCEPTED, "known already\n").into_response(),
        Err(refusal) => (refusal.status(), format!("{refusal}\n")).into_response(),
    }
}
