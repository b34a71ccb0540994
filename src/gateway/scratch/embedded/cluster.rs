//! Clusters on disk: the empty template, the kept ones, and copies of them.

use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::process::Command;

use super::account::Account;
use super::binaries::Binaries;
use crate::gateway::scratch::{SUPERUSER, ServerError};

/// Raised when the way in which templates are made changes, so that old ones are not used.
const LAYOUT: u32 = 1;
/// How many kept clusters stay; each is some forty megabytes.
const KEPT_CLUSTERS: usize = 8;
/// What is still building after this long is not being built any more.
const LONGEST_BUILD: Duration = Duration::from_hours(1);
/// Tells apart what one process builds at the same time.
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// The empty cluster of a server version, made the first time.
pub(super) async fn template(
    cache: &Path,
    binaries: &Binaries,
    account: &Account,
) -> Result<PathBuf, ServerError> {
    let path = cache.join(format!("template-{}-{LAYOUT}", binaries.version));
    if !path.is_dir() {
        let building = Building::begin(cache, account)?;
        initialize(&building.0, binaries, account).await?;
        building.settle(&path)?;
    }
    Ok(path)
}

/// Where the cluster of a key is kept.
pub(super) fn kept(cache: &Path, binaries: &Binaries, key: &str) -> PathBuf {
    cache.join(format!("base-{}-{LAYOUT}-{key}", binaries.version))
}

/// Keeps a copy of a stopped cluster under a key, and drops the oldest kept ones.
pub(super) fn keep(
    cache: &Path,
    binaries: &Binaries,
    key: &str,
    data: &Path,
    account: &Account,
) -> Result<(), ServerError> {
    let building = Building::begin(cache, account)?;
    copy(data, &building.0, account)?;
    building.settle(&kept(cache, binaries, key))?;
    forget_old(cache);
    Ok(())
}

/// Puts a new cluster where it is to stay. It is there whole, and on disk, or not at all.
pub(super) async fn settle_copy(
    cache: &Path,
    binaries: &Binaries,
    place: &Path,
    account: Account,
) -> Result<(), ServerError> {
    let template = template(cache, binaries, &account).await?;
    let unfinished = place.with_extension("new");
    let failed = |source| ServerError::io(format!("making {}", place.display()), source);
    if unfinished.exists() {
        fs_err::remove_dir_all(&unfinished).map_err(failed)?;
    }
    copy(&template, &unfinished, &account)?;
    nix::unistd::sync();
    fs_err::rename(&unfinished, place).map_err(failed)
}

/// Holds a kept cluster if it is there: nobody removes it while this lives.
pub(super) fn hold(path: &Path) -> Option<File> {
    let held = File::open(path).ok()?;
    held.lock_shared().ok()?;
    // Who removed it while this waited has renamed it first.
    path.is_dir().then_some(held)
}

/// Copies a stopped cluster. The copy belongs to the server's user.
pub(super) fn copy(from: &Path, to: &Path, account: &Account) -> Result<(), ServerError> {
    let failed = |source| ServerError::io(format!("copying {} to {}", from.display(), to.display()), source);
    if !to.is_dir() {
        DirBuilder::new().mode(0o700).create(to).map_err(failed)?;
    }
    account.own(to)?;
    for entry in from.read_dir().map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let target = to.join(entry.file_name());
        if entry.file_type().map_err(failed)?.is_dir() {
            copy(&entry.path(), &target, account)?;
        } else {
            std::fs::copy(entry.path(), &target).map_err(failed)?;
            account.own(&target)?;
        }
    }
    Ok(())
}

/// A directory beside the final ones, where nobody looks for a cluster. Dropped, it is gone.
struct Building(PathBuf);

impl Building {
    fn begin(cache: &Path, account: &Account) -> Result<Self, ServerError> {
        let failed =
            |source| ServerError::io(format!("making the cache directory {}", cache.display()), source);
        fs_err::create_dir_all(cache).map_err(failed)?;
        sweep_unfinished(cache);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = cache.join(format!("building-{}-{number}", std::process::id()));
        let _ = fs_err::remove_dir_all(&path);
        DirBuilder::new().mode(0o700).create(&path).map_err(failed)?;
        account.own(&path)?;
        Ok(Self(path))
    }

    /// Moves the finished directory to its place in one step; another process may have been first.
    fn settle(self, place: &Path) -> Result<(), ServerError> {
        match fs_err::rename(&self.0, place) {
            Ok(()) => Ok(()),
            Err(_) if place.is_dir() => Ok(()),
            Err(source) => Err(ServerError::io(format!("moving {} to its place", self.0.display()), source)),
        }
    }
}

impl Drop for Building {
    fn drop(&mut self) {
        let _ = fs_err::remove_dir_all(&self.0);
    }
}

/// Removes what a process that was killed while building left behind.
fn sweep_unfinished(cache: &Path) {
    let Ok(entries) = cache.read_dir() else { return };
    let building =
        entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with("building-"));
    for entry in building {
        let age =
            entry.metadata().and_then(|found| found.modified()).ok().and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age > LONGEST_BUILD) {
            let _ = fs_err::remove_dir_all(entry.path());
        }
    }
}

/// `C.UTF-8` sorts by code point everywhere; where the system lacks it, `C` does the same for structure.
async fn initialize(data: &Path, binaries: &Binaries, account: &Account) -> Result<(), ServerError> {
    let mut last = Vec::new();
    for locale in ["C.UTF-8", "C"] {
        let output = run_initdb(data, locale, binaries, account).await?;
        if output.status.success() {
            return Ok(());
        }
        last = [output.stdout, output.stderr].concat();
    }
    let log: Vec<String> = String::from_utf8_lossy(&last).lines().map(str::to_owned).collect();
    Err(ServerError::DidNotStart { reason: "initdb could not make a cluster".to_owned(), log })
}

async fn run_initdb(
    data: &Path,
    locale: &str,
    binaries: &Binaries,
    account: &Account,
) -> Result<Output, ServerError> {
    let program = binaries.program("initdb");
    #[expect(clippy::disallowed_methods, reason = "this room starts servers")]
    let mut command = Command::new(&program);
    command
        .arg("--pgdata")
        .arg(data)
        .args(["--username", SUPERUSER, "--auth", "trust", "--encoding", "UTF8", "--locale", locale])
        // Small write-ahead log files make a small cluster to copy.
        .args(["--no-sync", "--wal-segsize", "1"])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("TZ", "UTC")
        .current_dir("/")
        .kill_on_drop(true)
        .stdin(Stdio::null());
    account.apply(&mut command);
    command.output().await.map_err(|source| ServerError::io(format!("running {}", program.display()), source))
}

fn forget_old(cache: &Path) {
    let Ok(entries) = cache.read_dir() else { return };
    let mut kept: Vec<_> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("base-"))
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    kept.sort();
    let surplus = kept.len().saturating_sub(KEPT_CLUSTERS);
    for (_, path) in kept.into_iter().take(surplus) {
        forget(cache, &path);
    }
}

/// Removes a kept cluster that nobody is copying.
fn forget(cache: &Path, path: &Path) {
    let Ok(held) = File::open(path) else { return };
    if held.try_lock().is_err() {
        return;
    }
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let away = cache.join(format!("building-{}-{number}", std::process::id()));
    if fs_err::rename(path, &away).is_ok() {
        let _ = fs_err::remove_dir_all(away);
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::{KEPT_CLUSTERS, forget_old, hold, sweep_unfinished};

    #[test]
    fn what_was_left_half_built_an_hour_ago_is_swept_and_nothing_else() {
        let cache = tempfile::tempdir().unwrap();
        let old = SystemTime::UNIX_EPOCH;
        for (name, is_old) in [("building-1-0", true), ("building-2-0", false), ("template-15-1", true)] {
            let path = cache.path().join(name);
            fs_err::create_dir(&path).unwrap();
            if is_old {
                fs_err::File::open(&path).unwrap().file().set_modified(old).unwrap();
            }
        }
        sweep_unfinished(cache.path());
        let left =
            ["building-1-0", "building-2-0", "template-15-1"].map(|name| cache.path().join(name).exists());
        assert_eq!(left, [false, true, true]);
    }

    #[test]
    fn a_kept_cluster_that_is_being_copied_is_not_forgotten() {
        let cache = tempfile::tempdir().unwrap();
        let of = |number: usize| cache.path().join(format!("base-15-1-{number}"));
        for number in 0..KEPT_CLUSTERS + 2 {
            fs_err::create_dir(of(number)).unwrap();
            let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(number as u64);
            fs_err::File::open(of(number)).unwrap().file().set_modified(time).unwrap();
        }
        let copied = hold(&of(0)).unwrap();
        forget_old(cache.path());
        assert!(of(0).exists() && !of(1).exists() && of(2).exists());
        drop(copied);
        forget_old(cache.path());
        assert!(hold(&of(1)).is_none());
        assert_eq!(cache.path().read_dir().unwrap().count(), KEPT_CLUSTERS);
    }
}
