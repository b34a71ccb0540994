//! The bot's pages: plain data in, HTML out. They work without scripts, on a phone and on paper.
//!
//! Links are relative, so that the pages may stand below any path: the page of a run is at `runs/ID`, home is where
//! `runs` and `assets` are.

mod drift;
pub(crate) mod escape;
mod home;
mod matrix;
mod notice;
mod run;
mod statements;
#[cfg(test)]
mod tests;

use askama::Template as _;

pub use matrix::of_open;

use super::markdown::Context;
use crate::model::estimate::MigrationEstimate;
use crate::model::report::Report;

/// The one style sheet, which is served as `assets/page.css`.
pub const STYLE: &str = include_str!("page.css");
/// The one script, which is served as `assets/live.js`.
pub const SCRIPT: &str = include_str!("live.js");
/// What a browser may do on the pages: nothing that comes from elsewhere, and nothing that is written into them.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
                                           img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// What the page of a run shows.
#[derive(Debug, Clone)]
pub struct RunPage {
    /// The run's id, as it stands in its address.
    pub id: String,
    /// The repository, as `owner/name`.
    pub repository: String,
    /// The pull request; absent for a merge group.
    pub pull: Option<Pull>,
    /// The commit that is checked, and where its files are shown.
    pub context: Context,
    /// How far the run has come.
    pub state: RunState,
    /// When it was asked for, as people read it.
    pub started: String,
    /// When it ended.
    pub ended: Option<String>,
    /// What the statements lock, as far as that was estimated.
    pub estimates: Vec<MigrationEstimate>,
    /// What happened so far.
    pub progress: Vec<Progress>,
}

/// A pull request to name and link.
#[derive(Debug, Clone)]
pub struct Pull {
    /// Its number.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// Its page on GitHub.
    pub url: String,
}

/// How far a run has come.
#[derive(Debug, Clone)]
pub enum RunState {
    /// It waits for its turn.
    Waiting,
    /// It runs.
    Running,
    /// It ended with a report.
    Reported(Box<Report>),
    /// It ended without one.
    Ended(Ending),
}

/// Why a run has no report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// A newer commit took its place, or its pull request was closed.
    Superseded,
    /// It was given up, for this reason.
    GivenUp(String),
    /// Another version of Confiture wrote one that this version cannot read.
    Unreadable,
    /// Nobody knows.
    Unknown,
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub struct Progress {
    /// When, as people read it.
    pub at: String,
    /// What.
    pub text: String,
}

/// What the first page shows.
#[derive(Debug, Clone)]
pub struct HomePage {
    /// Who looks.
    pub visitor: Visitor,
    /// Whether the links of checks open runs without signing in.
    pub links_open: bool,
    /// The repositories that they can read.
    pub repositories: Vec<Repository>,
    /// How many more there are of which GitHub did not say whether they can read them.
    pub unasked: usize,
}

/// Who looks at a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visitor {
    /// Somebody, where nobody can sign in.
    Anybody,
    /// Somebody who can sign in.
    Stranger,
    /// Somebody who has.
    Person {
        /// Their login.
        login: String,
        /// What their browser sends along to sign out, so that no other page can do it for them.
        token: String,
    },
}

/// A page that says one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// There is no such run, or none that this person may see.
    NoRun,
    /// A link without a signature, or with one that is not ours; and whether people can sign in.
    NotSigned(bool),
    /// A page that no link opens; and whether people can sign in.
    SignInFirst(bool),
    /// A link whose time is over; and whether people can sign in.
    Expired(bool),
    /// GitHub or the browser did not go through with signing in.
    NotSignedIn,
    /// A button was pressed on a page that is too old.
    Stale,
    /// GitHub or the state database does not answer.
    Trouble,
}

/// A repository with its open pull requests.
#[derive(Debug, Clone)]
pub struct Repository {
    /// Its name, as `owner/name`.
    pub name: String,
    /// Its page on GitHub.
    pub url: String,
    /// Its open pull requests.
    pub pulls: Vec<OpenPull>,
    /// How they get on with each other; absent, nobody has looked.
    pub matrix: Option<Matrix>,
}

/// An open pull request with the answer to its last check.
#[derive(Debug, Clone)]
pub struct OpenPull {
    /// The pull request.
    pub pull: Pull,
    /// Who opened it.
    pub author: String,
    /// Its last check.
    pub last: Option<LastRun>,
}

/// The answer to a check, short.
#[derive(Debug, Clone)]
pub struct LastRun {
    /// The run's id.
    pub id: String,
    /// How far it has come.
    pub state: LastState,
}

/// How far a check has come, short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LastState {
    /// It waits for its turn.
    Waiting,
    /// It runs.
    Running,
    /// It ended with a report.
    Reported {
        /// Whether all was well.
        ok: bool,
        /// The verdict, one sentence.
        said: String,
    },
    /// It ended without one.
    Ended(Ending),
}

/// Pull requests against pull requests.
#[derive(Debug, Clone, Default)]
pub struct Matrix {
    /// Their numbers, in the order of rows and columns.
    pub pulls: Vec<u64>,
    /// A row for each, with a cell for each.
    pub cells: Vec<Vec<Cell>>,
}

/// How two pull requests get on.
#[derive(Debug, Clone, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Cell {
    /// It is the same one twice.
    Itself,
    /// Nobody has looked yet.
    Unknown,
    /// Both orders were run, and give the same.
    Independent,
    /// One order works, or each gives something else; which, in one sentence.
    Order(String),
    /// They cannot both be merged as they are; why, in one sentence.
    Collides(String),
}

/// The page of a run.
#[must_use]
pub fn run(page: &RunPage) -> String {
    // Rendering writes to a String and runs no fallible filter.
    run::view(page).render().unwrap_or_default()
}

/// The first page.
#[must_use]
pub fn home(page: &HomePage) -> String {
    home::view(page).render().unwrap_or_default()
}

/// A page that says one thing, one step below home. Whoever signs in there comes back to `run`.
#[must_use]
pub fn notice(notice: Notice, run: Option<&str>) -> String {
    notice::view(notice, run).render().unwrap_or_default()
}

/// An address that a link may lead to: a script in place of one is no link.
fn web(url: &str) -> Option<String> {
    ["https://", "http://"].iter().any(|scheme| url.starts_with(scheme)).then(|| url.to_owned())
}
