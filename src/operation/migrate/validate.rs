//! `migrate validate`: what can be told of the files of migrations without a database.

use camino::Utf8PathBuf;

use super::repeat;
use crate::engine::chain;
use crate::gateway::files::{self, MigrationFiles};
use crate::model::answer::Head;
use crate::model::exit::ExitCode;
use crate::model::finding::{Finding, Rule, Severity};
use crate::model::layout::Tool;
use crate::model::ledger::LedgerRow;
use crate::model::migration::{Down, Migration, SqlFile};
use crate::model::place::Place;
use crate::model::policy::Policy;
use crate::model::report::{Failure, Stage};
use crate::model::tidy::ValidateAnswer;
use crate::operation::failure;
use crate::operation::project::{Opened, ProjectOptions, migrations_in};
use crate::operation::script::{Script, Step};
use crate::sql;

/// What `migrate validate` is asked to look at.
#[derive(Debug, Clone)]
pub struct ValidateRequest {
    /// The project and its settings.
    pub project: ProjectOptions,
    /// The project where what stands counts as deployed; absent, nothing does.
    pub deployed: Option<Utf8PathBuf>,
    /// Whether statements that cannot be run twice are looked for.
    pub idempotent: bool,
    /// The lowest severity that fails, none for never; absent, as the settings say.
    pub fail_on: Option<Option<Severity>>,
}

/// Reads the files of the migrations: their names, their order, their SQL. Connects to nothing.
pub async fn validate(request: &ValidateRequest) -> ValidateAnswer {
    let mut answer = ValidateAnswer {
        head: Head::new("migrate validate"),
        status: "issues_found",
        migrations_checked: 0,
        findings: Vec::new(),
        errors: Vec::new(),
        idempotent: request.idempotent,
        violations: Vec::new(),
        violation_count: 0,
        has_violations: false,
    };
    let result = carry_out(request, &mut answer).await;
    answer.head.conclude(result);
    if answer.findings.is_empty() && answer.violations.is_empty() && answer.head.ok {
        answer.status = "valid";
    }
    answer
}

async fn carry_out(request: &ValidateRequest, answer: &mut ValidateAnswer) -> Result<ExitCode, Failure> {
    let opened = Opened::open(&request.project).await?;
    let found = opened.migrations()?;
    answer.migrations_checked = found.migrations.len();
    let mut texts = Vec::new();
    for migration in &found.migrations {
        let down = migration.down.as_ref().map(|down| opened.project.way_back(down)).transpose();
        texts.push((migration, down.map_err(|error| failure::file(&error))?));
    }
    let deployed = request
        .deployed
        .as_deref()
        .map(|directory| migrations_in(directory, opened.project.layout()))
        .transpose()?;
    let deployed: Vec<LedgerRow> = deployed.iter().flat_map(|there| &there.migrations).map(row).collect();
    answer.findings = about_the_chain(opened.project.layout().policy(), &found, &deployed);
    // What is deployed cannot be changed any more.
    texts.retain(|(migration, _)| !deployed.iter().any(|row| row.version == migration.version));
    for (migration, down) in &texts {
        answer.findings.extend(about_the_text(migration, down.as_ref()));
        if request.idempotent {
            let files = std::iter::once(&migration.up).chain(down);
            answer.violations.extend(files.flat_map(repeat::violations));
        }
    }
    answer.violation_count = answer.violations.len();
    answer.has_violations = answer.violation_count > 0;
    let errors = answer.findings.iter().filter(|one| one.severity == Severity::Error);
    answer.errors = errors.map(|one| one.message.clone()).collect();
    let threshold = request.fail_on.unwrap_or_else(|| opened.settings.preflight.fail_on.threshold());
    let severities = answer.findings.iter().map(|one| one.severity);
    let severities = severities.chain(answer.violations.iter().map(|one| one.severity));
    let fails = threshold.is_some_and(|threshold| severities.into_iter().any(|one| one >= threshold));
    Ok(if fails { ExitCode::Findings } else { ExitCode::Success })
}

/// What a ledger would say of a migration.
fn row(migration: &Migration) -> LedgerRow {
    LedgerRow {
        version: migration.version.clone(),
        name: migration.name.clone(),
        checksum: Some(migration.ledger_checksum().to_owned()),
        ..LedgerRow::default()
    }
}

/// Versions, order and names.
fn about_the_chain(policy: Policy, found: &MigrationFiles, deployed: &[LedgerRow]) -> Vec<Finding> {
    let mut findings = chain::duplicates(&found.migrations);
    findings.extend(chain::check(policy, &found.migrations, deployed));
    findings.extend(chain::strays(&found.orphan_downs, &found.unversioned));
    let paths = found
        .migrations
        .iter()
        .flat_map(|one| std::iter::once(one.up.path.as_path()).chain(one.down.as_ref().map(Down::path)));
    if policy.tool == Tool::Confiture {
        findings.extend(paths.filter_map(|path| chain::name(path, files::proper_name(path)?.as_path())));
    }
    findings
}

/// What the two files of a migration say.
fn about_the_text(migration: &Migration, down: Option<&SqlFile>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let up = Step::read(migration, Stage::Project);
    let down = down.map(|file| (file, Step::back(migration, file, Stage::Project)));
    for (file, step) in std::iter::once((&migration.up, up)).chain(down) {
        match step {
            Ok(step) => {
                findings.extend(faults(&step.script));
                let (statements, asked) = (&step.script.statements, step.asked.no_transaction);
                if file.path == migration.up.path {
                    findings.extend(chain::mixed(migration, statements, step.mode, asked));
                }
            }
            Err(failure) => findings.push(unreadable(failure)),
        }
    }
    findings
}

/// A file that no command would run.
fn unreadable(failure: Failure) -> Finding {
    let rule = Rule::Unparseable;
    Finding {
        rule,
        severity: rule.severity(),
        place: failure.place,
        message: failure.message,
        help: failure.help,
    }
}

/// Statements that the parser refuses.
fn faults(script: &Script<'_>) -> Vec<Finding> {
    let refused = script.statements.iter().filter_map(|one| Some((one, sql::fault(script.text(one))?)));
    let finding = |(statement, message): (&crate::model::statement::Statement, String)| {
        let (line, column) = script.position(statement.span.start);
        Finding {
            rule: Rule::Unparseable,
            severity: Rule::Unparseable.severity(),
            place: Some(Place { path: script.file.path.clone(), line, column }),
            message: format!("this is no SQL that PostgreSQL {} takes: {message}", sql::PARSER_MAJOR),
            help: None,
        }
    };
    refused.map(finding).collect()
}
