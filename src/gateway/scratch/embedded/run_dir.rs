//! The directory of one running server: its cluster, its socket, its log.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::account::Account;
use super::memory;
use super::place::Place;
use crate::gateway::scratch::ServerError;

const PREFIX: &str = "confiture-";
/// Whoever can lock this file of a directory knows that nobody lives there.
const LOCK: &str = "lock";
/// What the file is called until it is locked: nobody may find it under its name before.
const UNLOCKED: &str = "lock.new";
/// What stands in the file. Without it a directory is somebody else's, whatever it is called.
const MARK: &[u8] = b"confiture throws this directory away\n";
/// Tells apart what one process makes. A name is never used twice: somebody may still be sweeping the first.
static NUMBER: AtomicU32 = AtomicU32::new(0);
/// A socket's path has room for about a hundred bytes.
const LONGEST_BASE: usize = 65;

/// The directory of one running server. Held by a file lock while its process lives.
#[derive(Debug)]
pub(in crate::gateway::scratch) struct RunDir {
    path: PathBuf,
    /// Whoever holds this lock owns the directory; the operating system lets go of it for the dead.
    _lock: File,
}

/// Where the directory of a server is to lie, after what dead processes left there was removed.
///
/// In the directory that the environment names, else that of a small one in memory, else in `/tmp`.
pub(in crate::gateway::scratch) fn base(variables: &BTreeMap<String, String>, small: bool) -> PathBuf {
    let named = variables.get("TMPDIR").filter(|path| !path.is_empty() && path.len() <= LONGEST_BASE);
    let disk = named.map_or_else(|| PathBuf::from("/tmp"), PathBuf::from);
    let memory = if named.is_none() { memory::directory() } else { None };
    memory.iter().chain([&disk]).for_each(|base| sweep(base));
    memory.filter(|_| small).unwrap_or(disk)
}

impl RunDir {
    /// Makes a directory that only the server's user, and root, can enter.
    pub(in crate::gateway::scratch) fn create(base: &Path, account: Account) -> Result<Self, ServerError> {
        let path = fresh(base)?;
        let failed = |source| ServerError::io(format!("making {}", path.display()), source);
        let lock = hold(&path).map_err(failed)?;
        account.own(&path)?;
        Ok(Self { path, _lock: lock })
    }

    pub(in crate::gateway::scratch) fn path(&self) -> &Path {
        &self.path
    }

    /// Where a server's files are in it.
    pub(super) fn place(&self) -> Place {
        Place::of(&self.path)
    }

    /// Removes the directory; the watcher removes it too, and whoever comes second finds nothing.
    pub(in crate::gateway::scratch) fn remove(&self) {
        let _ = fs_err::remove_dir_all(&self.path);
    }
}

impl Drop for RunDir {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Marks a directory as one that is thrown away once nobody holds what this returns, and holds it.
pub(in crate::gateway::scratch) fn hold(directory: &Path) -> std::io::Result<File> {
    let unlocked = directory.join(UNLOCKED);
    let mut lock = File::create(&unlocked)?;
    lock.write_all(MARK)?;
    lock.lock()?;
    fs_err::rename(&unlocked, directory.join(LOCK))?;
    Ok(lock)
}

fn fresh(base: &Path) -> Result<PathBuf, ServerError> {
    let process = std::process::id();
    loop {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = base.join(format!("{PREFIX}{process}-{number}"));
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => return Ok(path),
            // Left behind by a process of the same number.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(ServerError::io(format!("making {}", path.display()), source)),
        }
    }
}

/// Ends servers whose process is gone and removes their directories.
///
/// Failing to is no reason not to start: somebody else's leftovers are not ours to remove.
fn sweep(base: &Path) {
    let Ok(entries) = base.read_dir() else { return };
    for entry in entries.filter_map(Result::ok) {
        let is_called_so = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if is_called_so && is_abandoned(&entry.path()) {
            end_server(&entry.path().join("data"));
            let _ = fs_err::remove_dir_all(entry.path());
        }
    }
}

/// Whether a directory is one of ours in which nobody lives. Only what is certain is: beside ours lie other people's.
fn is_abandoned(path: &Path) -> bool {
    match File::open(path.join(LOCK)) {
        Ok(mut lock) => {
            let mut mark = Vec::new();
            let read = (&mut lock).take(MARK.len() as u64 + 1).read_to_end(&mut mark);
            read.is_ok() && mark == MARK && lock.try_lock().is_ok()
        }
        // Just being made, or half removed: leave it alone unless it has been so for long.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            is_numbered(path) && holds_nothing_else(path) && is_old(path)
        }
        Err(_) => false,
    }
}

/// Whether a directory is called as [`fresh`] calls them.
fn is_numbered(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let numbers = name.strip_prefix(PREFIX).and_then(|numbers| numbers.split_once('-'));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    numbers.is_some_and(|(process, number)| is_number(process) && is_number(number))
}

/// Whether a directory holds at most what is in one that is being made or removed.
fn holds_nothing_else(path: &Path) -> bool {
    let Ok(entries) = path.read_dir() else { return false };
    let is_cluster = |data: &Path| {
        data.join("PG_VERSION").is_file() || data.read_dir().is_ok_and(|mut all| all.next().is_none())
    };
    entries.into_iter().all(|entry| {
        entry.is_ok_and(|entry| match entry.file_name().to_str() {
            Some(UNLOCKED) => true,
            Some("data") => is_cluster(&entry.path()),
            _ => false,
        })
    })
}

fn is_old(path: &Path) -> bool {
    let modified = path.metadata().and_then(|metadata| metadata.modified());
    let age = modified.ok().and_then(|time| time.elapsed().ok());
    age.is_some_and(|age| age > Duration::from_mins(1))
}

/// Kills the postmaster of a cluster, if the process of that number still is it.
fn end_server(data: &Path) {
    let Ok(text) = fs_err::read_to_string(data.join("postmaster.pid")) else { return };
    let Some(process) = text.lines().next().and_then(|line| line.trim().parse::<i32>().ok()) else { return };
    let command = fs_err::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
    let is_it = String::from_utf8_lossy(&command).split('\0').any(|argument| Path::new(argument) == data);
    if is_it {
        let _ = kill(Pid::from_raw(process), Signal::SIGQUIT);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::{Duration, SystemTime};

    use super::{LOCK, MARK, RunDir, sweep};
    use crate::gateway::scratch::embedded::account::Account;

    #[test]
    fn a_directory_that_is_being_made_is_not_swept() {
        let base = tempfile::tempdir().unwrap();
        let (base, done) = (base.path(), AtomicBool::new(false));
        let made: Vec<RunDir> = std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        sweep(base);
                    }
                });
            }
            let made = (0..1_000).filter_map(|_| RunDir::create(base, Account::for_servers()).ok()).collect();
            done.store(true, Ordering::Relaxed);
            made
        });
        assert_eq!(made.iter().filter(|made| made.path().is_dir()).count(), 1_000);
    }

    #[test]
    fn a_directory_whose_process_is_gone_is_swept() {
        let base = tempfile::tempdir().unwrap();
        let left = base.path().join("confiture-1-0");
        fs_err::create_dir(&left).unwrap();
        fs_err::write(left.join(LOCK), MARK).unwrap();
        sweep(base.path());
        assert!(!left.exists());
    }

    #[test]
    fn what_somebody_else_keeps_under_such_a_name_is_let_be_however_old() {
        let base = tempfile::tempdir().unwrap();
        let theirs = [
            ("confiture-data", "a file"),
            ("confiture-2024-1", "lock"),
            ("confiture-3-4", "data"),
            ("confiture-out", ""),
        ];
        let places = theirs.map(|(name, file)| {
            let place = base.path().join(name);
            fs_err::create_dir(&place).unwrap();
            if !file.is_empty() {
                fs_err::write(place.join(file), "theirs").unwrap();
            }
            let long_ago = SystemTime::UNIX_EPOCH + Duration::from_hours(1);
            fs_err::File::open(&place).unwrap().file().set_modified(long_ago).unwrap();
            place.join(file)
        });
        sweep(base.path());
        assert!(places.iter().all(|file| file.exists()), "{places:?}");
    }
}
