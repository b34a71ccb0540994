//! What a preflight is asked to do, and what it tells while it works.

use camino::Utf8PathBuf;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

pub use crate::model::event::PreflightEvent as Event;
use crate::model::finding::{Ignore, Severity};
use crate::model::migration::Version;
use crate::operation::project::ProjectOptions;

/// What a preflight is asked to do.
#[expect(clippy::struct_excessive_bools, reason = "each is a wish of its own")]
#[derive(Debug, Clone)]
pub struct Request {
    /// The project and its settings.
    pub project: ProjectOptions,
    /// What the pending migrations are replayed on.
    pub base: BaseRequest,
    /// Which server to use: a major version, `docker:TAG` or `docker:IMAGE`; absent, the newest found.
    pub postgres: Option<String>,
    /// Whether server binaries may be fetched when there are none.
    pub download_postgres: bool,
    /// Whether migrations run as a superuser.
    pub superuser: bool,
    /// Ends the preflight early when it is cancelled; what was started is cleaned up first.
    pub cancel: CancellationToken,
    /// The lowest severity of a finding that fails; `None` lets all pass; absent, what the settings say.
    pub fail_on: Option<Option<Severity>>,
    /// Whether nothing is taken that earlier runs have kept.
    pub full: bool,
    /// Findings that somebody answers for.
    pub ignores: Vec<Ignore>,
    /// Whether a tool's own command may be run, if the settings name one. It is code of whoever wrote the files, and
    /// runs on this machine: nobody's who is a stranger.
    pub commands: bool,
    /// Whether the tables that change are read for a picture.
    pub tables: bool,
}

/// What the pending migrations are replayed on.
#[derive(Debug, Clone)]
pub enum BaseRequest {
    /// An empty database: everything is pending.
    Empty,
    /// A given database and its ledger.
    Against {
        /// Its URL.
        url: SecretString,
        /// Work in it instead of in a copy.
        in_place: bool,
    },
    /// A `pg_dump` file, relative to the working directory of the process.
    Snapshot {
        /// The file.
        path: Utf8PathBuf,
        /// The newest version that the snapshot contains, when it brings no ledger rows.
        through: Option<Version>,
    },
    /// What stands at a git revision counts as deployed.
    Ref {
        /// The revision, as git understands it.
        revision: String,
    },
    /// What stands in another directory, the files of a commit, counts as deployed.
    Tree {
        /// The project directory there. Where it holds no project, nothing is deployed.
        directory: Utf8PathBuf,
        /// The commit, for the report.
        commit: String,
    },
}

/// Somebody who watches a preflight.
pub trait Observer: Send + Sync {
    /// Called as things happen, from the task that does them; must not block.
    fn tell(&self, event: &Event);
}

/// An observer that does nothing.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Observer for Silent {
    fn tell(&self, _: &Event) {}
}
