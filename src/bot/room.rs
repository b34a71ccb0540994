//! The directory of one job: its trees, its server, and how much they may take.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use tokio::time::sleep;

use super::job::JobError;
use crate::gateway::scratch;

/// A server's directory lies in here, and its socket's path has room for about a hundred bytes.
const LONGEST_BASE: usize = 48;
/// How often is looked how much there is.
const LOOK: Duration = Duration::from_millis(500);

/// The directory of one job, gone when this is dropped.
///
/// Its lock is what servers' directories have as well: when this process is killed, the next one knows by it that
/// nobody lives here, and removes it.
#[derive(Debug)]
pub(super) struct Room {
    directory: tempfile::TempDir,
    at: Utf8PathBuf,
    _lock: File,
}

impl Room {
    /// Makes one, after what dead processes left beside it was removed.
    pub(super) fn make(variables: &BTreeMap<String, String>) -> Result<Self, JobError> {
        let base = scratch::base(variables);
        let base = if base.as_os_str().len() > LONGEST_BASE { Path::new("/tmp") } else { &base };
        // A server's user, who is not root, passes through to what is its own, and sees nothing else.
        let passable = std::fs::Permissions::from_mode(0o711);
        let directory =
            tempfile::Builder::new().prefix("confiture-").permissions(passable).tempdir_in(base)?;
        let at = Utf8Path::from_path(directory.path())
            .ok_or_else(|| JobError::Input("TMPDIR is no UTF-8".to_owned()))?
            .to_owned();
        let lock = scratch::hold(directory.path())?;
        Ok(Self { directory, at, _lock: lock })
    }

    pub(super) fn path(&self) -> &Utf8Path {
        &self.at
    }

    /// Returns when more than so many bytes lie here.
    pub(super) async fn is_full(&self, most: u64) {
        loop {
            let path = self.directory.path().to_owned();
            let taken = tokio::task::spawn_blocking(move || bytes_in(&path)).await.unwrap_or(0);
            if taken > most {
                return;
            }
            sleep(LOOK).await;
        }
    }
}

/// What lies in a directory. A file that goes while it is counted does not count.
fn bytes_in(directory: &Path) -> u64 {
    let Ok(entries) = directory.read_dir() else { return 0 };
    let sizes = entries.filter_map(Result::ok).map(|entry| match entry.metadata() {
        Ok(found) if found.is_dir() => bytes_in(&entry.path()),
        Ok(found) => found.len(),
        Err(_) => 0,
    });
    sizes.sum()
}
