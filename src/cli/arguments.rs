//! The arguments. One tree, from which help comes too.

#![expect(clippy::doc_markdown, reason = "these comments are shown as they are, in a terminal")]

pub(super) mod build;
pub(super) mod migrate;
pub(super) mod seed;
pub(super) mod structure;

use std::str::FromStr;

use camino::Utf8PathBuf;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use strum::IntoEnumIterator as _;

use crate::model::finding::Severity;
use crate::model::layout::Tool;
use crate::model::likeness::nearest;
use crate::operation::project::DEFAULT_ENVIRONMENT;
use build::BuildOptions;
use migrate::Migrate;
use seed::SeedCommand;
use structure::{DiffOptions, DriftOptions, IntrospectOptions, SchemaCommand};

/// Proves PostgreSQL migrations by running them.
#[derive(Debug, Parser)]
#[command(name = "confiture", version, about, arg_required_else_help = false)]
pub(super) struct Arguments {
    /// Print what each exit code means
    #[arg(long)]
    pub(super) exit_codes: bool,

    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Replay the pending migrations on a throwaway server and compare with db/schema/
    Preflight(PreflightOptions),
    /// Begin a project: a db/ directory with examples that pass a preflight
    Init(InitOptions),
    /// Put db/schema/ and the seeds together: into one file, and into a database
    Build(BuildOptions),
    /// Compare two structures: databases, SQL, migrations, snapshots
    Diff(DiffOptions),
    /// Compare a live database with db/schema/ and with its deployed migrations; writes nothing
    Drift(DriftOptions),
    /// Tell a live database table by table: columns, keys, sizes; writes nothing
    Introspect(IntrospectOptions),
    /// Work with one structure
    Schema {
        #[command(subcommand)]
        command: SchemaCommand,
    },
    /// Work with the rows of an environment
    Seed {
        #[command(subcommand)]
        command: SeedCommand,
    },
    /// Work with migrations
    Migrate {
        #[command(subcommand)]
        command: Migrate,
    },
    /// Run as a GitHub Action: inputs, event and answers as GitHub has them
    Action,
    /// Run the GitHub App's service: take webhooks, check pull requests
    Bot(BotOptions),
    /// Print a completion script: bash, elvish, fish, powershell or zsh
    #[command(after_help = COMPLETIONS)]
    Completions {
        /// The shell that is to read it
        #[arg(value_name = "SHELL")]
        shell: Shell,
    },
    /// Write a man page for every command into a directory, for whoever makes packages
    #[command(hide = true)]
    Man {
        /// The directory; it is made
        #[arg(value_name = "DIR")]
        directory: Utf8PathBuf,
    },
}

#[derive(Debug, Args)]
pub(super) struct BotOptions {
    /// The bot's settings
    #[arg(
        short,
        long,
        value_name = "FILE",
        default_value = "confiture.bot.yaml",
        env = "CONFITURE_BOT_CONFIG",
        global = true
    )]
    pub(super) config: Utf8PathBuf,

    #[command(subcommand)]
    pub(super) command: Option<BotCommand>,
}

#[derive(Debug, Subcommand)]
pub(super) enum BotCommand {
    /// Register the GitHub App: a page on this machine, one click on GitHub, and the secrets in a file of your own
    Setup(SetupOptions),
    /// Look at the bot's jobs, and have failed ones done again
    Jobs {
        #[command(subcommand)]
        command: JobsCommand,
    },
}

#[derive(Debug, Args)]
pub(super) struct SetupOptions {
    /// The organization that the App is to belong to; absent, you
    #[arg(long, value_name = "ORG")]
    pub(super) org: Option<String>,

    /// Where GitHub and people reach the bot, such as https://confiture.example.org; absent, no webhooks come yet
    #[arg(long, value_name = "URL")]
    pub(super) public_url: Option<String>,

    /// What the App is called; names are taken once in all of GitHub
    #[arg(long, value_name = "NAME", default_value = "Confiture")]
    pub(super) name: String,

    /// The port of the page on this machine; 0 for any that is free
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(super) port: u16,

    /// GitHub, or a GitHub Enterprise Server
    #[arg(long, value_name = "URL", default_value = "https://github.com")]
    pub(super) github: String,

    /// Its API; absent, the one that belongs to --github
    #[arg(long, value_name = "URL")]
    pub(super) api: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum JobsCommand {
    /// List the jobs that wait, run or have failed
    List {
        /// Only jobs in this state; also done, superseded, retried
        #[arg(long, value_name = "STATE", value_parser = JOB_STATES)]
        state: Option<String>,

        #[command(flatten)]
        output: OutputArguments<Format>,
    },
    /// Do failed jobs again
    #[command(
        after_help = "Exit codes: 0 they will be done again · 2 configuration, or no such job has failed."
    )]
    Retry {
        /// Their numbers
        #[arg(value_name = "ID", required_unless_present = "all")]
        jobs: Vec<i64>,

        /// All that have failed
        #[arg(long, conflicts_with = "jobs")]
        all: bool,

        #[command(flatten)]
        output: OutputArguments<Format>,
    },
}

/// What a job can be.
const JOB_STATES: [&str; 6] = ["waiting", "running", "done", "failed", "superseded", "retried"];

#[derive(Debug, Args)]
#[command(after_help = INIT)]
pub(super) struct InitOptions {
    /// The directory that gets a db/ directory; it is made when it is not there
    #[arg(value_name = "DIR", default_value = ".")]
    pub(super) directory: Utf8PathBuf,

    /// Make the files of another tool ours instead: flyway, dbmate, prisma, …, or auto where the files show which
    #[arg(long, value_name = "TOOL", num_args = 0..=1, default_missing_value = "auto")]
    pub(super) from: Option<Whose>,

    /// The environment whose database's history is taken over; absent, that of --database-url, or none
    #[arg(short, long, value_name = "ENV", requires = "from")]
    pub(super) env: Option<String>,

    /// Another settings file, relative to the project directory
    #[arg(short, long, value_name = "FILE", requires = "from")]
    pub(super) config: Option<Utf8PathBuf>,

    #[command(flatten)]
    pub(super) database: DatabaseArguments,

    /// Say what would be done
    #[arg(long, requires = "from")]
    pub(super) dry_run: bool,

    /// Do it without asking
    #[arg(short, long, requires = "from")]
    pub(super) yes: bool,

    /// Do it although git could not take it back
    #[arg(long, requires = "from")]
    pub(super) force: bool,

    #[command(flatten)]
    pub(super) output: OutputArguments<Format>,
}

/// A tool by its name; none where it is whichever the files or the database show.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whose(pub(super) Option<Tool>);

impl FromStr for Whose {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        if name == "auto" {
            return Ok(Self(None));
        }
        let names: Vec<&str> = Tool::iter().map(Tool::name).collect();
        name.parse().map(|tool| Self(Some(tool))).map_err(|_| match nearest(name, &names) {
            Some(like) => format!("did you mean {like}?"),
            None => format!("it is auto, or one of {}", names.join(", ")),
        })
    }
}

/// What `init --from` does and does not.
const INIT: &str = "\
With --from, files are written into db/migrations as VERSION_name.up.sql and .down.sql, and the old ones removed. With a \
database, its history is taken over into tb_confiture: nothing is executed, and the other tool's ledger stays as it is. \
Git's working tree has to be clean, so that `git checkout` takes it back.
Exit codes: 0 done · 2 configuration, files, or not confirmed · 3 the database refused · 5 ledger and files disagree · \
6 lock held.";

/// Where shells look for such scripts.
const COMPLETIONS: &str = "\
bash  confiture completions bash > ~/.local/share/bash-completion/completions/confiture
zsh   confiture completions zsh > \"${fpath[1]}/_confiture\"
fish  confiture completions fish > ~/.config/fish/completions/confiture.fish";

/// Which project, and with which settings.
#[derive(Debug, Args)]
pub(super) struct ProjectArguments {
    /// The directory that holds db/
    #[arg(short = 'C', long, value_name = "DIR", default_value = ".")]
    pub(super) project_dir: Utf8PathBuf,

    /// The environment: db/environments/ENV.yaml holds its settings
    #[arg(short, long, value_name = "ENV", default_value = DEFAULT_ENVIRONMENT)]
    pub(super) env: String,

    /// Another settings file, relative to the project directory
    #[arg(short, long, value_name = "FILE")]
    pub(super) config: Option<Utf8PathBuf>,
}

/// How the answer looks and where it goes.
#[derive(Debug, Args)]
pub(super) struct OutputArguments<F: ValueEnum + Clone + Send + Sync + 'static> {
    /// How the answer looks
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(super) format: F,

    /// Write the answer to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<Utf8PathBuf>,
}

/// The faces of a preflight's report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ReportFormat {
    /// For people
    Text,
    /// For machines; its schema is docs/report.schema.json
    Json,
    /// For comments and summaries
    Markdown,
    /// For code scanning
    Sarif,
}

/// The faces of other answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    #[value(alias = "table")]
    Text,
    /// For machines
    Json,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 passed · 2 configuration or files · 3 the database refused · 4 findings · \
                        6 lock held · 7 drift.\nWithout --against, --snapshot or --base-ref the base is empty and \
                        every migration is pending."
)]
pub(super) struct PreflightOptions {
    #[command(flatten)]
    pub(super) project: ProjectArguments,

    /// Base: a database with a ledger; the work is done in a copy of it
    #[arg(long, value_name = "URL", conflicts_with_all = ["snapshot", "base_ref"])]
    pub(super) against: Option<String>,

    /// Work in the database of --against itself; it is changed
    #[arg(long, requires = "against")]
    pub(super) in_place: bool,

    /// Base: a plain file of pg_dump
    #[arg(long, value_name = "FILE", conflicts_with = "base_ref")]
    pub(super) snapshot: Option<Utf8PathBuf>,

    /// The newest version in the snapshot, when it brings no ledger rows
    #[arg(long, value_name = "VERSION", requires = "snapshot")]
    pub(super) through: Option<String>,

    /// Base: the migrations that stand at a git revision
    #[arg(long, value_name = "REF")]
    pub(super) base_ref: Option<String>,

    /// The server: a major version, docker:TAG or docker:IMAGE; absent, the newest found here
    #[arg(long, value_name = "SERVER", env = "CONFITURE_POSTGRES", hide_env_values = true)]
    pub(super) postgres: Option<String>,

    /// Fetch server binaries when none are found
    #[arg(long)]
    pub(super) download_postgres: bool,

    /// Run migrations with a superuser's rights, for code that you trust
    #[arg(long)]
    pub(super) superuser: bool,

    /// The lowest severity of a finding that fails
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(super) fail_on: Option<Threshold>,

    #[command(flatten)]
    pub(super) output: OutputArguments<ReportFormat>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Threshold {
    Error,
    Warning,
    Info,
    Never,
}

impl Threshold {
    pub(super) fn severity(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Info => Some(Severity::Info),
            Self::Never => None,
        }
    }
}

/// Which database.
#[derive(Debug, Args)]
pub(super) struct DatabaseArguments {
    /// The database; before CONFITURE_DATABASE_URL, the settings file and DATABASE_URL
    #[arg(short, long, short_alias = 'u', aliases = ["url", "db"], value_name = "URL")]
    pub(super) database_url: Option<String>,
}

/// What every command takes that works on a database.
#[derive(Debug, Args)]
pub(super) struct OnDatabase {
    #[command(flatten)]
    pub(super) project: ProjectArguments,

    #[command(flatten)]
    pub(super) database: DatabaseArguments,

    #[command(flatten)]
    pub(super) output: OutputArguments<Format>,
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory as _};

    use super::Arguments;

    fn all(command: &Command) -> Vec<&Command> {
        let below = command.get_subcommands().flat_map(all);
        [command].into_iter().chain(below).collect()
    }

    #[test]
    fn a_database_has_the_same_names_in_every_command() {
        let tree = Arguments::command();
        let spellings = |command: &Command| {
            let argument = command.get_arguments().find(|argument| argument.get_id() == "database_url")?;
            let shorts = (argument.get_short(), argument.get_all_short_aliases());
            Some((
                argument.get_long().map(str::to_owned),
                argument.get_all_aliases().map(|all| all.join(" ")),
                shorts,
            ))
        };
        let names: Vec<_> = all(&tree).into_iter().filter_map(spellings).collect();
        assert!(names.len() > 15, "{names:?}");
        for name in names {
            let wanted =
                (Some("database-url".to_owned()), Some("url db".to_owned()), (Some('d'), Some(vec!['u'])));
            assert_eq!(name, wanted);
        }
        let strange = all(&tree).into_iter().flat_map(Command::get_arguments);
        let strange = strange
            .filter(|argument| argument.get_id() != "database_url" && argument.get_long() == Some("url"));
        assert_eq!(strange.count(), 0);
    }
}
