//! A commit's files, as an archive that GitHub makes.

use std::io;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use futures_util::stream::{self, Stream};
use http_body_util::BodyExt as _;
use serde::Deserialize;
use tokio::time::{Instant, timeout_at};
use tokio_util::io::{StreamReader, SyncIoBridge};
use tokio_util::sync::CancellationToken;

use super::api::Body;
use super::archive::{self, Skipped};
use super::blob;
use super::{GitHub, GitHubError, RepoName};

/// What is taken of a commit's tree, and how much of it at most.
#[derive(Debug, Clone)]
pub struct TreeLimits {
    /// The directories or files that are wanted; all when none is named.
    pub only: Vec<Utf8PathBuf>,
    /// How many files.
    pub files: usize,
    /// How many bytes in them.
    pub bytes: u64,
    /// How many bytes the whole archive may have when it is unpacked, wanted or not.
    pub archive_bytes: u64,
    /// How long it may take.
    pub time: Duration,
    /// The files that have to be as the commit has them.
    pub counts: fn(&Utf8Path) -> bool,
}

impl Default for TreeLimits {
    fn default() -> Self {
        Self {
            only: Vec::new(),
            files: 20_000,
            bytes: 256 << 20,
            archive_bytes: 4 << 30,
            time: Duration::from_mins(5),
            counts: |_| true,
        }
    }
}

impl TreeLimits {
    /// Whether a file is one of those that are wanted.
    pub(super) fn want(&self, path: &Utf8Path) -> bool {
        self.only.is_empty() || self.only.iter().any(|wanted| path.starts_with(wanted))
    }
}

/// What came of a commit's tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// How many files were written.
    pub files: usize,
    /// How many bytes are in them.
    pub bytes: u64,
    /// What was left out.
    pub skipped: Skipped,
    /// Files that the commit has and its archive has not: git leaves out what `.gitattributes` marks `export-ignore`,
    /// and whoever wrote the commit wrote that file, too.
    pub withheld: Vec<Utf8PathBuf>,
    /// Files that are not in the archive as the commit has them: git writes into what `.gitattributes` marks
    /// `export-subst`. Other line ends are no other file.
    pub altered: Vec<Utf8PathBuf>,
    /// Whether those are all. GitHub does not list the whole of a very large commit.
    pub all_listed: bool,
}

impl GitHub {
    /// Writes the files of a commit into a directory that is made for them and must not exist yet. When that fails,
    /// the directory is gone again.
    ///
    /// A name leads nowhere else: there are no links, and no `.git`. Submodules are empty.
    pub async fn download_tree(
        &self,
        repo: &RepoName,
        commit: &str,
        into: &Utf8Path,
        limits: &TreeLimits,
    ) -> Result<Tree, GitHubError> {
        if !matches!(commit.len(), 40 | 64) || !commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(GitHubError::Request(format!("`{commit}` is not a commit's id")));
        }
        let path = format!("/repos/{repo}/tarball/{commit}");
        let mut tree = self.api.patience.keep(|| self.download_once(&path, commit, into, limits)).await?;
        match self.compare(repo, commit, into, limits, &mut tree).await {
            Ok(()) => {}
            Err(error) => {
                fs_err::remove_dir_all(into).map_err(|error| archive::disk(into, &error))?;
                return Err(error);
            }
        }
        Ok(tree)
    }

    /// Finds what is wanted of a commit and was not in its archive, or was otherwise.
    async fn compare(
        &self,
        repo: &RepoName,
        commit: &str,
        into: &Utf8Path,
        limits: &TreeLimits,
        tree: &mut Tree,
    ) -> Result<(), GitHubError> {
        let path = format!("/repos/{repo}/git/trees/{commit}?recursive=1");
        let listing: ListingAnswer = self.api.get(&path).await?;
        tree.all_listed = !listing.truncated;
        let mut wanted: Vec<EntryAnswer> = listing.tree.into_iter().filter(EntryAnswer::is_file).collect();
        // Without attributes nothing is written into a file.
        let attributes = wanted.iter().any(|entry| entry.path.file_name() == Some(".gitattributes"));
        wanted.retain(|entry| limits.want(&entry.path));
        let (into, counts) = (into.to_owned(), limits.counts);
        let compared = tokio::task::spawn_blocking(move || {
            let (there, missing): (Vec<_>, Vec<_>) =
                wanted.into_iter().partition(|entry| into.join(&entry.path).exists());
            let mut altered = Vec::new();
            for entry in there.into_iter().filter(|entry| attributes && counts(&entry.path)) {
                let file = into.join(&entry.path);
                let content = fs_err::read(&file).map_err(|error| archive::disk(&file, &error))?;
                if !blob::is(&content, &entry.sha) {
                    altered.push(entry.path);
                }
            }
            Ok((missing.into_iter().map(|entry| entry.path).collect(), altered))
        });
        let compared: Result<_, GitHubError> =
            compared.await.unwrap_or_else(|error| Err(GitHubError::Transport(error.to_string())));
        (tree.withheld, tree.altered) = compared?;
        Ok(())
    }

    async fn download_once(
        &self,
        path: &str,
        commit: &str,
        into: &Utf8Path,
        limits: &TreeLimits,
    ) -> Result<Tree, GitHubError> {
        let deadline = Instant::now() + limits.time;
        // Who waits no longer leaves nothing behind: the thread that unpacks hears of it and clears up.
        let given_up = CancellationToken::new();
        let _guard = given_up.clone().drop_guard();
        let body = timeout_at(deadline, self.api.open(path)).await.map_err(|_| too_slow(limits))??;
        let reader = SyncIoBridge::new(StreamReader::new(Box::pin(chunks(body, deadline, given_up))));
        let (limits, into, commit) = (limits.clone(), into.to_owned(), commit.to_owned());
        let unpacking = tokio::task::spawn_blocking(move || {
            make(&into)?;
            let unpacked = archive::unpack(reader, &commit, &into, &limits);
            if unpacked.is_err() {
                fs_err::remove_dir_all(&into).map_err(|error| archive::disk(&into, &error))?;
            }
            unpacked
        });
        unpacking.await.unwrap_or_else(|error| Err(GitHubError::Transport(error.to_string())))
    }
}

/// Makes the directory, whose own it is alone.
fn make(into: &Utf8Path) -> Result<(), GitHubError> {
    fs_err::create_dir(into).map_err(|error| archive::disk(into, &error))
}

fn too_slow(limits: &TreeLimits) -> GitHubError {
    GitHubError::Transport(format!("the archive did not come within {:?}", limits.time))
}

/// The body's bytes as they come, until the deadline: a host that sends a byte now and then holds nobody up.
fn chunks(
    body: Body,
    deadline: Instant,
    given_up: CancellationToken,
) -> impl Stream<Item = io::Result<bytes::Bytes>> {
    let ended = |why: &'static str| io::Error::new(io::ErrorKind::TimedOut, why);
    stream::try_unfold((body, given_up), move |(mut body, given_up)| async move {
        loop {
            let next = given_up.run_until_cancelled(timeout_at(deadline, body.frame()));
            let next = next.await.ok_or_else(|| ended("nobody waits for it any more"))?;
            let Some(frame) = next.map_err(|_| ended("it did not come in time"))? else { return Ok(None) };
            // What is no data is a trailer, which says nothing about files.
            if let Ok(data) = frame.map_err(io::Error::other)?.into_data() {
                return Ok(Some((data, (body, given_up))));
            }
        }
    })
}

#[derive(Debug, Deserialize)]
struct ListingAnswer {
    tree: Vec<EntryAnswer>,
    truncated: bool,
}

#[derive(Debug, Deserialize)]
struct EntryAnswer {
    path: Utf8PathBuf,
    mode: String,
    #[serde(default)]
    sha: String,
}

impl EntryAnswer {
    /// Whether it is a file that is to be in an archive. A name that is not UTF-8 is told with a replacement in it.
    fn is_file(&self) -> bool {
        self.mode.starts_with("100") && !self.path.as_str().contains(char::REPLACEMENT_CHARACTER)
    }
}
