//! The keys of an environment file.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::hooks::HookSettings;
use super::layout::LayoutSettings;
use crate::model::duration;
use crate::model::finding::Severity;

/// An environment file. Keys of the Python tool that nothing reads yet are accepted and left alone.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(transform = with_other_names)]
pub struct Settings {
    /// Connection URL, `postgresql://…`.
    pub database_url: Option<String>,
    /// Connection in parts.
    pub database: Option<DatabaseSettings>,
    /// Directories of the declared schema, relative to the project directory; absent, `db/schema`.
    #[serde(alias = "includes")]
    pub include_dirs: Option<Vec<IncludeDir>>,
    /// Directories left out of the declared schema, relative to the project directory.
    pub exclude_dirs: Vec<String>,
    /// Which tool the migrations are written for; absent, as the files show.
    pub layout: Option<LayoutSettings>,
    /// How migrations are recorded.
    pub migration: MigrationSettings,
    /// What is done around migrations.
    pub hooks: HookSettings,
    /// How a preflight works.
    pub preflight: PreflightSettings,
    /// How the declared schema is put together.
    pub build: BuildSettings,
    /// How rows are put into a database.
    pub seed: SeedSettings,
    /// What counts as drift of a live database.
    pub drift: DriftSettings,

    name: Option<Unused>,
    superuser_dirs: Option<Unused>,
    superuser_post_dirs: Option<Unused>,
    infrastructure: Option<Unused>,
    ssh_tunnel: Option<Unused>,
    acls: Option<Unused>,
    acls_lint_enabled: Option<Unused>,
    ownership: Option<Unused>,
    function_coverage: Option<Unused>,
    security_lint: Option<Unused>,
    lint: Option<Unused>,
    notifications: Option<Unused>,
    apply_as: Option<Unused>,
    require_confirmation: Option<Unused>,
    auto_backup: Option<Unused>,
}

/// The `database:` block.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseSettings {
    /// Host name or socket directory.
    pub host: Option<String>,
    /// Port, a number or a `${VAR}`.
    #[serde(deserialize_with = "scalar")]
    #[schemars(with = "Option<Scalar>")]
    pub port: Option<String>,
    /// Database name.
    pub database: Option<String>,
    /// User name.
    pub user: Option<String>,
    /// Password.
    #[serde(deserialize_with = "scalar")]
    #[schemars(with = "Option<Scalar>")]
    pub password: Option<String>,
}

impl std::fmt::Debug for DatabaseSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DatabaseSettings {{ host: {:?}, database: {:?}, .. }}", self.host, self.database)
    }
}

/// A directory of the declared schema, or of seeds.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(from = "WrittenDir")]
#[schemars(with = "WrittenDir")]
pub struct IncludeDir {
    /// The path, relative to the project directory.
    pub path: String,
    /// Whether directories below count.
    pub recursive: bool,
    /// Globs of files that count, relative to the directory; none means all.
    pub include: Vec<String>,
    /// Globs of files that do not.
    pub exclude: Vec<String>,
    /// Whether the directory may be missing.
    pub auto_discover: bool,
    /// Entries with a number come before those without, in its order.
    pub order: Option<i64>,
}

/// How an entry of `include_dirs` is written.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum WrittenDir {
    Path(String),
    Detailed {
        path: String,
        #[serde(default = "yes")]
        recursive: bool,
        #[serde(default)]
        include: Vec<String>,
        #[serde(default)]
        exclude: Vec<String>,
        #[serde(default)]
        auto_discover: bool,
        #[serde(default)]
        order: Option<i64>,
    },
}

impl IncludeDir {
    /// The `.sql` files of a directory and of those below it.
    #[must_use]
    pub fn whole(path: &str) -> Self {
        WrittenDir::Path(path.to_owned()).into()
    }
}

impl From<WrittenDir> for IncludeDir {
    fn from(written: WrittenDir) -> Self {
        match written {
            WrittenDir::Path(path) => Self {
                path,
                recursive: true,
                include: Vec::new(),
                exclude: Vec::new(),
                auto_discover: false,
                order: None,
            },
            WrittenDir::Detailed { path, recursive, include, exclude, auto_discover, order } => {
                Self { path, recursive, include, exclude, auto_discover, order }
            }
        }
    }
}

/// The `build:` block.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BuildSettings {
    /// How the numbers are read that names begin with.
    pub sort_mode: SortMode,

    two_pass: Option<Unused>,
    validate_comments: Option<Unused>,
    separators: Option<Unused>,
    lint: Option<Unused>,
}

/// How the numbers are read that names of files and directories begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SortMode {
    /// Decimal, or hexadecimal after `0x`.
    #[default]
    #[serde(alias = "natural")]
    Alphabetical,
    /// Hexadecimal.
    Hex,
}

/// The `seed:` block.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SeedSettings {
    /// Whether files after one that failed are tried.
    pub continue_on_error: bool,
    /// How `seed apply` groups files into transactions.
    pub transaction_mode: SeedTransaction,

    /// How `build` puts rows in.
    pub execution_mode: SeedExecution,
    /// Parts of the rows, by name.
    pub profiles: BTreeMap<String, SeedProfile>,
}

/// How `build` puts rows in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SeedExecution {
    /// With the schema, as one file.
    #[default]
    Concatenate,
    /// After it, file by file.
    Sequential,
}

/// A part of the rows. Globs are about paths below the directory `seeds`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SeedProfile {
    /// Globs of files that count; none means all.
    pub include: Vec<String>,
    /// Globs of files that do not.
    pub exclude: Vec<String>,
}

/// How `seed apply` groups files into transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SeedTransaction {
    /// Each file is kept or undone by itself.
    #[default]
    Savepoint,
    /// All files are, together.
    Transaction,
}

fn yes() -> bool {
    true
}

/// The `migration:` block.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MigrationSettings {
    /// The ledger's table, `name` or `schema.name`; absent, `tb_confiture`.
    #[serde(deserialize_with = "table")]
    pub tracking_table: Option<String>,
    /// How new migrations are numbered; absent, as the newest one is.
    pub versions: Option<VersionStyle>,
    /// How long a statement waits for a lock, in PostgreSQL's own notation; absent, five seconds.
    #[serde(deserialize_with = "time")]
    #[schemars(with = "Option<Scalar>")]
    pub lock_timeout: Option<String>,
    /// How long, in all, a migration is tried again that does not get its locks; absent, five minutes.
    #[serde(deserialize_with = "time")]
    #[schemars(with = "Option<Scalar>")]
    pub retry_for: Option<String>,
    /// How long a migration in Python may take between two statements; absent, five minutes.
    #[serde(deserialize_with = "time")]
    #[schemars(with = "Option<Scalar>")]
    pub python_timeout: Option<String>,
    /// Long updates.
    pub backfill: BackfillSettings,

    strict_mode: Option<Unused>,
    destructive: Option<Unused>,
    locking: Option<Unused>,
    view_helpers: Option<Unused>,
    migration_generators: Option<Unused>,
    snapshot_history: Option<Unused>,
    snapshots_dir: Option<Unused>,
    live_snapshot: Option<Unused>,
    rebuild_threshold: Option<Unused>,
    grant_dir: Option<Unused>,
    allow_unsafe_under_replication: Option<Unused>,
    require_confirmation: Option<Unused>,
}

/// The `migration.backfill:` block.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BackfillSettings {
    /// How many rows a batch has that names no size; absent, 10,000.
    pub batch_size: Option<NonZeroU64>,

    max_lock_ms: Option<Unused>,
}

/// How migrations are numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum VersionStyle {
    /// `001`, `002`, …
    Sequential,
    /// The time of writing, `YYYYMMDDHHMMSS` in UTC.
    Timestamp,
}

/// The `preflight:` block.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PreflightSettings {
    /// Run migrations as a superuser. For code that one trusts.
    pub superuser: bool,
    /// Extensions that are installed by a superuser beforehand, because they are not trusted ones.
    pub extensions: Vec<String>,
    /// The server: a major version, `docker:TAG` or `docker:IMAGE`.
    #[serde(deserialize_with = "scalar")]
    #[schemars(with = "Option<Scalar>")]
    pub postgres: Option<String>,
    /// Fetch server binaries when none are found.
    pub download_postgres: bool,
    /// The lowest severity that fails: `error` (the default), `warning`, `info` or `never`.
    pub fail_on: FailOn,
    /// The gravest finding that `/confiture ignore` may let pass in a pull request: `error` (the default), `warning`,
    /// `info` or `never`.
    pub ignorable: FailOn,
    /// `statement_timeout` of the replay, in PostgreSQL's own notation; absent, ten minutes.
    pub statement_timeout: Option<String>,
}

/// The `drift:` block.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DriftSettings {
    /// What is left alone.
    pub ignore: IgnoreSettings,

    ignore_column_order: Option<Unused>,
    column_order_severity: Option<Unused>,
}

/// What is left alone in a live database. A `*` stands for any characters.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IgnoreSettings {
    /// Schemas, with everything in them.
    pub schemas: Vec<String>,
    /// Objects, as `schema.name` or `name`.
    pub objects: Vec<String>,
    /// Owners, with everything that is theirs.
    pub owners: Vec<String>,
}

/// From which severity on a finding fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// No finding fails.
    Never,
    /// Every finding fails.
    Info,
    /// Warnings and errors fail.
    Warning,
    /// Errors fail.
    #[default]
    Error,
}

impl FailOn {
    /// The severity that is named.
    #[must_use]
    pub fn threshold(self) -> Option<Severity> {
        match self {
            Self::Never => None,
            Self::Info => Some(Severity::Info),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }
}

/// A key of the Python tool that nothing reads yet: accepted, and left alone.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(with = "serde_json::Value")]
struct Unused;

impl<'de> Deserialize<'de> for Unused {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

/// A text or a number.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Scalar {
    Text(String),
    Whole(i64),
    Real(f64),
}

/// A text or a number, kept as it is written: `${PORT}` must be possible where a number is meant.
fn scalar<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<Scalar>::deserialize(deserializer)?.map(|value| match value {
        Scalar::Text(text) => text,
        Scalar::Whole(number) => number.to_string(),
        Scalar::Real(number) => number.to_string(),
    }))
}

/// A table's name. It takes no variable: every environment has the same ledger.
fn table<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    let is_name = |text: &String| {
        let parts: Vec<&str> = text.split('.').collect();
        parts.len() <= 2 && parts.iter().all(|part| !part.is_empty() && !part.contains(['$', '\0']))
    };
    if text.as_ref().is_none_or(is_name) {
        return Ok(text);
    }
    Err(serde::de::Error::custom("this is no table: write it as name or schema.name"))
}

/// A length of time in PostgreSQL's own notation.
pub(super) fn time<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = scalar(deserializer)?;
    match text.as_deref().map(duration::milliseconds) {
        Some(None) => Err(serde::de::Error::custom("this is no time: write it as 500ms, 5s or 2min")),
        _ => Ok(text),
    }
}

/// A key's other name is a key of its own in a schema.
fn with_other_names(schema: &mut schemars::Schema) {
    let properties = schema.get_mut("properties").and_then(serde_json::Value::as_object_mut);
    if let Some(properties) = properties
        && let Some(directories) = properties.get("include_dirs").cloned()
    {
        properties.insert("includes".to_owned(), directories);
    }
}
