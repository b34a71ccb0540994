//! Migration tools whose files and ledgers are understood.

use camino::Utf8PathBuf;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumIter, EnumString, IntoStaticStr};

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
            Self::NodePgMigrate => "node-pg-migrate",
            Self::GraphileMigrate => "graphile-migrate",
            Self::Prisma => "Prisma",
            Self::Supabase => "Supabase",
            Self::Atlas => "Atlas",
            Self::Plain => "numbered files",
        }
    }
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
