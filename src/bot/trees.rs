//! The files that a job needs: what the commit holds, what counts as deployed, and the policies.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::job::{Input, JobError, Tools};
use super::room::Room;
use crate::config::RepositorySettings;
use crate::gateway::github::{GitHub, PullRequest, RepoName, Tree, TreeLimits};
use crate::model::python::Trust;
use crate::operation::project::{DEFAULT_ENVIRONMENT, ProjectOptions, SettingsFrom};

/// How many times the room of the project's files a whole archive may have: what lies beside them is not kept.
const BESIDE: u64 = 16;

/// The project as it stands in each of the commits that count. What lies beside the project is not kept.
pub(super) struct Trees {
    /// Where they lie, and the server that tries them.
    room: Room,
    /// What the commit holds.
    pub(super) head: Utf8PathBuf,
    /// What counts as deployed.
    pub(super) base: Utf8PathBuf,
    /// Where policies are read.
    policy: Utf8PathBuf,
    pub(super) base_commit: String,
    pub(super) repository_url: String,
    /// The pull request that the commit is the head of, when it is one's.
    pub(super) pull: Option<PullRequest>,
    /// Whether links and the like, which are not kept, are as many in the head as in the base.
    same_links: bool,
}

impl Trees {
    /// Fetches them.
    pub(super) async fn fetch(
        tools: &Tools,
        github: &GitHub,
        repo: &RepoName,
        input: &Input,
        head: &str,
    ) -> Result<Self, JobError> {
        let room = Room::make(&tools.variables)?;
        let at = room.path();
        let page = github.repository(repo).await?;
        let (base_commit, policy_commit, pull) =
            commits(github, repo, input, head, &page.default_branch).await?;
        let directory = Utf8PathBuf::from(&tools.settings.repository(&repo.to_string()).directory);
        let limits = limits(tools, &directory);
        let (head_at, base_at, policy_at) = (at.join("head"), at.join("base"), at.join("policy"));
        let head = whole(head, github.download_tree(repo, head, &head_at, &limits).await?)?;
        let base = whole(&base_commit, github.download_tree(repo, &base_commit, &base_at, &limits).await?)?;
        let policy = if policy_commit == base_commit {
            base_at.clone()
        } else {
            whole(&policy_commit, github.download_tree(repo, &policy_commit, &policy_at, &limits).await?)?;
            policy_at
        };
        for at in [&head_at, &base_at, &policy] {
            // A project that is not there is one without files.
            fs_err::create_dir_all(at.join(&directory))?;
        }
        Ok(Self {
            head: head_at.join(&directory),
            base: base_at.join(&directory),
            policy: policy.join(&directory),
            base_commit,
            repository_url: page.url,
            pull,
            same_links: head.skipped == base.skipped,
            room,
        })
    }

    /// Where they lie.
    pub(super) fn room(&self) -> &Room {
        &self.room
    }

    /// Where the trees lie on this machine is nobody's business, and another place at each attempt.
    pub(super) fn hide(&self, text: &str) -> String {
        [&self.head, &self.base, &self.policy].into_iter().fold(text.to_owned(), |text, place| {
            text.replace(&format!("{place}/"), "").replace(place.as_str(), "the repository")
        })
    }

    /// The project of the commit, with the settings of the default branch.
    pub(super) fn project(&self, tools: &Tools, settings: &RepositorySettings) -> ProjectOptions {
        ProjectOptions {
            directory: self.head.clone(),
            env: settings.env.clone().unwrap_or_else(|| DEFAULT_ENVIRONMENT.to_owned()),
            config: None,
            settings_from: SettingsFrom::Tree(self.policy.clone()),
            variables: self.variables(tools),
            trust: Trust::Bot,
        }
    }

    /// The variables of a server that lies in the same room.
    fn variables(&self, tools: &Tools) -> BTreeMap<String, String> {
        let mut variables = (*tools.variables).clone();
        variables.insert("TMPDIR".to_owned(), self.room.path().to_string());
        variables
    }

    /// Whether the commit changes anything that a database is made of.
    pub(super) fn concern_the_database(&self) -> std::io::Result<bool> {
        Ok(!self.same_links || files(&self.head)? != files(&self.base)?)
    }
}

/// The project of one commit.
pub(super) struct Single {
    /// Gone when it is dropped.
    _room: Room,
    pub(super) project: Utf8PathBuf,
}

/// Fetches the project of one commit.
pub(super) async fn single(
    tools: &Tools,
    github: &GitHub,
    repo: &RepoName,
    commit: &str,
) -> Result<Single, JobError> {
    let room = Room::make(&tools.variables)?;
    let directory = Utf8PathBuf::from(&tools.settings.repository(&repo.to_string()).directory);
    let at = room.path().join("tree");
    whole(commit, github.download_tree(repo, commit, &at, &limits(tools, &directory)).await?)?;
    let project = at.join(&directory);
    fs_err::create_dir_all(&project)?;
    Ok(Single { _room: room, project })
}

/// The commit that counts as deployed, and the one whose settings count, with the pull request.
async fn commits(
    github: &GitHub,
    repo: &RepoName,
    input: &Input,
    head: &str,
    default_branch: &str,
) -> Result<(String, String, Option<PullRequest>), JobError> {
    match (input.pull, &input.base) {
        (Some(pull), _) => {
            let pull = github.pull_request(repo, pull).await?;
            let base = github.merge_base(repo, &pull.base, head).await?;
            let is_default = pull.base_branch == default_branch;
            let policy =
                if is_default { pull.base.clone() } else { github.branch(repo, default_branch).await? };
            Ok((base, policy, Some(pull)))
        }
        (None, Some(base)) => Ok((base.clone(), github.branch(repo, default_branch).await?, None)),
        (None, None) => Err(JobError::Input("neither a pull request nor a base".to_owned())),
    }
}

/// Of a repository with many projects the files of one are kept; the archive is bound as a whole besides.
pub(super) fn limits(tools: &Tools, directory: &Utf8Path) -> TreeLimits {
    let limits = &tools.settings.limits;
    let bytes = limits.tree_megabytes.saturating_mul(1 << 20);
    TreeLimits {
        only: if directory.as_str().is_empty() { Vec::new() } else { vec![directory.to_owned()] },
        files: usize::try_from(limits.tree_files).unwrap_or(usize::MAX),
        bytes,
        archive_bytes: bytes.saturating_mul(BESIDE),
        counts,
        ..TreeLimits::default()
    }
}

/// Directories that hold migrations, in whatever language these are written.
const OF_MIGRATIONS: [&str; 4] = ["db", "migrations", "migration", "versions"];

/// Other files than SQL, sqitch's plan and what lies where migrations do are nobody's migration.
fn counts(path: &Utf8Path) -> bool {
    let mut parts = path.components();
    matches!(path.extension(), Some("sql" | "plan"))
        || parts.any(|part| OF_MIGRATIONS.contains(&part.as_str()))
}

/// A file that the commit has, and its archive has not or has otherwise, could be a migration: what is not seen is not
/// proved.
pub(super) fn whole(commit: &str, tree: Tree) -> Result<Tree, JobError> {
    let first = |paths: &[Utf8PathBuf]| paths.iter().find(|path| counts(path)).map(ToString::to_string);
    if let Some(path) = first(&tree.withheld) {
        return Err(JobError::Withheld { commit: commit.to_owned(), path });
    }
    if let Some(path) = first(&tree.altered) {
        return Err(JobError::Altered { commit: commit.to_owned(), path });
    }
    if !tree.all_listed {
        return Err(JobError::TooMany { commit: commit.to_owned() });
    }
    Ok(tree)
}

/// The files of a project that count, with what they hold.
fn files(project: &Utf8Path) -> std::io::Result<BTreeMap<Utf8PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut open = vec![project.to_owned()];
    while let Some(directory) = open.pop() {
        if !directory.is_dir() {
            continue;
        }
        for entry in directory.read_dir_utf8()? {
            let path = entry?.into_path();
            let Ok(inner) = path.strip_prefix(project).map(Utf8Path::to_owned) else { continue };
            if path.is_dir() {
                open.push(path);
            } else if counts(&inner) {
                found.insert(inner, fs_err::read(&path)?);
            }
        }
    }
    Ok(found)
}
