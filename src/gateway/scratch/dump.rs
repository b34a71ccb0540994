//! Copying a database's structure with `pg_dump`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use tokio::process::Command;

use super::ServerError;
use super::embedded::binaries;
use crate::gateway::postgres::Target;

/// The structure of a database and the rows of its ledger as SQL text. Takes ACCESS SHARE on every table.
pub async fn dump(
    target: &Target,
    ledger: &str,
    major: Option<u32>,
    variables: &BTreeMap<String, String>,
) -> Result<String, ServerError> {
    let program = program(major, variables)?;
    let structure = run(&program, target, &["--schema-only"]).await?;
    // A table that is not there is no reason to fail: then every migration is pending.
    let rows = run(&program, target, &["--data-only", "--table", ledger]).await.unwrap_or_default();
    Ok(format!("{structure}\n{rows}"))
}

/// A `pg_dump` that is not older than the server that it reads.
fn program(major: Option<u32>, variables: &BTreeMap<String, String>) -> Result<PathBuf, ServerError> {
    let mut found: Vec<(u32, PathBuf)> = binaries::all(variables)
        .into_iter()
        .map(|binaries| (binaries.major, binaries.program("pg_dump")))
        .filter(|(_, path)| path.is_file())
        .collect();
    found.sort();
    let fits = found.iter().find(|(version, _)| major.is_none_or(|major| *version >= major));
    fits.map(|(_, path)| path.clone()).ok_or(ServerError::NoDumper { major })
}

async fn run(program: &PathBuf, target: &Target, arguments: &[&str]) -> Result<String, ServerError> {
    #[expect(clippy::disallowed_methods, reason = "this room starts PostgreSQL's programs")]
    let mut command = Command::new(program);
    command
        .args(["--no-password", "--lock-wait-timeout=10s"])
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/bin:/bin");
    command.kill_on_drop(true);
    // The password goes through the environment: other users can read a command line.
    command.envs(target.libpq_environment());
    let failed = |source| ServerError::io(format!("running {}", program.display()), source);
    let output = command.output().await.map_err(failed)?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(ServerError::Dump { database: target.to_string(), reason })
    }
}
