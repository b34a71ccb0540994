//! `confiture bot jobs`: what waits and what failed, beside a bot that runs or without one.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::{BotError, own_server};
use crate::config::BotSettings;
use crate::gateway::postgres::Target;
use crate::gateway::scratch::DurableServer;
use crate::gateway::store::{Store, StoreError};
use crate::model::job::{JobFacts, Retry};

/// The bot's state, for one question.
pub struct State {
    store: Store,
    /// The bot's own server, when it had to be started for that.
    own: Option<DurableServer>,
}

impl State {
    /// Opens the state that the settings name. The bot's own server is used where it runs, else started.
    pub async fn open(path: &Utf8Path, variables: &BTreeMap<String, String>) -> Result<Self, BotError> {
        let text = fs_err::read_to_string(path)
            .map_err(|source| BotError::Read { path: path.to_owned(), source })?;
        let settings = BotSettings::parse(path, &text, variables)?;
        if let Some(url) = &settings.state_url {
            let store = Store::open(&Target::from_url(url)?).await?;
            return Ok(Self { store, own: None });
        }
        let directory = path.parent().unwrap_or(Utf8Path::new(".")).join(&settings.data_dir);
        if let Some(target) = DurableServer::of_another(directory.as_std_path())
            && let Ok(store) = Store::open(&target).await
        {
            return Ok(Self { store, own: None });
        }
        let Some(own) = own_server(path, &settings, variables).await? else { unreachable!() };
        Ok(Self { store: Store::open(own.target()).await?, own: Some(own) })
    }

    /// The jobs in these states.
    pub async fn jobs(&self, states: &[&str]) -> Result<Vec<JobFacts>, StoreError> {
        self.store.jobs(states).await
    }

    /// Has failed jobs done again: these, or all.
    pub async fn retry(&self, jobs: Option<&[i64]>) -> Result<Vec<Retry>, StoreError> {
        self.store.retry_jobs(jobs).await
    }

    /// Closes it, and ends the server that was started for it.
    pub async fn close(self) {
        drop(self.store);
        if let Some(own) = self.own {
            own.stop().await;
        }
    }
}
