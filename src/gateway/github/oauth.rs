//! Signing people in with GitHub: where to send them, and who came back.

use std::fmt;

use http::header::ACCEPT;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::api::{Api, Builder};
use super::{GitHub, GitHubError};

/// Somebody's account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Account {
    /// Its id, which no other account ever gets.
    pub id: u64,
    /// Its login, which may change, and be somebody else's afterwards.
    pub login: String,
}

/// An App as people sign in with it.
#[derive(Clone)]
pub struct SignIn {
    api: String,
    web: String,
    pages: Api,
    client_id: String,
    client_secret: SecretString,
}

impl SignIn {
    /// Makes a client for the GitHub whose API is at `api`. Asks nothing yet.
    ///
    /// Must be called inside a tokio runtime.
    pub fn connect(api: &str, client_id: &str, client_secret: &SecretString) -> Result<Self, GitHubError> {
        let web = web(api);
        // The page answers as a form would to whoever does not ask for JSON.
        let pages =
            Api::connect(&web, |builder: Builder| builder.add_header(ACCEPT, "application/json".to_owned()))?;
        let (client_id, client_secret) = (client_id.to_owned(), client_secret.clone());
        Ok(Self { api: api.to_owned(), web, pages, client_id, client_secret })
    }

    /// Where to send somebody. GitHub sends them to `back` with a code and this `state`; the code is good for whoever
    /// has what hashes to `challenge`.
    #[must_use]
    pub fn address(&self, back: &str, state: &str, challenge: &str) -> String {
        let query = [
            ("client_id", self.client_id.as_str()),
            ("redirect_uri", back),
            ("state", state),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
        ];
        let query =
            query.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
        format!("{}/login/oauth/authorize?{}", self.web, query.join("&"))
    }

    /// Who came back with a code. The token that it is exchanged for is used for this question alone and not kept.
    pub async fn account(&self, code: &str, back: &str, verifier: &str) -> Result<Account, GitHubError> {
        let body = json!({
            "client_id": self.client_id,
            "client_secret": self.client_secret.expose_secret(),
            "code": code,
            "redirect_uri": back,
            "code_verifier": verifier,
        });
        match self.pages.post::<Exchanged>("/login/oauth/access_token", &body).await? {
            Exchanged::Token { access_token } => {
                GitHub::connect(&self.api, &SecretString::from(access_token))?.api.get("/user").await
            }
            Exchanged::Refused { error } => Err(GitHubError::Forbidden(error)),
        }
    }
}

/// What comes of a code. A refusal has status 200, too.
#[derive(Deserialize)]
#[serde(untagged)]
enum Exchanged {
    Token { access_token: String },
    Refused { error: String },
}

/// Where the GitHub is that people see: `api.` before its name, or a path behind it, are the API's.
pub(super) fn web(api: &str) -> String {
    let address = api.trim_end_matches('/');
    address.strip_suffix("/api/v3").unwrap_or(address).replacen("://api.", "://", 1)
}

/// The client secret is not shown.
impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn")
            .field("web", &self.web)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::web;

    #[test]
    fn people_sign_in_beside_the_api() {
        for (api, wanted) in [
            ("https://api.github.com", "https://github.com"),
            ("https://github.example.org/api/v3/", "https://github.example.org"),
            ("https://api.acme.ghe.com", "https://acme.ghe.com"),
        ] {
            assert_eq!(web(api), wanted);
        }
    }
}
