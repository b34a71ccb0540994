//! Who may read which repository: GitHub knows, and is asked now and then.

use std::time::Duration;

use super::{PageError, Pages};
use crate::gateway::github::{Access, Account, GitHub, InstallationId, Permission, RepoName};
use crate::gateway::store::Person;

/// How long an answer counts. So long somebody who lost the right to read may go on.
const COUNTS: Duration = Duration::from_mins(5);

impl Pages {
    /// Whether somebody may read a repository.
    pub(super) async fn may_read(&self, person: &Person, repository: &str) -> Result<bool, PageError> {
        let store = &self.tools.store;
        if let Some(known) = store.may_read(person.id, repository, COUNTS).await? {
            return Ok(known);
        }
        let account = Account { id: person.id, login: person.login.clone() };
        let may_read = match self.permission(repository, &account).await {
            Ok(permission) => permission >= Permission::Read,
            // The App is no longer installed there, so that nobody can say any more who may read it.
            Err(PageError::GitHub(error)) if !error.is_transient() => {
                tracing::info!(%error, repository, "nobody may read what the App cannot see");
                false
            }
            Err(error) => return Err(error),
        };
        store.keep_may_read(person.id, repository, may_read).await?;
        Ok(may_read)
    }

    async fn permission(&self, repository: &str, account: &Account) -> Result<Permission, PageError> {
        match self.github(repository, &[("metadata", Access::Read)]).await? {
            Some((github, repo)) => Ok(github.permission_of(&repo, account).await?),
            // Nobody knows as whom to ask.
            None => Ok(Permission::None),
        }
    }

    /// GitHub as the App sees a repository that something was checked of.
    pub(super) async fn github(
        &self,
        repository: &str,
        permissions: &[(&str, Access)],
    ) -> Result<Option<(GitHub, RepoName)>, PageError> {
        let installation = self.tools.store.installation_of(repository).await?;
        let (Some(id), Ok(repo)) = (installation, repository.parse::<RepoName>()) else { return Ok(None) };
        let github = self.app.installation(InstallationId(id), Some(&repo), permissions).await?;
        Ok(Some((github, repo)))
    }
}
