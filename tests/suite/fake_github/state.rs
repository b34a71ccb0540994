//! What the fake knows: GitHub as far as Confiture can see it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use confiture::model::hex;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::access::Token;
use super::failures::Failure;
use super::oauth::Code;
use super::webhook::Sent;
use super::{APP, INSTALLATION, PULL, REPOSITORY, TOKEN};

/// A tree: paths and what stands there.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// What the fake knows.
pub(crate) struct State {
    /// Repositories by `owner/name`.
    pub repositories: BTreeMap<String, Repository>,
    /// Comments on pull requests, oldest first.
    pub comments: Vec<Comment>,
    /// Reactions as they were asked for: comment and content.
    pub reactions: Vec<(u64, String)>,
    /// Rights by login; who is missing is unknown.
    pub permissions: BTreeMap<String, String>,
    /// Codes that an App is handed out for.
    pub app_codes: Vec<String>,
    /// Where the branches of a repository have parted, when it is not at the newest commit of the base.
    pub parted: BTreeMap<String, String>,
    /// Who is in which team: `org/team` and login.
    pub members: Vec<(String, String)>,
    /// Repositories that a login can see nothing of, whatever rights it has elsewhere.
    pub hidden: BTreeSet<(String, String)>,
    /// Ids of accounts by login.
    pub accounts: BTreeMap<String, u64>,
    /// Who is signed in in the browser that comes to sign in elsewhere; none refuses.
    pub browser: Option<String>,
    /// Codes that were given out and not exchanged.
    pub codes: BTreeMap<String, Code>,
    /// Check runs, oldest first.
    pub checks: Vec<Check>,
    /// Where the App is installed.
    pub installations: Vec<Installation>,
    /// Tokens that are let in.
    pub tokens: BTreeMap<String, Token>,
    /// What was delivered, or should have been, oldest first.
    pub deliveries: Vec<Sent>,
    /// Ids of attempts that are to be made again, as they were asked for.
    pub redeliveries: Vec<u64>,
    /// The user whom [`TOKEN`] belongs to; none for an installation's.
    pub user: Option<String>,
    /// No token may write.
    pub read_only: bool,
    /// What goes wrong with the next requests that are meant.
    pub failures: VecDeque<Failure>,
    /// What goes wrong with the first request of each method and path.
    pub shaky: Option<Failure>,
    pub(super) shaken: BTreeSet<String>,
    /// How many seconds GitHub's clock is behind this machine's.
    pub clock_behind: u64,
    /// Every request, as method and path.
    pub requests: Vec<String>,
    pub(super) faults: Vec<String>,
    ids: u64,
}

/// A repository.
#[derive(Debug, Clone)]
pub(crate) struct Repository {
    pub id: u64,
    pub default_branch: String,
    pub private: bool,
    pub archived: bool,
    /// Branches with their newest commits.
    pub branches: BTreeMap<String, String>,
    /// Trees by commit.
    pub trees: BTreeMap<String, Arc<Files>>,
    /// Archives by commit that are sent as they are, whatever the tree.
    pub archives: BTreeMap<String, Vec<u8>>,
    /// Whether its trees are too large to be listed.
    pub truncated: bool,
    /// Where commits have parted from the default branch, for those that have not just done so.
    pub merge_bases: BTreeMap<String, String>,
    /// Pull requests by number.
    pub pulls: BTreeMap<u64, Pull>,
}

/// A pull request.
#[derive(Debug, Clone)]
pub(crate) struct Pull {
    pub number: u64,
    pub title: String,
    pub author: String,
    /// The commit that it proposes.
    pub head: String,
    pub head_branch: String,
    /// The repository that it comes from.
    pub head_repository: String,
    pub base_branch: String,
    pub draft: bool,
    pub open: bool,
    pub merged: bool,
    /// When something about it changed last, in seconds of a clock of its own.
    pub updated: u64,
}

/// A comment.
#[derive(Debug, Clone)]
pub(crate) struct Comment {
    pub id: u64,
    pub repository: String,
    pub pull: u64,
    pub login: String,
    pub kind: &'static str,
    pub body: String,
}

/// A check run.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    pub id: u64,
    pub repository: String,
    pub app: u64,
    pub name: String,
    pub head: String,
    pub external_id: String,
    pub details_url: Option<String>,
    pub status: String,
    pub conclusion: Option<String>,
    pub title: String,
    pub summary: String,
    pub text: Option<String>,
    /// All that were ever sent, in their order.
    pub annotations: Vec<Value>,
    pub actions: Vec<Value>,
}

/// Where the App is installed.
#[derive(Debug, Clone)]
pub(crate) struct Installation {
    pub id: u64,
    pub account: String,
    pub repositories: Vec<String>,
    /// What the account consented to.
    pub permissions: BTreeMap<String, String>,
    pub suspended: bool,
}

impl Default for State {
    fn default() -> Self {
        let mut state = Self {
            repositories: BTreeMap::new(),
            comments: Vec::new(),
            reactions: Vec::new(),
            permissions: BTreeMap::new(),
            app_codes: Vec::new(),
            parted: BTreeMap::new(),
            members: Vec::new(),
            hidden: BTreeSet::new(),
            accounts: BTreeMap::new(),
            browser: None,
            codes: BTreeMap::new(),
            checks: Vec::new(),
            installations: Vec::new(),
            tokens: BTreeMap::from([(TOKEN.to_owned(), Token::of_workflow())]),
            deliveries: Vec::new(),
            redeliveries: Vec::new(),
            user: None,
            read_only: false,
            failures: VecDeque::new(),
            shaky: None,
            shaken: BTreeSet::new(),
            clock_behind: 0,
            requests: Vec::new(),
            faults: Vec::new(),
            ids: 10_000,
        };
        state.create(REPOSITORY);
        state.open_pull(REPOSITORY, "change", Files::new());
        state.install(INSTALLATION, "acme", &[REPOSITORY]);
        state
    }
}

impl State {
    /// An id that nothing else has.
    pub(super) fn id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    /// The id of an account.
    pub(crate) fn account(&mut self, login: &str) -> u64 {
        let new = self.id();
        *self.accounts.entry(login.to_owned()).or_insert(new)
    }

    /// Makes a repository with an empty branch `main`.
    pub(crate) fn create(&mut self, name: &str) {
        let repository = Repository {
            id: self.id(),
            default_branch: "main".to_owned(),
            private: false,
            archived: false,
            branches: BTreeMap::new(),
            trees: BTreeMap::new(),
            archives: BTreeMap::new(),
            truncated: false,
            merge_bases: BTreeMap::new(),
            pulls: BTreeMap::new(),
        };
        self.repositories.insert(name.to_owned(), repository);
        self.push(name, "main", Files::new());
    }

    pub(crate) fn repository(&mut self, name: &str) -> &mut Repository {
        self.repositories.get_mut(name).unwrap_or_else(|| panic!("there is no repository {name}"))
    }

    /// Pushes a commit with this tree to a branch, and gives its id. Open pull requests of that branch move.
    pub(crate) fn push(&mut self, repository: &str, branch: &str, files: Files) -> String {
        let commit = hex(&Sha256::digest(format!("{} {files:?}", self.id()))[..20]);
        let name = repository.to_owned();
        let repository = self.repository(repository);
        let files = Arc::new(files);
        repository.trees.insert(commit.clone(), files.clone());
        repository.branches.insert(branch.to_owned(), commit.clone());
        for base in self.repositories.values_mut() {
            let moved =
                |pull: &&mut Pull| pull.open && pull.head_branch == branch && pull.head_repository == name;
            for pull in base.pulls.values_mut().filter(moved) {
                pull.head.clone_from(&commit);
                // What somebody proposes is to be had from where it is proposed to.
                base.trees.insert(commit.clone(), files.clone());
                pull.updated += 1;
            }
        }
        commit
    }

    /// Opens a pull request to the default branch from a new branch with this tree.
    pub(crate) fn open_pull(&mut self, repository: &str, branch: &str, files: Files) -> u64 {
        self.open_pull_from(repository, repository, branch, files)
    }

    /// Opens a pull request from a branch of another repository.
    pub(crate) fn open_pull_from(&mut self, fork: &str, repository: &str, branch: &str, files: Files) -> u64 {
        let head = self.push(fork, branch, files.clone());
        let base = self.repository(repository);
        base.trees.insert(head.clone(), Arc::new(files));
        let number = base.pulls.keys().next_back().map_or(PULL, |last| last + 1);
        let pull = Pull {
            number,
            title: format!("Merge {branch}"),
            author: "octocat".to_owned(),
            head,
            head_branch: branch.to_owned(),
            head_repository: fork.to_owned(),
            base_branch: base.default_branch.clone(),
            draft: false,
            open: true,
            merged: false,
            updated: 0,
        };
        base.pulls.insert(number, pull);
        number
    }

    pub(crate) fn pull(&mut self, repository: &str, number: u64) -> &mut Pull {
        self.repository(repository).pulls.get_mut(&number).unwrap_or_else(|| panic!("there is no #{number}"))
    }

    pub(crate) fn close(&mut self, repository: &str, number: u64) {
        let pull = self.pull(repository, number);
        (pull.open, pull.updated) = (false, pull.updated + 1);
    }

    /// Merges a pull request: its files come over those of its base, whose new commit is given.
    pub(crate) fn merge(&mut self, repository: &str, number: u64) -> String {
        let pull = self.pull(repository, number);
        (pull.open, pull.merged, pull.updated) = (false, true, pull.updated + 1);
        let pull = pull.clone();
        let mut files = self.tree(repository, &pull.base_branch);
        files.extend(Files::clone(&self.repositories[&pull.head_repository].trees[&pull.head]));
        self.push(repository, &pull.base_branch, files)
    }

    /// Lets branches of a repository have parted at a commit that is no longer the newest of the base.
    pub(crate) fn parted_at(&mut self, repository: &str, commit: &str) {
        self.parted.insert(repository.to_owned(), commit.to_owned());
    }

    /// The archive that GitHub makes of a commit when git writes other files into it.
    pub(crate) fn archive_of(repository: &str, commit: &str, files: &Files) -> Vec<u8> {
        super::tarball::tarball(repository, commit, files)
    }

    /// Lets a fork's commit be fetched from the repository that it is proposed to, as GitHub does.
    pub(crate) fn fetched_from_fork(&mut self, repository: &str, fork: &str, commit: &str) {
        let tree = self.repository(fork).trees[commit].clone();
        self.repository(repository).trees.insert(commit.to_owned(), tree);
    }

    /// Puts a pull request into the merge queue, onto a commit: its files come over those that are there. Gives the
    /// commit that comes of it.
    pub(crate) fn queue(&mut self, repository: &str, number: u64, onto: &str) -> String {
        let here = &self.repositories[repository];
        let pull = here.pulls[&number].clone();
        let mut files = Files::clone(&here.trees[onto]);
        files.extend(Files::clone(&here.trees[&pull.head]));
        let branch = format!("gh-readonly-queue/{}/pr-{number}-{onto}", pull.base_branch);
        self.push(repository, &branch, files)
    }

    /// The tree of a branch's newest commit.
    pub(crate) fn tree(&self, repository: &str, branch: &str) -> Files {
        let repository = &self.repositories[repository];
        Files::clone(&repository.trees[&repository.branches[branch]])
    }

    /// Lets [`REPOSITORY`]'s pull request stand between two commits that are somewhere else.
    pub(crate) fn point(&mut self, base: &str, head: &str) {
        self.repository(REPOSITORY).branches.insert("main".to_owned(), base.to_owned());
        head.clone_into(&mut self.pull(REPOSITORY, PULL).head);
    }

    /// Installs the App for some repositories, with all permissions that it asks for.
    pub(crate) fn install(&mut self, id: u64, account: &str, repositories: &[&str]) {
        let permissions = [
            ("metadata", "read"),
            ("contents", "read"),
            ("pull_requests", "write"),
            ("issues", "read"),
            ("checks", "write"),
            ("members", "read"),
        ];
        self.installations.push(Installation {
            id,
            account: account.to_owned(),
            repositories: repositories.iter().map(|&name| name.to_owned()).collect(),
            permissions: permissions.map(|(name, level)| (name.to_owned(), level.to_owned())).into(),
            suspended: false,
        });
    }

    /// Adds a comment to [`REPOSITORY`]'s pull request, as somebody would.
    pub(crate) fn comment(&mut self, login: &str, kind: &'static str, body: impl Into<String>) -> u64 {
        self.comment_on(REPOSITORY, PULL, login, kind, body)
    }

    /// Adds a comment to a pull request.
    pub(crate) fn comment_on(
        &mut self,
        repository: &str,
        pull: u64,
        login: &str,
        kind: &'static str,
        body: impl Into<String>,
    ) -> u64 {
        let id = 1_000 + self.comments.len() as u64;
        let (repository, login) = (repository.to_owned(), login.to_owned());
        self.comments.push(Comment { id, repository, pull, login, kind, body: body.into() });
        id
    }

    /// Adds a check as another App would.
    pub(crate) fn foreign_check(&mut self, head: &str, name: &str, external_id: &str) -> u64 {
        let id = self.id();
        self.checks.push(Check {
            id,
            repository: REPOSITORY.to_owned(),
            app: APP + 1,
            name: name.to_owned(),
            head: head.to_owned(),
            external_id: external_id.to_owned(),
            details_url: None,
            status: "queued".to_owned(),
            conclusion: None,
            title: String::new(),
            summary: String::new(),
            text: None,
            annotations: Vec::new(),
            actions: Vec::new(),
        });
        id
    }

    /// The requests that write.
    pub(crate) fn writes(&self) -> Vec<&str> {
        self.requests.iter().map(String::as_str).filter(|request| !request.starts_with("GET")).collect()
    }

    /// Lets every token be too old.
    pub(crate) fn expire_tokens(&mut self) {
        self.tokens.clear();
    }
}
