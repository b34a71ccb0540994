//! The arguments of `confiture seed`.

use clap::{Args, Subcommand};

use crate::operation::seed::COPY_THRESHOLD;

use super::{Format, OnDatabase, OutputArguments, ProjectArguments};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum SeedCommand {
    /// Put the rows of an environment into its database
    Apply(SeedApplyOptions),
    /// Read the files of rows and say what is wrong with them; connects to nothing
    Validate(SeedValidateOptions),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 done · 2 configuration or files · 3 the database refused · 6 lock held.\n\
                        Each file is one transaction, unless it has statements that no transaction takes or \
                        transactions of its own."
)]
pub(in crate::cli) struct SeedApplyOptions {
    #[command(flatten)]
    pub(in crate::cli) on: OnDatabase,

    /// Run all files in one transaction
    #[arg(long)]
    pub(in crate::cli) transaction: bool,

    /// Try the files after one that was refused
    #[arg(long)]
    pub(in crate::cli) continue_on_error: bool,

    /// Only the files of this profile, as seed.profiles of the settings has it
    #[arg(long, visible_alias = "seed-profile", value_name = "NAME")]
    pub(in crate::cli) profile: Option<String>,

    /// From how many rows on an INSERT of literals is sent as COPY
    #[arg(long, value_name = "ROWS", default_value_t = COPY_THRESHOLD)]
    pub(in crate::cli) copy_threshold: usize,
}

#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 no errors · 2 configuration or files · 4 errors.")]
pub(in crate::cli) struct SeedValidateOptions {
    #[command(flatten)]
    pub(in crate::cli) project: ProjectArguments,

    #[command(flatten)]
    pub(in crate::cli) output: OutputArguments<Format>,
}
