//! `build`: the declared schema as one file, and as a database.

mod beside;
mod database;
mod input;
mod list;
mod order;
mod output;
mod run;
mod scratch;
mod template;

use std::time::Instant;

use camino::Utf8PathBuf;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

pub(crate) use self::beside::Beside;
use self::input::Input;
pub use self::list::list;
use self::output::Output;
use super::apply::{Runner, milliseconds};
use super::failure;
use super::migrate::Scope;
use super::project::{self, ProjectOptions};
use super::script::Script;
use super::seed::{self, ApplyRequest};
use super::structure::{Grounds, Wishes};
use crate::config::SeedExecution;
use crate::gateway::postgres::{Session, SessionSettings, stamp_sql};
use crate::model::answer::Head;
use crate::model::build::{BuildAnswer, Bundle};
use crate::model::exit::ExitCode;
use crate::model::report::{Failure, Stage};

/// What `build` is asked to do.
#[expect(clippy::struct_excessive_bools, reason = "each is a wish of its own")]
#[derive(Debug, Clone)]
pub struct BuildRequest {
    /// The project and its settings.
    pub project: ProjectOptions,
    /// Structure only, no rows.
    pub schema_only: bool,
    /// Rows are put in after the schema, file by file, and are no part of the concatenated file; of a database that
    /// stays only. Also when the settings say so.
    pub sequential: bool,
    /// Of rows put in so, whether files after one that was refused are tried.
    pub continue_on_error: bool,
    /// Only this part of the rows, as `seed.profiles` of the settings has it.
    pub profile: Option<String>,
    /// The concatenated file, relative to the working directory; absent, below `db/generated`.
    pub output: Option<Utf8PathBuf>,
    /// Whether an order is looked for in which the files can be run.
    pub auto_order: bool,
    /// What is built from it.
    pub onto: Onto,
    /// How the concatenated file is written.
    pub text: fn(&Bundle<'_>) -> String,
    /// Ends it early when it is cancelled; what was started is cleaned up first.
    pub cancel: CancellationToken,
}

/// What is built from the files.
#[derive(Debug, Clone)]
pub enum Onto {
    /// Nothing but the file.
    Nothing,
    /// A database on a throwaway server.
    Scratch(Wishes),
    /// A database that stays.
    Database(Wanted),
}

/// A database that is to be built.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Its URL.
    pub url: SecretString,
    /// Whether it is made when it is not there.
    pub create: bool,
    /// Whether it is dropped first when something is in it.
    pub drop_existing: bool,
    /// Whether it is copied from a template that is kept on its server.
    pub template: bool,
}

/// Puts the declared schema together, and builds what is wanted from it.
pub async fn build(request: &BuildRequest) -> BuildAnswer {
    let started = Instant::now();
    let mut answer = BuildAnswer {
        head: Head::new("build"),
        success: false,
        env: request.project.env.clone(),
        files_processed: 0,
        seed_files_applied: 0,
        schema_size_bytes: 0,
        output_path: None,
        hash: None,
        execution_time_ms: 0.0,
        order: Vec::new(),
        seed_profile: request.profile.clone(),
        seed_files: Vec::new(),
        built: None,
        server: None,
        warnings: Vec::new(),
        notes: Vec::new(),
    };
    let result = carry_out(request, &mut answer).await;
    answer.head.conclude(result.map(|()| ExitCode::Success));
    answer.success = answer.head.ok;
    answer.execution_time_ms = milliseconds(started);
    answer
}

async fn carry_out(request: &BuildRequest, answer: &mut BuildAnswer) -> Result<(), Failure> {
    let grounds = Grounds::open(&request.project).await?;
    let opened = grounds.project()?;
    let after = rows_after(request, opened);
    let schema_only = request.schema_only || after.is_some();
    let input = Input::read(opened, &request.project.env, schema_only, request.profile.as_deref())?;
    let scripts = input.scripts()?;
    let output = Output::of(request, opened)?;
    let plan = Plan::of(&scripts, &input.hash, request.auto_order)?;
    answer.files_processed = input.files.len();
    answer.seed_files_applied = input.seeds;
    answer.hash = Some(input.hash.clone());
    let order = match &request.onto {
        Onto::Nothing => Vec::new(),
        Onto::Scratch(wishes) => scratch::build(&plan, &grounds, wishes, &request.cancel, answer).await?,
        Onto::Database(wanted) => database::build(&plan, wanted, answer).await?,
    };
    if request.auto_order && !order.is_empty() {
        answer.order = order.iter().map(|file| scripts[*file].file.path.clone()).collect();
    }
    let text = (request.text)(&input.bundle(&scripts, &order, &request.project.env));
    answer.schema_size_bytes = text.len();
    answer.output_path = Some(output.write(&text)?);
    match after {
        Some(rows) => put_in(&rows, answer).await,
        None => Ok(()),
    }
}

/// What puts the rows in after the schema, when they are not to be a part of it.
fn rows_after(request: &BuildRequest, opened: &project::Opened) -> Option<ApplyRequest> {
    let Onto::Database(wanted) = &request.onto else { return None };
    let sequential = request.sequential || opened.settings.seed.execution_mode == SeedExecution::Sequential;
    (sequential && !request.schema_only).then(|| ApplyRequest {
        scope: Scope { project: request.project.clone(), url: Some(wanted.url.clone()) },
        transaction: false,
        continue_on_error: request.continue_on_error,
        profile: request.profile.clone(),
        copy_threshold: seed::COPY_THRESHOLD,
    })
}

/// Puts rows in; that there are none is no failure of a build.
async fn put_in(rows: &ApplyRequest, answer: &mut BuildAnswer) -> Result<(), Failure> {
    let opened = project::Opened::open(&rows.scope.project).await?;
    if seed::listed(&opened, &rows.scope.project.env, rows.profile.as_deref())?.is_empty() {
        return Ok(());
    }
    let done = seed::apply(rows).await;
    answer.files_processed += done.files_processed;
    answer.seed_files_applied = done.files_applied;
    answer.seed_files = done.files;
    done.head.error.map_or(Ok(()), Err)
}

/// What is to be run in a database.
pub(super) struct Plan<'a> {
    scripts: &'a [Script<'a>],
    hash: &'a str,
    auto_order: bool,
    /// Whether one transaction can hold it all.
    whole: bool,
}

impl<'a> Plan<'a> {
    fn of(scripts: &'a [Script<'a>], hash: &'a str, auto_order: bool) -> Result<Self, Failure> {
        let apart = scripts.iter().find(|script| !run::is_transactional(script));
        if let (true, Some(script)) = (auto_order, apart) {
            let path = &script.file.path;
            let message =
                format!("--auto-order tries files in a transaction, and {path} cannot be run in one");
            let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
            failure.help = Some("number the files, and build without --auto-order".to_owned());
            return Err(failure);
        }
        Ok(Self { scripts, hash, auto_order, whole: apart.is_none() })
    }

    /// Runs the files in an empty database, stamps it, and returns the order in which they were run.
    ///
    /// All of it is one transaction where that can be, so that what is refused leaves nothing behind.
    async fn run(&self, runner: &Runner<'_>) -> Result<Vec<usize>, Failure> {
        if self.auto_order {
            return self.in_transaction(runner, order::find(runner, self.scripts)).await;
        }
        if self.whole {
            let mut refused = None;
            let work = async {
                let tried = self.in_order(runner, true).await;
                tried.map_err(|found| refused.insert(found).failure.clone())
            };
            let done = self.in_transaction(runner, work).await;
            match refused {
                None => return done,
                Some(refused) if !refused.for_its_transaction() => {
                    return Err(order::explain(refused, self.scripts));
                }
                // The server wants it in pieces.
                Some(_) => {}
            }
        }
        let done = self.in_order(runner, false).await;
        let order = done.map_err(|refused| order::explain(refused, self.scripts))?;
        self.in_transaction(runner, std::future::ready(Ok(order))).await
    }

    async fn in_order(&self, runner: &Runner<'_>, in_transaction: bool) -> Result<Vec<usize>, run::Refused> {
        let total = self.scripts.len();
        for file in 0..total {
            run::file(runner, self.scripts, file, in_transaction).await?;
            if in_transaction {
                run::foresee_locks(runner, file, total).await?;
            }
        }
        Ok((0..total).collect())
    }

    /// Does work in a transaction that ends with the stamp, as whom the session was opened.
    async fn in_transaction(
        &self,
        runner: &Runner<'_>,
        work: impl Future<Output = Result<Vec<usize>, Failure>>,
    ) -> Result<Vec<usize>, Failure> {
        let refused = |error| failure::database(runner.stage, &error);
        runner.session.run("begin").await.map_err(refused)?;
        let result = work.await;
        let end = match &result {
            Ok(_) => format!("{} {} commit", runner.settings.act_as_opened_sql(), stamp_sql(self.hash)),
            Err(_) => "rollback".to_owned(),
        };
        let ended = runner.session.run(&end).await.map_err(refused);
        if ended.is_err() {
            // A deferred constraint may have refused the commit; outside a transaction this is only a warning.
            let _ = runner.session.run("rollback").await;
        }
        result.and_then(|order| ended.map(|()| order))
    }
}

/// A session in which the project's SQL runs as whoever the URL names.
pub(super) struct Opened {
    session: Session,
    settings: SessionSettings,
}
