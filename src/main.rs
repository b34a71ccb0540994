//! Arguments, telemetry, one call, an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    #[expect(clippy::disallowed_methods, reason = "the front door reads the environment")]
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    confiture::telemetry::start(&variables);
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let Ok(runtime) = builder.worker_threads(2).enable_all().build() else { return ExitCode::FAILURE };
    ExitCode::from(runtime.block_on(confiture::cli::run(variables)))
}
