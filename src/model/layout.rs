//! Migration tools whose files and ledgers are understood.

use camino::Utf8PathBuf;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumIter, EnumString, IntoStaticStr};

use super::migration::Version;

/// The tool that a project's migrations are written for.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    EnumIter,
    EnumString,
    IntoStaticStr,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Tool {
    /// This one: `db/migrations/VERSION_name.up.sql`.
    #[default]
    Confiture,
    /// Flyway: `V1__name.sql`, `R__name.sql`.
    Flyway,
    /// dbmate: `-- migrate:up` and `-- migrate:down` in one file.
    Dbmate,
    /// sqlx: `VERSION_name.sql`, or `.up.sql` with `.down.sql`.
    Sqlx,
    /// golang-migrate: `VERSION_name.up.sql` with `.down.sql`.
    GolangMigrate,
    /// Diesel: `VERSION_name/up.sql` with `down.sql`.
    Diesel,
    /// refinery: `V1__name.sql`.
    Refinery,
    /// goose: `-- +goose Up` and `-- +goose Down` in one file.
    Goose,
    /// sql-migrate: `-- +migrate Up` and `-- +migrate Down` in one file.
    SqlMigrate,
    /// Liquibase's formatted SQL: a changelog that names files of change sets.
    Liquibase,
    /// pgroll: operations in `name.json` or `name.yaml`.
    Pgroll,
    /// Reshape: actions in `name.toml` or `name.json`.
    Reshape,
    /// sqitch: a plan, `deploy/name.sql`, `revert/name.sql`, `verify/name.sql`.
    Sqitch,
    /// node-pg-migrate's SQL files: `-- Up Migration` and `-- Down Migration` in one file.
    NodePgMigrate,
    /// graphile-migrate: `committed/000001-name.sql`.
    GraphileMigrate,
    /// Prisma: `VERSION_name/migration.sql`.
    Prisma,
    /// Supabase: `supabase/migrations/VERSION_name.sql`.
    Supabase,
    /// Atlas: `VERSION_name.sql` beside `atlas.sum`.
    Atlas,
    /// Numbered files of no tool.
    Plain,
    /// Alembic: `versions/REVISION_name.py`, run by its command.
    Alembic,
    /// Django: `APP/migrations/0001_name.py`, run by its command.
    Django,
    /// Rails: `db/migrate/VERSION_name.rb`, run by its command.
    Rails,
    /// Ecto: `priv/repo/migrations/VERSION_name.exs`, run by its command.
    Ecto,
    /// Drizzle: SQL with a journal beside it, run by its command.
    Drizzle,
    /// TypeORM: classes, run by its command.
    Typeorm,
    /// Knex: `VERSION_name.js`, run by its command.
    Knex,
    /// Sequelize: `VERSION-name.js`, run by its command.
    Sequelize,
    /// Any other tool, run by its command.
    Command,
}

impl Tool {
    /// What it is called in settings and arguments.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What it calls itself.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Confiture => "Confiture",
            Self::Flyway => "Flyway",
            Self::Dbmate => "dbmate",
            Self::Sqlx => "sqlx",
            Self::GolangMigrate => "golang-migrate",
            Self::Diesel => "Diesel",
            Self::Refinery => "refinery",
            Self::Goose => "goose",
            Self::SqlMigrate => "sql-migrate",
            Self::Liquibase => "Liquibase",
            Self::Pgroll => "pgroll",
            Self::Reshape => "Reshape",
            Self::Sqitch => "sqitch",
            Self::NodePgMigrate => "node-pg-migrate",
            Self::GraphileMigrate => "graphile-migrate",
            Self::Prisma => "Prisma",
            Self::Supabase => "Supabase",
            Self::Atlas => "Atlas",
            Self::Plain => "numbered files",
            Self::Alembic => "Alembic",
            Self::Django => "Django",
            Self::Rails => "Rails",
            Self::Ecto => "Ecto",
            Self::Drizzle => "Drizzle",
            Self::Typeorm => "TypeORM",
            Self::Knex => "Knex",
            Self::Sequelize => "Sequelize",
            Self::Command => "a tool of its own",
        }
    }

    /// What usually brings a database up to date, of tools whose migrations only they can run; absent, migrations are
    /// SQL that is read from files.
    #[must_use]
    pub const fn usual_command(self) -> Option<&'static str> {
        Some(match self {
            Self::Alembic => "alembic upgrade head",
            Self::Django => "python manage.py migrate --noinput",
            Self::Rails => "bin/rails db:migrate",
            Self::Ecto => "mix ecto.migrate",
            Self::Drizzle => "npx drizzle-kit migrate",
            Self::Typeorm => "npx typeorm migration:run -d src/data-source.js",
            Self::Knex => "npx knex migrate:latest",
            Self::Sequelize => "npx sequelize-cli db:migrate",
            Self::Command => "bin/migrate",
            _ => return None,
        })
    }

    /// What brings a database up to date, of tools whose files are read and whose ledger only they can write: for each
    /// version they keep a schema of views beside it, which is made while a migration runs.
    #[must_use]
    pub const fn own_command(self) -> Option<&'static str> {
        Some(match self {
            Self::Pgroll => "pgroll migrate migrations --complete",
            Self::Reshape => "reshape migration start --complete",
            _ => return None,
        })
    }

    /// Whether a migration of its may have a script that sees whether the migration is there: one that is refused by the
    /// database fails, and all that it does is taken back.
    #[must_use]
    pub const fn has_own_checks(self) -> bool {
        matches!(self, Self::Sqitch)
    }

    /// Whether its migrations are run by a command of its own, and by nobody else.
    #[must_use]
    pub const fn is_run_by_command(self) -> bool {
        self.usual_command().is_some()
    }

    /// What is written into the settings for a tool that is run by a command.
    #[must_use]
    pub fn proposal(self) -> String {
        let said = match self {
            Self::Pgroll => {
                "command, table: pgroll.migrations, command: 'pgroll init --postgres-url \"$DATABASE_URL\" && \
                 pgroll migrate migrations --complete --postgres-url \"$DATABASE_URL\"'"
            }
            Self::Reshape => {
                "command, table: reshape.migrations, command: 'reshape migration start --complete --url \"$DATABASE_URL\"'"
            }
            _ => {
                return format!(
                    "layout: {{tool: {}, command: {}}}",
                    self.name(),
                    self.usual_command().unwrap_or_default()
                );
            }
        };
        format!("layout: {{tool: {said}}}")
    }
}

/// A migration as far as its file's name and head tell, of a tool that only its command can run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// What its tool's ledger calls it.
    pub version: Version,
    /// What else it is called.
    pub name: String,
    /// Its file, relative to the project directory.
    pub path: Utf8PathBuf,
    /// Those that have to come before it, where it says so itself.
    pub after: Vec<Version>,
}

/// What a project's directory looks like to be laid out for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LayoutFound {
    /// The tool.
    pub tool: Tool,
    /// Where its migrations lie, relative to the project directory.
    #[schemars(with = "String")]
    pub directory: Utf8PathBuf,
    /// Why it is taken for that tool's.
    pub because: String,
}
