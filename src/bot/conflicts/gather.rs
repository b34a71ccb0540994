//! What open pull requests change: fetched once for each state of both sides, and kept.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde::{Deserialize, Serialize};

use super::{Site, called};
use crate::bot::job::JobError;
use crate::bot::trees;
use crate::engine::conflict::added;
use crate::gateway::files::{Chosen, FileError, Project};
use crate::gateway::github::PullRequest;
use crate::gateway::store::Change;
use crate::model::layout::{Revision, Tool};
use crate::model::migration::Migration;
use crate::model::report::Failure;
use crate::operation::conflict::Branch;
use crate::operation::project::layout_of;

/// Requests that are under way at the same time.
const AT_ONCE: usize = 4;
/// The most text that one pull request's migrations may have together.
const LARGEST: usize = 16 << 20;

/// What pull requests lead on from.
pub(super) struct Grounds {
    /// Removed when dropped.
    _keep: tempfile::TempDir,
    pub(super) base: Utf8PathBuf,
    pub(super) policy: Utf8PathBuf,
    /// How the project is laid out; none where there is nothing yet.
    layout: Result<Option<Chosen>, Failure>,
}

/// An open pull request.
pub(super) struct Proposal {
    pub(super) pull: PullRequest,
    /// What it changes; none when it adds no migration.
    pub(super) branch: Option<Branch>,
}

/// The migrations of a pull request as they are kept, or why they cannot be read.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Content {
    /// How they were read: read in another way they may be others.
    layout: String,
    migrations: Vec<Migration>,
    /// Their places in a plan: what is kept of a version is its text.
    places: Vec<Option<usize>>,
    unreadable: Option<String>,
}

/// What a commit holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) migrations: Vec<Migration>,
    /// Those of a tool that is run by its command, which is not run here.
    programs: Vec<Revision>,
    /// What these are.
    tool: Tool,
}

/// What a commit holds, or why that cannot be read.
type Read = Result<Held, String>;

/// Gathers the open pull requests to a branch, and the branch that they go to. Those that are closed are forgotten.
pub(super) async fn open_pulls(site: &Site<'_>, branch: &str) -> Result<(Grounds, Vec<Proposal>), JobError> {
    let pulls = site.github.open_pulls(&site.repo).await?;
    let pulls: Vec<PullRequest> = pulls.into_iter().filter(|pull| pull.base_branch == branch).collect();
    let base = site.github.branch(&site.repo, branch).await?;
    let grounds = Grounds::fetch(site, branch, &base).await?;
    let store = &site.tools.store;
    let open: Vec<u64> = pulls.iter().map(|pull| pull.number.0).collect();
    store.forget_changes(site.repository, branch, &open).await?;
    let mut known = store.changes(site.repository, branch).await?;
    known.retain(|change| Content::of(change).is_some_and(|content| content.layout == grounds.layout_key()));
    let mut known: BTreeMap<u64, Change> = known.into_iter().map(|change| (change.pull, change)).collect();
    for change in new_changes(site, &grounds, &pulls, &base, &known).await? {
        // While it is not known how a project is laid out, nothing is that is worth keeping.
        if grounds.layout.is_ok() {
            store.keep_change(site.repository, branch, &change).await?;
        }
        known.insert(change.pull, change);
    }
    let proposal = |pull: PullRequest| {
        let content = known.get(&pull.number.0).and_then(Content::of);
        Proposal { branch: content.and_then(|content| content.branch(&pull)), pull }
    };
    Ok((grounds, pulls.into_iter().map(proposal).collect()))
}

/// What those pull requests change of which that is not known, or not on this base.
async fn new_changes(
    site: &Site<'_>,
    grounds: &Grounds,
    pulls: &[PullRequest],
    base: &str,
    known: &BTreeMap<u64, Change>,
) -> Result<Vec<Change>, JobError> {
    let is_known = |pull: &&PullRequest| {
        known.get(&pull.number.0).is_some_and(|change| change.head == pull.head && change.base == base)
    };
    let new = pulls.iter().filter(|pull| !is_known(pull));
    let parted = stream::iter(new).map(async |pull| {
        let merge_base = site.github.merge_base(&site.repo, base, &pull.head).await?;
        Ok::<_, JobError>((pull, merge_base))
    });
    let parted: Vec<(&PullRequest, String)> = parted.buffered(AT_ONCE).try_collect().await?;
    let stays = |pull: &PullRequest, merge_base: &str| {
        let change = known.get(&pull.number.0)?;
        (change.head == pull.head && change.merge_base == merge_base).then(|| change.content.clone())
    };
    let commits: BTreeSet<&str> = parted
        .iter()
        .filter(|(pull, merge_base)| stays(pull, merge_base).is_none())
        .flat_map(|(pull, merge_base)| [pull.head.as_str(), merge_base])
        .collect();
    let read = grounds.read_all(site, commits).await?;
    let change = |(pull, merge_base): (&PullRequest, String)| {
        let content = stays(pull, &merge_base).unwrap_or_else(|| {
            let content = Content::between(&read[merge_base.as_str()], &read[pull.head.as_str()]);
            let layout = grounds.layout_key();
            serde_json::to_vec(&Content { layout, ..content }).unwrap_or_default()
        });
        let (head, base) = (pull.head.clone(), base.to_owned());
        Change { pull: pull.number.0, head, base, merge_base, content }
    };
    Ok(parted.into_iter().map(change).collect())
}

impl Grounds {
    /// Fetches what a branch holds at a commit, and the policies.
    pub(super) async fn fetch(site: &Site<'_>, branch: &str, commit: &str) -> Result<Self, JobError> {
        let keep = tempfile::Builder::new().prefix("confiture-trees-").tempdir()?;
        let at = Utf8Path::from_path(keep.path())
            .ok_or_else(|| JobError::Input("TMPDIR is no UTF-8".to_owned()))?
            .to_owned();
        let directory = Utf8Path::new(&site.settings.directory);
        let (base, mut policy) = (at.join("base"), at.join("base"));
        download(site, commit, &base, directory.to_owned()).await?;
        let default = &site.page.default_branch;
        if branch != default {
            policy = at.join("policy");
            let commit = site.github.branch(&site.repo, default).await?;
            download(site, &commit, &policy, directory.to_owned()).await?;
        }
        let mut grounds = Self { _keep: keep, base, policy, layout: Ok(None) };
        grounds.find_layout(site).await?;
        Ok(grounds)
    }

    /// Finds out how the project is laid out. One that is only just coming to be has nothing yet, and what pull requests
    /// bring shows it.
    async fn find_layout(&mut self, site: &Site<'_>) -> Result<(), JobError> {
        let base = self.base.join(&site.settings.directory);
        let was_there = base.join("db").is_dir();
        fs_err::create_dir_all(base.join("db"))?;
        let found = layout_of(&site.project(self)).await;
        self.layout = found.map(|found| (was_there || found != Chosen::default()).then_some(found));
        Ok(())
    }

    /// How migrations are read.
    fn layout_key(&self) -> String {
        let chosen = self.layout.as_ref().ok().and_then(Option::as_ref);
        chosen.map(Chosen::key).unwrap_or_default()
    }

    /// The part of a commit that migrations lie in. Of another tool's project more than these counts.
    fn wanted(&self, directory: &Utf8Path) -> Utf8PathBuf {
        match &self.layout {
            Ok(Some(chosen)) if chosen.tool == Tool::Confiture => directory.join(&chosen.directory),
            _ => directory.to_owned(),
        }
    }

    /// The migrations at some commits.
    pub(super) async fn read_all(
        &self,
        site: &Site<'_>,
        commits: BTreeSet<&str>,
    ) -> Result<BTreeMap<String, Read>, JobError> {
        let read = stream::iter(commits)
            .map(async |commit| Ok::<_, JobError>((commit.to_owned(), self.read(site, commit).await?)));
        read.buffered(AT_ONCE).try_collect().await
    }

    /// The migrations at a commit. What is the commit's own fault is no fault of the job's.
    async fn read(&self, site: &Site<'_>, commit: &str) -> Result<Read, JobError> {
        let directory = Utf8Path::new(&site.settings.directory);
        let at = self.base.with_file_name(commit);
        match download(site, commit, &at, self.wanted(directory)).await {
            Ok(()) => {}
            Err(error) if error.is_of_the_commit() => return Ok(Err(error.to_string())),
            Err(error) => return Err(error),
        }
        let held = self.held(&at.join(directory));
        fs_err::remove_dir_all(&at)?;
        Ok(held)
    }

    /// What a directory holds, read as the base is.
    fn held(&self, directory: &Utf8Path) -> Read {
        let project = match &self.layout {
            Ok(Some(chosen)) => Project::at(directory).map(|project| project.laid_out(chosen.clone())),
            Ok(None) => Project::open(directory),
            Err(failure) => return Err(failure.message.clone()),
        };
        let held = match project {
            Ok(project) => held_by(&project),
            Err(FileError::NoProject(_) | FileError::NoDirectory(_)) => Ok(Held::default()),
            Err(error) => Err(error),
        };
        held.map_err(|error| error.to_string())
    }
}

fn held_by(project: &Project) -> Result<Held, FileError> {
    let tool = project.layout().tool;
    if tool.is_run_by_command() {
        let (programs, _) = project.revisions()?;
        return Ok(Held { programs, tool, ..Held::default() });
    }
    Ok(Held { migrations: project.migrations()?.migrations, tool, ..Held::default() })
}

/// Fetches a part of a commit, as long as all of it can be seen.
async fn download(site: &Site<'_>, commit: &str, into: &Utf8Path, only: Utf8PathBuf) -> Result<(), JobError> {
    let limits = trees::limits(site.tools, &only);
    trees::whole(commit, site.github.download_tree(&site.repo, commit, into, &limits).await?).map(drop)
}

impl Content {
    /// What is kept of a pull request; none of what was written otherwise.
    fn of(change: &Change) -> Option<Self> {
        let mut content: Self = serde_json::from_slice(&change.content).ok()?;
        for (migration, place) in content.migrations.iter_mut().zip(&content.places) {
            if let Some(place) = place {
                migration.version = migration.version.clone().planned(*place);
            }
        }
        Some(content)
    }

    /// What was added between two commits.
    fn between(before: &Read, after: &Read) -> Self {
        let migrations = match new(before, after) {
            Ok(migrations) => migrations,
            Err(message) => return Self::unreadable(message),
        };
        let text: usize = migrations.iter().flat_map(Migration::forward).map(|file| file.text.len()).sum();
        if text > LARGEST {
            let most = LARGEST >> 20;
            return Self::unreadable(format!("its migrations have more than {most} MB together"));
        }
        let places = migrations.iter().map(|one| one.version.place()).collect();
        Self { migrations, places, ..Self::default() }
    }

    fn unreadable(message: String) -> Self {
        Self { unreadable: Some(message), ..Self::default() }
    }

    /// The branch that a pull request is to the others; none when it adds no migration.
    fn branch(self, pull: &PullRequest) -> Option<Branch> {
        if self.migrations.is_empty() && self.unreadable.is_none() {
            return None;
        }
        Some(Branch {
            id: called(pull.number),
            title: pull.title.clone(),
            url: pull.url.clone(),
            migrations: self.migrations,
            unreadable: self.unreadable,
        })
    }
}

/// The migrations that a commit has beyond those of another one.
pub(super) fn new(before: &Read, after: &Read) -> Result<Vec<Migration>, String> {
    let (before, after) = (before.as_ref().map_err(String::clone)?, after.as_ref().map_err(String::clone)?);
    if before.programs != after.programs {
        let tool = if after.programs.is_empty() { before.tool } else { after.tool };
        return Err(FileError::RunByCommand { tool }.to_string());
    }
    Ok(added(&before.migrations, after.migrations.clone()))
}
