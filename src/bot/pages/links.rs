//! Links that show one run to whoever has them, for a while.

use std::time::{Duration, SystemTime};

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretBox};
use serde::Deserialize;
use sha2::Sha256;

use crate::config::BotSettings;
use crate::gateway::store::{RunId, Store, StoreError};
use crate::model::hex;

/// The name of the key in the state database.
const KEY: &str = "links";

/// Makes links and knows its own again.
#[derive(Debug)]
pub(in crate::bot) struct Links {
    public_url: Option<String>,
    is_signed: bool,
    lasts: Duration,
    key: SecretBox<Vec<u8>>,
}

/// What a link has behind its path.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Signed {
    /// The second since 1970 in UTC from which on it is no good.
    until: Option<u64>,
    signature: Option<String>,
}

/// What a link is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Worth {
    /// It opens the page.
    Good,
    /// It did.
    Expired,
    /// It is not ours, or not signed.
    Nothing,
}

impl Links {
    /// Takes the key that all processes have in common, and makes it when there is none.
    pub(in crate::bot) async fn open(store: &Store, settings: &BotSettings) -> Result<Self, StoreError> {
        let key = store.key(KEY, &super::random()).await?;
        Ok(Self {
            public_url: settings.public_url.clone(),
            is_signed: settings.links.signed,
            lasts: Duration::from_secs(u64::from(settings.links.days) * 24 * 60 * 60),
            key: SecretBox::new(Box::new(key)),
        })
    }

    /// Whether links open pages.
    pub(super) const fn are_signed(&self) -> bool {
        self.is_signed
    }

    /// Where a run is shown, from now on as long as links last; none where nobody said where the pages are.
    pub(in crate::bot) fn to(&self, run: &RunId) -> Option<String> {
        let page = format!("{}/runs/{}", self.public_url.as_ref()?, run.0);
        if !self.is_signed {
            return Some(page);
        }
        let until = now() + self.lasts.as_secs();
        let signature = hex(&self.mac(&run.0, until)?.finalize().into_bytes());
        Some(format!("{page}?until={until}&signature={signature}"))
    }

    /// What a link to a run is worth. How long it takes does not tell how much of a signature is right.
    pub(super) fn worth(&self, run: &str, signed: &Signed) -> Worth {
        let (Some(until), Some(signature)) = (signed.until, &signed.signature) else { return Worth::Nothing };
        let (Some(signature), Some(mac)) = (super::super::signature::bytes(signature), self.mac(run, until))
        else {
            return Worth::Nothing;
        };
        match mac.verify_slice(&signature) {
            Err(_) => Worth::Nothing,
            Ok(()) if !self.is_signed => Worth::Nothing,
            Ok(()) if until <= now() => Worth::Expired,
            Ok(()) => Worth::Good,
        }
    }

    /// The run and the time are of a form that neither can run into the other.
    fn mac(&self, run: &str, until: u64) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.expose_secret()).ok()?;
        mac.update(format!("run {run} until {until}").as_bytes());
        Some(mac)
    }
}

/// The second since 1970.
fn now() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().map_or(0, |elapsed| elapsed.as_secs())
}
