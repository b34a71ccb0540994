//! The arguments of `confiture build`.

#![expect(clippy::doc_markdown, reason = "these comments are shown as they are, in a terminal")]

use camino::Utf8PathBuf;
use clap::{ArgGroup, Args};

use super::structure::BuildArguments;
use super::{Format, ProjectArguments};

#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("database").args(["database_url", "scratch"]),
    after_help = "Exit codes: 0 done · 2 configuration, or the database is not empty · 3 the database \
                        refused · 6 lock held.\nWithout --database-url and --scratch no server is connected to: the \
                        files are put together, and that is all."
)]
pub(in crate::cli) struct BuildOptions {
    #[command(flatten)]
    pub(in crate::cli) project: ProjectArguments,

    /// Structure only, without the seeds
    #[arg(long)]
    pub(in crate::cli) schema_only: bool,

    /// Put the seeds in after the schema, file by file, and leave them out of the concatenated file
    #[arg(long, requires = "database_url", conflicts_with = "schema_only")]
    pub(in crate::cli) sequential: bool,

    /// Try the seeds after one that was refused
    #[arg(long, requires = "sequential")]
    pub(in crate::cli) continue_on_error: bool,

    /// Only the seeds of this profile, as seed.profiles of the settings has it
    #[arg(long, value_name = "NAME", conflicts_with = "schema_only")]
    pub(in crate::cli) seed_profile: Option<String>,

    /// Say which files would be read, and why, and build nothing
    #[arg(long, conflicts_with_all = ["database", "output", "show_hash", "auto_order"])]
    pub(in crate::cli) list_files: bool,

    /// The file to write; absent, db/generated/schema_ENV.sql
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: Option<Utf8PathBuf>,

    /// Show the hash of what was put together
    #[arg(long)]
    pub(in crate::cli) show_hash: bool,

    /// Build this database, which has to be empty
    #[arg(short, long, short_alias = 'u', aliases = ["url", "db"], value_name = "URL")]
    pub(in crate::cli) database_url: Option<String>,

    /// Make the database when it is not there
    #[arg(long, requires = "database_url")]
    pub(in crate::cli) create: bool,

    /// Drop the database first when something is in it, with everything in it
    #[arg(long, visible_alias = "force", requires = "database_url")]
    pub(in crate::cli) drop_existing: bool,

    /// Make the database as a copy of a template that is kept on its server
    #[arg(long, requires = "database_url")]
    pub(in crate::cli) template: bool,

    /// Build on a throwaway server, to prove that it builds
    #[arg(long)]
    pub(in crate::cli) scratch: bool,

    /// Find an order in which the files can be run
    #[arg(long, requires = "database")]
    pub(in crate::cli) auto_order: bool,

    #[command(flatten)]
    pub(in crate::cli) server: BuildArguments,

    /// How the answer looks
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(in crate::cli) format: Format,

    /// Write the answer to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) report: Option<Utf8PathBuf>,
}
