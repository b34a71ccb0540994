//! Tools whose migrations only they can run: what makes a project look like one of theirs, and what the names and heads
//! of their files tell.

use camino::Utf8Path;

use super::Content;
use super::ends_as;
use super::numbered;
use super::python;
use super::sight::{Sight, Sign, certain};
use crate::model::layout::{Revision, Tool};
use crate::model::migration::Version;

/// A tool that is run by its command.
pub(super) struct ByCommand {
    pub(super) tool: Tool,
    /// What makes a project look like one of the tool's.
    pub(super) sign: fn(&Sight<'_>) -> Option<Sign>,
    /// How many directories deep files may lie below the one of the migrations.
    depth: usize,
    /// Whether a file is one of the tool's migrations.
    is_file: fn(&Utf8Path) -> bool,
    /// What a file tells of itself; absent, nothing that can be read.
    revision: fn(&Content) -> Option<Revision>,
}

/// Every such tool. Of one that nobody knows, nothing but its ledger tells.
pub(super) const BY_COMMAND: [ByCommand; 8] = [
    ByCommand {
        tool: Tool::Alembic,
        sign: alembic,
        depth: 0,
        is_file: python::is_module,
        revision: python::alembic,
    },
    ByCommand {
        tool: Tool::Django,
        sign: django,
        depth: 6,
        is_file: python::is_django,
        revision: python::django,
    },
    ByCommand { tool: Tool::Rails, sign: rails, ..numbered_files(Tool::Rails) },
    ByCommand { tool: Tool::Ecto, sign: ecto, ..numbered_files(Tool::Ecto) },
    ByCommand { tool: Tool::Drizzle, sign: drizzle, ..ledger_alone(Tool::Drizzle) },
    ByCommand { tool: Tool::Typeorm, sign: typeorm, ..ledger_alone(Tool::Typeorm) },
    ByCommand { tool: Tool::Knex, sign: knex, revision: whole_name, ..numbered_files(Tool::Knex) },
    ByCommand {
        tool: Tool::Sequelize,
        sign: sequelize,
        revision: whole_name,
        ..numbered_files(Tool::Sequelize)
    },
];

/// Files whose names begin with the version that the ledger has.
const fn numbered_files(tool: Tool) -> ByCommand {
    ByCommand { tool, sign: |_| None, depth: 0, is_file: is_code, revision: number }
}

/// Files whose names are nothing that the ledger has.
const fn ledger_alone(tool: Tool) -> ByCommand {
    ByCommand { tool, sign: |_| None, depth: 0, is_file: |_| false, revision: |_| None }
}

/// How a tool that is run by its command goes about its files.
pub(super) fn by_command(tool: Tool) -> Option<&'static ByCommand> {
    BY_COMMAND.iter().find(|known| known.tool == tool)
}

impl ByCommand {
    /// Whether a file below the directory of the migrations is one of them.
    pub(super) fn owns(&self, directory: &Utf8Path, path: &Utf8Path) -> bool {
        let Ok(below) = path.strip_prefix(directory) else { return false };
        below.components().count() <= self.depth + 1 && (self.is_file)(path)
    }

    /// What a file tells of itself.
    pub(super) fn revision(&self, file: &Content) -> Option<Revision> {
        (self.revision)(file)
    }
}

/// Endings of the languages that migrations of such tools are written in.
const CODE: [&str; 7] = ["rb", "exs", "js", "ts", "cjs", "mjs", "sql"];

fn is_code(path: &Utf8Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    CODE.iter().any(|ending| ends_as(name, ending)) && numbered(name).is_some()
}

/// `20240101120000_add_bio.rb`: the ledger has the number.
fn number(file: &Content) -> Option<Revision> {
    let (version, name) = numbered(file.path.file_stem()?)?;
    Some(revision(file, version, name))
}

/// `20240101120000-add-bio.js`: the ledger has the file's name.
fn whole_name(file: &Content) -> Option<Revision> {
    Some(revision(file, file.path.file_name()?, ""))
}

pub(super) fn revision(file: &Content, version: &str, name: &str) -> Revision {
    let (version, name) = (Version::new(version), name.to_owned());
    Revision { version, name, path: file.path.clone(), after: Vec::new() }
}

fn alembic(sight: &Sight<'_>) -> Option<Sign> {
    let environment = sight.find(|path| path.file_name() == Some("env.py") && is_above_versions(sight, path));
    match (sight.has("alembic.ini"), environment) {
        (true, Some(path)) => Some(certain(versions(path), format!("alembic.ini is there, and {path}"))),
        (true, None) => Some(certain("alembic/versions", "alembic.ini is there".to_owned())),
        (false, _) => None,
    }
}

fn is_above_versions(sight: &Sight<'_>, path: &Utf8Path) -> bool {
    sight.find(|other| other.parent() == Some(&versions(path))).is_some()
}

fn versions(environment: &Utf8Path) -> camino::Utf8PathBuf {
    environment.parent().unwrap_or(Utf8Path::new("")).join("versions")
}

fn django(sight: &Sight<'_>) -> Option<Sign> {
    let migration = sight.find(python::is_django).filter(|_| sight.has("manage.py"))?;
    Some(certain("", format!("manage.py is there, and {migration}")))
}

fn rails(sight: &Sight<'_>) -> Option<Sign> {
    let (directory, name) = sight.named(&["db/migrate"], |name| ends_as(name, "rb"))?;
    Some(certain(directory.clone(), format!("{directory}/{name} is there")))
}

fn ecto(sight: &Sight<'_>) -> Option<Sign> {
    let (directory, name) = sight.named(&["priv/repo/migrations"], |name| ends_as(name, "exs"))?;
    Some(certain(directory.clone(), format!("{directory}/{name} is there")))
}

fn drizzle(sight: &Sight<'_>) -> Option<Sign> {
    let found = sight.any(&[
        "drizzle.config.ts",
        "drizzle.config.js",
        "drizzle.config.mjs",
        "drizzle.config.json",
    ])?;
    Some(certain("drizzle", format!("{found} is there")))
}

/// Where TypeORM, Knex and Sequelize usually have their files.
const OF_JAVASCRIPT: [&str; 5] =
    ["src/migrations", "src/migration", "migrations", "db/migrations", "database/migrations"];

fn in_javascript(sight: &Sight<'_>, because: String) -> Sign {
    let is_script = |name: &str| ends_as(name, "js") || ends_as(name, "ts") || ends_as(name, "cjs");
    let found = sight.named(&OF_JAVASCRIPT, is_script).map(|(directory, _)| directory);
    certain(found.unwrap_or_else(|| "migrations".into()), because)
}

fn typeorm(sight: &Sight<'_>) -> Option<Sign> {
    let settings = sight.any(&["ormconfig.json", "ormconfig.js", "ormconfig.ts"]);
    let because = match settings {
        Some(found) => format!("{found} is there"),
        None if sight.holds("package.json", "\"typeorm\"") => "package.json names typeorm".to_owned(),
        None => return None,
    };
    Some(in_javascript(sight, because))
}

fn knex(sight: &Sight<'_>) -> Option<Sign> {
    let found = sight.any(&["knexfile.js", "knexfile.ts", "knexfile.cjs", "knexfile.mjs"])?;
    Some(in_javascript(sight, format!("{found} is there")))
}

fn sequelize(sight: &Sight<'_>) -> Option<Sign> {
    let because = if sight.has(".sequelizerc") {
        ".sequelizerc is there".to_owned()
    } else if sight.holds("package.json", "\"sequelize-cli\"") {
        "package.json names sequelize-cli".to_owned()
    } else {
        return None;
    };
    Some(in_javascript(sight, because))
}
