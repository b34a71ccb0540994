//! The bot: the real binary, its state in a real database, spoken to over HTTP.

mod queue;
mod receiving;

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Child;
use std::sync::{Arc, Mutex};

use hmac::{Hmac, KeyInit as _, Mac as _};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use sha2::Sha256;

use super::support::{Production, Project};

/// The webhook secret.
pub(super) const SECRET: &str = "a secret of the tests";
/// The database that keeps the bot's state.
pub(super) const STATE: &str = "state";

/// A bot that runs, with its state.
pub(super) struct Bot {
    pub(super) state: Arc<Production>,
    pub(super) address: String,
    pub(super) http: Client,
    process: Child,
    log: Arc<Mutex<String>>,
    _project: Project,
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
        let settings = format!(
            "github:\n  app_id: 1\n  private_key: ${{KEY}}\n  webhook_secrets: [\"{SECRET}\", another]\n\
             state_url: {}\nlisten: 127.0.0.1:0\n{more}",
            state.url(STATE)
        );
        let project = Project::bare().file("confiture.bot.yaml", settings);
        let mut process = project.run(&["bot"]).env("KEY", "no key").start();
        let mut lines = BufReader::new(process.stderr.take().unwrap());
        let mut first = String::new();
        lines.read_line(&mut first).unwrap();
        let address = first.trim().strip_prefix("confiture: listening on ").map(str::to_owned);
        let address = address.unwrap_or_else(|| {
            lines.read_to_string(&mut first).unwrap();
            panic!("the bot does not listen: {first}")
        });
        let log = Arc::new(Mutex::new(String::new()));
        let kept = Arc::clone(&log);
        std::thread::spawn(move || {
            let mut line = String::new();
            while lines.read_line(&mut line).is_ok_and(|length| length > 0) {
                kept.lock().unwrap().push_str(&std::mem::take(&mut line));
            }
        });
        Self { state, address, http: Client::new(), process, log, _project: project }
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

    /// Rows of the state, columns joined by a bar.
    pub(super) async fn rows(&self, sql: &str) -> Vec<String> {
        self.state.rows(STATE, sql).await
    }

    pub(super) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Kills it as the system does when memory runs out.
    pub(super) fn kill(mut self) -> Arc<Production> {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.state
    }

    /// Asks it to end, and returns how it did.
    pub(super) fn ask_to_end(mut self) -> (Arc<Production>, i32) {
        kill(Pid::from_raw(self.process.id().try_into().unwrap()), Signal::SIGTERM).unwrap();
        let status = self.process.wait().unwrap();
        (self.state, status.code().unwrap_or(-1))
    }

    /// Ends it, and its state.
    pub(super) async fn stop(self) {
        let (state, code) = self.ask_to_end();
        assert_eq!(code, 0);
        Arc::into_inner(state).unwrap().stop().await;
    }
}

/// The signature that GitHub sends with a body.
pub(super) fn signed(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let code = mac.finalize().into_bytes();
    code.iter().fold("sha256=".to_owned(), |signature, byte| signature + &format!("{byte:02x}"))
}
