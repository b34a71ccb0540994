//! `migrate verify`.

use super::{Scope, Site};
use crate::engine::chain;
use crate::gateway::postgres::{Session, SessionSettings};
use crate::model::answer::{Check, CheckStatus, Head, VerifyAnswer};
use crate::model::exit::ExitCode;
use crate::model::finding::Rule;
use crate::model::migration::{SqlFile, Version};
use crate::model::report::{Failure, Stage};
use crate::operation::{check, failure};

/// What `migrate verify` is asked to look at.
#[derive(Debug, Clone)]
pub struct VerifyRequest {
    /// Project and database.
    pub scope: Scope,
    /// The checks of this version alone.
    pub version: Option<Version>,
}

/// Compares ledger and files, and runs the checks of deployed migrations. Writes nothing: checks run in a transaction
/// each, which ours may only read in, and nothing of another tool's stays.
pub async fn verify(request: &VerifyRequest) -> VerifyAnswer {
    let mut answer = VerifyAnswer {
        head: Head::new("migrate verify"),
        findings: Vec::new(),
        checks: Vec::new(),
        verified_count: 0,
        failed_count: 0,
        skipped_count: 0,
    };
    let result = carry_out(request, &mut answer).await;
    answer.head.conclude(result);
    answer
}

async fn carry_out(request: &VerifyRequest, answer: &mut VerifyAnswer) -> Result<ExitCode, Failure> {
    let site = Site::find(&request.scope).await?;
    answer.head.database = Some(site.target.to_string());
    if let Some(version) = &request.version {
        site.has_version("--version", version)?;
    }
    // A check may take its time.
    let settings = SessionSettings {
        statement_timeout: "10min".to_owned(),
        search_path: None,
        ..SessionSettings::reading()
    };
    let session = site.connect(&settings).await?;
    let ledger = &site.opened.ledger;
    let refused = |error| failure::database(Stage::Server, &error);
    if !ledger.exists(&session).await.map_err(refused)? {
        return Err(site.no_ledger());
    }
    let deployed = site.deployed(&session).await?;
    let about_the_ledger =
        [Rule::DeployedFileChanged, Rule::DeployedFileMissing, Rule::OutOfOrder, Rule::DuplicateVersion];
    answer.findings = chain::check(site.policy(), &site.files.migrations, &deployed);
    answer.findings.retain(|finding| about_the_ledger.contains(&finding.rule));
    let manner = if site.tool().has_own_checks() { check::Manner::Foreign } else { check::Manner::Ours };
    for (version, file) in site.opened.project.checks().map_err(|error| failure::file(&error))? {
        if request.version.as_ref().is_some_and(|wanted| *wanted != version) {
            continue;
        }
        let is_deployed = deployed.iter().any(|row| row.version == version);
        let check =
            if is_deployed { run(&session, version, &file, manner).await? } else { skipped(version, &file) };
        answer.count(check);
    }
    session.close().await;
    let disagrees = answer.findings.iter().any(|finding| finding.rule != Rule::OutOfOrder);
    Ok(match (disagrees, answer.failed_count) {
        (true, _) => ExitCode::Ledger,
        (false, 0) => ExitCode::Success,
        (false, _) => ExitCode::Findings,
    })
}

/// Runs a check, which is to fail as whoever wrote it means it.
async fn run(
    session: &Session,
    version: Version,
    file: &SqlFile,
    manner: check::Manner,
) -> Result<Check, Failure> {
    let failure = check::run(session, file, manner).await?;
    let status = if failure.is_some() { CheckStatus::Failed } else { CheckStatus::Passed };
    Ok(Check { version, path: file.path.clone(), status, failure })
}

fn skipped(version: Version, file: &SqlFile) -> Check {
    Check { version, path: file.path.clone(), status: CheckStatus::Skipped, failure: None }
}
