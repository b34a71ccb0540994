//! A rehearsal of what is pending, for programs.

use camino::Utf8PathBuf;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::Project;
use crate::model::migration::Version;
use crate::model::report::Report;
use crate::operation::preflight::{self, BaseRequest, Request, Silent};

/// Replays pending migrations on a throwaway server and compares what they build with `db/schema/`.
///
/// Without a base everything is pending. What comes of it is a report, whatever it is: that a migration fails, or that
/// no server could be started, is no error of the call.
///
/// ```no_run
/// # async fn check() {
/// use confiture::{ExitCode, Project};
///
/// let report = Project::new(".").preflight().since("origin/main").postgres("17").run().await;
/// assert_eq!(report.exit_code, ExitCode::Success, "{:?}", report.failure);
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Preflight {
    request: Request,
}

impl Preflight {
    pub(super) fn of(project: Project) -> Self {
        let request = Request {
            project: project.options,
            base: BaseRequest::Empty,
            postgres: None,
            download_postgres: false,
            superuser: false,
            cancel: CancellationToken::new(),
            fail_on: None,
            full: false,
            ignores: Vec::new(),
            tables: false,
            commands: true,
        };
        Self { request }
    }

    /// What stands at a git revision counts as deployed.
    pub fn since(mut self, revision: impl Into<String>) -> Self {
        self.request.base = BaseRequest::Ref { revision: revision.into() };
        self
    }

    /// On a copy of a database, by its ledger. The copy is dropped.
    pub fn on_copy_of(mut self, url: impl Into<String>) -> Self {
        self.request.base = BaseRequest::Against { url: SecretString::from(url.into()), in_place: false };
        self
    }

    /// On a `pg_dump` file; `through` is the newest version in it, when it brings no ledger rows.
    pub fn on_snapshot(mut self, path: impl Into<Utf8PathBuf>, through: Option<&str>) -> Self {
        self.request.base = BaseRequest::Snapshot { path: path.into(), through: through.map(Version::new) };
        self
    }

    /// The server: a major version, `docker:TAG` or `docker:IMAGE`; otherwise the newest found.
    pub fn postgres(mut self, wanted: impl Into<String>) -> Self {
        self.request.postgres = Some(wanted.into());
        self
    }

    /// Ends it early when the token is cancelled; what was started is cleaned up first.
    pub fn cancelled_by(mut self, token: CancellationToken) -> Self {
        self.request.cancel = token;
        self
    }

    /// Carries it out.
    pub async fn run(self) -> Report {
        Box::pin(preflight::run(&self.request, &Silent)).await
    }
}
