//! What was asked and answered, counted for whoever watches.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body::Body;
use octocrab::FromResponse;

/// What was asked of GitHub since the process began.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Answers by their status; 0 where none came, or none that can be read.
    pub answers: BTreeMap<u16, u64>,
    /// How many requests the limit still allowed when GitHub last said so.
    pub left: Option<u64>,
}

/// What an App and everything that it hands out have asked together.
#[derive(Debug, Clone, Default)]
pub(super) struct Counter(Arc<Mutex<Traffic>>);

impl Counter {
    pub(super) fn read(&self) -> Traffic {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Counts an answer, and hands on what is in it.
    pub(super) fn count<T>(
        &self,
        answer: Result<Answered<T>, octocrab::Error>,
    ) -> Result<T, octocrab::Error> {
        let (status, left) = match &answer {
            Ok(answered) => (answered.status, answered.left),
            Err(octocrab::Error::GitHub { source, .. }) => {
                (source.status_code.as_u16(), source.headers.as_ref().and_then(remaining))
            }
            Err(_) => (0, None),
        };
        let mut traffic = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *traffic.answers.entry(status).or_default() += 1;
        traffic.left = left.or(traffic.left);
        answer.map(|answered| answered.content)
    }
}

/// An answer with what its head says.
pub(super) struct Answered<T> {
    content: T,
    status: u16,
    left: Option<u64>,
}

impl<T: FromResponse> FromResponse for Answered<T> {
    async fn from_response<B>(response: Response<B>) -> octocrab::Result<Self>
    where
        B: Body<Data = Bytes, Error = octocrab::Error> + Send,
    {
        let (status, left) = (response.status().as_u16(), remaining(response.headers()));
        Ok(Self { content: T::from_response(response).await?, status, left })
    }
}

fn remaining(headers: &HeaderMap) -> Option<u64> {
    headers.get("x-ratelimit-remaining")?.to_str().ok()?.parse().ok()
}
