//! Signing in: the page where people agree, which here they do at once, and what their code is exchanged at.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::access::Token;
use super::answer::Answer;
use super::server::{Asked, Reply};
use super::state::State;
use super::{CLIENT_ID, CLIENT_SECRET};

/// A code that was given to somebody.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub login: String,
    pub challenge: String,
    pub back: String,
}

/// Answers what is not a part of the API, and is not described with it.
pub(super) fn answer(state: &mut State, asked: &Asked) -> Option<Reply> {
    let answer = match (asked.method.as_str(), asked.path.as_str()) {
        ("GET", "/login/oauth/authorize") => authorize(state, asked),
        ("POST", "/login/oauth/access_token") => exchange(state, asked),
        _ => return None,
    };
    state.requests.push(format!("{} {}", asked.method, asked.path));
    Some(
        answer
            .unwrap_or_else(|fault| {
                state.faults.push(format!("{}: {fault}", asked.path));
                Answer::not_found()
            })
            .into(),
    )
}

fn authorize(state: &mut State, asked: &Asked) -> Result<Answer, String> {
    let query = |name: &str| {
        let found = asked.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        found.ok_or_else(|| format!("{name} is wanted"))
    };
    if query("client_id")? != CLIENT_ID || query("code_challenge_method")? != "S256" {
        return Err("another client, or no challenge".to_owned());
    }
    let (back, given, challenge) = (query("redirect_uri")?, query("state")?, query("code_challenge")?);
    let Some(login) = state.browser.clone() else {
        let refused = format!("{back}?error=access_denied&state={given}");
        return Ok(Answer::new(302, Value::Null).with("location", refused));
    };
    let code = format!("code{}", state.id());
    state.codes.insert(code.clone(), Code { login, challenge, back: back.clone() });
    Ok(Answer::new(302, Value::Null).with("location", format!("{back}?code={code}&state={given}")))
}

fn exchange(state: &mut State, asked: &Asked) -> Result<Answer, String> {
    if asked.accept.as_deref() != Some("application/json") {
        return Err("GitHub answers with a form to whoever does not ask for JSON alone".to_owned());
    }
    let body: Value = serde_json::from_slice(&asked.body).map_err(|error| error.to_string())?;
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    if text("client_id") != CLIENT_ID || text("client_secret") != CLIENT_SECRET {
        return Ok(refused("incorrect_client_credentials"));
    }
    // A code is good once.
    let Some(code) = state.codes.remove(&text("code")) else { return Ok(refused("bad_verification_code")) };
    if URL_SAFE_NO_PAD.encode(Sha256::digest(text("code_verifier"))) != code.challenge {
        return Ok(refused("bad_verification_code"));
    }
    if text("redirect_uri") != code.back {
        return Ok(refused("redirect_uri_mismatch"));
    }
    let token = format!("ghu_secret_{}", state.id());
    state.tokens.insert(token.clone(), Token { login: Some(code.login), ..Token::of_workflow() });
    Ok(Answer::new(200, json!({ "access_token": token, "token_type": "bearer", "scope": "" })))
}

fn refused(error: &str) -> Answer {
    Answer::new(200, json!({ "error": error, "error_description": "It is refused." }))
}
