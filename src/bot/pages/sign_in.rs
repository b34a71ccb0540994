//! Signing in with GitHub, and out.

use std::sync::Arc;
use std::time::Duration;

use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::session::{SESSION, Session};
use super::{PageError, Pages, random};
use crate::gateway::github::{Account, GitHubError, SignIn};
use crate::gateway::store::{Person, RunId};
use crate::model::hex;
use crate::render::page::Notice;

/// The cookie of whoever is on the way to GitHub and back.
const WAY: &str = "confiture-sign-in";
/// How long that may take.
const LASTS: Duration = Duration::from_mins(10);

/// Where somebody wants to be afterwards.
#[derive(Debug, Deserialize)]
pub(super) struct Wish {
    run: Option<String>,
}

/// What GitHub sends somebody back with.
#[derive(Debug, Deserialize)]
pub(super) struct Back {
    code: Option<String>,
    state: Option<String>,
}

/// What a page sends along with a button.
#[derive(Debug, Deserialize)]
pub(super) struct Pressed {
    token: String,
}

/// Where GitHub sends people back to.
fn back(pages: &Pages) -> String {
    format!("{}/sign-in/done", pages.tools.settings.public_url.as_deref().unwrap_or_default())
}

fn refused() -> PageError {
    PageError::said(StatusCode::FORBIDDEN, Notice::NotSignedIn)
}

/// `GET /sign-in`: off to GitHub.
///
/// The browser keeps what proves that it is the same one that comes back: a state that nobody else knows, and what the
/// code is only good with.
pub(super) async fn begin(
    State(pages): State<Arc<Pages>>,
    Query(wish): Query<Wish>,
) -> Result<Response, PageError> {
    let github = sign_in(&pages)?;
    let (state, verifier) = (hex(&random()), hex(&random()));
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    let run = wish.run.filter(|run| RunId::is_one(run)).unwrap_or_default();
    let cookie = pages.set_cookie(WAY, &format!("{state}.{verifier}.{run}"), LASTS);
    let to = github.address(&back(&pages), &state, &challenge);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&to)).into_response())
}

/// `GET /sign-in/done`: back from GitHub.
pub(super) async fn done(
    State(pages): State<Arc<Pages>>,
    Query(back_with): Query<Back>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let github = sign_in(&pages)?;
    let way = pages.cookie(&headers, WAY).ok_or_else(refused)?;
    let mut parts = way.split('.');
    let (state, verifier) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let run = parts.next().filter(|run| RunId::is_one(run));
    let (Some(code), Some(given)) = (back_with.code, back_with.state) else { return Err(refused()) };
    if state.is_empty() || !is_same(state, &given) {
        return Err(refused());
    }
    let account = match github.account(&code, &back(&pages), verifier).await {
        Ok(account) => account,
        // A code that is not good, or a person that GitHub does not let in.
        Err(error @ (GitHubError::Forbidden(_) | GitHubError::Refused { .. } | GitHubError::NotFound(_))) => {
            tracing::info!(%error, "GitHub does not sign somebody in");
            return Err(refused());
        }
        Err(error) => return Err(error.into()),
    };
    let Account { id, login } = account;
    let session = Session::begin(&pages, &Person { id, login }).await?;
    let gone = pages.set_cookie(WAY, "", Duration::ZERO);
    let to = run.map_or_else(String::new, |run| format!("runs/{run}"));
    let to = format!("{}/{to}", pages.tools.settings.public_url.as_deref().unwrap_or_default());
    let mut response = Redirect::to(&to).into_response();
    response.headers_mut().append(header::SET_COOKIE, session);
    response.headers_mut().append(header::SET_COOKIE, gone);
    Ok(response)
}

/// `POST /sign-out`.
pub(super) async fn out(
    State(pages): State<Arc<Pages>>,
    headers: HeaderMap,
    Form(pressed): Form<Pressed>,
) -> Result<Response, PageError> {
    if let Some(session) = Session::of(&pages, &headers).await? {
        if !is_same(&session.token(), &pressed.token) {
            return Err(PageError::said(StatusCode::FORBIDDEN, Notice::Stale));
        }
        session.end(&pages).await?;
    }
    let gone = pages.set_cookie(SESSION, "", Duration::ZERO);
    let home = format!("{}/", pages.tools.settings.public_url.as_deref().unwrap_or_default());
    Ok(([(header::SET_COOKIE, gone)], Redirect::to(&home)).into_response())
}

fn sign_in(pages: &Pages) -> Result<&SignIn, PageError> {
    pages.sign_in.as_ref().ok_or_else(|| PageError::said(StatusCode::NOT_FOUND, Notice::NotSigned(false)))
}

/// Whether two texts are the same, in a time that does not tell where they part.
fn is_same(ours: &str, given: &str) -> bool {
    let mac = |text: &str| Hmac::<Sha256>::new_from_slice(ours.as_bytes()).map(|mac| mac.chain_update(text));
    match (mac(ours), mac(given)) {
        (Ok(ours), Ok(given)) => ours.verify(&given.finalize().into_bytes()).is_ok(),
        _ => false,
    }
}
