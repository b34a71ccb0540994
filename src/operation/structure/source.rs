//! What the words for a side mean.

use camino::Utf8Path;

use super::Grounds;
use crate::engine::chain;
use crate::gateway::files::{self, Ddl, MIGRATIONS, SCHEMA};
use crate::gateway::git::Git;
use crate::gateway::postgres::Target;
use crate::model::difference::{Side, SideKind};
use crate::model::exit::ExitCode;
use crate::model::migration::{Migration, SqlFile, Version};
use crate::model::report::{Failure, Stage};
use crate::model::schema::Schema;
use crate::model::schema::document::Document;
use crate::operation::failure;

/// The word for the project's migrations.
const MIGRATIONS_WORD: &str = "migrations";
/// The word for the project's declared schema.
const SCHEMA_WORD: &str = "schema";

/// A structure that is known, before any server is started.
#[derive(Debug)]
pub(crate) enum Source {
    /// A database, only to be read.
    Database(Box<Target>),
    /// A structure that was read earlier.
    Read(Schema),
    /// SQL, out of which a structure has to be built.
    Text(Text),
}

/// SQL, out of which a structure has to be built.
#[derive(Debug)]
pub(crate) enum Text {
    /// Files to be run one after the other.
    Files(Vec<SqlFile>),
    /// Migrations to be replayed.
    Chain(Vec<Migration>),
}

/// A side as it may be shown: what connects somewhere without its password.
pub(crate) fn shown(text: &str) -> String {
    if !connects(text) {
        return text.to_owned();
    }
    Target::from_url(text).map_or_else(|_| "a database URL".to_owned(), |target| target.to_string())
}

/// Whether it is, or was meant to be, what connects to a database: a URL of any scheme, or libpq's `host=… password=…`.
fn connects(text: &str) -> bool {
    let is_setting = |word: &str| ["host=", "dbname=", "password="].iter().any(|name| word.starts_with(name));
    text.contains("://") || text.split_whitespace().any(is_setting)
}

impl Source {
    /// The files of SQL, when it is SQL, in order; of migrations those that lead forward.
    pub(crate) fn files(&self) -> Box<dyn Iterator<Item = &SqlFile> + '_> {
        match self {
            Self::Text(Text::Files(files)) => Box::new(files.iter()),
            Self::Text(Text::Chain(migrations)) => Box::new(migrations.iter().map(|one| &one.up)),
            Self::Database(_) | Self::Read(_) => Box::new(std::iter::empty()),
        }
    }

    /// The project's migrations; nothing where there are none.
    pub(crate) fn chain(grounds: &Grounds) -> Result<Self, Failure> {
        let found = grounds.project()?.migrations()?.migrations;
        if found.is_empty() {
            return Ok(Self::Text(Text::Files(Vec::new())));
        }
        Ok(Self::Text(Text::Chain(whole(found, MIGRATIONS)?)))
    }

    /// The same with changes at their end, each of its own statements.
    pub(crate) fn changed(grounds: &Grounds, changes: &[String]) -> Result<Self, Failure> {
        let file = |statements: &String| files::sql_file("the change".into(), statements.as_bytes().to_vec());
        let files = changes.iter().map(file).collect::<Result<Vec<_>, _>>();
        let files = files.map_err(|error| failure::file(&error))?;
        Ok(match Self::chain(grounds)? {
            Self::Text(Text::Chain(mut migrations)) => {
                let version = |number: usize| Version::new(format!("the-change-{number}"));
                let added = |(number, file)| Migration::of_file(version(number), file);
                migrations.extend((1..).zip(files).map(added));
                Self::Text(Text::Chain(migrations))
            }
            _ => Self::Text(Text::Files(files)),
        })
    }

    /// Files as a declared schema.
    pub(crate) fn of_files(files: Vec<SqlFile>) -> Self {
        Self::Text(Text::Files(files))
    }

    /// Finds out what a side is, and reads its files. What is found out is put into `side`.
    pub(crate) async fn find(text: &str, grounds: &Grounds, side: &mut Side) -> Result<Self, Failure> {
        if connects(text) {
            side.kind = Some(SideKind::Database);
            let target = Target::from_url(text).map_err(|error| failure::url(&error))?;
            return Ok(Self::Database(Box::new(target)));
        }
        let files = |files| Self::Text(Text::Files(files));
        let path = Utf8Path::new(text);
        let (kind, source) = match text {
            MIGRATIONS_WORD => (SideKind::Migrations, Self::Text(Text::Chain(migrations(grounds)?))),
            SCHEMA_WORD => (SideKind::Schema, files(declared(grounds)?)),
            _ if path.is_dir() => (SideKind::Directory, texts(path)?),
            _ if path.extension() == Some("json") => (SideKind::Snapshot, snapshot(path, side)?),
            _ if path.is_file() => (SideKind::File, texts(path)?),
            _ => match text.split_once(':') {
                Some((revision, path)) => (SideKind::Revision, at_revision(revision, path, grounds).await?),
                None => return Err(not_there(text)),
            },
        };
        side.kind = Some(kind);
        Ok(source)
    }
}

fn migrations(grounds: &Grounds) -> Result<Vec<Migration>, Failure> {
    whole(grounds.project()?.migrations()?.migrations, MIGRATIONS)
}

/// Migrations of which no two have one version.
fn whole(found: Vec<Migration>, directory: &str) -> Result<Vec<Migration>, Failure> {
    match chain::duplicates(&found).into_iter().next() {
        Some(first) => {
            let mut failure = Failure::new(Stage::Project, ExitCode::Findings, first.message);
            failure.help = first.help;
            failure.place = first.place;
            Err(failure)
        }
        None if found.is_empty() => Err(nothing(&format!("{directory} holds no migrations"))),
        None => Ok(found),
    }
}

fn declared(grounds: &Grounds) -> Result<Vec<SqlFile>, Failure> {
    let opened = grounds.project()?;
    let found = opened.project.schema(&opened.settings).map_err(|error| failure::file(&error))?;
    if found.is_empty() {
        return Err(nothing(&format!("there is no declared schema in {SCHEMA}")));
    }
    Ok(found)
}

fn texts(path: &Utf8Path) -> Result<Source, Failure> {
    match files::ddl(path).map_err(|error| failure::file(&error))? {
        Ddl::Files(found) if found.is_empty() => Err(nothing(&format!("{path} holds no .sql file"))),
        found => source(found, path.as_str()),
    }
}

fn source(found: Ddl, directory: &str) -> Result<Source, Failure> {
    Ok(Source::Text(match found {
        Ddl::Files(files) => Text::Files(files),
        Ddl::Migrations(migrations) => Text::Chain(whole(migrations, directory)?),
    }))
}

async fn at_revision(revision: &str, path: &str, grounds: &Grounds) -> Result<Source, Failure> {
    let git = Git::open(&grounds.options.directory, &grounds.options.variables);
    let refused = |error| failure::file(&error);
    let commit = git.resolve(revision).await.map_err(|error| refused(error.into()))?;
    if commit.is_none() {
        return Err(failure::missing_revision(Stage::Project, revision));
    }
    let path = Utf8Path::new(path.trim_end_matches('/'));
    match files::ddl_at(&git, revision, path).await.map_err(refused)? {
        Ddl::Files(found) if found.is_empty() => {
            Err(nothing(&format!("the revision {revision} has no .sql file at `{path}`")))
        }
        found => source(found, &format!("{revision}:{path}")),
    }
}

fn snapshot(path: &Utf8Path, side: &mut Side) -> Result<Source, Failure> {
    let unusable = |message: String| {
        Failure::new(Stage::Project, ExitCode::Configuration, format!("{path} cannot be used: {message}"))
    };
    let text = fs_err::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
    let document = Document::parse(&text).map_err(|error| unusable(error.to_string()))?;
    side.server_version.clone_from(&document.server_version);
    let schema = document.into_schema().map_err(|error| unusable(error.to_string()))?;
    Ok(Source::Read(schema))
}

fn nothing(message: &str) -> Failure {
    Failure::new(Stage::Project, ExitCode::Configuration, message)
}

/// A text that looks like a path is a file that is missing; any other is a word that nobody knows.
fn not_there(text: &str) -> Failure {
    let path = Utf8Path::new(text);
    let is_path = path.extension().is_some() || text.contains('/');
    let message = if is_path {
        format!("there is no file or directory {text}")
    } else {
        format!("`{text}` is no side of a comparison")
    };
    let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
    failure.help = Some(
        "a side is a database URL (postgresql://…), a .sql file, a directory of .sql files, REVISION:path, a \
         snapshot (.json), or the word `migrations` or `schema`"
            .to_owned(),
    );
    failure
}
