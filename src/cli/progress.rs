//! A spinner with counts, for whoever watches.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::operation::preflight::{Event, Observer};

/// Shows what a preflight is doing, on standard error, and takes it away at the end.
#[derive(Debug)]
pub(super) struct Spinner(ProgressBar);

impl Spinner {
    pub(super) fn start() -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed:>.dim}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(80));
        Self(bar)
    }

    /// Shows one message while something is done, when anybody watches.
    pub(super) async fn during<T>(watched: bool, message: &'static str, work: impl Future<Output = T>) -> T {
        let spinner = watched.then(Self::start);
        if let Some(spinner) = &spinner {
            spinner.0.set_message(message);
        }
        let done = work.await;
        if let Some(spinner) = &spinner {
            spinner.clear();
        }
        done
    }

    pub(super) fn clear(&self) {
        self.0.finish_and_clear();
    }
}

impl Observer for Spinner {
    fn tell(&self, event: &Event) {
        self.0.set_message(match event {
            Event::StartingServer => "starting PostgreSQL".to_owned(),
            Event::LayingBase(done, all) => format!("laying the base: {done} of {all}"),
            Event::Replaying(done, all, label) => format!("replaying {} of {all}: {label}", done + 1),
            Event::Building(done, all) => format!("building db/schema: {done} of {all} files"),
            Event::Comparing => "comparing".to_owned(),
        });
    }
}
