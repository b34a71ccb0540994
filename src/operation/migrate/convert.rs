//! `migrate convert`: migrations in Python written as SQL.

use camino::Utf8PathBuf;

use crate::gateway::files::Project;
use crate::gateway::postgres::Target;
use crate::model::answer::Head;
use crate::model::exit::ExitCode;
use crate::model::migration::{Down, Migration, SqlFile};
use crate::model::python::Python;
use crate::model::report::{Failure, Stage};
use crate::model::tidy::{ConvertAnswer, Converted, Taken};
use crate::operation::failure;
use crate::operation::lab::{self, Builder, Lab, REPLAY};
use crate::operation::project::{Opened, ProjectOptions};
use crate::operation::python::Host;
use crate::operation::script::Step;

/// What `migrate convert` is asked to do.
#[derive(Debug, Clone)]
pub struct ConvertRequest {
    /// The project and its settings.
    pub project: ProjectOptions,
    /// Which files, by path, name or version; none, all.
    pub wanted: Vec<String>,
    /// Only say what would be written.
    pub dry_run: bool,
    /// How a file of SQL begins that was taken out of another: told the path, and whether it was recorded.
    pub head: fn(&str, Taken) -> String,
}

/// Writes migrations in Python as files of SQL, and removes them. What stands there plainly is read; what only Python
/// can tell is recorded while the chain runs on a throwaway server.
///
/// Nothing is written before everything is known.
pub async fn convert(request: &ConvertRequest) -> ConvertAnswer {
    let mut answer = ConvertAnswer {
        head: Head::new("migrate convert"),
        success: false,
        dry_run: request.dry_run,
        converted: Vec::new(),
    };
    let result = Box::pin(carry_out(request, &mut answer)).await;
    answer.head.conclude(result.map(|()| ExitCode::Success));
    answer.success = answer.head.ok;
    answer
}

async fn carry_out(request: &ConvertRequest, answer: &mut ConvertAnswer) -> Result<(), Failure> {
    let opened = Opened::open(&request.project).await?;
    let migrations = opened.migrations()?.migrations;
    let wanted = wanted(&migrations, &request.wanted)?;
    let needs_run = |(_, python): &(&Migration, &Python)| python.up.is_some() || python.down.is_some();
    let recorded = match wanted.iter().rev().find(|one| needs_run(one)) {
        Some((last, _)) => {
            let until = migrations.iter().position(|one| one.version == last.version).unwrap_or_default();
            record(&opened, request, &migrations[..=until]).await?
        }
        None => Vec::new(),
    };
    let mut files = Vec::new();
    for (migration, python) in wanted {
        let of_it = recorded.iter().find(|one| one.path == migration.up.path);
        let (converted, texts) = converted(migration, python, of_it, request);
        answer.converted.push(converted);
        files.extend(texts);
    }
    if !request.dry_run {
        let refused = |error| failure::file(&error);
        opened.project.write_new(&files).map_err(refused)?;
        remove(&opened.project, answer)?;
    }
    Ok(())
}

fn remove(project: &Project, answer: &ConvertAnswer) -> Result<(), Failure> {
    let removed = answer.converted.iter().try_for_each(|one| project.remove(&one.from));
    removed.map_err(|error| failure::file(&error))
}

/// The programs that are meant, in order.
fn wanted<'a>(
    migrations: &'a [Migration],
    names: &[String],
) -> Result<Vec<(&'a Migration, &'a Python)>, Failure> {
    let programs: Vec<_> = migrations.iter().filter_map(|one| Some((one, one.python.as_ref()?))).collect();
    let is_called = |migration: &Migration, name: &str| {
        let path = &migration.up.path;
        path == name || path.file_name() == Some(name) || migration.version.as_str() == name
    };
    let called = |name: &String| programs.iter().any(|(one, _)| is_called(one, name));
    if let Some(strange) = names.iter().find(|name| !called(name)) {
        let message = format!("{strange}: there is no migration in Python of that name");
        let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
        failure.help = Some("name its file, or its version".to_owned());
        return Err(failure);
    }
    let meant =
        |migration: &Migration| names.is_empty() || names.iter().any(|name| is_called(migration, name));
    Ok(programs.into_iter().filter(|(migration, _)| meant(migration)).collect())
}

/// What a program sent, each way.
struct Recorded {
    path: Utf8PathBuf,
    up: Vec<String>,
    down: Vec<String>,
}

/// Runs a chain on a throwaway server, each program there, back and there again.
async fn record(
    opened: &Opened,
    request: &ConvertRequest,
    chain: &[Migration],
) -> Result<Vec<Recorded>, Failure> {
    let settings = &opened.settings.preflight;
    let variables = &request.project.variables;
    let server = lab::start(None, false, lab::Purpose::Replay, settings, variables, None).await?;
    let lab = Lab::enter(server, None, settings.superuser).await?;
    let host = opened.python.clone().recording();
    let mut builder = Builder::new(lab, settings, &opened.ledger, &host);
    let mut result = async {
        let target = builder.database(REPLAY, None).await?;
        run(opened, &mut builder, &target, chain, &host).await
    }
    .await;
    if let Some(lab) = builder.into_lab() {
        lab.explain(&mut result);
        lab.close().await;
    }
    result
}

async fn run(
    opened: &Opened,
    builder: &mut Builder<'_>,
    target: &Target,
    chain: &[Migration],
    host: &Host,
) -> Result<Vec<Recorded>, Failure> {
    let steps = chain.iter().map(|one| Step::read(one, Stage::Migration)).collect::<Result<Vec<_>, _>>()?;
    builder.lab()?.ensure_roles(steps.iter().flat_map(Step::roles)).await?;
    let work = builder.work(target).await?;
    let lock = builder.lock(&work, Stage::Migration).await?;
    builder.ensure_ledger(&work, &lock, Stage::Migration).await?;
    let applier = builder.applier(&work, &lock, Stage::Migration);
    let mut recorded = Vec::new();
    for (step, migration) in steps.iter().zip(chain) {
        let failed = |outcome: (_, Option<Failure>)| outcome.1.map_or(Ok(()), Err);
        failed(applier.apply(step).await)?;
        let mut found = Recorded { path: migration.up.path.clone(), up: pieces_of(host), down: Vec::new() };
        if let Some(down) = way_back(opened, migration)? {
            let back = Step::back(migration, &down, Stage::Migration)?;
            failed(applier.apply(&back).await)?;
            found.down = pieces_of(host);
            failed(applier.apply(step).await)?;
            host.recorded();
        }
        recorded.push(found);
    }
    work.session.close().await;
    Ok(recorded)
}

/// What takes a program back that only Python can tell.
fn way_back(opened: &Opened, migration: &Migration) -> Result<Option<SqlFile>, Failure> {
    let is_told = migration.python.as_ref().is_none_or(|python| python.down.is_none());
    let down = migration.down.as_ref().filter(|_| !is_told);
    down.map(|down| opened.project.way_back(down)).transpose().map_err(|error| failure::file(&error))
}

/// The files of SQL that a program becomes.
fn converted(
    migration: &Migration,
    python: &Python,
    recorded: Option<&Recorded>,
    request: &ConvertRequest,
) -> (Converted, Vec<(Utf8PathBuf, String)>) {
    let from = &migration.up.path;
    let text = |taken: Taken, no_transaction: bool, statements: Vec<String>| {
        let mut text = (request.head)(from.as_str(), taken);
        if no_transaction {
            text += "-- confiture: no-transaction\n";
        }
        for one in &statements {
            text += &format!("\n{one}\n");
        }
        text
    };
    let way = |file: &SqlFile, is_read: bool, sent: Option<&Vec<String>>| {
        let (taken, statements) = match sent.filter(|_| !is_read) {
            Some(sent) => (Taken::Recorded, sent.clone()),
            None => (Taken::Read, pieces(&file.text)),
        };
        (taken, text(taken, file.no_transaction, statements))
    };
    let path = |way: &str| from.with_file_name(format!("{}.{way}.sql", migration.label()));
    let (taken, up) = way(&migration.up, python.up.is_none(), recorded.map(|one| &one.up));
    let mut files = vec![(path("up"), up)];
    let mut how = Converted {
        from: from.clone(),
        written: Vec::new(),
        up: taken,
        down: None,
        left: python.declares.iter().map(|one| one.name.clone()).collect(),
    };
    if let Some(Down::Section(file)) = &migration.down {
        let (taken, down) = way(file, python.down.is_none(), recorded.map(|one| &one.down));
        how.down = Some(taken);
        files.push((path("down"), down));
    }
    how.written = files.iter().map(|(path, _)| path.clone()).collect();
    (how, files)
}

/// What was recorded since this was asked last.
fn pieces_of(host: &Host) -> Vec<String> {
    host.recorded().iter().map(|piece| ended(piece)).collect()
}

/// The pieces of SQL that were read, each ended.
fn pieces(text: &str) -> Vec<String> {
    let pieces = text.split("\n;\n").map(str::trim).filter(|piece| !piece.is_empty());
    pieces.map(ended).collect()
}

/// A piece of SQL with a semicolon at its end.
fn ended(piece: &str) -> String {
    let piece = piece.trim();
    // What ends in a comment may not have it there.
    let last = piece.lines().last().unwrap_or_default();
    match piece {
        // The data of a COPY has an end of its own.
        _ if piece.ends_with(';') || piece.ends_with("\n\\.") => piece.to_owned(),
        _ if last.contains("--") => format!("{piece}\n;"),
        _ => format!("{piece};"),
    }
}
