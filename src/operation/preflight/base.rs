//! What the pending migrations are replayed on.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use secrecy::ExposeSecret as _;

use super::by_command;
use super::request::{BaseRequest, Request};
use super::tree::Tree;
use crate::gateway::files::{self, MigrationFiles};
use crate::gateway::git::Git;
use crate::gateway::postgres::{Admin, Target};
use crate::gateway::scratch;
use crate::gateway::scratch::{ExternalServer, Server};
use crate::model::exit::ExitCode;
use crate::model::migration::{Migration, SqlFile, Version};
use crate::model::report::{Base, BaseKind, CopyMethod, Failure, Note, Stage};
use crate::operation::failure;
use crate::operation::lab;
use crate::operation::preflight::Inputs;
use crate::operation::project::{Opened, migrations_in};
use crate::operation::script::Script;

/// How often, and how long each time, a given database is waited for to be left alone.
const GOODBYES: u32 = 5;
const GOODBYE: Duration = Duration::from_millis(40);

/// A base that is known, before any server is started.
pub(super) enum Plan {
    /// Nothing.
    Empty,
    /// A dump's text, perhaps with the version that it goes up to.
    Dump {
        /// What it holds.
        file: SqlFile,
        /// The newest version that it contains, when it brings no ledger rows.
        through: Option<Version>,
    },
    /// The project as it stood at a revision, where its own command lays the base.
    Checkout(Box<Tree>),
    /// The migrations that stood at a revision.
    Migrations(MigrationFiles),
    /// A given database, to be copied on its own server.
    Copy(Target),
    /// A given database itself.
    InPlace(Target),
}

/// The base as the report states it while nothing is known of it.
pub(super) fn blank(request: &BaseRequest) -> Base {
    let kind = match request {
        BaseRequest::Empty => BaseKind::Empty,
        BaseRequest::Against { .. } => BaseKind::Against,
        BaseRequest::Snapshot { .. } => BaseKind::Snapshot,
        BaseRequest::Ref { .. } | BaseRequest::Tree { .. } => BaseKind::Ref,
    };
    Base {
        kind,
        version: None,
        deployed_count: 0,
        git_ref: None,
        commit: None,
        source: None,
        server_version: None,
        copy: None,
        cached: false,
    }
}

/// Finds out what the base is. Reads files, git, and the given database; changes nothing.
pub(super) async fn plan(request: &Request, inputs: &Inputs, base: &mut Base) -> Result<Plan, Failure> {
    if inputs.command.is_some() {
        by_command::check(&request.base)?;
    }
    match &request.base {
        BaseRequest::Empty => Ok(Plan::Empty),
        BaseRequest::Snapshot { path, through } => snapshot(path, through.as_ref(), base),
        BaseRequest::Ref { revision } => at_revision(request, inputs, revision, base).await,
        BaseRequest::Tree { directory, commit } => {
            base.commit = Some(commit.clone());
            migrations_in(directory, inputs.opened.project.layout()).map(Plan::Migrations)
        }
        BaseRequest::Against { url, in_place } => {
            let target = Target::from_url(url.expose_secret()).map_err(|error| failure::url(&error))?;
            base.source = Some(target.to_string());
            given_database(request, inputs, target, *in_place, base).await
        }
    }
}

fn snapshot(path: &Utf8PathBuf, through: Option<&Version>, base: &mut Base) -> Result<Plan, Failure> {
    base.source = Some(path.to_string());
    let unusable = |message: String| Failure::new(Stage::Base, ExitCode::Configuration, message);
    let bytes =
        fs_err::read(path).map_err(|error| unusable(format!("the snapshot cannot be read: {error}")))?;
    if bytes.starts_with(b"PGDMP") {
        let mut failure = unusable(format!("{path} is an archive of pg_dump's own format, not SQL"));
        failure.help = Some(
            "make the snapshot with pg_dump --format=plain, or convert it with pg_restore -f".to_owned(),
        );
        return Err(failure);
    }
    let file = files::sql_file(path.clone(), bytes).map_err(|error| failure::file(&error))?;
    base.server_version = dumped_from(&file.text);
    Ok(Plan::Dump { file, through: through.cloned() })
}

/// The version in the comment that `pg_dump` writes at the head of a dump.
fn dumped_from(text: &str) -> Option<String> {
    let line =
        text.lines().take(40).find_map(|line| line.strip_prefix("-- Dumped from database version "))?;
    line.split_whitespace().next().map(str::to_owned)
}

async fn at_revision(
    request: &Request,
    inputs: &Inputs,
    revision: &str,
    base: &mut Base,
) -> Result<Plan, Failure> {
    let git = Git::open(&request.project.directory, &request.project.variables);
    base.git_ref = Some(revision.to_owned());
    let commit = git.resolve(revision).await.map_err(|error| failure::file(&error.into()))?;
    let Some(commit) = commit else { return Err(failure::missing_revision(Stage::Base, revision)) };
    base.commit = Some(commit.clone());
    if inputs.command.is_some() {
        return Tree::of(request, &commit).await.map(|tree| Plan::Checkout(Box::new(tree)));
    }
    let layout = inputs.opened.project.layout();
    let found = files::migrations_at(&git, &commit, layout).await.map_err(|error| failure::file(&error))?;
    Ok(Plan::Migrations(found))
}

/// Looks at a given database and decides how it is copied: by template if its server lets us, else by dump.
async fn given_database(
    request: &Request,
    inputs: &Inputs,
    target: Target,
    in_place: bool,
    base: &mut Base,
) -> Result<Plan, Failure> {
    let refused = |error| failure::connection(Stage::Base, &target, &error);
    let admin = Admin::open(&target, "confiture look").await.map_err(refused)?;
    let version = admin.version().await.map_err(refused)?;
    admin.close().await;
    base.server_version = Some(version.clone());
    if in_place {
        base.copy = Some(CopyMethod::InPlace);
        return Ok(Plan::InPlace(target));
    }
    // What a command sends is seen on a server of our own alone.
    if inputs.command.is_none() && can_be_template(&target, inputs).await {
        base.copy = Some(CopyMethod::Template);
        return Ok(Plan::Copy(target));
    }
    base.copy = Some(CopyMethod::Dump);
    let ledger = inputs.opened.ledger.table().display();
    let text = scratch::dump(&target, &ledger, lab::major(&version), &request.project.variables).await;
    let text = text.map_err(|error| failure::server(&error))?;
    let file = files::sql_file(Utf8Path::new("(dump)").to_owned(), text.into_bytes());
    Ok(Plan::Dump { file: file.map_err(|error| failure::file(&error))?, through: None })
}

/// Whether a copy can be made where the database is: the right to make databases, nobody connected, and no role
/// to be made for it, as those belong to the whole server.
async fn can_be_template(target: &Target, inputs: &Inputs) -> bool {
    let server = ExternalServer::of(target);
    let Ok(admin) = Admin::open(server.admin(), "confiture look").await else { return false };
    let mut may = admin.can_copy(target.database()).await.unwrap_or(false);
    // Whoever has just said goodbye, and be it ourselves, may be seen a moment longer.
    for _ in 0..GOODBYES {
        if !may {
            tokio::time::sleep(GOODBYE).await;
            may = admin.can_copy(target.database()).await.unwrap_or(false);
        }
    }
    let roles = admin.roles().await.unwrap_or_default();
    admin.close().await;
    may && names_only(inputs, &roles)
}

/// Whether the project's SQL gets by with these roles.
fn names_only(inputs: &Inputs, roles: &[String]) -> bool {
    let files = inputs.files.migrations.iter().flat_map(Migration::forward).chain(&inputs.schema);
    // A file that cannot be split is told of when its turn comes.
    let scripts = files.filter_map(|file| Script::read(file, Stage::Project).ok());
    scripts.into_iter().all(|script| script.roles().all(|role| roles.iter().any(|known| known == role)))
}

/// The note that is due when base and server are of different major versions.
pub(super) fn version_note(base: &Base, server: &str) -> Option<Note> {
    let from = base.server_version.as_deref()?;
    (lab::major(from) != lab::major(server))
        .then(|| Note::VersionDiffers { base: from.to_owned(), server: server.to_owned() })
}

/// Starts the server that the base asks for.
pub(super) async fn start_server(
    request: &Request,
    opened: &Opened,
    plan: &Plan,
    key: Option<&str>,
) -> Result<Box<dyn Server>, Failure> {
    if let Plan::Copy(target) | Plan::InPlace(target) = plan {
        return Ok(Box::new(ExternalServer::of(target)));
    }
    let (wanted, download) = (request.postgres.as_deref(), request.download_postgres);
    let (settings, variables) = (&opened.settings.preflight, &request.project.variables);
    let purpose = if opened.project.layout().tool.is_run_by_command() {
        lab::Purpose::Command
    } else {
        lab::Purpose::Replay
    };
    lab::start(wanted, download, purpose, settings, variables, key).await
}

#[cfg(test)]
mod tests {
    use super::dumped_from;

    #[test]
    fn the_version_of_a_dump_is_read_from_its_head() {
        let text =
            "--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 16.4 (Debian 16.4-1)\n";
        assert_eq!(dumped_from(text).as_deref(), Some("16.4"));
        assert_eq!(dumped_from("select 1;"), None);
    }
}
