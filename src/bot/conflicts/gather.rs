//! What open pull requests change: fetched once for each state of both sides, and kept.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde::{Deserialize, Serialize};

use super::{Site, called};
use crate::bot::job::JobError;
use crate::bot::trees;
use crate::engine::conflict::added;
use crate::gateway::files::{FileError, MIGRATIONS, Project, assemble};
use crate::gateway::github::PullRequest;
use crate::gateway::store::Change;
use crate::model::migration::Migration;
use crate::operation::conflict::Branch;

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
    files: Vec<(Utf8PathBuf, String)>,
    unreadable: Option<String>,
}

/// The migrations at a commit, or why they cannot be read.
type Read = Result<Vec<Migration>, String>;

/// Gathers the open pull requests to a branch, and the branch that they go to. Those that are closed are forgotten.
pub(super) async fn open_pulls(site: &Site<'_>, branch: &str) -> Result<(Grounds, Vec<Proposal>), JobError> {
    let pulls = site.github.open_pulls(&site.repo).await?;
    let pulls: Vec<PullRequest> = pulls.into_iter().filter(|pull| pull.base_branch == branch).collect();
    let base = site.github.branch(&site.repo, branch).await?;
    let grounds = Grounds::fetch(site, branch, &base).await?;
    let store = &site.tools.store;
    let open: Vec<u64> = pulls.iter().map(|pull| pull.number.0).collect();
    store.forget_changes(site.repository, branch, &open).await?;
    let known = store.changes(site.repository, branch).await?;
    let mut known: BTreeMap<u64, Change> = known.into_iter().map(|change| (change.pull, change)).collect();
    for change in new_changes(site, &grounds, &pulls, &base, &known).await? {
        store.keep_change(site.repository, branch, &change).await?;
        known.insert(change.pull, change);
    }
    let proposal = |pull: PullRequest| {
        let content = known.get(&pull.number.0).map(|change| change.content.as_slice()).unwrap_or_default();
        let branch =
            serde_json::from_slice::<Content>(content).ok().and_then(|content| content.branch(&pull));
        Proposal { pull, branch }
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
            serde_json::to_vec(&content).unwrap_or_default()
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
        let only = Utf8Path::new(&site.settings.directory).join("db");
        let (base, mut policy) = (at.join("base"), at.join("base"));
        download(site, commit, &base, only.clone()).await?;
        // A project that is only just coming to be has nothing yet.
        fs_err::create_dir_all(base.join(&only))?;
        let default = &site.page.default_branch;
        if branch != default {
            policy = at.join("policy");
            let commit = site.github.branch(&site.repo, default).await?;
            download(site, &commit, &policy, only).await?;
        }
        Ok(Self { _keep: keep, base, policy })
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
        match download(site, commit, &at, directory.join(MIGRATIONS)).await {
            Ok(()) => {}
            Err(error) if error.is_of_the_commit() => return Ok(Err(error.to_string())),
            Err(error) => return Err(error),
        }
        let found = match Project::open(&at.join(directory)) {
            Ok(project) => project.migrations().map(|found| found.migrations),
            Err(FileError::NoProject(_) | FileError::NoDirectory(_)) => Ok(Vec::new()),
            Err(error) => Err(error),
        };
        fs_err::remove_dir_all(&at)?;
        Ok(found.map_err(|error| error.to_string()))
    }
}

/// Fetches a part of a commit, as long as all of it can be seen.
async fn download(site: &Site<'_>, commit: &str, into: &Utf8Path, only: Utf8PathBuf) -> Result<(), JobError> {
    let limits = trees::limits(site.tools, &only);
    trees::whole(commit, site.github.download_tree(&site.repo, commit, into, &limits).await?).map(drop)
}

impl Content {
    /// What was added between two commits.
    fn between(before: &Read, after: &Read) -> Self {
        let (before, after) = match (before, after) {
            (Ok(before), Ok(after)) => (before, after.clone()),
            (Err(message), _) | (_, Err(message)) => return Self::unreadable(message.clone()),
        };
        let files: Vec<(Utf8PathBuf, String)> = added(before, after)
            .iter()
            .flat_map(Migration::forward)
            .map(|file| (file.path.clone(), file.text.clone()))
            .collect();
        if files.iter().map(|(_, text)| text.len()).sum::<usize>() > LARGEST {
            let most = LARGEST >> 20;
            return Self::unreadable(format!("its migrations have more than {most} MB together"));
        }
        Self { files, unreadable: None }
    }

    fn unreadable(message: String) -> Self {
        Self { files: Vec::new(), unreadable: Some(message) }
    }

    /// The branch that a pull request is to the others; none when it adds no migration.
    fn branch(self, pull: &PullRequest) -> Option<Branch> {
        if self.files.is_empty() && self.unreadable.is_none() {
            return None;
        }
        let files = self.files.into_iter().map(|(path, text)| (path, text.into_bytes()));
        let (migrations, wrong) = match assemble(files.collect()) {
            Ok(found) => (found.migrations, None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        Some(Branch {
            id: called(pull.number),
            title: pull.title.clone(),
            url: pull.url.clone(),
            migrations,
            unreadable: self.unreadable.or(wrong),
        })
    }
}
