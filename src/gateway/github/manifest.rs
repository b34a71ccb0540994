//! An App that registers itself: the code that GitHub hands out for a manifest, exchanged once for what the App is.

use secrecy::SecretString;
use serde::Deserialize;

use super::GitHubError;
use super::api::Api;

/// An App that was registered a moment ago. GitHub tells the secrets this once.
#[derive(Debug)]
pub struct NewApp {
    /// Its id.
    pub id: u64,
    /// Its page.
    pub html_url: String,
    /// What it signs people in as.
    pub client_id: String,
    /// What proves that.
    pub client_secret: SecretString,
    /// What webhooks are signed with; none when it takes none.
    pub webhook_secret: Option<SecretString>,
    /// Its private key.
    pub pem: SecretString,
}

#[derive(Deserialize)]
struct ConversionAnswer {
    id: u64,
    html_url: String,
    client_id: String,
    client_secret: String,
    webhook_secret: Option<String>,
    pem: String,
}

impl From<ConversionAnswer> for NewApp {
    fn from(answer: ConversionAnswer) -> Self {
        Self {
            id: answer.id,
            html_url: answer.html_url,
            client_id: answer.client_id,
            client_secret: answer.client_secret.into(),
            webhook_secret: answer.webhook_secret.map(SecretString::from),
            pem: answer.pem.into(),
        }
    }
}

/// Exchanges a code for the App that was registered with it. It can be done once, within an hour.
///
/// Must be called inside a tokio runtime.
pub async fn convert(address: &str, code: &str) -> Result<NewApp, GitHubError> {
    // It goes into the address.
    if code.is_empty() || !code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) {
        return Err(GitHubError::Request("this is no code of GitHub's".to_owned()));
    }
    let api = Api::connect(address, |builder| builder)?;
    let answer: ConversionAnswer = api.post_nothing(&format!("/app-manifests/{code}/conversions")).await?;
    Ok(answer.into())
}
