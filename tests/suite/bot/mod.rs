//! The bot: the real binary, its state in a real database, spoken to over HTTP.

mod buttons;
mod commands;
mod conflicts;
mod conversation;
mod faults;
mod own_state;
#[cfg(target_os = "linux")]
mod pages;
#[cfg(target_os = "linux")]
mod pages_in_a_browser;
mod pull_requests;
mod queue;
mod receiving;
mod safety;
mod setup;
mod watching;

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Child;
use std::sync::{Arc, Mutex};

use hmac::{Hmac, KeyInit as _, Mac as _};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use sha2::Sha256;

use super::fake_github::{APP, KEY};
use super::support::{Production, Project, Run};

/// The webhook secret.
pub(super) const SECRET: &str = "a secret of the tests";
/// The database that keeps the bot's state.
pub(super) const STATE: &str = "state";

/// A bot that runs, with its state.
pub(super) struct Bot {
    pub(super) state: Arc<Production>,
    running: Running,
}

impl Bot {
    /// Starts a bot on a new state database.
    pub(super) async fn start() -> Self {
        let state = Production::start().await;
        state.database(STATE, "").await;
        Self::beside(Arc::new(state), "")
    }

    /// Starts a bot on a state database that is there, with more in its settings.
    pub(super) fn beside(state: Arc<Production>, more: &str) -> Self {
        let running = Running::start(&format!("state_url: {}\n{more}", state.url(STATE)));
        Self { state, running }
    }

    /// Rows of the state, columns joined by a bar.
    pub(super) async fn rows(&self, sql: &str) -> Vec<String> {
        self.state.rows(STATE, sql).await
    }

    /// Kills it as the system does when memory runs out.
    pub(super) fn kill(self) -> Arc<Production> {
        self.running.kill();
        self.state
    }

    /// Ends it, and its state.
    pub(super) async fn stop(self) {
        assert_eq!(self.running.ask_to_end(), 0);
        Arc::into_inner(self.state).unwrap().stop().await;
    }
}

impl std::ops::Deref for Bot {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.running
    }
}

/// The process of a bot, and how it is spoken to.
pub(super) struct Running {
    pub(super) address: String,
    pub(super) http: Client,
    process: Child,
    log: Arc<Mutex<String>>,
    project: Project,
}

/// The settings that every bot of the tests has.
fn settings(more: &str) -> Project {
    settings_with("", more)
}

/// The same with more about the App.
fn settings_with(github: &str, more: &str) -> Project {
    let sweeps =
        if more.contains("sweeps:") { "" } else { "sweeps: {deliveries_minutes: 0, pulls_minutes: 0}\n" };
    let settings = format!(
        "github:\n  app_id: {APP}\n  private_key: ${{KEY}}\n  webhook_secrets: [\"{SECRET}\", another]\n  \
         api: ${{API:-http://127.0.0.1:9}}\n{github}listen: ${{LISTEN:-127.0.0.1:0}}\n{sweeps}{more}"
    );
    Project::bare().file("confiture.bot.yaml", settings)
}

/// A bot that is ready to be started.
pub(super) fn run(project: &Project) -> Run {
    project.run(&["bot"]).env("KEY", KEY)
}

impl Running {
    /// Starts a bot and waits until it listens.
    pub(super) fn start(more: &str) -> Self {
        let project = settings(more);
        let run = run(&project);
        Self::of(project, run)
    }

    /// The same for a run that is ready.
    pub(super) fn of(project: Project, run: Run) -> Self {
        let mut process = run.start();
        let mut lines = BufReader::new(process.stderr.take().unwrap());
        let (mut first, mut before) = (String::new(), String::new());
        // Where much is logged, it begins before.
        while lines.read_line(&mut first).unwrap() > 0 && !first.starts_with("confiture: ") {
            before.push_str(&std::mem::take(&mut first));
        }
        let address = first.trim().strip_prefix("confiture: listening on ").map(str::to_owned);
        let address = address.unwrap_or_else(|| {
            lines.read_to_string(&mut first).unwrap();
            panic!("the bot does not listen: {first}")
        });
        let log = Arc::new(Mutex::new(before));
        let kept = Arc::clone(&log);
        std::thread::spawn(move || {
            let mut line = String::new();
            while lines.read_line(&mut line).is_ok_and(|length| length > 0) {
                kept.lock().unwrap().push_str(&std::mem::take(&mut line));
            }
        });
        Self { address, http: Client::new(), process, log, project }
    }

    /// Delivers an event as GitHub does.
    pub(super) async fn deliver(&self, id: &str, event: &str, payload: &Value) -> u16 {
        let body = payload.to_string();
        self.delivery(id, event, &body, &signed(SECRET, &body)).send().await.unwrap().status().as_u16()
    }

    pub(super) fn delivery(&self, id: &str, event: &str, body: &str, signature: &str) -> RequestBuilder {
        self.http
            .post(format!("{}/webhooks", self.address))
            .header("x-github-event", event)
            .header("x-github-delivery", id)
            .header("x-hub-signature-256", signature)
            .header("content-type", "application/json")
            .body(body.to_owned())
    }

    pub(super) async fn get(&self, path: &str) -> Response {
        self.http.get(format!("{}{path}", self.address)).send().await.unwrap()
    }

    /// What runs of its throwaway servers.
    pub(super) fn servers(&self) -> Vec<String> {
        crate::support::processes_in(self.project.servers())
    }

    pub(super) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub(super) fn kill(mut self) {
        self.strike();
    }

    /// Kills it as the system does when memory runs out.
    pub(super) fn strike(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Asks it to end, and returns how it did.
    pub(super) fn ask_to_end(mut self) -> i32 {
        kill(Pid::from_raw(self.process.id().try_into().unwrap()), Signal::SIGTERM).unwrap();
        self.process.wait().unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Running {
    /// A test that fails leaves no bot behind.
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The signature that GitHub sends with a body.
pub(super) fn signed(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let code = mac.finalize().into_bytes();
    code.iter().fold("sha256=".to_owned(), |signature, byte| signature + &format!("{byte:02x}"))
}
