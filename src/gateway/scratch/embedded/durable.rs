//! A server of our own that keeps what it is given: for a service whose users have no database to spare.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::account::Account;
use super::binaries::Binaries;
use super::place::Place;
use super::process::{self, Bounds, DURABLE, Process};
use super::{binaries, cache_dir, cluster};
use crate::gateway::postgres::Target;
use crate::gateway::scratch::{SUPERUSER, ServerError};

/// A socket's path has room for 107 bytes, its own name included.
const LONGEST_PATH: usize = 85;
/// How long a server that a killed process left behind is waited for.
const LAST_WORDS: Duration = Duration::from_secs(30);

/// A server that keeps what it is given. Dropped, it ends in good order; when this process is killed it does so too.
#[derive(Debug)]
pub struct DurableServer {
    target: Target,
    place: Place,
    binaries: Binaries,
    account: Account,
    process: Process,
    /// Whoever holds it may start a server here.
    _lock: File,
}

impl DurableServer {
    /// Starts the server whose cluster lies in a directory; the first time both are made.
    pub async fn start(directory: &Path, variables: &BTreeMap<String, String>) -> Result<Self, ServerError> {
        let account = Account::for_servers();
        let directory = make(directory, account)?;
        let lock = take(&directory)?;
        let place = Place::of(&directory);
        let major = fs_err::read_to_string(place.data.join("PG_VERSION")).ok();
        let major = major.and_then(|text| text.trim().parse().ok());
        let binaries = binaries::find(major, variables, &cache_dir(variables))?;
        if major.is_none() {
            cluster::settle_copy(&cache_dir(variables), &binaries, &place.data, account).await?;
        }
        until_it_has_ended(&place.data).await?;
        let admin = Target::unix_socket(&place.data, process::PORT, SUPERUSER, "postgres");
        let process =
            Process::start(&binaries, &place, &account, &admin, Bounds::default(), &DURABLE).await?;
        Ok(Self { target: admin, place, binaries, account, process, _lock: lock })
    }

    /// The database on it.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Waits until its process is gone that nobody asked to end.
    pub async fn lost(&mut self) {
        self.process.lost().await;
    }

    /// Starts it again on what it kept.
    pub async fn revive(&mut self) -> Result<(), ServerError> {
        until_it_has_ended(&self.place.data).await?;
        let (place, account) = (&self.place, &self.account);
        self.process =
            Process::start(&self.binaries, place, account, &self.target, Bounds::default(), &DURABLE).await?;
        Ok(())
    }

    /// The database of the server that another process has started in a directory.
    #[must_use]
    pub fn of_another(directory: &Path) -> Option<Target> {
        let data = Place::of(&fs_err::canonicalize(directory).ok()?).data;
        let runs = data.join(format!(".s.PGSQL.{}", process::PORT)).exists();
        runs.then(|| Target::unix_socket(&data, process::PORT, SUPERUSER, "postgres"))
    }

    /// Ends it in good order.
    pub async fn stop(mut self) {
        self.process.shut_down().await;
    }
}

/// The directory, which only the server's user and root can enter.
fn make(directory: &Path, account: Account) -> Result<PathBuf, ServerError> {
    let failed = |source| ServerError::io(format!("making {}", directory.display()), source);
    if !directory.is_dir() {
        DirBuilder::new().mode(0o700).recursive(true).create(directory).map_err(failed)?;
    }
    account.own(directory)?;
    let real = fs_err::canonicalize(directory).map_err(failed)?;
    if real.as_os_str().len() > LONGEST_PATH {
        let source =
            std::io::Error::other(format!("its path has more than {LONGEST_PATH} bytes: name a shorter one"));
        return Err(ServerError::io(format!("using {}", real.display()), source));
    }
    Ok(real)
}

fn take(directory: &Path) -> Result<File, ServerError> {
    let failed = |source| ServerError::io(format!("taking {}", directory.display()), source);
    let lock = File::create(directory.join("lock")).map_err(failed)?;
    lock.try_lock().map_err(|_| failed(std::io::Error::other("another process keeps its state there")))?;
    Ok(lock)
}

/// A server whose process was killed ends in good order, which takes a moment.
async fn until_it_has_ended(data: &Path) -> Result<(), ServerError> {
    let deadline = Instant::now() + LAST_WORDS;
    let process = || -> Option<i32> {
        fs_err::read_to_string(data.join("postmaster.pid")).ok()?.lines().next()?.trim().parse().ok()
    };
    while let Some(process) = process() {
        let is_it = fs_err::read(format!("/proc/{process}/cmdline"))
            .is_ok_and(|line| String::from_utf8_lossy(&line).split('\0').any(|word| Path::new(word) == data));
        if !is_it {
            break;
        }
        if Instant::now() > deadline {
            let source = std::io::Error::other(format!("the server of process {process} does not end"));
            return Err(ServerError::io(format!("using {}", data.display()), source));
        }
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
