//! The project as it stands at a revision, where the command of the base is run.

use camino::{Utf8Path, Utf8PathBuf};

use super::request::Request;
use crate::gateway::git::Git;
use crate::model::exit::ExitCode;
use crate::model::report::{Failure, Stage};
use crate::operation::failure;

/// What tools install beside a project and no revision has: without it their command would not run.
const INSTALLED: [&str; 6] = ["node_modules", ".venv", "venv", "vendor", "deps", "_build"];

/// A checkout in a directory of its own, which goes when it is dropped.
pub(super) struct Tree {
    /// Removed when dropped.
    _keep: tempfile::TempDir,
    checkout: Utf8PathBuf,
    /// The project in it, which may not be there.
    project: Utf8PathBuf,
    git: Git,
}

impl Tree {
    /// Checks a commit out.
    pub(super) async fn of(request: &Request, commit: &str) -> Result<Self, Failure> {
        let git = Git::open(&request.project.directory, &request.project.variables);
        let (keep, place) = place(request).map_err(|error| {
            let message = format!("there is no place for a checkout of {commit}: {error}");
            Failure::new(Stage::Base, ExitCode::Configuration, message)
        })?;
        let checkout = place.join("tree");
        let refused = |error: crate::gateway::git::GitError| failure::file(&error.into());
        let prefix = git.prefix().await.map_err(refused)?;
        git.add_worktree(commit, &checkout).await.map_err(refused)?;
        let project = checkout.join(prefix);
        lend(&request.project.directory, &project);
        Ok(Self { _keep: keep, checkout, project, git })
    }

    /// The project's directory in it; `None` where the revision has no such project.
    pub(super) fn project(&self) -> Option<&Utf8Path> {
        self.project.is_dir().then_some(&self.project)
    }

    /// Removes it, and what git knows of it.
    pub(super) async fn close(self) {
        // What is left of it is in a directory that goes now.
        let _ = self.git.remove_worktree(&self.checkout).await;
    }
}

fn place(request: &Request) -> std::io::Result<(tempfile::TempDir, Utf8PathBuf)> {
    let temporary = request.project.variables.get("TMPDIR").filter(|path| !path.is_empty());
    let temporary = temporary.map_or("/tmp", String::as_str);
    let keep = tempfile::Builder::new().prefix("confiture-base-").tempdir_in(temporary)?;
    let place =
        Utf8PathBuf::from_path_buf(keep.path().to_owned()).map_err(|_| std::io::ErrorKind::InvalidInput)?;
    Ok((keep, place))
}

/// Lends a checkout what is installed beside the working tree. What cannot be lent is missed by the command, which
/// says so.
fn lend(from: &Utf8Path, to: &Utf8Path) {
    let Ok(from) = from.canonicalize_utf8() else { return };
    for name in INSTALLED.iter().filter(|name| from.join(name).is_dir() && !to.join(name).exists()) {
        let _ = std::os::unix::fs::symlink(from.join(name), to.join(name));
    }
}
