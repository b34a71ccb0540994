//! Servers started here from server binaries: a cached cluster is copied, started, and thrown away.
//!
//! The server listens on a Unix socket in a directory that only its user can enter, drops root, knows nothing
//! of this process's environment, and is ended by a watcher when this process ends, however that happens.

pub(super) mod account;
pub(super) mod binaries;
mod cluster;
#[cfg(feature = "download")]
mod download;
pub(super) mod durable;
mod memory;
mod place;
mod process;
pub(super) mod run_dir;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod sandbox;
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
#[path = "sandbox/none.rs"]
mod sandbox;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use futures_util::future::BoxFuture;

use super::{SUPERUSER, Server, ServerError, allowance};
use crate::gateway::postgres::Target;
use crate::model::report::Provider;

use account::Account;
use binaries::Binaries;
use process::{Bounds, OVERHEARD, Process, THROWAWAY};
use run_dir::RunDir;
use sandbox::Sandbox;

/// Where servers come from and where they live.
#[expect(clippy::struct_excessive_bools, reason = "each is a wish of its own")]
#[derive(Debug, Clone)]
pub struct EmbeddedOptions {
    /// The major version; absent, the newest found.
    pub major: Option<u32>,
    /// Whether binaries may be fetched when there are none.
    pub download: bool,
    /// Whether a sandbox is wanted, so that a superuser can do no harm outside of the server. Without one to be had
    /// the server runs all the same, see [`Server::is_sandboxed`].
    pub sandbox: bool,
    /// Whether its databases stay small, so that the cluster may lie in memory where there is room.
    pub small: bool,
    /// Whether the server writes down the statements that it is sent, as far as roles ask for it.
    pub logged: bool,
    /// The process's environment variables.
    pub variables: BTreeMap<String, String>,
}

/// A server that was started here.
#[derive(Debug)]
pub struct EmbeddedServer {
    binaries: Binaries,
    account: Account,
    cache: PathBuf,
    admin: Target,
    /// Before the directory that it lives in, so that it ends first when both are dropped.
    process: Process,
    run_dir: RunDir,
    /// Whether its cluster was found in the cache under the key asked for.
    restored: bool,
    bounds: Bounds,
}

impl EmbeddedServer {
    /// Starts a server on a copy of the empty cluster, or of the one kept under `key` when there is one.
    pub async fn start(options: &EmbeddedOptions, key: Option<&str>) -> Result<Self, ServerError> {
        let account = Account::for_servers();
        let cache = cache_dir(&options.variables);
        let binaries = find(options, &cache).await?;
        let base = run_dir::base(&options.variables, options.small);
        let kept = key.map(|key| cluster::kept(&cache, &binaries, key));
        let held = kept.as_deref().and_then(cluster::hold);
        let restored = held.is_some();
        let source = match kept.filter(|_| restored) {
            Some(path) => path,
            None => cluster::template(&cache, &binaries, &account).await?,
        };
        tracing::debug!(binaries = %binaries.directory.display(), restored, "server binaries found");
        let memory = allowance::memory(&options.variables)?;
        let logged = options.logged;
        let origin = Origin { binaries, account, cache, base, source, _held: held, restored, memory, logged };
        if options.sandbox && Sandbox::is_to_be_had() {
            match origin.launch(true).await {
                Ok(server) => return Ok(server),
                // An installation may need more of the system than the sandbox knows of.
                Err(error) => tracing::warn!(%error, "the server does not start in a sandbox"),
            }
        }
        origin.launch(false).await
    }
}

/// What a server is started from.
struct Origin {
    binaries: Binaries,
    account: Account,
    cache: PathBuf,
    base: PathBuf,
    source: PathBuf,
    /// Keeps what is copied from being removed.
    _held: Option<File>,
    restored: bool,
    memory: u64,
    logged: bool,
}

impl Origin {
    async fn launch(&self, sandboxed: bool) -> Result<EmbeddedServer, ServerError> {
        let Self { ref binaries, account, ref cache, restored, memory, .. } = *self;
        let bounds = Bounds { sandboxed, memory: Some(memory) };
        let run_dir = RunDir::create(&self.base, account)?;
        let place = run_dir.place();
        cluster::copy(&self.source, &place.data, &account)?;
        tracing::debug!(from = %self.source.display(), "cluster copied");
        let admin = Target::unix_socket(&place.data, process::PORT, SUPERUSER, "postgres");
        let life = if self.logged { &OVERHEARD } else { &THROWAWAY };
        let process = Process::start(binaries, &place, &account, &admin, bounds, life).await?;
        tracing::debug!(directory = %run_dir.path().display(), sandboxed, "server answers");
        let (binaries, cache) = (binaries.clone(), cache.clone());
        Ok(EmbeddedServer { binaries, account, cache, admin, process, run_dir, restored, bounds })
    }
}

impl Server for EmbeddedServer {
    fn provider(&self) -> Provider {
        Provider::Embedded
    }

    fn admin(&self) -> &Target {
        &self.admin
    }

    fn log_tail(&self, lines: usize) -> Vec<String> {
        self.run_dir.place().log_tail(lines)
    }

    fn is_restored(&self) -> bool {
        self.restored
    }

    fn is_sandboxed(&self) -> bool {
        self.bounds.sandboxed
    }

    /// The server is stopped and started again: only a stopped cluster can be copied.
    fn keep<'a>(&'a mut self, key: &'a str) -> BoxFuture<'a, Result<(), ServerError>> {
        Box::pin(async move {
            self.process.shut_down().await;
            let (place, binaries, account) = (self.run_dir.place(), &self.binaries, &self.account);
            cluster::keep(&self.cache, binaries, key, &place.data, account)?;
            let start = Process::start(binaries, &place, account, &self.admin, self.bounds, &THROWAWAY);
            self.process = start.await?;
            Ok(())
        })
    }

    fn stop(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            self.process.stop().await;
            self.run_dir.remove();
            tracing::debug!("server gone");
        })
    }
}

async fn find(options: &EmbeddedOptions, cache: &Path) -> Result<Binaries, ServerError> {
    let found = binaries::find(options.major, &options.variables, cache);
    match found {
        #[cfg(feature = "download")]
        Err(ServerError::NotInstalled { major, .. }) if options.download => {
            download::fetch(major, cache).await
        }
        other => other,
    }
}

/// The directory for what is kept between runs.
///
/// `CONFITURE_CACHE_DIR`, else for root one that the server's user can reach, else the user's own cache.
fn cache_dir(variables: &BTreeMap<String, String>) -> PathBuf {
    let set = |name: &str| variables.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(directory) = set("CONFITURE_CACHE_DIR") {
        directory
    } else if nix::unistd::geteuid().is_root() {
        PathBuf::from("/var/cache/confiture")
    } else if let Some(directory) = set("XDG_CACHE_HOME") {
        directory.join("confiture")
    } else {
        set("HOME").unwrap_or_else(|| PathBuf::from("/tmp")).join(".cache/confiture")
    }
}
