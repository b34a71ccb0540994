//! The arguments of `confiture migrate`.

use camino::Utf8PathBuf;
use clap::{Args, Subcommand, ValueEnum};

use super::structure::{BuildArguments, DiffOptions, DriftOptions};
use super::{Format, OnDatabase, OutputArguments, PreflightOptions, ProjectArguments, Threshold, Whose};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Migrate {
    /// Replay the pending migrations on a throwaway server and compare with db/schema/
    Preflight(PreflightOptions),
    /// Apply the pending migrations to a database
    Up(UpOptions),
    /// Take deployed migrations back, the newest first, by their down files
    Down(DownOptions),
    /// Show which migrations a database has; writes nothing
    Status(OnDatabase),
    /// Show what was applied when, by whom and how fast; writes nothing
    History(OnDatabase),
    /// Compare ledger and files, and run the checks of db/verify/; writes nothing
    Verify(VerifyOptions),
    /// Write an empty migration with the next free version
    Generate(GenerateOptions),
    /// Ask what is to change, show what each way costs, and write a migration that is proved
    Wizard(WizardOptions),
    /// Mark migrations as applied without running them
    Baseline(BaselineOptions),
    /// Drop the database, build it from db/schema/ and mark every migration as applied
    Rebuild(RebuildOptions),
    /// Write the ledger anew: remove all rows and mark migrations as applied
    Reinit(ReinitOptions),
    /// Make the ledger agree with the files
    Repair(RepairOptions),
    /// Say which locks the pending migrations take, and guess how long; writes nothing
    Estimate(OnDatabase),
    /// Read the files of the migrations and say what is wrong with them; connects to nothing
    Validate(ValidateOptions),
    /// Put the files of migrations right: their names, and statements that cannot be run twice
    Fix(FixOptions),
    /// Write migrations in Python as files of SQL
    Convert(ConvertOptions),
    /// Compare two structures: databases, SQL, migrations, snapshots
    Diff(DiffOptions),
    /// Compare a live database with db/schema/ and with its deployed migrations; writes nothing
    Drift(DriftOptions),
}

/// The advisory lock that lets one process at a time migrate a database.
#[derive(Debug, Args)]
pub(in crate::cli) struct LockArguments {
    /// How long to wait for the migration lock, in PostgreSQL's notation
    #[arg(long, value_name = "TIME", default_value = "30s")]
    pub(in crate::cli) lock_timeout: String,

    /// Take no migration lock: see to it yourself that nobody else migrates
    #[arg(long, conflicts_with = "lock_timeout")]
    pub(in crate::cli) no_lock: bool,
}

/// How `up` and `down` go about it.
#[derive(Debug, Args)]
pub(in crate::cli) struct ConductArguments {
    #[command(flatten)]
    pub(in crate::cli) lock: LockArguments,

    /// How long, in all, a migration is tried again that does not get its locks; 0 is once [default: 5min]
    #[arg(long, value_name = "TIME")]
    pub(in crate::cli) retry_for: Option<String>,

    /// Run no hooks of db/hooks/; those beside a migration are a part of it
    #[arg(long)]
    pub(in crate::cli) no_hooks: bool,
}

/// What a deployed file that has changed since means.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(in crate::cli) enum OnMismatch {
    /// Nothing is applied
    Fail,
    /// It is said, and the rest is applied
    Warn,
    /// It is not looked at
    Ignore,
}

/// What is made of checksums.
#[derive(Debug, Args)]
pub(in crate::cli) struct ChecksumArguments {
    /// What a deployed file that has changed since means
    #[arg(long, value_enum, value_name = "WHAT", default_value = "fail")]
    pub(in crate::cli) on_checksum_mismatch: OnMismatch,

    /// Look at the checksums of deployed files, as it does anyway
    #[arg(long)]
    pub(in crate::cli) verify_checksums: bool,

    /// Do not look at them: the same as --on-checksum-mismatch ignore
    #[arg(long, conflicts_with_all = ["verify_checksums", "on_checksum_mismatch"])]
    pub(in crate::cli) no_verify_checksums: bool,
}

/// Long updates, part by part.
#[derive(Debug, Args)]
pub(in crate::cli) struct BatchArguments {
    /// Run every UPDATE or DELETE that is alone in its file in parts, by its table's primary key
    #[arg(long)]
    pub(in crate::cli) batched: bool,

    /// How many rows a part has that names no size; absent, as migration.backfill.batch_size says, else 10000
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(in crate::cli) batch_size: Option<u64>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 done · 2 configuration · 3 the database refused · 5 ledger and files disagree · \
                        6 lock held.\nEach migration runs in one transaction with its ledger row, unless it has \
                        statements that no transaction takes or transactions of its own."
)]
pub(in crate::cli) struct UpOptions {
    #[command(flatten)]
    pub(in crate::cli) on: OnDatabase,

    /// Stop after this version
    #[arg(long, value_name = "VERSION")]
    pub(in crate::cli) target: Option<String>,

    /// Apply so many migrations at the most
    #[arg(long, value_name = "N", conflicts_with = "target")]
    pub(in crate::cli) steps: Option<usize>,

    /// Say what would be run; the database is only read
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,

    /// Run it all in one transaction and roll back
    #[arg(long, conflicts_with = "dry_run")]
    pub(in crate::cli) dry_run_execute: bool,

    #[command(flatten)]
    pub(in crate::cli) checksums: ChecksumArguments,

    /// Run what is deployed already as well, and do not look at checksums
    #[arg(long)]
    pub(in crate::cli) force: bool,

    #[command(flatten)]
    pub(in crate::cli) batches: BatchArguments,

    #[command(flatten)]
    pub(in crate::cli) conduct: ConductArguments,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 done · 2 configuration, or no ledger · 3 the database refused · 5 a deployed \
                        file is gone · 6 lock held · 8 there is no way back.\nEvery down file is read before the \
                        first is run: nothing is taken back when one of them is missing."
)]
pub(in crate::cli) struct DownOptions {
    #[command(flatten)]
    pub(in crate::cli) on: OnDatabase,

    /// Take so many migrations back
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(in crate::cli) steps: usize,

    /// Take everything back that came after this version
    #[arg(long, value_name = "VERSION", conflicts_with = "steps")]
    pub(in crate::cli) to: Option<String>,

    /// Say what would be run; the database is only read
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,

    #[command(flatten)]
    pub(in crate::cli) conduct: ConductArguments,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct BaselineOptions {
    #[command(flatten)]
    pub(in crate::cli) on: OnDatabase,

    /// The newest version that the database already has; with --from-db, the newest that is copied
    #[arg(long, value_name = "VERSION", required_unless_present_any = ["from_db", "generate"])]
    pub(in crate::cli) through: Option<String>,

    /// Take the history from a ledger instead: with URL, copy ours of that database, rows as they are; without, mark what
    /// another tool's ledger in this database names
    #[arg(long, value_name = "URL", num_args = 0..=1)]
    #[expect(clippy::option_option, reason = "not asked for, of this database, and of another one")]
    pub(in crate::cli) from_db: Option<Option<String>>,

    /// Whose ledger it is in this database; absent or auto, that of the only tool that has one
    #[arg(long, value_name = "TOOL", requires = "from_db")]
    pub(in crate::cli) from: Option<Whose>,

    /// The ledger's table there, when it is called otherwise
    #[arg(long, value_name = "TABLE", requires = "from_db")]
    pub(in crate::cli) source_table: Option<String>,

    /// Write the database's structure as the project's first migration instead, and mark that
    #[arg(long, value_name = "NAME", conflicts_with_all = ["from_db", "through"])]
    pub(in crate::cli) generate: Option<String>,

    /// Say what would be marked and write nothing
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "A check is db/verify/VERSION….sql, or VERSION_name.verify.sql beside the migration. It fails \
                        when a statement is refused, or when the first value of a query's first row is false.\n\
                        Exit codes: 0 all holds · 2 configuration, or no ledger · 3 the database refused · 4 a check \
                        failed · 5 ledger and files disagree."
)]
pub(in crate::cli) struct VerifyOptions {
    #[command(flatten)]
    pub(in crate::cli) on: OnDatabase,

    /// Run the checks of this version alone
    #[arg(long, value_name = "VERSION")]
    pub(in crate::cli) version: Option<String>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "The version is free here and on every branch that this repository knows. It is written as \
                        the newest one is, or as migration.versions says: sequential or timestamp."
)]
pub(in crate::cli) struct GenerateOptions {
    /// What the migration is called: letters, digits, _ and -
    #[arg(value_name = "NAME", required_unless_present = "name_flag", conflicts_with = "name_flag")]
    pub(in crate::cli) name: Option<String>,

    /// The same
    #[arg(long = "name", value_name = "NAME")]
    pub(in crate::cli) name_flag: Option<String>,

    #[command(flatten)]
    pub(in crate::cli) project: ProjectArguments,

    /// Say which files would be written
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,

    #[command(flatten)]
    pub(in crate::cli) output: OutputArguments<Format>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Questions come line by line: ? explains one, an empty line takes what stands in brackets. In a file of \
                        answers each has its name: change, table, column, …, strategy, contract, name, write.\n\
                        Exit codes: 0 written · 2 configuration, or no answer · 3 the database refused · 130 interrupted."
)]
pub(in crate::cli) struct WizardOptions {
    /// Answers in YAML, by the questions' names: nothing is asked
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) answers: Option<Utf8PathBuf>,

    /// Leave db/schema/ as it is: say where it has to change, and write the migration only
    #[arg(long)]
    pub(in crate::cli) no_schema: bool,

    #[command(flatten)]
    pub(in crate::cli) project: ProjectArguments,

    #[command(flatten)]
    pub(in crate::cli) build: BuildArguments,

    #[command(flatten)]
    pub(in crate::cli) output: OutputArguments<Format>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ReinitOptions {
    #[command(flatten)]
    pub(in crate::cli) on: OnDatabase,

    /// The newest version that the database has; without it, every migration is marked
    #[arg(long, value_name = "VERSION")]
    pub(in crate::cli) through: Option<String>,

    /// Say what would be written
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,

    /// Do it: the ledger's rows are removed
    #[arg(long)]
    pub(in crate::cli) yes: bool,

    #[command(flatten)]
    pub(in crate::cli) lock: LockArguments,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Checksums of deployed files that have changed are written anew. Rows whose files are gone stay \
                        unless --remove-missing is given, and then end it with 5."
)]
pub(in crate::cli) struct RepairOptions {
    #[command(flatten)]
    pub(in crate::cli) on: OnDatabase,

    /// Remove the rows of migrations whose files are gone
    #[arg(long)]
    pub(in crate::cli) remove_missing: bool,

    /// Say what would be written
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,

    #[command(flatten)]
    pub(in crate::cli) lock: LockArguments,
}

#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 nothing that fails · 2 configuration or files · 4 findings.")]
pub(in crate::cli) struct ValidateOptions {
    #[command(flatten)]
    pub(in crate::cli) project: ProjectArguments,

    /// Look for statements that cannot be run twice as well
    #[arg(long)]
    pub(in crate::cli) idempotent: bool,

    /// The lowest severity of a finding that fails; absent, as preflight.fail_on says, else error
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(in crate::cli) fail_on: Option<Threshold>,

    #[command(flatten)]
    pub(in crate::cli) output: OutputArguments<Format>,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
#[derive(Debug, Args)]
#[command(
    group = clap::ArgGroup::new("what").args(["naming", "idempotent"]).required(true).multiple(true),
    after_help = "What is applied is left alone: the ledger of the database tells.\n\
                        Exit codes: 0 done · 2 configuration or files · 3 the database refused."
)]
pub(in crate::cli) struct FixOptions {
    #[command(flatten)]
    pub(in crate::cli) on: OnDatabase,

    /// Rename files to VERSION_name.up.sql and VERSION_name.down.sql
    #[arg(long)]
    pub(in crate::cli) naming: bool,

    /// Make statements repeatable: if not exists, or replace, if exists
    #[arg(long)]
    pub(in crate::cli) idempotent: bool,

    /// Change files whether they are applied or not; no database is asked
    #[arg(long)]
    pub(in crate::cli) force: bool,

    /// Say what would be written
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "What stands in a file plainly is read. What only Python can tell is recorded while the chain runs on \
                        a throwaway server. The .py files are removed: git has them.\n\
                        Exit codes: 0 done · 2 configuration or files · 3 the database refused, or a program failed."
)]
pub(in crate::cli) struct ConvertOptions {
    /// Which files, by path, name or version; without any, all
    #[arg(value_name = "FILES")]
    pub(in crate::cli) files: Vec<String>,

    #[command(flatten)]
    pub(in crate::cli) project: ProjectArguments,

    /// Say what would be written
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,

    #[command(flatten)]
    pub(in crate::cli) output: OutputArguments<Format>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "The new database is built beside the old one and takes its place when it stands: what fails leaves \
                        the old one as it was. A database is dropped only when it has this project's ledger, or was \
                        built by this program.\nExit codes: 0 done · 2 configuration, or not confirmed · 3 the \
                        database refused · 5 ledger and files disagree · 6 lock held."
)]
pub(in crate::cli) struct RebuildOptions {
    #[command(flatten)]
    pub(in crate::cli) on: OnDatabase,

    /// Put the seeds of the environment in as well
    #[arg(long)]
    pub(in crate::cli) seed: bool,

    /// Say what would be done
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,

    /// Do it: the database is dropped with everything in it
    #[arg(short, long)]
    pub(in crate::cli) yes: bool,

    #[command(flatten)]
    pub(in crate::cli) lock: LockArguments,
}
