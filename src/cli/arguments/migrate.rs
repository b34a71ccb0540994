//! The arguments of `confiture migrate`.

use clap::{Args, Subcommand, ValueEnum};

use super::structure::{DiffOptions, DriftOptions};
use super::{Format, OnDatabase, OutputArguments, PreflightOptions, ProjectArguments};

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
    /// Mark migrations as applied without running them
    Baseline(BaselineOptions),
    /// Write the ledger anew: remove all rows and mark migrations as applied
    Reinit(ReinitOptions),
    /// Make the ledger agree with the files
    Repair(RepairOptions),
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

    /// How many rows of the table such a part has
    #[arg(long, value_name = "ROWS", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub(in crate::cli) batch_size: u64,
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

    /// The newest version that the database already has
    #[arg(long, value_name = "VERSION")]
    pub(in crate::cli) through: String,

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
