//! The front door for webhooks: deliveries in; checks, comments and pages out.

mod check;
mod command;
mod comment;
mod conflicts;
mod job;
pub mod jobs;
mod judge;
mod metrics;
mod pages;
mod progress;
mod receiver;
mod room;
mod setup;
mod shown;
mod signature;
mod sweep;
mod tell;
mod trees;
mod worker;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use camino::{Utf8Path, Utf8PathBuf};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{BotSettings, ConfigError};
use crate::gateway::github::{App, GitHubError};
use crate::gateway::postgres::{Target, UrlError};
use crate::gateway::scratch::{self, DurableServer, ServerError};
use crate::gateway::store::{Inbox, Store, StoreError};
use crate::operation::conflict::Kept;
use job::Tools;
use pages::Links;
use receiver::Receiver;
pub use setup::{Registered, Setup, SetupError, SetupRequest};

/// How often what other processes may have brought in is looked for.
const LOOK: Duration = Duration::from_secs(1);
/// The variables that a throwaway server and its programs get to see. None of them is a secret.
const PASSED_ON: [&str; 7] =
    ["PATH", "HOME", "TMPDIR", "LANG", "XDG_CACHE_HOME", "CONFITURE_CACHE_DIR", "CONFITURE_POSTGRES_BIN"];
/// How long GitHub can deliver again, and so how long a delivery's id is kept.
const REDELIVERY: Duration = Duration::from_hours(8 * 24);
/// How often what is older is forgotten.
const SWEEP: Duration = Duration::from_hours(1);
/// How long the server of a conflict check waits for the next one.
const IDLE: Duration = Duration::from_mins(10);
/// How long work that is under way may go on when the process is asked to end.
const LAST_WORK: Duration = Duration::from_secs(25);

/// Why the bot does not run.
#[derive(Debug, thiserror::Error)]
pub enum BotError {
    /// The settings file cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A setting cannot be used.
    #[error("{0}")]
    Config(#[from] ConfigError),
    /// The state database's URL cannot be used.
    #[error("state_url: {0}")]
    Url(#[from] UrlError),
    /// The state database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bot's own server does not start.
    #[error("the bot's own PostgreSQL: {0}")]
    Server(#[from] ServerError),
    /// The App's key or the API's address cannot be used.
    #[error("github: {0}")]
    GitHub(#[from] GitHubError),
    /// Nobody can listen there.
    #[error("listening on {address}: {source}")]
    Listen {
        /// The address.
        address: String,
        /// Why.
        source: std::io::Error,
    },
}

impl BotError {
    /// What to do about it, when that is known.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        match self {
            Self::Config(error) => error.help.as_deref(),
            _ => None,
        }
    }
}

/// A bot that listens.
pub struct Bot {
    tools: Tools,
    listener: TcpListener,
    receiver: Arc<Receiver>,
    inbox: Inbox,
    pages: Router,
    /// Ends what pages wait for.
    watching: CancellationToken,
    /// What tells its workers from those of other processes.
    name: String,
    /// The server of our own that keeps the state, when nobody gave us a database.
    own: Option<DurableServer>,
}

impl Bot {
    /// Reads the settings, opens the state database and listens. From here on deliveries wait in the socket.
    pub async fn open(path: &Utf8Path, variables: &BTreeMap<String, String>) -> Result<Self, BotError> {
        let text = fs_err::read_to_string(path)
            .map_err(|source| BotError::Read { path: path.to_owned(), source })?;
        let settings = BotSettings::parse(path, &text, variables)?;
        command::check_teams(path, &settings.teams)?;
        let app = app(path, &settings)?;
        let own = own_server(path, &settings, variables).await?;
        let state = match (&own, &settings.state_url) {
            (Some(own), _) => own.target().clone(),
            (None, url) => Target::from_url(url.as_deref().unwrap_or_default())?,
        };
        let store = Store::open(&state).await?;
        let listener = TcpListener::bind(&settings.listen)
            .await
            .map_err(|source| BotError::Listen { address: settings.listen.clone(), source })?;
        let secrets = settings.github.webhook_secrets.iter().map(|one| SecretString::from(one.as_str()));
        let inbox = Inbox::start(&store);
        let receiver = Arc::new(Receiver::new(secrets.collect(), inbox.clone()));
        let variables = variables.iter().filter(|(name, _)| PASSED_ON.contains(&name.as_str()));
        let mut variables: BTreeMap<String, String> =
            variables.map(|(name, value)| (name.clone(), value.clone())).collect();
        let memory = settings.limits.scratch_memory_megabytes;
        variables.insert(scratch::MEMORY.to_owned(), memory.to_string());
        let links = Arc::new(Links::open(&store, &settings).await?);
        let (app, settings, variables) = (Arc::new(app), Arc::new(settings), Arc::new(variables));
        let durations = metrics::Durations::default();
        let kept = Arc::new(Kept::new(settings.limits.kept_servers));
        let tools = Tools { store, app, settings, links, variables, durations, kept };
        let name = tools.store.new_name().await?;
        let watching = CancellationToken::new();
        let pages = pages::routes(tools.clone(), watching.clone())?;
        Ok(Self { tools, listener, receiver, inbox, pages, watching, name, own })
    }

    /// Where it listens.
    pub fn address(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// Works until it is asked to end; then no delivery is taken any more, and what is under way ends.
    pub async fn run(self, cancel: CancellationToken) -> std::io::Result<()> {
        let tasks = TaskTracker::new();
        let (store, kept) = (self.tools.store.clone(), self.tools.kept.clone());
        tasks.spawn(work_off(store.clone(), cancel.clone()));
        let longest = Duration::from_hours(self.tools.settings.limits.keep_days.saturating_mul(24));
        tasks.spawn(forget(store.clone(), longest, cancel.clone()));
        tasks.spawn(close_idle(kept.clone(), cancel.clone()));
        tasks.spawn(tell::tell(self.tools.clone(), cancel.clone()));
        tasks.spawn(sweep::run(self.tools.clone(), self.inbox, cancel.clone()));
        for number in 0..self.tools.settings.limits.jobs {
            let name = format!("{}-{number}", self.name);
            let (tools, cancel) = (self.tools.clone(), cancel.clone());
            // A thread each: an experiment does not go from one to another.
            tasks.spawn_blocking(move || Handle::current().block_on(worker::work(tools, name, cancel)));
        }
        tasks.close();
        // Its own, for what is under way needs it to the last.
        let (own_ends, own) = (CancellationToken::new(), self.own);
        let own = own.map(|own| tokio::spawn(keep(own, own_ends.clone())));
        let (ended, watching) = (cancel.clone(), self.watching);
        let served = axum::serve(self.listener, routes(self.receiver, self.tools).merge(self.pages))
            .with_graceful_shutdown(async move {
                ended.cancelled().await;
                // A stream would never end by itself.
                watching.cancel();
            })
            .await;
        cancel.cancel();
        // What does not end in time is taken over by another process, or by the next one.
        let _ = tokio::time::timeout(LAST_WORK, tasks.wait()).await;
        kept.close_idle(Duration::ZERO).await;
        own_ends.cancel();
        if let Some(own) = own {
            let _ = own.await;
        }
        served
    }
}

/// The App, with the key that the settings have or name.
fn app(path: &Utf8Path, settings: &BotSettings) -> Result<App, BotError> {
    let github = &settings.github;
    let key = match (&github.private_key, &github.private_key_file) {
        (Some(key), _) => key.clone(),
        (None, file) => {
            let file = path.parent().unwrap_or(Utf8Path::new(".")).join(file.as_deref().unwrap_or_default());
            fs_err::read_to_string(&file).map_err(|source| BotError::Read { path: file, source })?
        }
    };
    Ok(App::connect(&github.api, github.app_id, &SecretString::from(key))?)
}

/// The server of our own, when no database is given.
async fn own_server(
    path: &Utf8Path,
    settings: &BotSettings,
    variables: &BTreeMap<String, String>,
) -> Result<Option<DurableServer>, BotError> {
    if settings.state_url.is_some() {
        return Ok(None);
    }
    let directory = path.parent().unwrap_or(Utf8Path::new(".")).join(&settings.data_dir);
    Ok(Some(DurableServer::start(directory.as_std_path(), variables).await?))
}

fn routes(receiver: Arc<Receiver>, tools: Tools) -> Router {
    let taking = Router::new().route("/webhooks", post(receiver::webhooks)).with_state(receiver);
    let watching = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .with_state(tools.store.clone());
    let counting = Router::new().route("/metrics", get(metrics::metrics)).with_state(tools);
    taking.merge(watching).merge(counting)
}

/// `GET /readyz`: whether deliveries can be kept.
async fn ready(State(store): State<Store>) -> (StatusCode, &'static str) {
    if store.is_ready().await {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the state database does not answer\n")
    }
}

/// Keeps the server of our own alive: when its process is gone, it is started again on what it kept.
async fn keep(mut own: DurableServer, ends: CancellationToken) {
    while ends.run_until_cancelled(own.lost()).await.is_some() {
        tracing::error!("the bot's own PostgreSQL is gone, and is started again");
        while let Err(error) = own.revive().await {
            tracing::error!(%error, "the bot's own PostgreSQL does not start");
            if ends.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_none() {
                return;
            }
        }
    }
    own.stop().await;
}

/// Makes jobs of deliveries.
async fn work_off(store: Store, cancel: CancellationToken) {
    while !cancel.is_cancelled() {
        match store.work_off(judge::judge).await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => tracing::warn!(%error, "deliveries wait"),
        }
        tokio::select! {
            () = store.something_to_do() => {}
            () = tokio::time::sleep(LOOK) => {}
            () = cancel.cancelled() => {}
        }
    }
}

/// Stops servers that no check has asked for since long.
async fn close_idle(kept: Arc<Kept>, cancel: CancellationToken) {
    while !cancel.is_cancelled() {
        kept.close_idle(IDLE).await;
        tokio::select! {
            () = tokio::time::sleep(IDLE / 10) => {}
            () = cancel.cancelled() => {}
        }
    }
}

/// Forgets deliveries that GitHub cannot send again, and runs that newer ones have taken the place of.
async fn forget(store: Store, longest: Duration, cancel: CancellationToken) {
    while !cancel.is_cancelled() {
        if let Err(error) = store.forget_deliveries(REDELIVERY).await {
            tracing::warn!(%error, "old deliveries are not forgotten");
        }
        if let Err(error) = store.forget_jobs(longest).await {
            tracing::warn!(%error, "old runs are not forgotten");
        }
        tokio::select! {
            () = tokio::time::sleep(SWEEP) => {}
            () = cancel.cancelled() => {}
        }
    }
}
