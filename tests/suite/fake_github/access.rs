//! Who asks, and whether they may.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

use super::answer::Answer;
use super::state::State;
use super::{APP, TOKEN};

/// Who asks.
#[derive(Debug, Clone)]
pub(super) enum Caller {
    /// The App, by its key.
    App,
    /// Whoever holds this token.
    Token(Token),
}

/// What a token is good for.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    /// The installation that it was made for; none for a workflow's own or a user's.
    pub installation: Option<u64>,
    /// The repositories that it reaches; none for all.
    pub repositories: Option<Vec<String>>,
    /// What it may do; none for whatever a workflow may that was given everything.
    pub permissions: Option<BTreeMap<String, String>>,
    /// Whose it is, when somebody signed in for it.
    pub login: Option<String>,
}

impl Token {
    pub(super) const fn of_workflow() -> Self {
        Self { installation: None, repositories: None, permissions: None, login: None }
    }

    /// Whether it may do one of these: a permission and how far it goes.
    pub(super) fn may(&self, needs: &[(&str, &str)]) -> bool {
        let Some(permissions) = &self.permissions else { return true };
        needs.is_empty()
            || needs.iter().any(|(name, level)| {
                permissions.get(*name).is_some_and(|given| given == level || given == "write")
            })
    }

    pub(super) fn reaches(&self, repository: &str) -> bool {
        self.repositories.as_ref().is_none_or(|all| all.iter().any(|name| name == repository))
    }
}

/// Finds out who asks.
pub(super) fn caller(state: &State, authorization: Option<&str>) -> Result<Caller, Answer> {
    let bearer = authorization.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    if bearer.split('.').count() == 3 {
        return signed_by_the_app(bearer, state.clock_behind).map(|()| Caller::App);
    }
    let token = state.tokens.get(bearer).ok_or_else(|| Answer::error(401, "Bad credentials"))?;
    Ok(Caller::Token(token.clone()))
}

#[derive(Deserialize)]
struct Claims {
    iat: u64,
    exp: u64,
}

/// GitHub's rules for what an App signs.
fn signed_by_the_app(bearer: &str, behind: u64) -> Result<(), Answer> {
    let key = DecodingKey::from_rsa_pem(include_bytes!("../../fixtures/github/app-key.pub.pem")).unwrap();
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_required_spec_claims(&["exp", "iss"]);
    // The issuer is a number here, which is compared below.
    rules.required_spec_claims.remove("iss");
    let undecodable = |_| Answer::error(401, "A JSON web token could not be decoded");
    let claims: serde_json::Value = jsonwebtoken::decode(bearer, &key, &rules).map_err(undecodable)?.claims;
    let issuer = &claims["iss"];
    if issuer.as_u64() != Some(APP) && issuer.as_str().and_then(|id| id.parse().ok()) != Some(APP) {
        return Err(Answer::error(401, "'Issuer' claim ('iss') must be an Integer"));
    }
    let Claims { iat, exp } = serde_json::from_value(claims).unwrap();
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().saturating_sub(Duration::from_secs(behind));
    if Duration::from_secs(iat) > now {
        return Err(Answer::error(401, "'Issued at' claim ('iat') must be an Integer in the past"));
    }
    if exp > iat + 600 || Duration::from_secs(exp) > now + Duration::from_mins(10) {
        return Err(Answer::error(401, "'Expiration time' claim ('exp') is too far in the future"));
    }
    Ok(())
}

impl State {
    /// By what name a token writes.
    pub(super) fn author(&self, token: &Token) -> (String, &'static str) {
        match (&self.user, token.installation) {
            (_, Some(_)) => (super::LOGIN.to_owned(), "Bot"),
            (Some(login), None) => (login.clone(), "User"),
            (None, None) => ("github-actions[bot]".to_owned(), "Bot"),
        }
    }

    /// Makes a token for an installation, as far as that goes.
    pub(super) fn mint(&mut self, token: Token) -> String {
        let text = format!("ghs_{TOKEN}_{}", self.id());
        self.tokens.insert(text.clone(), token);
        text
    }
}
