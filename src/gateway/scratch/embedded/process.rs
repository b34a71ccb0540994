//! The server's process and its watcher.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;
use tokio::process::{Child, ChildStdin, Command};
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

use super::account::Account;
use super::binaries::Binaries;
use super::place::Place;
use super::sandbox::Sandbox;
use crate::gateway::postgres::{LOGGING, Session, SessionSettings, Target};
use crate::gateway::scratch::ServerError;

/// The port that names the socket; nothing listens on a network.
pub(super) const PORT: u16 = 5432;

/// How long a server may take to accept a connection.
const START_LIMIT: Duration = Duration::from_mins(1);
const START_POLL: Duration = Duration::from_millis(4);

/// What a server is started for.
#[derive(Debug)]
pub(super) struct Life {
    settings: [&'static [&'static str]; 2],
    /// A script that ends the server when its standard input closes: that happens when the process that holds the
    /// other end is gone, even by SIGKILL. The word `keep` before it closes leaves everything alone.
    watcher: &'static str,
    /// What the server is asked to end by.
    end: Signal,
}

/// What makes a server quick and forgetful.
const QUICK: &[&str] = &[
    "listen_addresses=",
    // In the data directory, and not where every process of the user's has its shared memory.
    "dynamic_shared_memory_type=mmap",
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
    "timezone=UTC",
];

/// A server that says what it has to say on its standard error.
const SPEAKING: &[&str] = &["logging_collector=off", "log_destination=stderr", "lc_messages=C"];

/// Ends a server of which nothing is kept, and removes its directory.
const LEAVES_NOTHING: &str = r#"
dir=$1; server=$2
if [ "$(cat)" = keep ]; then exit; fi
kill -QUIT $server 2>/dev/null
tries=100
while kill -0 $server 2>/dev/null && [ $tries -gt 0 ]; do sleep 0.02; tries=$((tries - 1)); done
kill -KILL $server 2>/dev/null
rm -rf "$dir"
"#;

/// A server of which nothing is worth keeping: quick, forgetful, its directory gone with it.
pub(super) const THROWAWAY: Life =
    Life { settings: [QUICK, SPEAKING], watcher: LEAVES_NOTHING, end: Signal::SIGQUIT };

/// The same one when it is to write down what it is sent.
pub(super) const OVERHEARD: Life =
    Life { settings: [QUICK, &LOGGING], watcher: LEAVES_NOTHING, end: Signal::SIGQUIT };

/// A server that keeps what it was given, whatever happens to it.
pub(super) const DURABLE: Life = Life {
    settings: [
        &[
            "listen_addresses=",
            "unix_socket_permissions=0700",
            "wal_level=minimal",
            "max_wal_senders=0",
            "jit=off",
            "timezone=UTC",
        ],
        SPEAKING,
    ],
    watcher: r#"
server=$2
if [ "$(cat)" = keep ]; then exit; fi
kill -INT $server 2>/dev/null
"#,
    end: Signal::SIGINT,
};

/// What a server may not do.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bounds {
    /// Whether it is shut in.
    pub(super) sandboxed: bool,
    /// The bytes that each of its processes may have; without it, whatever there is. In the sandbox no shell runs that
    /// could see to it.
    pub(super) memory: Option<u64>,
}

/// A running server.
#[derive(Debug)]
pub(super) struct Process {
    server: Child,
    watcher: Child,
    /// Open as long as the server shall live.
    lifeline: Option<ChildStdin>,
    end: Signal,
}

impl Process {
    /// Starts the server and waits until it answers.
    pub(super) async fn start(
        binaries: &Binaries,
        place: &Place,
        account: &Account,
        admin: &Target,
        bounds: Bounds,
        life: &Life,
    ) -> Result<Self, ServerError> {
        let mut process = Self::spawn(binaries, place, account, bounds, life)?;
        match process.wait_until_ready(admin).await {
            Ok(()) => Ok(process),
            Err(reason) => {
                let log = place.log_tail(20);
                process.stop().await;
                Err(ServerError::DidNotStart { reason, log })
            }
        }
    }

    /// Nothing is waited for between the two: only a process that is killed right there leaves a server without a
    /// watcher, and the next start sweeps it.
    fn spawn(
        binaries: &Binaries,
        place: &Place,
        account: &Account,
        bounds: Bounds,
        life: &Life,
    ) -> Result<Self, ServerError> {
        let failed = |source| ServerError::io("starting the PostgreSQL server".to_owned(), source);
        let mut server = serve(binaries, place, account, bounds, life).map_err(failed)?;
        match watch(&server, place, account, life) {
            Ok(mut watcher) => {
                let lifeline = watcher.stdin.take();
                Ok(Self { server, watcher, lifeline, end: life.end })
            }
            Err(error) => {
                let _ = server.start_kill();
                Err(failed(error))
            }
        }
    }

    async fn wait_until_ready(&mut self, admin: &Target) -> Result<(), String> {
        let deadline = Instant::now() + START_LIMIT;
        loop {
            if let Ok(Some(status)) = self.server.try_wait() {
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
        self.end();
        // Until it is waited for, the watcher takes an ended server for a living one.
        let _ = tokio::join!(self.server.wait(), self.watcher.wait());
    }

    /// Asks the server to end; the watcher sees to it that it does.
    fn end(&mut self) {
        self.signal(self.end);
        self.lifeline = None;
    }

    fn signal(&self, signal: Signal) {
        if let Some(server) = number(&self.server) {
            let _ = kill(server, signal);
        }
    }

    /// Waits until the server has ended by itself.
    pub(super) async fn lost(&mut self) {
        let _ = self.server.wait().await;
    }

    /// Ends the server in good order; its directory stays.
    pub(super) async fn shut_down(&mut self) {
        self.signal(Signal::SIGINT);
        let _ = self.server.wait().await;
        if let Some(mut lifeline) = self.lifeline.take() {
            let _ = tokio::io::AsyncWriteExt::write_all(&mut lifeline, b"keep").await;
        }
        let _ = self.watcher.wait().await;
    }
}

impl Drop for Process {
    /// Nothing of a server is left once this returns, even when nobody could wait for [`Process::stop`].
    fn drop(&mut self) {
        self.end();
        for child in [&self.server, &self.watcher] {
            if let Some(child) = number(child) {
                let _ = waitpid(child, None);
            }
        }
    }
}

/// The number of a process that was not waited for yet.
fn number(child: &Child) -> Option<Pid> {
    child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw)
}

fn serve(
    binaries: &Binaries,
    place: &Place,
    account: &Account,
    bounds: Bounds,
    life: &Life,
) -> std::io::Result<Child> {
    let log = std::fs::File::options().create(true).append(true).open(&place.log)?;
    let program = binaries.program("postgres");
    let mut command = match bounds.memory.filter(|_| !bounds.sandboxed) {
        Some(memory) => limited(&program, memory, account),
        None => alone(&program, account),
    };
    command.arg("-D").arg(&place.data).arg("-k").arg(&place.data).arg("-p").arg(PORT.to_string());
    for setting in life.settings.into_iter().flatten() {
        command.args(["-c", setting]);
    }
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    if !bounds.sandboxed {
        return command.spawn();
    }
    let sandbox = Sandbox::prepare(binaries, &place.data)?;
    let runtime = Handle::current();
    sandbox.start(|| {
        let _entered = runtime.enter();
        command.spawn()
    })
}

fn watch(server: &Child, place: &Place, account: &Account, life: &Life) -> std::io::Result<Child> {
    let mut command = alone(Path::new("/bin/sh"), account);
    command.args(["-c", life.watcher, "confiture-server"]).arg(&place.directory);
    command.arg(server.id().map(|id| id.to_string()).unwrap_or_default());
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}

/// A program whose processes may have so many bytes each; one that wants more is told so, and goes on.
///
/// The shell is what can say it everywhere: for another user's process it needs a right that containers do not give.
/// A system that does not know this limit goes without.
fn limited(program: &Path, memory: u64, account: &Account) -> Command {
    let mut command = alone(Path::new("/bin/sh"), account);
    command.args(["-c", r#"ulimit -v "$1" 2>/dev/null; shift; exec "$@""#, "confiture-server"]);
    command.arg((memory >> 10).to_string()).arg(program);
    command
}

/// A program as the server's user, without this process's environment and its terminal's Ctrl-C: the server ends
/// when we say so.
fn alone(program: &Path, account: &Account) -> Command {
    #[expect(clippy::disallowed_methods, reason = "this room starts servers")]
    let mut command = Command::new(program);
    command.env_clear().env("PATH", "/usr/bin:/bin").current_dir("/").process_group(0);
    account.apply(&mut command);
    command
}
