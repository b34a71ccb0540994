//! `confiture bot setup`: the App registers itself. A page on this machine hands GitHub a manifest, somebody says yes
//! there, and what GitHub answers is written into the bot's file.

mod files;
mod page;

use std::net::SocketAddr;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::gateway::github::{GitHubError, NewApp};
use crate::operation::chance;
use page::Page;

/// What `bot setup` is asked to do.
#[derive(Debug, Clone)]
pub struct SetupRequest {
    /// The bot's file, which must not be there yet.
    pub config: Utf8PathBuf,
    /// The organization that the App is to belong to; absent, whoever says yes.
    pub org: Option<String>,
    /// Where people and GitHub reach the bot; absent, the App takes no webhooks yet.
    pub public_url: Option<String>,
    /// The port of the page; 0 for any.
    pub port: u16,
    /// GitHub's own address, such as `https://github.com`.
    pub github: String,
    /// The API's address; absent, the one that belongs to `github`.
    pub api: Option<String>,
    /// What the App is called.
    pub name: String,
}

/// Why no App was set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A file is there that would be written.
    #[error("{0} is there already, and is not overwritten: move it away, or name another file with --config")]
    Exists(Utf8PathBuf),
    /// An argument cannot be used.
    #[error("{flag}: `{value}` is not {wanted}")]
    Argument {
        /// The argument.
        flag: &'static str,
        /// What was given.
        value: String,
        /// What is wanted.
        wanted: &'static str,
    },
    /// Nobody can listen there.
    #[error("listening on 127.0.0.1:{port}: {source}")]
    Listen {
        /// The port.
        port: u16,
        /// Why.
        source: std::io::Error,
    },
    /// GitHub did not hand the App out.
    #[error("the App was not handed out: {0}. Begin again: `confiture bot setup`")]
    GitHub(#[from] GitHubError),
    /// A file cannot be written.
    #[error(
        "{path} cannot be written: {source}. The App is registered all the same: delete it at {app}, and begin again"
    )]
    Write {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
        /// The App's page.
        app: String,
    },
    /// It was ended before GitHub answered.
    #[error("nothing was registered")]
    Ended,
}

/// An App that is set up.
#[derive(Debug)]
pub struct Registered {
    /// The App's page.
    pub url: String,
    /// Where it is installed on repositories.
    pub install: String,
    /// The files that were written.
    pub written: Vec<Utf8PathBuf>,
}

/// A page that waits for somebody to say yes.
pub struct Setup {
    listener: TcpListener,
    page: Arc<Page>,
    answers: mpsc::Receiver<Result<NewApp, GitHubError>>,
    request: SetupRequest,
}

impl Setup {
    /// Looks at what is asked for, and listens.
    pub async fn open(request: SetupRequest) -> Result<Self, SetupError> {
        check(&request)?;
        let listener = TcpListener::bind(("127.0.0.1", request.port))
            .await
            .map_err(|source| SetupError::Listen { port: request.port, source })?;
        let address =
            listener.local_addr().map_err(|source| SetupError::Listen { port: request.port, source })?;
        let (sender, answers) = mpsc::channel(1);
        let state = format!("{:016x}{:016x}", chance(), chance());
        let page = Arc::new(Page::new(&request, address, state, api(&request), sender));
        Ok(Self { listener, page, answers, request })
    }

    /// Where the page is.
    pub fn address(&self) -> SocketAddr {
        self.page.address
    }

    /// Waits for the answer, and writes down what it says.
    pub async fn run(mut self, cancel: CancellationToken) -> Result<Registered, SetupError> {
        let end = CancellationToken::new();
        let serving = axum::serve(self.listener, page::routes(self.page))
            .with_graceful_shutdown(end.clone().cancelled_owned());
        let serving = tokio::spawn(async move { serving.await });
        let answer = tokio::select! {
            answer = self.answers.recv() => answer,
            () = cancel.cancelled() => None,
        };
        let registered = match answer {
            Some(Ok(app)) => files::write(&self.request, &api(&self.request), &app),
            Some(Err(error)) => Err(error.into()),
            None => Err(SetupError::Ended),
        };
        end.cancel();
        // The page has said so before it ends; who holds it open is not waited for.
        let _ = tokio::time::timeout(std::time::Duration::from_secs(2), serving).await;
        registered
    }
}

/// The address of the API that belongs to a GitHub.
fn api(request: &SetupRequest) -> String {
    match &request.api {
        Some(api) => api.trim_end_matches('/').to_owned(),
        None if request.github.trim_end_matches('/') == "https://github.com" => {
            "https://api.github.com".to_owned()
        }
        None => format!("{}/api/v3", request.github.trim_end_matches('/')),
    }
}

/// Refuses what would fail after the App is registered.
fn check(request: &SetupRequest) -> Result<(), SetupError> {
    for file in [&request.config, &files::key_file(&request.config)] {
        if file.exists() {
            return Err(SetupError::Exists(file.clone()));
        }
    }
    let refused =
        |flag, value: &str, wanted| Err(SetupError::Argument { flag, value: value.to_owned(), wanted });
    let is_url = |url: &str| {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        rest.is_some_and(|rest| {
            !rest.is_empty()
                && rest.chars().all(|one| one.is_ascii_alphanumeric() || "-._~:/[]".contains(one))
        })
    };
    let urls = [
        ("--public-url", request.public_url.as_deref()),
        ("--github", Some(request.github.as_str())),
        ("--api", request.api.as_deref()),
    ];
    for (flag, url) in urls {
        if let Some(url) = url.filter(|url| !is_url(url)) {
            return refused(flag, url, "an address such as https://confiture.example.org");
        }
    }
    let is_login = |org: &str| {
        !org.is_empty() && org.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    if let Some(org) = request.org.as_deref().filter(|org| !is_login(org)) {
        return refused("--org", org, "an organization's name as it stands in its address");
    }
    let directory =
        request.config.parent().filter(|parent| !parent.as_str().is_empty()).unwrap_or(Utf8Path::new("."));
    if !directory.is_dir() {
        return refused("--config", request.config.as_str(), "in a directory that is there");
    }
    Ok(())
}
