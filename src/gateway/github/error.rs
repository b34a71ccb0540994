//! Why GitHub did not do what was asked.

use std::time::Duration;

use camino::Utf8PathBuf;
use chrono::DateTime;
use http::HeaderMap;

/// Why GitHub did not do what was asked. No variant holds the token.
#[derive(Debug, thiserror::Error)]
pub enum GitHubError {
    /// No client can be made of the address or of this machine's certificates.
    #[error("GitHub's API at {address} cannot be used: {reason}")]
    Client {
        /// The API's address.
        address: String,
        /// Why.
        reason: String,
    },
    /// The token may not do it: read-only, of a fork, expired, or absent.
    #[error("GitHub does not allow it with this token: {0}")]
    Forbidden(String),
    /// The token, or the App's signature, is not taken: it ran out, was taken back, or one of the two clocks is wrong.
    #[error("GitHub does not take this token: {0}")]
    Unauthorized(String),
    /// There is no such thing, or the token may not see it.
    #[error("GitHub does not find it: {0}")]
    NotFound(String),
    /// Too many requests.
    #[error("GitHub takes no more requests for now: {message}")]
    RateLimited {
        /// How long GitHub asks to wait.
        retry_after: Option<Duration>,
        /// What GitHub said.
        message: String,
    },
    /// GitHub itself failed.
    #[error("GitHub answered with status {0}")]
    Server(u16),
    /// GitHub refused the request as such.
    #[error("GitHub refused the request with status {status}: {message}")]
    Refused {
        /// The status.
        status: u16,
        /// What GitHub said.
        message: String,
    },
    /// The App's private key is none.
    #[error(
        "the App's private key cannot be used: an RSA key in PEM form is wanted, as GitHub hands it out ({0})"
    )]
    Key(String),
    /// What was to be asked breaks a rule of GitHub's, and was not sent.
    #[error("GitHub would not take this request: {0}")]
    Request(String),
    /// A commit's tree is larger than what is taken.
    #[error("the tree of commit {commit} is not taken: it holds more than {limit}")]
    TooLarge {
        /// The commit.
        commit: String,
        /// What there may be at most, with its unit.
        limit: String,
    },
    /// An archive of a commit that no git would make.
    #[error("the archive of commit {commit} is not unpacked: {fault}")]
    Archive {
        /// The commit.
        commit: String,
        /// What is wrong with it.
        fault: String,
    },
    /// A file of a tree cannot be written here.
    #[error("{path} cannot be written: {reason}")]
    Disk {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        reason: String,
    },
    /// No answer came, or one that cannot be read.
    #[error("GitHub could not be asked: {0}")]
    Transport(String),
}

impl GitHubError {
    /// Whether asking again may help.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::RateLimited { .. } | Self::Server(_) | Self::Transport(_))
    }

    /// Whether it is the token's rights that are wanting.
    #[must_use]
    pub const fn is_forbidden(&self) -> bool {
        matches!(self, Self::Forbidden(_) | Self::Unauthorized(_))
    }
}

impl From<octocrab::Error> for GitHubError {
    fn from(error: octocrab::Error) -> Self {
        match error {
            octocrab::Error::GitHub { source, .. } => from_answer(&source),
            octocrab::Error::Json { source, .. } => {
                Self::Transport(format!("the answer cannot be read at {}", source.path()))
            }
            octocrab::Error::Serde { .. } => Self::Transport("the answer cannot be read".to_owned()),
            other => Self::Transport(innermost(&other)),
        }
    }
}

fn from_answer(answer: &octocrab::GitHubError) -> GitHubError {
    let header = |name: &str| {
        let value = answer.headers.as_ref()?.get(name)?.to_str().ok()?;
        value.parse::<u64>().ok()
    };
    let status = answer.status_code.as_u16();
    let message = answer.message.clone();
    let spent = header("x-ratelimit-remaining") == Some(0);
    let reset = answer.headers.as_ref().filter(|_| spent).and_then(until_reset);
    let retry_after = header("retry-after").map(Duration::from_secs).or(reset);
    let limited = retry_after.is_some() || spent || message.contains("secondary rate limit");
    match status {
        429 => GitHubError::RateLimited { retry_after, message },
        403 if limited => GitHubError::RateLimited { retry_after, message },
        401 => GitHubError::Unauthorized(message),
        403 => GitHubError::Forbidden(message),
        404 => GitHubError::NotFound(message),
        500.. => GitHubError::Server(status),
        _ => GitHubError::Refused { status, message },
    }
}

/// How long until the limit is set anew. Both times are GitHub's, whatever the clock here says.
fn until_reset(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let reset: i64 = text("x-ratelimit-reset")?.parse().ok()?;
    let now = DateTime::parse_from_rfc2822(text("date")?).ok()?.timestamp();
    u64::try_from(reset - now).ok().map(Duration::from_secs)
}

/// The last cause in the chain, which is the one that says something.
pub(super) fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
