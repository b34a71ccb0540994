//! What a run is doing: on its page at once, on its check every few seconds.

use std::mem::{Discriminant, discriminant};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::job::Tools;
use crate::gateway::github::{Check, GitHub, Patience, RepoName};
use crate::gateway::store::Run;
use crate::operation::preflight::{Event, Observer};
use crate::render::{event, markdown};

/// How many lines are kept of a run at most; then the last one is what it is doing now.
const MOST: usize = 400;
/// How often lines are written down at most.
const WRITE: Duration = Duration::from_millis(250);
/// How often the check is told at most.
const TELL: Duration = Duration::from_secs(4);

/// Hears what a run is doing, and passes it on.
#[derive(Default)]
pub(super) struct Teller {
    lines: Mutex<Lines>,
    bell: Notify,
}

#[derive(Default)]
struct Lines {
    all: Vec<String>,
    /// The first one that is not written down as it is now.
    fresh: usize,
    last: Option<Discriminant<Event>>,
    is_over: bool,
}

impl Lines {
    /// A further line, or what the last one says now.
    fn add(&mut self, text: String, instead: bool) {
        if (instead || self.all.len() >= MOST) && !self.all.is_empty() {
            self.all.pop();
        }
        self.fresh = self.fresh.min(self.all.len());
        self.all.push(text);
    }
}

impl Observer for Teller {
    fn tell(&self, event: &Event) {
        // Each migration has a line; of what is only counted, one line counts.
        let kind = Some(discriminant(event));
        let counts = matches!(event, Event::LayingBase(..) | Event::Building(..));
        self.with(|lines| {
            lines.add(event::preflight(event), counts && lines.last == kind);
            lines.last = kind;
        });
        self.bell.notify_one();
    }
}

impl Teller {
    /// Says something that is no event of the preflight's.
    pub(super) fn say(&self, text: String) {
        self.with(|lines| {
            lines.add(text, false);
            lines.last = None;
        });
        self.bell.notify_one();
    }

    /// The run is over: nothing more is told.
    pub(super) fn end(&self) {
        self.with(|lines| lines.is_over = true);
        self.bell.notify_one();
    }

    /// Passes on what is told until the run is over; then all of it is written down. That it cannot be passed on is no
    /// reason to end the run.
    pub(super) async fn follow(
        &self,
        tools: &Tools,
        github: &GitHub,
        repo: &RepoName,
        run: &Run,
        check: &Check,
    ) {
        // What is not heard this time is told anew in a few seconds.
        let github = github.clone().with_patience(Patience { attempts: 1, ..Patience::default() });
        let mut told = (Instant::now(), String::new());
        if let Err(error) = tools.store.forget_progress(&run.id).await {
            tracing::warn!(%error, "what an earlier attempt did is still shown");
        }
        loop {
            let (from, fresh, last, is_over) = self.with(|lines| {
                let from = std::mem::replace(&mut lines.fresh, lines.all.len());
                (from, lines.all[from..].to_vec(), lines.all.last().cloned(), lines.is_over)
            });
            if !fresh.is_empty()
                && let Err(error) = tools.store.keep_progress(&run.id, from, &fresh).await
            {
                tracing::warn!(%error, "what the run is doing is not written down");
                self.with(|lines| lines.fresh = lines.fresh.min(from));
            }
            if is_over {
                return;
            }
            if let Some(last) = last.filter(|last| told.0.elapsed() >= TELL && *last != told.1) {
                let summary = self.with(|lines| markdown::under_way(&lines.all));
                if let Err(error) =
                    github.tell_check(repo, check.id, &markdown::headline(&last), &summary).await
                {
                    tracing::debug!(%error, "the check does not say what the run is doing");
                }
                told = (Instant::now(), last);
            }
            // Whatever happens meanwhile goes together; and what was too early to be told is told later.
            sleep(WRITE).await;
            tokio::select! {
                () = self.bell.notified() => {}
                () = sleep(TELL) => {}
            }
        }
    }

    fn with<T>(&self, change: impl FnOnce(&mut Lines) -> T) -> T {
        change(&mut self.lines.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
