//! Sessions: what a browser has of one, and whose it is.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use super::{Pages, random};
use crate::gateway::store::{Person, StoreError};
use crate::model::hex;

/// How long one stays signed in: as long as GitHub's own tokens for people last.
const LASTS: Duration = Duration::from_hours(8);
/// The cookie of a session.
pub(super) const SESSION: &str = "confiture-session";

/// Somebody who is signed in, and what their browser has for it.
pub(super) struct Session {
    pub(super) person: Person,
    secret: String,
}

impl Session {
    /// The session that a request belongs to, when somebody's.
    pub(super) async fn of(pages: &Pages, headers: &HeaderMap) -> Result<Option<Self>, StoreError> {
        let Some(secret) = pages.cookie(headers, SESSION) else { return Ok(None) };
        let person = pages.tools.store.signed_in(&hashed(&secret)).await?;
        Ok(person.map(|person| Self { person, secret }))
    }

    /// Begins one, and says what the browser is to keep.
    pub(super) async fn begin(pages: &Pages, person: &Person) -> Result<HeaderValue, StoreError> {
        let secret = hex(&random());
        pages.tools.store.sign_in(&hashed(&secret), person, LASTS).await?;
        Ok(pages.set_cookie(SESSION, &secret, LASTS))
    }

    pub(super) async fn end(&self, pages: &Pages) -> Result<(), StoreError> {
        pages.tools.store.sign_out(&hashed(&self.secret)).await
    }

    /// What the pages of this session send along with what they ask to be done. It tells nothing of the cookie.
    pub(super) fn token(&self) -> String {
        let mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes());
        mac.map_or_else(|_| String::new(), |mac| hex(&mac.chain_update("token").finalize().into_bytes()))
    }
}

/// What the state database has of a session.
fn hashed(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

impl Pages {
    fn is_https(&self) -> bool {
        self.tools.settings.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
    }

    /// Over HTTPS a cookie's name says that no other host and no plain connection can have set it.
    fn cookie_name(&self, name: &str) -> String {
        if self.is_https() { format!("__Host-{name}") } else { name.to_owned() }
    }

    /// The value of a cookie.
    pub(super) fn cookie(&self, headers: &HeaderMap, name: &str) -> Option<String> {
        let name = self.cookie_name(name);
        let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = all.flat_map(|all| all.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
    }

    /// A cookie for the browser to keep; `value` has nothing in it that ends one.
    pub(super) fn set_cookie(&self, name: &str, value: &str, lasts: Duration) -> HeaderValue {
        let secure = if self.is_https() { "; Secure" } else { "" };
        let (name, seconds) = (self.cookie_name(name), lasts.as_secs());
        let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
    }
}
