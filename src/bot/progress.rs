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

/// What there is to pass on.
#[derive(Debug, PartialEq, Eq)]
struct News {
    /// The place of the first fresh line.
    from: usize,
    fresh: Vec<String>,
    last: Option<String>,
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
            let News { from, fresh, last, is_over } = self.news();
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

    /// What was told since the last time. The end comes with all that came before it.
    fn news(&self) -> News {
        self.with(|lines| {
            let from = std::mem::replace(&mut lines.fresh, lines.all.len());
            let (fresh, last) = (lines.all[from..].to_vec(), lines.all.last().cloned());
            News { from, fresh, last, is_over: lines.is_over }
        })
    }

    fn with<T>(&self, change: impl FnOnce(&mut Lines) -> T) -> T {
        change(&mut self.lines.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Teller};
    use crate::operation::preflight::{Event, Observer as _};

    #[test]
    fn of_what_is_counted_one_line_counts_and_each_migration_has_its_own() {
        let teller = Teller::default();
        teller.say("fetching".to_owned());
        for done in 0..3 {
            teller.tell(&Event::LayingBase(done, 3));
        }
        assert_eq!(teller.news().fresh, ["fetching", "laying the base: 2 of 3"]);
        teller.tell(&Event::LayingBase(3, 3));
        teller.tell(&Event::Replaying(0, 2, "001_a".to_owned()));
        teller.tell(&Event::Replaying(1, 2, "002_b".to_owned()));
        let news = teller.news();
        // The line that became another is written down again, in its place.
        assert_eq!(news.from, 1);
        assert_eq!(
            news.fresh,
            ["laying the base: 3 of 3", "replaying 1 of 2: 001_a", "replaying 2 of 2: 002_b"]
        );
        teller.tell(&Event::Comparing);
        teller.end();
        let end = teller.news();
        assert!(end.is_over && end.fresh == ["comparing"], "{end:?}");
        assert_eq!(teller.news().fresh.len(), 0);
    }

    #[test]
    fn however_many_migrations_there_are_there_is_an_end_to_lines() {
        let teller = Teller::default();
        for one in 0..MOST * 2 {
            teller.tell(&Event::Replaying(one, MOST * 2, format!("{one}")));
        }
        let news = teller.news();
        assert_eq!((news.fresh.len(), news.from), (MOST, 0));
        assert!(news.last.unwrap().ends_with(&format!(": {}", MOST * 2 - 1)));
    }
}
