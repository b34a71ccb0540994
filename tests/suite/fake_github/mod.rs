//! A GitHub on loopback with state. A request or an answer that GitHub's own description does not allow
//! fails the test.

mod access;
mod answer;
mod app;
mod checks;
mod contract;
mod failures;
mod files;
mod oauth;
mod pulls;
mod repository;
mod routes;
mod server;
mod state;
mod tarball;
mod webhook;

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use confiture::gateway::github::{App, GitHub, Patience};
use secrecy::SecretString;

pub(crate) use failures::Failure;
pub(crate) use server::Sending;
pub(crate) use state::{Check, Files, State};
pub(crate) use webhook::{Subject, Webhook, signature};

use server::{Asked, Reply, Server};

/// The repository that exists.
pub(crate) const REPOSITORY: &str = "acme/shop";
/// The pull request that exists.
pub(crate) const PULL: u64 = 7;
/// A token that is let in everywhere, as a workflow's.
pub(crate) const TOKEN: &str = "ghs_secret";
/// The App that exists.
pub(crate) const APP: u64 = 4711;
/// The login by which it writes.
pub(crate) const LOGIN: &str = "confiture[bot]";
/// Where it is installed.
pub(crate) const INSTALLATION: u64 = 99;
/// By what people sign in with it.
pub(crate) const CLIENT_ID: &str = "Iv1.c0nf17ure";
/// What goes with that.
pub(crate) const CLIENT_SECRET: &str = "a client secret of the tests";
/// Its private key, made for these tests.
pub(crate) const KEY: &str = include_str!("../../fixtures/github/app-key.pem");

/// The running fake.
pub(crate) struct FakeGitHub {
    api: Server,
    _archives: Server,
    state: Arc<Mutex<State>>,
}

impl FakeGitHub {
    #[expect(clippy::unused_async, reason = "what starts a server is waited for")]
    pub(crate) async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let archives = Server::start(Arc::new({
            let state = state.clone();
            move |asked: Asked| tarball::answer(&mut state.lock().unwrap(), &asked)
        }));
        let url = archives.url.clone();
        let api = Server::start(Arc::new({
            let state = state.clone();
            move |asked: Asked| routes::answer(&mut state.lock().unwrap(), &asked, &url)
        }));
        Self { api, _archives: archives, state }
    }

    pub(crate) fn url(&self) -> String {
        self.api.url.clone()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// A client that does not wait long.
    pub(crate) fn client(&self) -> GitHub {
        let token = SecretString::from(TOKEN.to_owned());
        GitHub::connect(&self.url(), &token).unwrap().with_patience(patience())
    }

    /// The App, which does not wait long either.
    pub(crate) fn app(&self) -> App {
        App::connect(&self.url(), APP, &SecretString::from(KEY.to_owned())).unwrap().with_patience(patience())
    }
}

impl Drop for FakeGitHub {
    fn drop(&mut self) {
        // A handler that panicked left its lock poisoned, and what it said is on standard error.
        let faults = match self.state.lock() {
            Ok(mut state) => std::mem::take(&mut state.faults),
            Err(_) => vec!["the fake itself broke".to_owned()],
        };
        assert!(faults.is_empty() || std::thread::panicking(), "GitHub would not have it so: {faults:#?}");
    }
}

pub(crate) fn patience() -> Patience {
    let millisecond = Duration::from_millis(1);
    Patience { attempts: 4, first_wait: millisecond, longest_wait: Duration::from_secs(2) }
}

impl From<answer::Answer> for Reply {
    fn from(answer: answer::Answer) -> Self {
        let body = if answer.body.is_null() { Vec::new() } else { answer.body.to_string().into_bytes() };
        let mut headers = answer.headers;
        headers.push(("content-type".to_owned(), "application/json; charset=utf-8".to_owned()));
        Self { status: answer.status, headers, body, sending: Sending::Whole }
    }
}
