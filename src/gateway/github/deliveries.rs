//! The log of what GitHub sent an App, in which what was lost is found again.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use octocrab::Page;
use serde::Deserialize;
use serde_json::Value;

use super::app::{App, InstallationId};
use super::wire::Ignored;
use super::{GitHubError, api::PAGE};

/// One attempt to deliver something. A repeated attempt is another one with the same `guid`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The attempt's id.
    pub id: DeliveryId,
    /// What `X-GitHub-Delivery` says, in each attempt alike.
    pub guid: String,
    /// When it was sent.
    pub delivered_at: SystemTime,
    /// Whether it was sent again on request.
    pub redelivery: bool,
    /// What the receiver answered; 0 when nothing.
    pub status: u16,
    /// What `X-GitHub-Event` says.
    pub event: String,
    /// The event's action, where it has one.
    pub action: Option<String>,
    /// The installation that it is about.
    pub installation: Option<InstallationId>,
}

impl Delivery {
    /// Whether the receiver took it.
    #[must_use]
    pub fn arrived(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// The id of an attempt to deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(transparent)]
pub struct DeliveryId(pub u64);

impl App {
    /// What was sent at `since` or later, newest first. GitHub keeps it for three days.
    pub async fn deliveries(&self, since: SystemTime) -> Result<Vec<Delivery>, GitHubError> {
        let first = format!("/app/hook/deliveries?per_page={PAGE}");
        let mut deliveries = Vec::new();
        let mut path = first.clone();
        loop {
            let page: Page<DeliveryAnswer> = self.api.get(&path).await?;
            let cursor = page.next.as_ref().and_then(|uri| cursor(uri.query()?));
            let all = page.items.into_iter().map(Delivery::from);
            let before = deliveries.len();
            let mut ended = false;
            deliveries.extend(all.take_while(|one| {
                ended = one.delivered_at < since;
                !ended
            }));
            // A page on which nothing is leads nowhere.
            let Some(cursor) = cursor.filter(|_| !ended && deliveries.len() > before) else {
                return Ok(deliveries);
            };
            path = format!("{first}&{cursor}");
        }
    }

    /// What was sent: the body of the request.
    pub async fn delivery(&self, id: DeliveryId) -> Result<Value, GitHubError> {
        let path = format!("/app/hook/deliveries/{}", id.0);
        Ok(self.api.get::<ContentAnswer>(&path).await?.request.payload)
    }

    /// Has GitHub send it again. Who receives it twice knows it by its `guid`.
    pub async fn redeliver(&self, id: DeliveryId) -> Result<(), GitHubError> {
        let path = format!("/app/hook/deliveries/{}/attempts", id.0);
        self.api.patience.keep(|| self.api.post_nothing::<Ignored>(&path)).await.map(drop)
    }
}

/// The place in a query that says where the next page begins, escaped as GitHub wrote it.
fn cursor(query: &str) -> Option<String> {
    query.split('&').find(|pair| pair.starts_with("cursor=")).map(str::to_owned)
}

#[derive(Debug, Deserialize)]
struct DeliveryAnswer {
    id: DeliveryId,
    guid: String,
    delivered_at: DateTime<Utc>,
    redelivery: bool,
    status_code: u16,
    event: String,
    action: Option<String>,
    installation_id: Option<InstallationId>,
}

impl From<DeliveryAnswer> for Delivery {
    fn from(answer: DeliveryAnswer) -> Self {
        Self {
            id: answer.id,
            guid: answer.guid,
            delivered_at: answer.delivered_at.into(),
            redelivery: answer.redelivery,
            status: answer.status_code,
            event: answer.event,
            action: answer.action,
            installation: answer.installation_id,
        }
    }
}

#[derive(Debug, Deserialize)]
struct ContentAnswer {
    request: RequestAnswer,
}

#[derive(Debug, Deserialize)]
struct RequestAnswer {
    payload: Value,
}
