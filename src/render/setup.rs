//! The words of `bot setup`: its pages, and the bot's file that it writes.

use askama::Template as _;

#[derive(askama::Template)]
#[template(path = "setup/form.html")]
struct Form<'a> {
    action: &'a str,
    manifest: &'a str,
}

#[derive(askama::Template)]
#[template(path = "setup/said.html")]
struct Said<'a> {
    title: &'a str,
    text: &'a str,
}

/// The page with the one button.
#[must_use]
pub fn form(action: &str, manifest: &str) -> String {
    // Rendering writes to a String and runs no fallible filter.
    Form { action, manifest }.render().unwrap_or_default()
}

/// A page that says one thing.
#[must_use]
pub fn said(title: &str, text: &str) -> String {
    Said { title, text }.render().unwrap_or_default()
}

/// What stands in the bot's file.
pub struct BotFile<'a> {
    /// The App's id.
    pub app_id: u64,
    /// The file with its key, beside this one.
    pub key_file: &'a str,
    /// What webhooks are signed with.
    pub webhook_secret: Option<&'a str>,
    /// What it signs people in as.
    pub client_id: &'a str,
    /// What proves that.
    pub client_secret: &'a str,
    /// The API's address.
    pub api: &'a str,
    /// Where people reach it.
    pub public_url: Option<&'a str>,
}

/// The bot's file. It holds secrets.
#[must_use]
pub fn bot_file(file: &BotFile<'_>) -> String {
    let mut lines = vec![
        "# Written by `confiture bot setup`. It holds secrets: keep it to yourself, and out of git."
            .to_owned(),
        "github:".to_owned(),
        format!("  app_id: {}", file.app_id),
        format!("  private_key_file: {}", quoted(file.key_file)),
    ];
    lines.push(match file.webhook_secret {
        Some(secret) => format!("  webhook_secrets: [{}]", quoted(secret)),
        None => "  webhook_secrets: [\"${CONFITURE_WEBHOOK_SECRET}\"]".to_owned(),
    });
    // People sign in where they reach the bot; until that is known the two only wait here.
    let waits = if file.public_url.is_some() { "" } else { "# with public_url: " };
    lines.push(format!("  {waits}client_id: {}", quoted(file.client_id)));
    lines.push(format!("  {waits}client_secret: {}", quoted(file.client_secret)));
    lines.push(format!("  api: {}", quoted(file.api)));
    lines.push("listen: 127.0.0.1:8080".to_owned());
    lines.extend(file.public_url.map(|url| format!("public_url: {}", quoted(url))));
    lines.join("\n") + "\n"
}

/// A text between quotes, as YAML and JSON both read it.
fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}
