//! The git program: revisions, and the files that stand at them.
//!
//! Revisions come from pull requests and people, so none is ever read as an option, and no hook of the
//! repository's own runs.

mod command;
mod error;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use secrecy::{ExposeSecret as _, SecretString};

pub use error::{GitError, hide_passwords};

/// How many branches are looked at for what is taken: as many runs of git.
const BRANCHES_LOOKED_AT: &str = "--count=200";

/// A directory inside a git repository. Paths are relative to that directory.
#[derive(Debug, Clone)]
pub struct Git {
    dir: Utf8PathBuf,
    variables: BTreeMap<String, String>,
    login: Option<Login>,
}

/// What a server wants to see before it lets fetch.
#[derive(Debug, Clone)]
struct Login {
    server: String,
    token: SecretString,
}

impl Git {
    /// Git in `dir`, with the process's environment `variables`.
    #[must_use]
    pub fn open(dir: &Utf8Path, variables: &BTreeMap<String, String>) -> Self {
        Self { dir: dir.to_owned(), variables: variables.clone(), login: None }
    }

    /// The same, fetching from `server` (such as `https://github.com`) with a token.
    #[must_use]
    pub fn with_token(mut self, server: &str, token: &SecretString) -> Self {
        self.login = Some(Login { server: server.trim_end_matches('/').to_owned(), token: token.clone() });
        self
    }

    /// The full id of the commit that a revision means; `None` when the repository does not hold it.
    pub async fn resolve(&self, revision: &str) -> Result<Option<String>, GitError> {
        let commit = format!("{}^{{commit}}", checked(revision)?);
        self.lookup("rev-parse", &["--verify", "--quiet", "--end-of-options", &commit]).await
    }

    /// Where the directory lies in the repository; empty at its root.
    pub async fn prefix(&self) -> Result<Utf8PathBuf, GitError> {
        let answer = self.answer("rev-parse", &["--show-prefix"], b"").await?;
        Ok(String::from_utf8_lossy(&answer).trim_end_matches('\n').into())
    }

    /// Fetches a branch, tag or commit from `origin`; with `depth1`, without its history.
    pub async fn fetch(&self, revision: &str, depth1: bool) -> Result<(), GitError> {
        let mut arguments = vec!["--quiet", "--no-tags", "--no-recurse-submodules"];
        if depth1 {
            arguments.push("--depth=1");
        }
        arguments.extend(["--end-of-options", "origin", checked(revision)?]);
        self.answer("fetch", &arguments, b"").await.map(drop)
    }

    /// The commit where two histories part; `None` when they share none, as far as the checkout goes.
    pub async fn merge_base(&self, left: &str, right: &str) -> Result<Option<String>, GitError> {
        let (left, right) = (checked(left)?, checked(right)?);
        self.lookup("merge-base", &["--end-of-options", left, right]).await
    }

    /// Whether the checkout lacks a part of its history.
    pub async fn is_shallow(&self) -> Result<bool, GitError> {
        let answer = self.answer("rev-parse", &["--is-shallow-repository"], b"").await?;
        Ok(answer.trim_ascii() == b"true")
    }

    /// The regular files under `directory` at a revision, in path order; none when it is not there.
    pub async fn list_files(
        &self,
        revision: &str,
        directory: &Utf8Path,
    ) -> Result<Vec<Utf8PathBuf>, GitError> {
        let below = if directory.as_str().is_empty() { "." } else { directory.as_str() };
        let arguments = ["-r", "-z", "--end-of-options", checked(revision)?, "--", below];
        let answer = self.answer("ls-tree", &arguments, b"").await?;
        let mut files: Vec<Utf8PathBuf> = answer.split(|byte| *byte == 0).filter_map(regular_file).collect();
        files.sort();
        Ok(files)
    }

    /// What of the directory differs from the last commit, a line each, as `git status` says it; `None` where there is
    /// no repository.
    pub async fn changes(&self) -> Result<Option<Vec<String>>, GitError> {
        if !self.is_repository() {
            return Ok(None);
        }
        let arguments = ["--porcelain", "--no-renames", "--untracked-files=all", "--", "."];
        let answer = self.answer("status", &arguments, b"").await?;
        Ok(Some(String::from_utf8_lossy(&answer).lines().map(str::to_owned).collect()))
    }

    fn is_repository(&self) -> bool {
        let real = self.dir.canonicalize_utf8();
        real.is_ok_and(|dir| dir.ancestors().any(|above| above.join(".git").exists()))
    }

    /// The files under `directory` on every branch, local or remote, that this repository knows, the newest branches
    /// first. Where there is no repository, there are none.
    pub async fn files_of_all_branches(&self, directory: &Utf8Path) -> Result<Vec<Utf8PathBuf>, GitError> {
        if !self.is_repository() {
            return Ok(Vec::new());
        }
        let format = "--format=%(objectname)";
        let arguments = [format, "--sort=-committerdate", BRANCHES_LOOKED_AT, "refs/heads", "refs/remotes"];
        let answer = self.answer("for-each-ref", &arguments, b"").await?;
        let commits: BTreeSet<String> = String::from_utf8_lossy(&answer).lines().map(str::to_owned).collect();
        let mut files = Vec::new();
        for commit in commits {
            files.extend(self.list_files(&commit, directory).await?);
        }
        Ok(files)
    }

    /// What a file holds at a revision; `None` when it is not there.
    pub async fn read_file(&self, revision: &str, path: &Utf8Path) -> Result<Option<Vec<u8>>, GitError> {
        let mut files = self.read_files(revision, &[path.to_owned()]).await?;
        Ok(files.pop().flatten())
    }

    /// What many files hold at a revision, in the order asked for, in one run of git.
    pub async fn read_files(
        &self,
        revision: &str,
        paths: &[Utf8PathBuf],
    ) -> Result<Vec<Option<Vec<u8>>>, GitError> {
        let revision = checked(revision)?;
        let mut input = String::new();
        for path in paths {
            // One name per line is what `--batch` reads; `-z` is too new to lean on.
            if path.as_str().contains('\n') {
                return Err(GitError::Answer("ls-tree"));
            }
            // Writing to a String cannot fail.
            let _ = writeln!(input, "{revision}:./{path}");
        }
        let answer = self.answer("cat-file", &["--batch"], input.as_bytes()).await?;
        let mut rest = answer.as_slice();
        paths.iter().map(|_| next_object(&mut rest).ok_or(GitError::Answer("cat-file"))).collect()
    }

    /// Checks a commit out in a new directory beside the working tree.
    pub async fn add_worktree(&self, commit: &str, directory: &Utf8Path) -> Result<(), GitError> {
        let arguments =
            ["add", "--quiet", "--detach", "--end-of-options", directory.as_str(), checked(commit)?];
        self.answer("worktree", &arguments, b"").await.map(drop)
    }

    /// Removes what [`Self::add_worktree`] made, whatever was written there since.
    pub async fn remove_worktree(&self, directory: &Utf8Path) -> Result<(), GitError> {
        let arguments = ["remove", "--force", "--end-of-options", directory.as_str()];
        self.answer("worktree", &arguments, b"").await.map(drop)
    }

    /// Runs git and takes its output; anything but success is an error.
    async fn answer(
        &self,
        name: &'static str,
        arguments: &[&str],
        input: &[u8],
    ) -> Result<Vec<u8>, GitError> {
        let output = self.run(name, arguments, input).await?;
        if output.status.success() { Ok(output.stdout) } else { Err(command::refusal(name, &output)) }
    }

    /// Runs git for one line; git's exit status 1 means that there is none.
    async fn lookup(&self, name: &'static str, arguments: &[&str]) -> Result<Option<String>, GitError> {
        let output = self.run(name, arguments, b"").await?;
        match output.status.code() {
            Some(0) => Ok(Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())),
            Some(1) => Ok(None),
            _ => Err(command::refusal(name, &output)),
        }
    }

    async fn run(
        &self,
        name: &'static str,
        arguments: &[&str],
        input: &[u8],
    ) -> Result<std::process::Output, GitError> {
        let environment = command::environment(&self.variables, &self.settings());
        let all: Vec<&str> = std::iter::once(name).chain(arguments.iter().copied()).collect();
        command::run(&self.dir, &environment, &all, input).await
    }

    /// Settings that depend on where this runs.
    fn settings(&self) -> Vec<(String, String)> {
        let mut settings = Vec::new();
        // A container action is root over a checkout that belongs to the runner's user.
        if self.variables.get("GITHUB_ACTIONS").is_some_and(|value| value == "true") {
            settings.push(("safe.directory".to_owned(), "*".to_owned()));
        }
        if let Some(login) = &self.login {
            let key = format!("http.{}/.extraheader", login.server);
            // The empty value drops what actions/checkout left in the repository's own settings: two
            // such headers are refused.
            settings.push((key.clone(), String::new()));
            settings.push((key, format!("AUTHORIZATION: basic {}", basic(login.token.expose_secret()))));
        }
        settings
    }
}

/// Refuses what git would read as an option, or as two words of `cat-file --batch`.
fn checked(revision: &str) -> Result<&str, GitError> {
    let bad = revision.is_empty() || revision.starts_with('-') || revision.contains(char::is_control);
    if bad { Err(GitError::Revision(revision.to_owned())) } else { Ok(revision) }
}

/// The path in one line of `ls-tree`, when it is a regular file: no link, no submodule.
fn regular_file(entry: &[u8]) -> Option<Utf8PathBuf> {
    let entry = String::from_utf8_lossy(entry);
    let (mode, path) = entry.split_once('\t')?;
    mode.starts_with("100").then(|| Utf8PathBuf::from(path))
}

/// Takes one object off the output of `cat-file --batch`: `Some(None)` when it is missing.
#[expect(clippy::option_option, reason = "an unreadable answer and a missing object are two things")]
fn next_object(rest: &mut &[u8]) -> Option<Option<Vec<u8>>> {
    let line_ends = rest.iter().position(|byte| *byte == b'\n')?;
    let header = String::from_utf8_lossy(&rest[..line_ends]).into_owned();
    let body = &rest[line_ends + 1..];
    if header.ends_with(" missing") {
        *rest = body;
        return Some(None);
    }
    let mut words = header.rsplitn(3, ' ');
    let size: usize = words.next()?.parse().ok()?;
    let is_file = words.next()? == "blob";
    let content = body.get(..size)?.to_vec();
    *rest = body.get(size + 1..)?;
    Some(is_file.then_some(content))
}

/// HTTP basic credentials for a token, as GitHub's git server wants them.
fn basic(token: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let pair = format!("x-access-token:{token}");
    let mut encoded = String::new();
    for chunk in pair.as_bytes().chunks(3) {
        let bits =
            chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let index = (bits >> (18 - 6 * place)) & 63;
            encoded.push(if place > chunk.len() { '=' } else { char::from(ALPHABET[index as usize]) });
        }
    }
    encoded
}

#[cfg(test)]
mod tests;
