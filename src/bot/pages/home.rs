//! The first page: the repositories that somebody may read, and their open pull requests.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Html;
use futures_util::stream::{self, StreamExt as _};
use serde::{Deserialize, Serialize};

use super::session::Session;
use super::{PageError, Pages};
use crate::gateway::github::{Access, PullRequest};
use crate::gateway::store::{self, Person, Stand};
use crate::model::conflict;
use crate::render::page::{
    self, Ending, HomePage, LastRun, LastState, Matrix, OpenPull, Pull, Repository, Visitor,
};

/// How many seconds an answer of GitHub's to what is open counts.
const COUNTS: f64 = 15.0;
/// How many repositories are asked about at a time.
const AT_A_TIME: usize = 8;

/// What is kept of an open pull request.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Open {
    number: u64,
    title: String,
    author: String,
    url: String,
}

impl From<PullRequest> for Open {
    fn from(pull: PullRequest) -> Self {
        Self { number: pull.number.0, title: pull.title, author: pull.author, url: pull.url }
    }
}

/// `GET /`.
pub(super) async fn show(
    State(pages): State<Arc<Pages>>,
    headers: HeaderMap,
) -> Result<Html<String>, PageError> {
    let links_open = pages.tools.links.are_signed();
    let Some(session) = Session::of(&pages, &headers).await? else {
        let visitor = if pages.sign_in.is_some() { Visitor::Stranger } else { Visitor::Anybody };
        return Ok(Html(page::home(&HomePage { visitor, links_open, repositories: Vec::new(), unasked: 0 })));
    };
    let (repositories, unasked) = repositories(&pages, &session.person).await?;
    let visitor = Visitor::Person { token: session.token(), login: session.person.login };
    Ok(Html(page::home(&HomePage { visitor, links_open, repositories, unasked })))
}

/// The repositories that somebody may read, in the order of their names; and of how many GitHub did not say so.
async fn repositories(pages: &Pages, person: &Person) -> Result<(Vec<Repository>, usize), PageError> {
    let names = pages.tools.store.known_repositories().await?;
    let asked = stream::iter(names).map(|name| async {
        match pages.may_read(person, &name).await {
            Ok(true) => repository(pages, name).await.map(Some),
            Ok(false) => Ok(None),
            Err(error) => Err(error),
        }
    });
    let (mut readable, mut unasked) = (Vec::new(), 0);
    for answer in asked.buffered(AT_A_TIME).collect::<Vec<_>>().await {
        match answer {
            Ok(repository) => readable.extend(repository),
            // One that GitHub does not answer for hides no other.
            Err(PageError::GitHub(error)) => {
                tracing::warn!(%error, "a repository is left out of the first page");
                unasked += 1;
            }
            Err(error) => return Err(error),
        }
    }
    Ok((readable, unasked))
}

async fn repository(pages: &Pages, name: String) -> Result<Repository, PageError> {
    let open = open_pulls(pages, &name).await?;
    let numbers: Vec<u64> = open.iter().map(|pull| pull.number).collect();
    let last = pages.tools.store.last_runs(&name, &numbers).await?;
    let pulls = open.into_iter().map(|pull| OpenPull {
        last: last.iter().find(|run| run.pull == pull.number).map(last_run),
        pull: Pull { number: pull.number, title: pull.title, url: pull.url },
        author: pull.author,
    });
    let (pulls, matrix) = (pulls.collect(), matrix(pages, &name, &numbers).await?);
    Ok(Repository { url: pages.tools.app.page(&name), name, pulls, matrix })
}

/// What is open, as GitHub says or has said a moment ago.
async fn open_pulls(pages: &Pages, name: &str) -> Result<Vec<Open>, PageError> {
    let store = &pages.tools.store;
    let (kept, is_fresh) = store.open_pulls(name, COUNTS).await?.unwrap_or_default();
    let kept = Vec::deserialize(kept).unwrap_or_default();
    if is_fresh {
        return Ok(kept);
    }
    let permissions = [("pull_requests", Access::Read)];
    let ask = async {
        let Some((github, repo)) = pages.github(name, &permissions).await? else { return Ok(Vec::new()) };
        Ok::<_, PageError>(github.open_pulls(&repo).await?)
    };
    match ask.await {
        Ok(open) => {
            let open: Vec<Open> = open.into_iter().map(Open::from).collect();
            store.keep_open_pulls(name, &serde_json::json!(open)).await?;
            Ok(open)
        }
        Err(error) => {
            tracing::warn!(%error, "open pull requests are shown as they were");
            Ok(kept)
        }
    }
}

/// How those that are open get on with each other, as far as somebody has looked.
async fn matrix(pages: &Pages, name: &str, open: &[u64]) -> Result<Option<Matrix>, PageError> {
    let found = pages.tools.store.widest_matrix(name).await?;
    let found = found.and_then(|found| conflict::Matrix::deserialize(found).ok());
    Ok(found.map(|found| page::of_open(&found, open)))
}

fn last_run(run: &store::LastRun) -> LastRun {
    let said = || run.verdict.clone().unwrap_or_default();
    let state = match (run.ok, &run.stand) {
        (Some(ok), _) => LastState::Reported { ok, said: said() },
        (None, Stand::Waiting) => LastState::Waiting,
        (None, Stand::Running) => LastState::Running,
        (None, Stand::Superseded) => LastState::Ended(Ending::Superseded),
        (None, Stand::Failed | Stand::Done) => LastState::Ended(Ending::Unknown),
    };
    LastRun { id: run.run.0.clone(), state }
}
