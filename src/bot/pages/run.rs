//! The page of a run, and the stream that says when it has changed.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Response};
use futures_util::stream::{self, Stream};
use serde::Deserialize as _;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::links::{Signed, Worth};
use super::session::Session;
use super::{PageError, Pages};
use crate::bot::shown::Shown;
use crate::gateway::store::{ProgressLine, RunId, ShownRun, Stand, Store};
use crate::model::report::Report;
use crate::render::markdown::Context;
use crate::render::page::{self, Ending, Notice, Progress, Pull, RunPage, RunState};

/// How often a stream looks whether there is something new.
const LOOK: Duration = Duration::from_millis(500);
/// How long a stream lasts at most; the browser asks for another.
const LONGEST: Duration = Duration::from_mins(15);

/// `GET /runs/ID`.
pub(super) async fn show(
    State(pages): State<Arc<Pages>>,
    Path(id): Path<String>,
    Query(signed): Query<Signed>,
    headers: HeaderMap,
) -> Result<Html<String>, PageError> {
    let run = find(&pages, &id, &signed, &headers).await?;
    let progress = pages.tools.store.progress(&run.run.id).await?;
    Ok(Html(page::run(&view(run, progress))))
}

/// `GET /runs/ID/events`: says that something has changed, until nothing will any more.
pub(super) async fn events(
    State(pages): State<Arc<Pages>>,
    Path(id): Path<String>,
    Query(signed): Query<Signed>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let run = find(&pages, &id, &signed, &headers).await?.run.id;
    let Ok(place) = Arc::clone(&pages.watchers).try_acquire_owned() else {
        return Ok((StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "5")]).into_response());
    };
    let (store, cancel) = (pages.tools.store.clone(), pages.cancel.clone());
    let watch = Watch { store, cancel, run, seen: None, end: Instant::now() + LONGEST, _place: place };
    Ok(Sse::new(changes(watch)).keep_alive(KeepAlive::default()).into_response())
}

/// The run of an address, for those who may see it. Who may not learns nothing of whether it exists.
async fn find(pages: &Pages, id: &str, signed: &Signed, headers: &HeaderMap) -> Result<ShownRun, PageError> {
    let session = Session::of(pages, headers).await?;
    let worth = pages.tools.links.worth(id, signed);
    let no_run = || PageError::said(StatusCode::NOT_FOUND, Notice::NoRun);
    if worth != Worth::Good && session.is_none() {
        let can_sign_in = pages.sign_in.is_some();
        let notice = match worth {
            Worth::Expired => Notice::Expired(can_sign_in),
            _ if pages.tools.links.are_signed() => Notice::NotSigned(can_sign_in),
            _ => Notice::SignInFirst(can_sign_in),
        };
        let back = Some(id.to_owned()).filter(|id| RunId::is_one(id));
        return Err(PageError::Said(StatusCode::FORBIDDEN, notice, back));
    }
    let run = pages.tools.store.shown_run(id).await?.ok_or_else(no_run)?;
    match session {
        _ if worth == Worth::Good => Ok(run),
        Some(session) if pages.may_read(&session.person, &run.run.repository).await? => Ok(run),
        _ => Err(no_run()),
    }
}

fn view(run: ShownRun, progress: Vec<ProgressLine>) -> RunPage {
    let ShownRun { run, shown, stand, error, begun, ended } = run;
    let shown = shown.and_then(|shown| Shown::deserialize(shown).ok()).unwrap_or_default();
    let title = shown.title;
    let url = shown.url;
    RunPage {
        id: run.id.0,
        repository: run.repository,
        pull: run.pull.map(|number| Pull { number, title, url }),
        context: Context {
            head: Some(run.head),
            repository_url: shown.repository_url,
            prefix: shown.prefix,
            title: None,
            ..Context::default()
        },
        state: state(run.report, &stand, error),
        started: begun,
        ended,
        estimates: shown.locks,
        progress: progress.into_iter().map(|line| Progress { at: line.at, text: line.text }).collect(),
    }
}

fn state(report: Option<serde_json::Value>, stand: &Stand, error: Option<String>) -> RunState {
    match (report.map(Report::deserialize), stand) {
        (Some(Ok(report)), _) => RunState::Reported(Box::new(report)),
        (Some(Err(_)), _) => RunState::Ended(Ending::Unreadable),
        (None, Stand::Waiting) => RunState::Waiting,
        (None, Stand::Running) => RunState::Running,
        (None, Stand::Superseded) => RunState::Ended(Ending::Superseded),
        (None, Stand::Failed) => RunState::Ended(error.map_or(Ending::Unknown, Ending::GivenUp)),
        (None, Stand::Done) => RunState::Ended(Ending::Unknown),
    }
}

/// Somebody who watches a run.
struct Watch {
    store: Store,
    cancel: CancellationToken,
    run: RunId,
    /// What they were told of.
    seen: Option<String>,
    end: Instant,
    _place: OwnedSemaphorePermit,
}

/// One event at once, for what happened since the page was made, one for each change, and the end with the run's.
fn changes(watch: Watch) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(Some(watch), |watch| async {
        let mut watch = watch?;
        let is_over = watch.next().await?;
        Some((Ok(Event::default().data("changed")), (!is_over).then_some(watch)))
    })
}

impl Watch {
    /// Waits for a change and says whether it was the last one; none when there is nothing more to wait for.
    async fn next(&mut self) -> Option<bool> {
        while Instant::now() < self.end {
            // A state database that does not answer now may answer later.
            let pace = self.store.pace(&self.run).await;
            if let Ok(pace) = pace {
                let pace = pace?;
                if self.seen.as_ref() != Some(&pace.mark) {
                    self.seen = Some(pace.mark);
                    return Some(pace.is_over);
                }
            }
            tokio::select! {
                () = sleep(LOOK) => {}
                () = self.cancel.cancelled() => return None,
            }
        }
        None
    }
}
