//! `confiture preflight`.

use std::collections::BTreeMap;

use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::arguments::{PreflightOptions, ProjectArguments, ReportFormat};
use super::output;
use super::progress::Spinner;
use crate::model::migration::Version;
use crate::model::python::Trust;
use crate::model::report::Report;
use crate::operation::preflight::{self, BaseRequest, Request, Silent};
use crate::operation::project::{ProjectOptions, SettingsFrom};
use crate::render;

pub(super) async fn run(
    options: PreflightOptions,
    variables: BTreeMap<String, String>,
    cancel: CancellationToken,
) -> u8 {
    let watched = output::is_watched(&variables);
    let request = Request { cancel, ..request(&options, variables) };
    let report = if watched {
        let spinner = Spinner::start();
        let report = preflight::run(&request, &spinner).await;
        spinner.clear();
        report
    } else {
        preflight::run(&request, &Silent).await
    };
    let to = options.output.output.as_deref();
    output::write(&face(&report, options.output.format, to.is_some()), to, report.exit_code)
}

fn face(report: &Report, format: ReportFormat, to_file: bool) -> String {
    match format {
        ReportFormat::Text => render::text::report(report, output::wants_colour(to_file)),
        ReportFormat::Json => render::json::report(report),
        ReportFormat::Markdown => render::markdown::report(report) + "\n",
        ReportFormat::Sarif => render::sarif::report(report, ""),
    }
}

fn request(options: &PreflightOptions, variables: BTreeMap<String, String>) -> Request {
    Request {
        project: project(&options.project, variables),
        base: base(options),
        postgres: options.postgres.clone(),
        download_postgres: options.download_postgres,
        superuser: options.superuser,
        cancel: CancellationToken::new(),
        fail_on: options.fail_on.map(super::arguments::Threshold::severity),
        full: false,
        ignores: Vec::new(),
        tables: false,
        commands: true,
    }
}

fn base(options: &PreflightOptions) -> BaseRequest {
    if let Some(url) = &options.against {
        BaseRequest::Against { url: SecretString::from(url.clone()), in_place: options.in_place }
    } else if let Some(path) = &options.snapshot {
        BaseRequest::Snapshot { path: path.clone(), through: options.through.as_deref().map(Version::new) }
    } else if let Some(revision) = &options.base_ref {
        BaseRequest::Ref { revision: revision.clone() }
    } else {
        BaseRequest::Empty
    }
}

pub(super) fn project(arguments: &ProjectArguments, variables: BTreeMap<String, String>) -> ProjectOptions {
    ProjectOptions {
        directory: arguments.project_dir.clone(),
        env: arguments.env.clone(),
        config: arguments.config.clone(),
        settings_from: SettingsFrom::WorkingTree,
        variables,
        trust: Trust::Run,
    }
}
