//! `confiture migrate`, as far as it works on a database, its ledger and its files.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use secrecy::SecretString;
use serde::Serialize;

use super::arguments::migrate::{
    BaselineOptions, ConductArguments, ConvertOptions, DownOptions, FixOptions, GenerateOptions,
    LockArguments, OnMismatch, RebuildOptions, ReinitOptions, RepairOptions, UpOptions, ValidateOptions,
    VerifyOptions,
};
use super::arguments::{Format, OnDatabase, OutputArguments, Threshold};
use super::now;
use super::output;
use super::preflight::project;
use super::progress::Bar;
use crate::model::exit::ExitCode;
use crate::model::migration::Version;
use crate::model::report::{Failure, Stage};
use crate::operation;
use crate::operation::generate::{BlankTexts, GenerateRequest};
use crate::operation::migrate::{
    self, AdoptRequest, BaselineRequest, Conduct, ConvertRequest, DownRequest, Effect, Extent, FixRequest,
    ImportRequest, Lock, OnChanged, RebuildRequest, ReinitRequest, RepairRequest, Scope, TakeoverRequest,
    UpRequest, ValidateRequest, VerifyRequest,
};
use crate::render;

type Variables = BTreeMap<String, String>;

pub(super) async fn up(options: UpOptions, variables: Variables) -> u8 {
    let watched = output::is_watched(&variables);
    let request = UpRequest {
        scope: scope(&options.on, variables),
        target: options.target.map(Version::new),
        steps: options.steps,
        effect: match (options.dry_run, options.dry_run_execute) {
            (true, _) => Effect::DryRun,
            (false, true) => Effect::Rehearse,
            (false, false) => Effect::Apply,
        },
        on_changed: match options.checksums.on_checksum_mismatch {
            _ if options.checksums.no_verify_checksums => OnChanged::Ignore,
            OnMismatch::Fail => OnChanged::Fail,
            OnMismatch::Warn => OnChanged::Warn,
            OnMismatch::Ignore => OnChanged::Ignore,
        },
        force: options.force,
        batched: options.batches.batched,
        batch_size: options.batches.batch_size,
        conduct: conduct(options.conduct),
    };
    let bar = Bar::start(watched);
    let answer = migrate::up(&request, &|event| bar.tell(event)).await;
    bar.clear();
    say(&answer, answer.head.exit_code, &options.on.output, render::answer::up)
}

pub(super) async fn down(options: DownOptions, variables: Variables) -> u8 {
    let watched = output::is_watched(&variables);
    let request = DownRequest {
        scope: scope(&options.on, variables),
        extent: match options.to {
            Some(version) => Extent::To(Version::new(version)),
            None => Extent::Steps(options.steps),
        },
        dry_run: options.dry_run,
        conduct: conduct(options.conduct),
    };
    let bar = Bar::start(watched);
    let answer = migrate::down(&request, &|event| bar.tell(event)).await;
    bar.clear();
    say(&answer, answer.head.exit_code, &options.on.output, render::answer::down)
}

pub(super) async fn history(on: OnDatabase, variables: Variables) -> u8 {
    let answer = migrate::history(&scope(&on, variables)).await;
    say(&answer, answer.head.exit_code, &on.output, render::answer::history)
}

pub(super) async fn reinit(options: ReinitOptions, variables: Variables) -> u8 {
    let request = ReinitRequest {
        scope: scope(&options.on, variables),
        through: options.through.map(Version::new),
        dry_run: options.dry_run,
        confirmed: options.yes,
        lock: lock(options.lock),
    };
    let answer = migrate::reinit(&request).await;
    say(&answer, answer.head.exit_code, &options.on.output, render::answer::reinit)
}

pub(super) async fn repair(options: RepairOptions, variables: Variables) -> u8 {
    let request = RepairRequest {
        scope: scope(&options.on, variables),
        remove_missing: options.remove_missing,
        dry_run: options.dry_run,
        lock: lock(options.lock),
    };
    let answer = migrate::repair(&request).await;
    say(&answer, answer.head.exit_code, &options.on.output, render::answer::repair)
}

pub(super) async fn verify(options: VerifyOptions, variables: Variables) -> u8 {
    let request =
        VerifyRequest { scope: scope(&options.on, variables), version: options.version.map(Version::new) };
    let answer = migrate::verify(&request).await;
    say(&answer, answer.head.exit_code, &options.on.output, render::answer::verify)
}

pub(super) async fn validate(options: ValidateOptions, variables: Variables) -> u8 {
    let request = ValidateRequest {
        project: project(&options.project, variables),
        deployed: None,
        idempotent: options.idempotent,
        fail_on: options.fail_on.map(Threshold::severity),
    };
    let answer = migrate::validate(&request).await;
    say(&answer, answer.head.exit_code, &options.output, render::tidy::validate)
}

pub(super) async fn estimate(on: OnDatabase, variables: Variables) -> u8 {
    let answer = migrate::estimate(&scope(&on, variables)).await;
    say(&answer, answer.head.exit_code, &on.output, render::estimate::estimate)
}

pub(super) async fn fix(options: FixOptions, variables: Variables) -> u8 {
    let request = FixRequest {
        scope: scope(&options.on, variables),
        naming: options.naming,
        idempotent: options.idempotent,
        force: options.force,
        dry_run: options.dry_run,
    };
    let answer = migrate::fix(&request).await;
    say(&answer, answer.head.exit_code, &options.on.output, render::tidy::fix)
}

pub(super) async fn convert(options: ConvertOptions, variables: Variables) -> u8 {
    let request = ConvertRequest {
        project: project(&options.project, variables),
        wanted: options.files,
        dry_run: options.dry_run,
        head: render::tidy::converted_head,
    };
    let answer = migrate::convert(&request).await;
    say(&answer, answer.head.exit_code, &options.output, render::tidy::convert)
}

pub(super) async fn generate(options: GenerateOptions, variables: Variables) -> u8 {
    let request = GenerateRequest {
        project: project(&options.project, variables),
        name: options.name.or(options.name_flag).unwrap_or_default(),
        dry_run: options.dry_run,
        now: now(),
        texts: BlankTexts { up: render::migration::blank_up, down: render::migration::blank_down },
    };
    let answer = operation::generate::generate(&request).await;
    say(&answer, answer.head.exit_code, &options.output, render::answer::generate)
}

fn conduct(arguments: ConductArguments) -> Conduct {
    let ConductArguments { lock: wish, retry_for, no_hooks } = arguments;
    Conduct { lock: lock(wish), retry_for, hooks: !no_hooks }
}

fn lock(arguments: LockArguments) -> Lock {
    if arguments.no_lock { Lock::No } else { Lock::Within(arguments.lock_timeout) }
}

pub(super) async fn status(on: OnDatabase, variables: Variables) -> u8 {
    let answer = migrate::status(&scope(&on, variables)).await;
    say(&answer, answer.head.exit_code, &on.output, render::answer::status)
}

pub(super) async fn baseline(options: BaselineOptions, variables: Variables) -> u8 {
    let scope = scope(&options.on, variables);
    match (options.from_db, options.generate) {
        (Some(None), _) => {
            let request = TakeoverRequest {
                scope,
                tool: options.from.and_then(|whose| whose.0),
                source_table: options.source_table,
                through: options.through.map(Version::new),
                dry_run: options.dry_run,
            };
            let answer = migrate::takeover(&request).await;
            say(&answer, answer.head.exit_code, &options.on.output, render::answer::import)
        }
        (Some(Some(_)), _) if options.from.is_some() => output::failure(&from_is_for_this_database()),
        (Some(Some(source)), _) => {
            let request = ImportRequest {
                scope,
                source: SecretString::from(source),
                source_table: options.source_table,
                through: options.through.map(Version::new),
                dry_run: options.dry_run,
            };
            let answer = migrate::import(&request).await;
            say(&answer, answer.head.exit_code, &options.on.output, render::answer::import)
        }
        (None, Some(name)) => {
            let (dry_run, now, text) = (options.dry_run, now(), render::sql::plan);
            let answer = migrate::adopt(&AdoptRequest { scope, name, dry_run, now, text }).await;
            say(&answer, answer.head.exit_code, &options.on.output, render::answer::baseline)
        }
        (None, None) => {
            let through = Version::new(options.through.unwrap_or_default());
            let request = BaselineRequest { scope, through, dry_run: options.dry_run };
            let answer = migrate::baseline(&request).await;
            say(&answer, answer.head.exit_code, &options.on.output, render::answer::baseline)
        }
    }
}

fn from_is_for_this_database() -> Failure {
    let message = "--from says whose ledger this database has; of another database, ours is copied";
    let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
    failure.help = Some("leave --from out, or the URL of --from-db".to_owned());
    failure
}

pub(super) async fn rebuild(options: RebuildOptions, variables: Variables) -> u8 {
    let request = RebuildRequest {
        scope: scope(&options.on, variables),
        seed: options.seed,
        dry_run: options.dry_run,
        confirmed: options.yes,
        lock: lock(options.lock),
    };
    let answer = migrate::rebuild(&request).await;
    say(&answer, answer.head.exit_code, &options.on.output, render::answer::rebuild)
}

pub(super) fn scope(on: &OnDatabase, variables: Variables) -> Scope {
    Scope {
        project: project(&on.project, variables),
        url: on.database.database_url.clone().map(SecretString::from),
    }
}

pub(super) fn say<A: Serialize>(
    answer: &A,
    code: ExitCode,
    arguments: &OutputArguments<Format>,
    text: fn(&A, bool) -> String,
) -> u8 {
    let to: Option<&Utf8PathBuf> = arguments.output.as_ref();
    let said = match arguments.format {
        Format::Json => render::json::document(answer),
        Format::Text => text(answer, output::wants_colour(to.is_some())),
    };
    output::write(&said, to.map(Utf8PathBuf::as_path), code)
}
