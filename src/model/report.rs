//! What a preflight found: the one truth that every renderer shows, and the public JSON.

use camino::Utf8PathBuf;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{Display, IntoStaticStr};

use super::exit::ExitCode;
use super::finding::{Finding, Ignore, Ignored, Severity};
use super::hook::HookOutcome;
use super::layout::{LayoutFound, Tool};
use super::migration::{Version, label};
use super::picture::TableOutline;
use super::place::Place;
use super::plan::LockMode;
use super::python::PythonOutcome;
use super::schema::{ObjectId, ObjectKind};
use super::statement::TransactionMode;

/// The version of the JSON's shape. Within one version it only grows.
pub const SCHEMA_VERSION: u32 = 1;

/// What a preflight found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The version of this document's shape.
    pub schema_version: u32,
    /// The version of Confiture that wrote it.
    pub tool_version: String,
    /// The command that was asked for.
    pub command: String,
    /// True only with exit code 0.
    pub ok: bool,
    /// The verdict in one word.
    pub verdict: Verdict,
    /// The exit code that goes with it.
    pub exit_code: ExitCode,
    /// The exit code's symbolic name.
    pub code: String,
    /// The environment whose settings were used.
    pub env: String,
    /// The server that the work was done on; absent when none was started.
    pub server: Option<ServerInfo>,
    /// What the pending migrations were replayed on.
    pub base: Base,
    /// How many migrations were pending.
    pub pending_count: usize,
    /// Names what they run, in order, hooks included: equal where the same is to be deployed. Absent when it was not
    /// come to.
    #[serde(default)]
    pub plan_digest: Option<String>,
    /// How many of them were applied.
    pub applied_count: usize,
    /// The pending migrations in order.
    pub migrations: Vec<MigrationOutcome>,
    /// How the result compares with the declared schema; absent when it was not compared.
    pub drift: Option<Drift>,
    /// What the checks found, gravest first.
    pub findings: Vec<Finding>,
    /// Findings that are let pass in this pull request, because somebody answers for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<Ignored>,
    /// The tables that the pending migrations change, as they are afterwards; only where that is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<TableOutline>,
    /// The command that brought the database up to date, of tools that are run by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ran: Option<CommandRun>,
    /// What ended the preflight early.
    pub failure: Option<Failure>,
    /// What one should know besides.
    pub notes: Vec<Note>,
    /// Wall-clock time of the whole preflight in milliseconds.
    pub duration_ms: f64,
}

impl Report {
    /// Lets findings pass that somebody answers for, none graver than `upto`.
    pub fn let_pass(&mut self, ignores: &[Ignore], upto: Option<Severity>) {
        let said = |finding: &Finding| {
            let may = upto.is_some_and(|upto| finding.severity <= upto);
            ignores.iter().find(|ignore| may && ignore.rule == finding.rule)
        };
        for finding in std::mem::take(&mut self.findings) {
            match said(&finding) {
                Some(Ignore { by, because, .. }) => {
                    self.ignored.push(Ignored { finding, by: by.clone(), because: because.clone() });
                }
                None => self.findings.push(finding),
            }
        }
    }

    /// Sets verdict, exit code and `ok` from what is in the report; `fail_on` is the lowest severity
    /// that is not let pass, none when findings never fail.
    ///
    /// A failure outranks drift, drift outranks findings: each hides what could not be seen for it.
    pub fn conclude(&mut self, fail_on: Option<Severity>) {
        let worst = self.findings.iter().map(|finding| finding.severity).max();
        let gated = matches!((worst, fail_on), (Some(worst), Some(threshold)) if worst >= threshold);
        let drifted = self.drift.as_ref().is_some_and(|drift| !drift.equal);
        (self.verdict, self.exit_code) = match &self.failure {
            Some(failure) if failure.exit_code == ExitCode::Database => (Verdict::Failed, ExitCode::Database),
            Some(failure) => (Verdict::Error, failure.exit_code),
            None if drifted => (Verdict::Drift, ExitCode::Drift),
            None if gated => (Verdict::Findings, ExitCode::Findings),
            None => (Verdict::Passed, ExitCode::Success),
        };
        self.ok = self.exit_code == ExitCode::Success;
        self.exit_code.symbol().clone_into(&mut self.code);
    }
}

/// The verdict in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Display, IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Verdict {
    /// The pending migrations apply and lead to the declared schema.
    Passed,
    /// They apply and lead elsewhere.
    Drift,
    /// The database refused a statement or the connection.
    Failed,
    /// A check found something at or above the threshold.
    Findings,
    /// The preflight could not be carried out: configuration, files, lock.
    Error,
}

/// The server that the work was done on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServerInfo {
    /// The server's version, such as `17.2`.
    pub version: String,
    /// How the server was come by.
    pub provider: Provider,
}

/// How a server is come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Provider {
    /// Started here from server binaries, thrown away at the end.
    Embedded,
    /// Started in a container without network, thrown away at the end.
    Docker,
    /// Somebody else's, named by a URL.
    External,
}

/// What the pending migrations were replayed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Base {
    /// The kind of base.
    pub kind: BaseKind,
    /// The newest version that counts as deployed.
    pub version: Option<Version>,
    /// How many migrations count as deployed.
    pub deployed_count: usize,
    /// The git revision, as given.
    #[serde(rename = "ref")]
    pub git_ref: Option<String>,
    /// The git revision's commit.
    pub commit: Option<String>,
    /// The snapshot's path, or the URL with its password hidden.
    pub source: Option<String>,
    /// The server version that a snapshot or a given database comes from.
    pub server_version: Option<String>,
    /// How the given database was copied.
    pub copy: Option<CopyMethod>,
    /// Whether a kept copy of this base was used instead of replaying it.
    pub cached: bool,
}

/// The kinds of base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum BaseKind {
    /// An empty database: every migration is pending.
    Empty,
    /// A given database and its ledger (`--against`).
    Against,
    /// A `pg_dump` file (`--snapshot`).
    Snapshot,
    /// The migrations of a git revision (`--base-ref`).
    Ref,
}

/// How a given database was copied before work began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CopyMethod {
    /// `CREATE DATABASE … TEMPLATE`, on the same server, data included.
    Template,
    /// `pg_dump` of structure and ledger rows, restored on a throwaway server, without other data.
    Dump,
    /// No copy: the given database itself was migrated (`--in-place`).
    InPlace,
}

/// What a tool's own command did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CommandRun {
    /// The command, as the settings say it.
    pub command: String,
    /// The tool.
    pub tool: Tool,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
    /// The end of what it wrote, at most 8 KiB.
    pub output: Option<String>,
    /// How what was there before it differs from what is there after it; absent when it failed.
    pub changes: Option<Drift>,
}

/// What became of one pending migration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MigrationOutcome {
    /// The version.
    pub version: Version,
    /// The name.
    pub name: String,
    /// Path of the up file, relative to the project directory.
    #[schemars(with = "String")]
    pub path: Utf8PathBuf,
    /// What became of it.
    pub status: MigrationStatus,
    /// How long its statements and its ledger row took, in milliseconds.
    pub duration_ms: f64,
    /// How its statements were grouped into transactions.
    pub transaction: TransactionMode,
    /// How many statements were run.
    pub statement_count: usize,
    /// The statements that were run, in order, the first 500 of them.
    pub statements: Vec<StatementOutcome>,
    /// The migration's own hooks that were run.
    pub hooks: Vec<HookOutcome>,
    /// How its statement was cut into parts, when it was.
    pub batches: Option<BatchOutcome>,
    /// How it was carried out, when it is a program in Python.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub python: Option<PythonOutcome>,
}

/// What became of a statement that runs part by part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BatchOutcome {
    /// How many parts this run has committed.
    pub count: u64,
    /// How many rows are changed, by earlier runs as well.
    pub rows: u64,
    /// The key of the last row that is done.
    pub cursor: Option<String>,
}

impl MigrationOutcome {
    /// `VERSION_name`.
    #[must_use]
    pub fn label(&self) -> String {
        label(&self.version, &self.name)
    }
}

/// What became of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MigrationStatus {
    /// Ran to its end and its ledger row stands.
    Applied,
    /// Its down file ran to its end and its ledger row is gone.
    RolledBack,
    /// A statement was refused.
    Failed,
    /// Not tried, because an earlier one failed.
    NotRun,
}

/// One statement that was run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StatementOutcome {
    /// Line in the file, counted from 1. What a tool's command sends stands in no file: this is its number then.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// The statement's beginning on one line, at most 120 characters.
    pub text: String,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
    /// The locks that it takes on tables that were there before; only of what a tool's command sends.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locks: Vec<TableLock>,
}

/// A lock on a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TableLock {
    /// The table, as the statement names it.
    pub table: String,
    /// The lock.
    pub lock: LockMode,
}

/// How two structures differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Drift {
    /// True when nothing differs that counts as structure.
    pub equal: bool,
    /// How many objects differ, parts counted with the object that they belong to.
    pub object_count: usize,
    /// What differs, ordered by object. Parts of an object that is on one side only are not listed.
    pub changes: Vec<Change>,
    /// Tables with the same columns in another order: information, never drift.
    pub column_order: Vec<ColumnOrder>,
    /// Objects of kinds that are not compared yet.
    pub not_compared: Vec<NotCompared>,
}

/// One object that differs. `from` is what the migrations build, `to` is what the declared schema says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// Which object.
    #[serde(flatten)]
    pub object: ObjectId,
    /// The kind of the object that it is a part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_kind: Option<ObjectKind>,
    /// How it differs.
    pub change: ChangeKind,
    /// The properties that differ, by name.
    pub properties: Vec<PropertyChange>,
    /// The statement of the migrations that last touched it.
    pub from_source: Option<Place>,
    /// The statement of the declared schema that makes it.
    pub to_source: Option<Place>,
}

/// How an object differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Only in `to`: declared, but no migration makes it.
    Added,
    /// Only in `from`: the migrations make it, but it is not declared.
    Dropped,
    /// On both sides, with different properties.
    Changed,
    /// On both sides, under different names, as somebody said; the property is its name, or that of a part that is
    /// no object by itself. Only comparisons that are told of renames find this.
    Renamed,
}

/// One property that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PropertyChange {
    /// The property, such as `type` or `definition`.
    pub name: String,
    /// Its value on the migrations' side.
    pub from: Option<String>,
    /// Its value on the declared side.
    pub to: Option<String>,
}

/// One table whose columns stand in another order on the two sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnOrder {
    /// The table, as `schema.name`.
    pub table: String,
    /// The order that the migrations build.
    pub from: Vec<String>,
    /// The order that the declared schema says.
    pub to: Vec<String>,
}

/// Objects of one kind that is not compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotCompared {
    /// The kind, in the plural.
    pub kind: String,
    /// The greater of the two sides' counts.
    pub count: u64,
}

/// What ended a preflight, or another command, early.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// What was being done.
    pub stage: Stage,
    /// The exit code that it asks for.
    pub exit_code: ExitCode,
    /// What went wrong, one sentence.
    pub message: String,
    /// The server's five-character error code.
    pub sqlstate: Option<String>,
    /// The server's detail.
    pub detail: Option<String>,
    /// The server's hint.
    pub hint: Option<String>,
    /// The server's context, such as the PL/pgSQL function and its line.
    pub context: Option<String>,
    /// What to do, one sentence.
    pub help: Option<String>,
    /// Where.
    #[serde(flatten)]
    pub place: Option<Place>,
    /// The lines of the file around the place.
    pub excerpt: Option<Excerpt>,
    /// The last lines of the server's log, when it is the server that failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<String>,
}

impl Failure {
    /// A failure that is said in one sentence; the rest is filled in by who knows more.
    #[must_use]
    pub fn new(stage: Stage, exit_code: ExitCode, message: impl Into<String>) -> Self {
        Self {
            stage,
            exit_code,
            message: message.into(),
            sqlstate: None,
            detail: None,
            hint: None,
            context: None,
            help: None,
            place: None,
            excerpt: None,
            log: Vec::new(),
        }
    }
}

/// What was being done when it failed, in the order in which things are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Stage {
    /// Reading arguments, configuration and files.
    Project,
    /// Starting the server or connecting to it.
    Server,
    /// Laying the base.
    Base,
    /// Replaying a pending migration.
    Migration,
    /// Building the declared schema.
    Schema,
    /// Reading the catalogs.
    Compare,
    /// Carrying out a plan on a throwaway copy.
    Proof,
    /// Running the checks of deployed migrations.
    Verify,
    /// Running a hook.
    Hook,
}

/// Lines of a file with one place marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Excerpt {
    /// The number of the first line, counted from 1.
    pub first_line: usize,
    /// The lines, each at most 200 characters.
    pub lines: Vec<String>,
    /// The line that the mark is on, counted from 1 in the file.
    pub marked_line: usize,
    /// The column that the mark is on, in characters of the line as shown, counted from 1.
    pub marked_column: usize,
}

/// What one should know besides the verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Note {
    /// Roles that the SQL names were missing on the throwaway server and made there without login.
    RolesCreated {
        /// Their names.
        roles: Vec<String>,
    },
    /// Extensions that were installed beforehand as the configuration allows.
    ExtensionsPrepared {
        /// Their names.
        extensions: Vec<String>,
    },
    /// Migrations in Python were read, and their SQL was run as it stands there.
    PythonRead {
        /// Which, as `VERSION_name`.
        migrations: Vec<String>,
        /// Why Python did not run them.
        because: String,
    },
    /// The snapshot or given database comes from another major version than the server's.
    VersionDiffers {
        /// The version that the base comes from.
        base: String,
        /// The version that the work was done on.
        server: String,
    },
    /// The two sides of a comparison come from servers of different major versions.
    MajorsDiffer {
        /// The version that `from` was read on.
        from: String,
        /// The version that `to` was read on.
        to: String,
        /// What only the newer server tells, and how often it was there.
        not_compared: Vec<String>,
    },
    /// The live database has no ledger, so nobody knows which migrations it has.
    NoChain {
        /// The table that was looked for.
        table: String,
    },
    /// Objects of the live database were left alone, as `drift.ignore` says.
    Ignored {
        /// How many, parts not counted.
        objects: usize,
    },
    /// Deployed migrations whose files are gone, so that the chain could not be replayed.
    ChainNotReplayed {
        /// Their versions.
        versions: Vec<Version>,
    },
    /// The deployed migrations could not be replayed, for only their tool's own command can run them.
    NotReplayed {
        /// The tool.
        tool: Tool,
    },
    /// The migrations are another tool's, as the files show.
    LaidOut {
        /// What was found, where, and why it is taken for that.
        #[serde(flatten)]
        layout: LayoutFound,
    },
    /// The project declares no schema, so the result was compared with nothing.
    NoDeclaredSchema {
        /// Where it was looked for.
        directory: String,
    },
    /// The project has no migrations.
    NoMigrations {
        /// Where they were looked for.
        directory: String,
    },
    /// The given database was copied without its data.
    CopiedWithoutData,
    /// The given database has no ledger, so every migration is pending.
    NoLedger {
        /// The table that was looked for.
        table: String,
    },
    /// Settings of the snapshot that this server does not know were left out.
    SettingsSkipped {
        /// Their statements.
        settings: Vec<String>,
    },
    /// Migrations ran with a superuser's rights, as asked.
    RanAsSuperuser,
    /// Git could not say which versions are taken on other branches.
    BranchesNotSeen {
        /// Git's reason.
        reason: String,
    },
}
