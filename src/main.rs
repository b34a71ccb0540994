//! Arguments, telemetry, one call, an exit code.

use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let variables = confiture::library::environment();
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let Ok(runtime) = builder.worker_threads(2).enable_all().build() else { return ExitCode::FAILURE };
    let code = runtime.block_on(confiture::cli::run(variables));
    // What does not end is left to the system.
    runtime.shutdown_timeout(Duration::from_secs(1));
    ExitCode::from(code)
}
