//! The server's process and its watcher.

use std::process::Stdio;
use std::time::Duration;

use nix::sys::wait::waitpid;
use nix::unistd::Pid;
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::{Instant, sleep};

use super::account::Account;
use super::binaries::Binaries;
use super::run_dir::RunDir;
use crate::gateway::postgres::{Session, SessionSettings, Target};
use crate::gateway::scratch::ServerError;

/// The port that names the socket; nothing listens on a network.
pub(super) const PORT: u16 = 5432;

/// How long a server may take to accept a connection.
const START_LIMIT: Duration = Duration::from_mins(1);
const START_POLL: Duration = Duration::from_millis(4);

/// Runs the server, and ends it when standard input closes: that happens when the process that holds the other
/// end is gone, even by SIGKILL. The word `keep` before it closes keeps the cluster, and ends it in good order.
const WATCHER: &str = r#"
dir=$1; shift
exec 3<&0
"$@" 3<&- & server=$!
(
  word=$(cat <&3)
  if [ "$word" = keep ]; then kill -INT $server; exit; fi
  : >"$dir/ending"
  kill -QUIT $server 2>/dev/null
  tries=100
  while kill -0 $server 2>/dev/null && [ $tries -gt 0 ]; do sleep 0.02; tries=$((tries - 1)); done
  kill -KILL $server 2>/dev/null
  rm -rf "$dir"
) & watcher=$!
wait $server
if [ -e "$dir/ending" ]; then wait $watcher; else kill $watcher; fi
"#;

/// Settings that make a server quick and forgetful. Nothing on it is worth keeping.
const SETTINGS: [&str; 16] = [
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_replication_slots=0",
    "autovacuum=off",
    "shared_buffers=64MB",
    "max_connections=20",
    "jit=off",
    "logging_collector=off",
    "log_destination=stderr",
    "lc_messages=C",
    "timezone=UTC",
];

/// A running server.
#[derive(Debug)]
pub(super) struct Process {
    watcher: Child,
    /// Open as long as the server shall live.
    lifeline: Option<ChildStdin>,
}

impl Process {
    /// Starts the server and waits until it answers.
    pub(super) async fn start(
        binaries: &Binaries,
        run_dir: &RunDir,
        account: &Account,
        admin: &Target,
    ) -> Result<Self, ServerError> {
        let mut watcher = spawn(binaries, run_dir, account)?;
        let lifeline = watcher.stdin.take();
        let mut process = Self { watcher, lifeline };
        match process.wait_until_ready(admin).await {
            Ok(()) => Ok(process),
            Err(reason) => {
                let log = run_dir.log_tail(20);
                process.stop().await;
                Err(ServerError::DidNotStart { reason, log })
            }
        }
    }

    async fn wait_until_ready(&mut self, admin: &Target) -> Result<(), String> {
        let deadline = Instant::now() + START_LIMIT;
        loop {
            if let Ok(Some(status)) = self.watcher.try_wait() {
                return Err(format!("it ended at once ({status})"));
            }
            match Session::open(admin, &SessionSettings::reading()).await {
                Ok(session) => {
                    session.close().await;
                    return Ok(());
                }
                Err(error) if Instant::now() > deadline => {
                    return Err(format!("it did not answer within {} s: {error}", START_LIMIT.as_secs()));
                }
                Err(_) => sleep(START_POLL).await,
            }
        }
    }

    /// Ends the server at once; its directory is removed.
    pub(super) async fn stop(&mut self) {
        self.lifeline = None;
        let _ = self.watcher.wait().await;
    }

    /// Ends the server in good order; its directory stays.
    pub(super) async fn shut_down(&mut self) {
        if let Some(mut lifeline) = self.lifeline.take() {
            let _ = tokio::io::AsyncWriteExt::write_all(&mut lifeline, b"keep").await;
        }
        let _ = self.watcher.wait().await;
    }
}

impl Drop for Process {
    /// Nothing of a server is left once this returns, even when nobody could wait for [`Process::stop`].
    fn drop(&mut self) {
        self.lifeline = None;
        if let Some(watcher) = self.watcher.id().and_then(|id| i32::try_from(id).ok()) {
            let _ = waitpid(Pid::from_raw(watcher), None);
        }
    }
}

fn spawn(binaries: &Binaries, run_dir: &RunDir, account: &Account) -> Result<Child, ServerError> {
    let failed = |source| ServerError::io("starting the PostgreSQL server".to_owned(), source);
    let log = std::fs::File::options().create(true).append(true).open(run_dir.log()).map_err(failed)?;
    #[expect(clippy::disallowed_methods, reason = "this room starts servers")]
    let mut command = Command::new("/bin/sh");
    command.args(["-c", WATCHER, "confiture-server"]).arg(run_dir.path());
    command.arg(binaries.program("postgres")).arg("-D").arg(run_dir.data());
    command.arg("-k").arg(run_dir.path()).arg("-p").arg(PORT.to_string());
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .current_dir("/")
        // The terminal's Ctrl-C is for us; the server ends when we say so.
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(log.try_clone().map_err(failed)?)
        .stderr(log);
    account.apply(&mut command);
    command.spawn().map_err(failed)
}
