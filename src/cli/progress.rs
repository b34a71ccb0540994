//! A spinner with counts, for whoever watches.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::output;
use crate::operation::migrate;
use crate::operation::preflight::{Event, Observer};
use crate::render;

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
        self.0.set_message(render::event::preflight(event));
    }
}

/// How far a run of migrations is: a bar for whoever watches, and for everybody what is waited for.
#[derive(Debug)]
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn start(watched: bool) -> Self {
        if !watched {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new(0);
        if let Ok(style) =
            ProgressStyle::with_template("{spinner} {bar:24} {pos}/{len} {msg} {elapsed:>.dim}")
        {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(80));
        Self(bar)
    }

    pub(super) fn tell(&self, event: &migrate::Event) {
        let said = render::event::event(event);
        if let migrate::Event::Begun { done, count, .. } = event {
            self.0.set_length(*count as u64);
            self.0.set_position(*done as u64);
        }
        match event {
            // Whoever waits is told what for at once, and what the server says; the answer comes later.
            migrate::Event::Retry(_) | migrate::Event::Waiting { .. } | migrate::Event::Notice { .. } => {
                self.0.suspend(|| output::complain(&said));
            }
            _ => self.0.set_message(said),
        }
    }

    pub(super) fn clear(&self) {
        self.0.finish_and_clear();
    }
}
