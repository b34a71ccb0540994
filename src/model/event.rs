//! What happens while migrations are run, told as it happens.

use camino::Utf8PathBuf;

use super::hook::Phase;
use super::migration::Version;
use super::notice::Notice;
use super::replica::Replica;
use super::retry::Retry;

/// What happens during a preflight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PreflightEvent {
    /// A server is being started.
    StartingServer,
    /// The base is being laid: done so far, of how many.
    LayingBase(usize, usize),
    /// Pending migrations are being replayed: done so far, of how many, which one now.
    Replaying(usize, usize, String),
    /// The declared schema is being built: files done so far, of how many.
    Building(usize, usize),
    /// The two structures are being read and compared.
    Comparing,
}

/// Something that happened, for whoever watches. The answer tells it again at the end, but for notices.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A migration is begun.
    Begun {
        /// Its version.
        version: Version,
        /// Its name.
        name: String,
        /// How many of this run are done.
        done: usize,
        /// How many this run is to do.
        count: usize,
    },
    /// A batch of a migration is committed.
    Batch {
        /// The migration's version.
        version: Version,
        /// Its name.
        name: String,
        /// Batches that this run has committed.
        batches: u64,
        /// Rows changed so far, by earlier runs as well.
        rows: u64,
    },
    /// A hook is begun.
    Hook {
        /// When it runs.
        phase: Phase,
        /// Its file.
        path: Utf8PathBuf,
    },
    /// The server says something beside its answers while a migration runs.
    Notice {
        /// The migration's version.
        version: Version,
        /// Its name.
        name: String,
        /// What it says.
        notice: Notice,
    },
    /// Something did not get its locks, and is tried again after a pause.
    Retry(Retry),
    /// Replicas are waited for.
    Waiting {
        /// The migration that waits.
        version: Version,
        /// Its name.
        name: String,
        /// Those that are behind.
        replicas: Vec<Replica>,
    },
}
