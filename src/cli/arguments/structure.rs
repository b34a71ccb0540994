//! The arguments of commands about structures.

#![expect(clippy::doc_markdown, reason = "these comments are shown as they are, in a terminal")]

use camino::Utf8PathBuf;
use clap::{Args, Subcommand, ValueEnum};

use super::{DatabaseArguments, Format, OnDatabase, OutputArguments, ProjectArguments};

/// Where SQL is built, and with which rights.
#[derive(Debug, Args)]
pub(in crate::cli) struct BuildArguments {
    /// The server: a major version, docker:TAG or docker:IMAGE; absent, that of a compared database, else the newest
    #[arg(long, value_name = "SERVER", env = "CONFITURE_POSTGRES", hide_env_values = true)]
    pub(in crate::cli) postgres: Option<String>,

    /// Fetch server binaries when none are found
    #[arg(long)]
    pub(in crate::cli) download_postgres: bool,

    /// Run SQL with a superuser's rights outside of any sandbox, for code that you trust
    ///
    /// Needed only where there is no sandbox: in one, SQL has a superuser's rights anyway. The sandbox is Linux's,
    /// from 6.12 on, and for servers that are installed here.
    #[arg(long)]
    pub(in crate::cli) superuser: bool,

    /// Run SQL with the rights of the database's owner only, as most migrations run
    #[arg(long, conflicts_with = "superuser")]
    pub(in crate::cli) no_superuser: bool,
}

/// The faces of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DiffFormat {
    /// For people
    Text,
    /// For machines; its schema is docs/diff.schema.json
    Json,
    /// For comments and summaries
    Markdown,
    /// The statements that lead from one side to the other
    Sql,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
#[derive(Debug, Args)]
#[command(after_help = "A side is a database URL (postgresql://…), a .sql file, a directory of .sql files, \
                        REVISION:path, a snapshot (.json, from schema dump), or the word migrations or \
                        schema.\nA rename is said with --rename \"table users accounts\", or in the SQL of TO \
                        with -- confiture: rename table users accounts; docs/diff.md has its kinds.\n\
                        Exit codes: 0 the same · 2 arguments or files · 3 the database refused · \
                        7 different.")]
pub(in crate::cli) struct DiffOptions {
    /// The side that is led away from
    #[arg(value_name = "FROM", default_value = "migrations", hide_default_value = true)]
    pub(in crate::cli) from: String,

    /// The side that is led to; absent, schema
    #[arg(value_name = "TO", default_value = "schema", hide_default_value = true)]
    pub(in crate::cli) to: String,

    #[command(flatten)]
    pub(in crate::cli) project: ProjectArguments,

    #[command(flatten)]
    pub(in crate::cli) build: BuildArguments,

    /// Show the statements that lead from one side to the other, proved on a throwaway copy
    #[arg(long)]
    pub(in crate::cli) plan: bool,

    /// What TO calls otherwise: "table users accounts", "column users.name full_name"; may be repeated
    #[arg(long = "rename", value_name = "KIND OLD NEW")]
    pub(in crate::cli) renames: Vec<String>,

    /// Choose statements that do not block, where there are such
    #[arg(long)]
    pub(in crate::cli) online: bool,

    /// Leave the proof out
    #[arg(long)]
    pub(in crate::cli) no_proof: bool,

    /// Write the statements as a migration into db/migrations, with a way back
    #[arg(long, requires = "name")]
    pub(in crate::cli) generate: bool,

    /// The name of the migration
    #[arg(long, value_name = "NAME", requires = "generate")]
    pub(in crate::cli) name: Option<String>,

    /// Write the migration although it is not proved
    #[arg(long, requires = "generate")]
    pub(in crate::cli) unproved: bool,

    #[command(flatten)]
    pub(in crate::cli) output: OutputArguments<DiffFormat>,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum SchemaCommand {
    /// Write one structure down, as a snapshot or as SQL
    Dump(DumpOptions),
    /// Lay the files of the declared schema out alike; what they mean and their comments stay
    Fmt(FormatOptions),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 done · 2 configuration, or a file that is left alone · 4 --check, and a file is \
                        not laid out.\nA file is written only when its tokens, comments and parse tree are the same \
                        afterwards."
)]
pub(in crate::cli) struct FormatOptions {
    /// Files and directories of the declared schema; absent, all of it
    #[arg(value_name = "PATH")]
    pub(in crate::cli) paths: Vec<Utf8PathBuf>,

    #[command(flatten)]
    pub(in crate::cli) project: ProjectArguments,

    /// What is done with key words
    #[arg(long, value_enum, value_name = "HOW", default_value = "lower")]
    pub(in crate::cli) key_words: KeyWordCase,

    /// Write nothing, and end with 4 when a file is not laid out
    #[arg(long)]
    pub(in crate::cli) check: bool,

    #[command(flatten)]
    pub(in crate::cli) output: OutputArguments<Format>,
}

/// How key words are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum KeyWordCase {
    /// In lower case
    Lower,
    /// As they are
    Keep,
}

/// The faces of one structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DumpFormat {
    /// A snapshot, for a later diff; its schema is docs/structure.schema.json
    Json,
    /// The statements that make it in a new database
    Sql,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DumpOptions {
    /// A database URL, a .sql file, a directory, REVISION:path, a snapshot, migrations or schema
    #[arg(value_name = "SIDE", default_value = "schema")]
    pub(in crate::cli) side: String,

    #[command(flatten)]
    pub(in crate::cli) project: ProjectArguments,

    #[command(flatten)]
    pub(in crate::cli) build: BuildArguments,

    /// How the structure is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "json")]
    pub(in crate::cli) format: DumpFormat,

    /// Write it to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: Option<Utf8PathBuf>,
}

/// The faces of a look for drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DriftFormat {
    /// For people
    Text,
    /// For machines; its schema is docs/drift.schema.json
    Json,
    /// For comments and summaries
    Markdown,
    /// The statements that repair it
    Sql,
}

#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 no drift · 2 arguments, settings or files · 3 the database refused · \
                        7 drift.\nWhat is to be left alone is listed under drift.ignore in the settings.")]
pub(in crate::cli) struct DriftOptions {
    #[command(flatten)]
    pub(in crate::cli) project: ProjectArguments,

    #[command(flatten)]
    pub(in crate::cli) database: DatabaseArguments,

    #[command(flatten)]
    pub(in crate::cli) build: BuildArguments,

    /// Leave the proof of the repairs out
    #[arg(long)]
    pub(in crate::cli) no_proof: bool,

    #[command(flatten)]
    pub(in crate::cli) output: OutputArguments<DriftFormat>,
}

#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 done · 2 arguments or settings · 3 the database refused.\n\
                        The ledger is left out. Nothing is written, and no project is needed.")]
pub(in crate::cli) struct IntrospectOptions {
    #[command(flatten)]
    pub(in crate::cli) on: OnDatabase,

    /// The schema
    #[arg(long, value_name = "NAME", default_value = "public")]
    pub(in crate::cli) schema: String,

    /// Leave out what names hint at
    #[arg(long)]
    pub(in crate::cli) no_hints: bool,

    /// As the Python tool has it; all tables are told anyway
    #[arg(long)]
    pub(in crate::cli) all_tables: bool,
}
