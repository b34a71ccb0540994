//! The repository as the workflow checked it out, and what has to be fetched besides.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::commands::unguessable;
use super::error::ActionError;
use super::inputs::Inputs;
use super::runner::{Runner, without_secrets};
use crate::gateway::git::{Git, GitError};

/// The repository in the runner's workspace.
#[derive(Debug)]
pub(super) struct Checkout {
    git: Git,
    temporary: Utf8PathBuf,
}

impl Checkout {
    /// Opens the workspace's repository; with a token in the inputs it can fetch from private repositories.
    pub(super) fn open(
        runner: &Runner,
        inputs: &Inputs,
        variables: &BTreeMap<String, String>,
    ) -> Result<Self, ActionError> {
        if !runner.workspace.join(".git").exists() {
            return Err(ActionError::NoCheckout(runner.workspace.clone()));
        }
        let git = Git::open(&runner.workspace, &without_secrets(variables));
        let git = match &inputs.token {
            Some(token) => git.with_token(&runner.server, token),
            None => git,
        };
        let temporary = variables.get("RUNNER_TEMP").map(Utf8PathBuf::from).filter(|path| path.is_dir());
        Ok(Self { git, temporary: temporary.unwrap_or_else(|| "/tmp".into()) })
    }

    /// Sees to it that a commit is here, and answers with its full id.
    pub(super) async fn commit(&self, id: &str) -> Result<String, ActionError> {
        match self.git.resolve(id).await? {
            Some(commit) => Ok(commit),
            None => self.fetched(id, id).await,
        }
    }

    /// The commit that a revision means, on GitHub before here: the checkout's own branches may be old.
    pub(super) async fn revision(&self, revision: &str) -> Result<String, ActionError> {
        for name in [format!("refs/remotes/origin/{revision}"), revision.to_owned()] {
            if let Some(commit) = self.git.resolve(&name).await? {
                return Ok(commit);
            }
        }
        self.fetched(revision, "FETCH_HEAD").await
    }

    async fn fetched(&self, wanted: &str, found: &str) -> Result<String, ActionError> {
        let base_error = |source| ActionError::Base { base: wanted.to_owned(), source };
        let shallow = self.git.is_shallow().await?;
        self.git.fetch(wanted, shallow).await.map_err(base_error)?;
        let commit = self.git.resolve(found).await?;
        commit.ok_or_else(|| base_error(GitError::Revision(wanted.to_owned())))
    }

    /// Checks a commit out in a directory of its own, to be given back to [`Self::remove`].
    pub(super) async fn beside(&self, commit: &str) -> Result<Utf8PathBuf, ActionError> {
        let directory = self.temporary.join(unguessable());
        self.git.add_worktree(commit, &directory).await?;
        Ok(directory)
    }

    /// Removes what [`Self::beside`] made.
    pub(super) async fn remove(&self, directory: &Utf8Path) -> Result<(), ActionError> {
        Ok(self.git.remove_worktree(directory).await?)
    }
}
