//! `init --from`: another tool's migrations made ours, and its history.

mod files;
mod settings;

use camino::Utf8PathBuf;

use self::files::Files;
use super::failure;
use super::migrate::{Counterpart, Scope, Site, told};
use super::project::{Opened, ProjectOptions};
use crate::gateway::git::Git;
use crate::gateway::postgres::{Ledger, SessionSettings};
use crate::model::answer::Head;
use crate::model::conversion::{ConversionAnswer, History};
use crate::model::exit::ExitCode;
use crate::model::layout::{LayoutFound, Tool};
use crate::model::ledger::{LedgerRow, LedgerTable};
use crate::model::report::{Failure, Stage};

/// What `init --from` is asked to do.
#[derive(Debug, Clone)]
pub struct ConversionRequest {
    /// The project, and the database whose history is taken over.
    pub scope: Scope,
    /// Whose migrations they are; absent, as the files show.
    pub tool: Option<Tool>,
    /// Whether the history is taken over as well.
    pub history: bool,
    /// Whether it is done although git could not take it back.
    pub force: bool,
    /// Only say what would be done.
    pub dry_run: bool,
}

/// A conversion of which everything is known and nothing is written.
#[derive(Debug)]
pub struct Conversion {
    files: Files,
    history: Option<(Site, Vec<LedgerRow>)>,
}

/// Says what the conversion would do. Writes nothing; without a conversion the answer says why there is none.
pub async fn plan(request: &ConversionRequest) -> (ConversionAnswer, Option<Conversion>) {
    let mut answer = ConversionAnswer {
        head: Head::new("init"),
        success: false,
        directory: request.scope.project.directory.clone(),
        from: None,
        dry_run: request.dry_run,
        migrations: Vec::new(),
        removed: Vec::new(),
        left: Vec::new(),
        settings: None,
        history: None,
        refused: Vec::new(),
        undo: Vec::new(),
    };
    let planned = Box::pin(prepare(request, &mut answer)).await;
    let planned = planned.map_err(|failure| answer.head.conclude(Err(failure))).ok();
    if planned.is_some() && request.dry_run {
        answer.conclude(Ok(()));
    }
    (answer, planned)
}

impl ConversionAnswer {
    fn conclude(&mut self, result: Result<(), Failure>) {
        self.head.conclude(result.map(|()| ExitCode::Success));
        self.success = self.head.ok;
    }

    /// Nobody has said yes.
    pub fn is_not_confirmed(&mut self) {
        let mut failure =
            Failure::new(Stage::Project, ExitCode::Configuration, "nobody has said yes: nothing was written");
        failure.help = Some("look with --dry-run, then say --yes".to_owned());
        self.conclude(Err(failure));
    }
}

impl Conversion {
    /// Does what was said. The history is written before a file has its name: what fails in between leaves a ledger that
    /// says what the other tool's says.
    pub async fn carry_out(self, answer: &mut ConversionAnswer) {
        let result = Box::pin(self.attempt()).await;
        answer.conclude(result);
    }

    async fn attempt(self) -> Result<(), Failure> {
        let exchange = self.files.exchange()?;
        if let Some((site, rows)) = self.history
            && let Err(failure) = site.take_over(rows, false).await
        {
            exchange.abandon();
            return Err(failure);
        }
        exchange.carry_out().map_err(|error| failure::file(&error))
    }
}

async fn prepare(request: &ConversionRequest, answer: &mut ConversionAnswer) -> Result<Conversion, Failure> {
    let options = &request.scope.project;
    let opened = Opened::open_as(options, request.tool).await?;
    let layout = opened.project.layout().clone();
    let because = layout.because.clone().unwrap_or_else(|| "that is what was said".to_owned());
    answer.from = Some(LayoutFound { tool: layout.tool, directory: layout.directory, because });
    is_convertible(request.tool, layout.tool)?;
    let files = Files::of(&opened, answer)?;
    if !request.force {
        is_undoable(options, &files).await?;
    }
    answer.undo = undo(&files);
    let tool = opened.project.layout().tool;
    // Files of no tool are recorded in our ledger as it is.
    let taken = if request.history && tool != Tool::Plain {
        Some(take(request, opened, &files, answer).await?)
    } else {
        None
    };
    Ok(Conversion { files, history: taken })
}

/// What the other ledger tells, laid against the files.
async fn take(
    request: &ConversionRequest,
    opened: Opened,
    files: &Files,
    answer: &mut ConversionAnswer,
) -> Result<(Site, Vec<LedgerRow>), Failure> {
    let tool = opened.project.layout().tool;
    let theirs = opened.ledger.clone().knowing(&files.before);
    let table = opened.settings.migration.tracking_table.as_deref().map(LedgerTable::new);
    let ledger = Ledger::of(Tool::Confiture, table);
    if ledger.table() == theirs.table() {
        let message = format!(
            "migration.tracking_table names the ledger of {}: ours needs a table of its own",
            tool.title()
        );
        let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
        failure.help = Some(
            "take it out of the settings, and name the other ledger as `table:` of `layout:`".to_owned(),
        );
        return Err(failure);
    }
    let site = Site::converted(&request.scope, opened, ledger, &files.after)?;
    answer.head.database = Some(site.target().to_string());
    let entries: Vec<Counterpart<'_>> = files
        .pairs()
        .map(|(before, ours)| Counterpart { theirs: &before.version, before: Some(before), ours })
        .collect();
    let session = site.connect(&SessionSettings::reading()).await?;
    let rows = told(&session, (tool, &theirs), &entries).await;
    session.close().await;
    let rows = match rows? {
        Ok(rows) => rows,
        Err(refused) => {
            answer.refused = refused;
            return Err(in_the_way(answer.refused.len(), ExitCode::Ledger));
        }
    };
    let (new, there) = site.take_over(rows.clone(), true).await?;
    let (from, to) = (theirs.table().display(), site.ledger().table().display());
    answer.undo.push(if there == 0 {
        format!("drop table {to};")
    } else {
        format!("remove the new rows of {to}")
    });
    answer.history = Some(History { from, to, rows: new, there });
    Ok((site, rows))
}

fn is_convertible(said: Option<Tool>, tool: Tool) -> Result<(), Failure> {
    let refused = |message: String, help: &str| {
        let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
        failure.help = Some(help.to_owned());
        Err(failure)
    };
    if let Some(said) = said.filter(|said| *said != tool) {
        let message = format!(
            "the settings say that these are migrations of {}, not of {}",
            tool.title(),
            said.title()
        );
        return refused(message, "put `layout:` right in the settings, or leave the tool out");
    }
    if tool == Tool::Confiture {
        return refused(
            "the migrations here are Confiture's own: there is nothing to convert".to_owned(),
            "name the tool that they are written for, as in `--from dbmate`",
        );
    }
    if tool.is_run_by_command() {
        let message = format!(
            "migrations of {} are programs, which only it can run: no file of SQL can be made of them",
            tool.title()
        );
        return refused(
            message,
            "go on with `layout:` and `command:`, or begin anew with `migrate baseline --generate NAME`",
        );
    }
    Ok(())
}

/// Refuses what `git checkout` could not take back.
async fn is_undoable(options: &ProjectOptions, files: &Files) -> Result<(), Failure> {
    let git = Git::open(&options.directory, &options.variables);
    let told = |error| failure::file(&crate::gateway::files::FileError::from(error));
    let refused = |message: String, help: &str| {
        let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
        failure.help = Some(format!("{help}, or say --force"));
        Err(failure)
    };
    let Some(changes) = git.changes().await.map_err(told)? else {
        return refused(
            "this is no git repository: nothing could take the conversion back".to_owned(),
            "make it one and commit everything",
        );
    };
    if let Some(first) = changes.first() {
        let message = format!(
            "git has {} changes that are not committed, the first is `{first}`: nothing could tell the conversion from them",
            changes.len()
        );
        return refused(message, "commit or stash them");
    }
    let known = git.list_files("HEAD", "".into()).await.map_err(told)?;
    match files.old.iter().find(|path| !known.contains(path)) {
        Some(unknown) => {
            refused(format!("git does not know {unknown}: it could not bring it back"), "commit it")
        }
        None => Ok(()),
    }
}

fn undo(files: &Files) -> Vec<String> {
    let mut places: Vec<&str> = vec![crate::gateway::files::MIGRATIONS];
    let settings = files.settings.as_ref().map(|(path, _)| path).filter(|path| !files.old.contains(path));
    places.extend(settings.map(|path: &Utf8PathBuf| path.as_str()));
    vec!["git checkout -- .".to_owned(), format!("git clean -f -- {}", places.join(" "))]
}

fn in_the_way(count: usize, code: ExitCode) -> Failure {
    let what = if count == 1 { "one thing is" } else { "several things are" };
    Failure::new(Stage::Project, code, format!("{what} in the way: nothing was written"))
}
