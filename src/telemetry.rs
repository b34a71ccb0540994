//! The diagnostic log, on standard error, for whoever asks for it.

use std::collections::BTreeMap;

use tracing_subscriber::EnvFilter;

/// Starts the log when `CONFITURE_LOG` names what to log, such as `debug` or `confiture=trace`.
///
/// Nothing that is logged holds a password: targets hide theirs, and statements are not logged.
pub fn start(variables: &BTreeMap<String, String>) {
    let Some(directives) = variables.get("CONFITURE_LOG").filter(|text| !text.is_empty()) else { return };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(directives))
        .with_writer(std::io::stderr)
        .with_ansi(false);
    // A second start finds a log running already, which is fine.
    let _ = builder.try_init();
}

/// Starts the log of a service: lines of JSON on standard error, from `info` on where nothing else is asked for.
pub fn start_service(variables: &BTreeMap<String, String>) {
    let directives = variables.get("CONFITURE_LOG").filter(|text| !text.is_empty());
    let directives = directives.map_or("confiture=info", String::as_str);
    let builder = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter(directives))
        .with_writer(std::io::stderr);
    // A log that was asked for before goes on.
    let _ = builder.try_init();
}

/// What is logged. octocrab tells every address that it asks, and the one that GitHub gives for an archive is a key.
fn filter(directives: &str) -> EnvFilter {
    EnvFilter::new(format!("{directives},octocrab=info"))
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::filter;

    #[test]
    fn addresses_that_github_is_asked_at_are_logged_for_nobody() {
        for directives in ["debug", "trace", "confiture=debug,octocrab=trace"] {
            let log = tracing_subscriber::fmt().with_env_filter(filter(directives)).finish();
            tracing::subscriber::with_default(log, || {
                assert!(!tracing::enabled!(target: "octocrab", Level::DEBUG), "{directives}");
                assert!(tracing::enabled!(target: "confiture", Level::DEBUG), "{directives}");
            });
        }
    }
}
