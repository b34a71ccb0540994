//! GitHub's API as JSON in and out, asked patiently.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use octocrab::service::middleware::retry::RetryConfig;
use octocrab::{
    DefaultOctocrabBuilderConfig, FromResponse, NoAuth, NoSvc, NotLayerReady, Octocrab, OctocrabBuilder, Page,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::traffic::Counter;
use super::{GitHubError, Patience};

/// How many things GitHub puts on one page at most.
pub(super) const PAGE: usize = 100;

/// The API at one address with one right to it.
#[derive(Clone)]
pub(super) struct Api {
    client: Octocrab,
    pub(super) patience: Patience,
    pub(super) counter: Counter,
}

/// The body of an answer, as it comes.
pub(super) type Body = BoxBody<Bytes, octocrab::Error>;

/// A client that is being made.
pub(super) type Builder = OctocrabBuilder<NoSvc, DefaultOctocrabBuilderConfig, NoAuth, NotLayerReady>;

impl Api {
    /// Makes a client for the API at `address`; `authorize` says by which right it asks.
    ///
    /// Must be called inside a tokio runtime.
    pub(super) fn connect(
        address: &str,
        authorize: impl FnOnce(Builder) -> Builder,
    ) -> Result<Self, GitHubError> {
        let refused = |error: octocrab::Error| GitHubError::Client {
            address: address.to_owned(),
            reason: error.to_string().lines().next().unwrap_or_default().to_owned(),
        };
        let client = authorize(Octocrab::builder())
            .base_uri(address)
            .map_err(refused)?
            // Asking again is done here: octocrab would also repeat what must not be done twice.
            .add_retry_config(RetryConfig::None)
            .set_connect_timeout(Some(Duration::from_secs(10)))
            .set_read_timeout(Some(Duration::from_secs(30)))
            .set_write_timeout(Some(Duration::from_secs(30)))
            .build()
            .map_err(refused)?;
        Ok(Self { client, patience: Patience::default(), counter: Counter::default() })
    }

    pub(super) async fn get<T: FromResponse>(&self, path: &str) -> Result<T, GitHubError> {
        let ask = || async { Ok(self.counter.count(self.client.get(path, None::<&()>).await)?) };
        self.patience.keep(ask).await
    }

    /// The same with a query, which may hold any text.
    pub(super) async fn get_with<T: FromResponse>(
        &self,
        path: &str,
        query: &(impl Serialize + Sync),
    ) -> Result<T, GitHubError> {
        let ask = || async { Ok(self.counter.count(self.client.get(path, Some(query)).await)?) };
        self.patience.keep(ask).await
    }

    /// Everything of a list, page for page.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Vec<T>, GitHubError> {
        let mut items = Vec::new();
        for page in 1_u32.. {
            let (size, page) = (PAGE.to_string(), page.to_string());
            let query = [query, &[("per_page", size.as_str()), ("page", page.as_str())]].concat();
            let answer: Page<T> = self.get_with(path, &query).await?;
            items.extend(answer.items);
            if answer.next.is_none() {
                break;
            }
        }
        Ok(items)
    }

    /// An answer whose body is yet to come, wherever GitHub sends for it. Another host does not see the token.
    pub(super) async fn open(&self, path: &str) -> Result<Body, GitHubError> {
        let response = octocrab::map_github_error(self.client._get(path).await?).await?;
        Ok(response.into_body())
    }

    /// Asks once, for it may not be done twice.
    pub(super) async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, GitHubError> {
        Ok(self.counter.count(self.client.post(path, Some(body)).await)?)
    }

    /// The same without a body.
    pub(super) async fn post_nothing<T: DeserializeOwned>(&self, path: &str) -> Result<T, GitHubError> {
        Ok(self.counter.count(self.client.post(path, None::<&()>).await)?)
    }

    /// Asks once, for it may not be done twice.
    pub(super) async fn patch<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &Value,
    ) -> Result<T, GitHubError> {
        Ok(self.counter.count(self.client.patch(path, Some(body)).await)?)
    }
}
