//! `confiture bot`.

use std::collections::BTreeMap;

use tokio_util::sync::CancellationToken;

use super::arguments::BotOptions;
use super::output;
use crate::bot::Bot;
use crate::model::exit::ExitCode;

/// Runs until it is cancelled.
pub(super) async fn run(
    options: &BotOptions,
    variables: &BTreeMap<String, String>,
    cancel: CancellationToken,
) -> u8 {
    crate::telemetry::start_service(variables);
    let bot = match Bot::open(&options.config, variables).await {
        Ok(bot) => bot,
        Err(error) => {
            output::complain(&error.to_string());
            if let Some(help) = error.help() {
                output::complain(help);
            }
            return ExitCode::Configuration.number();
        }
    };
    if let Some(address) = bot.address() {
        output::complain(&format!("listening on http://{address}"));
    }
    match bot.run(cancel).await {
        Ok(()) => ExitCode::Success.number(),
        Err(error) => {
            output::complain(&format!("the bot ended: {error}"));
            ExitCode::Configuration.number()
        }
    }
}
