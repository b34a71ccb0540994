//! Arguments, telemetry, one call, an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    let variables = confiture::library::environment();
    confiture::telemetry::start(&variables);
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let Ok(runtime) = builder.worker_threads(2).enable_all().build() else { return ExitCode::FAILURE };
    ExitCode::from(runtime.block_on(confiture::cli::run(variables)))
}
