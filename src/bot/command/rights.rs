//! Who may give which command: by what they may do in the repository, and by team where teams are named.

use camino::Utf8Path;

use super::super::job::{Input, JobError, Tools};
use crate::config::{ConfigError, TeamSettings};
use crate::engine::command::{COMMANDS, Command, Right};
use crate::gateway::github::{Access, GitHub, GitHubError, Permission, RepoName};
use crate::model::likeness::nearest;

/// Refuses teams of a command that there is not: whoever wrote it means to keep somebody out.
pub(in crate::bot) fn check_teams(path: &Utf8Path, teams: &TeamSettings) -> Result<(), ConfigError> {
    let known: Vec<&str> = COMMANDS.iter().map(|spec| spec.word).collect();
    let Some(word) = teams.commands.keys().find(|word| !known.contains(&word.as_str())) else {
        return Ok(());
    };
    let help = nearest(word, &known)
        .map_or_else(|| format!("there are {}", known.join(", ")), |like| format!("did you mean {like}?"));
    Err(ConfigError {
        path: path.to_owned(),
        position: None,
        message: format!("teams.commands: `{word}` is no command"),
        help: Some(help),
    })
}

/// Somebody who asks for something.
pub(super) struct Asker<'a> {
    pub(super) tools: &'a Tools,
    pub(super) input: &'a Input,
    pub(super) github: &'a GitHub,
    pub(super) repo: &'a RepoName,
    pub(super) login: &'a str,
}

impl Asker<'_> {
    /// Whether they may give a command; of one that cannot be read, whether they are told so.
    pub(super) async fn may(&self, command: Option<&Command>) -> Result<bool, JobError> {
        let right = command.map_or(Right::Write, Command::who);
        if self.github.permission(self.repo, self.login).await? < permission(right) {
            return Ok(false);
        }
        let Some(command) = command else { return Ok(true) };
        let teams = &self.tools.settings.teams;
        if !self.is_in_one_of(teams.commands.get(command.word())).await? {
            return Ok(false);
        }
        match command {
            Command::Status { env: Some(env) } => self.may_see(env).await,
            _ => Ok(true),
        }
    }

    /// Whether they may be told of an environment.
    pub(super) async fn may_see(&self, env: &str) -> Result<bool, JobError> {
        self.is_in_one_of(self.tools.settings.teams.environments.get(env)).await
    }

    /// Whether they are in one of the teams, or none is named.
    async fn is_in_one_of(&self, teams: Option<&Vec<String>>) -> Result<bool, JobError> {
        let Some(teams) = teams else { return Ok(true) };
        // Only who names teams has to let the App see them.
        let permissions = [("members", Access::Read)];
        let github = match self.tools.app.installation(self.input.installation, None, &permissions).await {
            Ok(github) => github,
            Err(error @ GitHubError::Refused { .. }) => {
                tracing::warn!(%error, "teams are named, and the App may not see who is in them: grant Members: read");
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        };
        for team in teams {
            if github.is_in_team(self.repo.owner(), team, self.login).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

const fn permission(right: Right) -> Permission {
    match right {
        Right::Read => Permission::Read,
        Right::Write => Permission::Write,
        Right::Admin => Permission::Admin,
    }
}
