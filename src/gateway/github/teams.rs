//! Who is in which team.

use serde::Deserialize;

use super::{GitHub, GitHubError};

#[derive(Debug, Deserialize)]
struct MembershipAnswer {
    state: String,
}

impl GitHub {
    /// Whether somebody is in a team of an organization, and has accepted that.
    pub async fn is_in_team(&self, org: &str, team: &str, login: &str) -> Result<bool, GitHubError> {
        // They go into the address; what cannot be one is nobody, and no team.
        let fits =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if ![org, team, login].into_iter().all(fits) {
            return Ok(false);
        }
        let path = format!("/orgs/{org}/teams/{team}/memberships/{login}");
        match self.api.get::<MembershipAnswer>(&path).await {
            Ok(answer) => Ok(answer.state == "active"),
            Err(GitHubError::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
