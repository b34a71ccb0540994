//! The `layout:` key of a settings file: which tool the migrations are written for.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, IntoDeserializer as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::model::layout::Tool;
use crate::model::policy::{Late, Missing, Policy};

/// Which tool the migrations are written for: its name, or its name with more.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[schemars(with = "WrittenLayout")]
pub struct LayoutSettings {
    /// The tool.
    pub tool: Tool,
    /// Where the migrations lie, relative to the project directory; absent, where they are found.
    pub directory: Option<String>,
    /// The tool's ledger, `name` or `schema.name`; absent, as the tool calls it.
    pub table: Option<String>,
    /// Who runs migrations on real databases.
    pub execute: Execute,
    /// What stands for `${name}` in files of tools that put something in there.
    pub placeholders: BTreeMap<String, String>,
    /// What becomes of a pending migration that is older than the newest deployed one; absent, what the tool does.
    pub out_of_order: Option<Late>,
    /// What follows from a deployed migration whose file is gone; absent, what the tool does.
    pub missing: Option<Missing>,
    /// What runs the migrations, of tools that only their own command can run.
    pub command: Option<CommandSettings>,
}

impl LayoutSettings {
    /// A tool, and all else as it usually is.
    #[must_use]
    pub fn of(tool: Tool) -> Self {
        Self { tool, ..Self::default() }
    }
}

/// A command that brings a database up to date, which it finds in `DATABASE_URL`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandSettings {
    /// What a shell is told.
    pub line: String,
    /// How long it may take, in PostgreSQL's own notation; absent, ten minutes.
    pub timeout: Option<String>,
    /// Variables that it gets besides those that every command gets.
    pub environment: BTreeMap<String, String>,
    /// Roles that its SQL names, to be made on a throwaway server.
    pub roles: Vec<String>,
}

/// Who runs another tool's migrations on real databases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Execute {
    /// The tool itself. Its ledger is only read.
    #[default]
    Tool,
    /// This program, which writes the tool's ledger as the tool would.
    Native,
}

/// How it is written with more than the tool's name.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Detailed {
    /// The tool; absent beside `command`, `command`.
    #[serde(default)]
    tool: Option<Tool>,
    #[serde(default)]
    directory: Option<String>,
    #[serde(default)]
    table: Option<String>,
    #[serde(default)]
    execute: Execute,
    #[serde(default)]
    placeholders: BTreeMap<String, String>,
    /// What becomes of a pending migration that is older than the newest deployed one; absent, what the tool does.
    #[serde(default)]
    out_of_order: Option<Late>,
    /// What follows from a deployed migration whose file is gone; absent, what the tool does.
    #[serde(default)]
    missing: Option<Missing>,
    /// What runs the migrations, of tools that only their own command can run: it finds the database in `DATABASE_URL`.
    #[serde(default)]
    command: Option<String>,
    /// How long the command may take, in PostgreSQL's own notation; absent, ten minutes.
    #[serde(default, deserialize_with = "super::settings::time")]
    timeout: Option<String>,
    /// Variables that the command gets besides those that every command gets.
    #[serde(default)]
    environment: BTreeMap<String, String>,
    /// Roles that the command's SQL names, to be made on the throwaway server.
    #[serde(default)]
    roles: Vec<String>,
}

/// Both ways to write it.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "it only describes what is read")]
enum WrittenLayout {
    Name(Tool),
    Detailed(Detailed),
}

impl Detailed {
    fn settings<E: de::Error>(self) -> Result<LayoutSettings, E> {
        let Self { tool, directory, table, execute, placeholders, out_of_order, missing, .. } = self;
        let Self { command, timeout, environment, roles, .. } = self;
        let tool = match (tool, &command) {
            (Some(tool), _) => tool,
            (None, Some(_)) => Tool::Command,
            (None, None) => return Err(E::missing_field("tool")),
        };
        let asked = timeout.is_some() || !environment.is_empty() || !roles.is_empty();
        let command = command.map(|line| CommandSettings { line, timeout, environment, roles });
        let layout =
            LayoutSettings { tool, directory, table, execute, placeholders, out_of_order, missing, command };
        match fault(&layout, asked) {
            Some(fault) => Err(E::custom(fault)),
            None => Ok(layout),
        }
    }
}

/// What cannot be meant: a command for files of SQL, or files of SQL where a command is needed.
fn fault(layout: &LayoutSettings, asks_of_command: bool) -> Option<String> {
    let (name, by_command) = (layout.tool.name(), layout.tool.is_run_by_command());
    if let Some(fault) = fault_of_policy(layout) {
        return Some(fault);
    }
    let said = match &layout.command {
        None if layout.execute == Execute::Native && layout.tool.own_command().is_some() => {
            format!("only {} can run its migrations: leave `execute: native` out", layout.tool.title())
        }
        Some(_) if !by_command => format!(
            "migrations of {name} are read from their files: leave `command:` out, or write `tool: command`"
        ),
        Some(command) if command.line.trim().is_empty() => {
            "`command:` is empty: write what brings a database up to date".to_owned()
        }
        Some(_) if layout.execute == Execute::Native => {
            "with `command:` it is the command that runs the migrations: leave `execute: native` out"
                .to_owned()
        }
        None if asks_of_command => {
            "`timeout:`, `environment:` and `roles:` are about a `command:`".to_owned()
        }
        None if layout.tool == Tool::Command => {
            "`tool: command` wants a `command:`, what brings a database up to date".to_owned()
        }
        _ => return None,
    };
    Some(said)
}

/// What no tool can be told about ledger and files that disagree.
fn fault_of_policy(layout: &LayoutSettings) -> Option<String> {
    let said = layout.out_of_order.is_some() || layout.missing.is_some();
    if said && layout.tool.is_run_by_command() {
        return Some(
            "`out_of_order:` and `missing:` are about files that are read: leave them out".to_owned(),
        );
    }
    let never = Policy::of(layout.tool).late == Late::Skip && layout.out_of_order == Some(Late::Apply);
    never.then(|| {
        format!(
            "{} never applies what comes late, nor has its ledger a place for it: write `out_of_order: refuse`, or \
             leave it out",
            layout.tool.title()
        )
    })
}

impl<'de> Deserialize<'de> for LayoutSettings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LayoutVisitor)
    }
}

struct LayoutVisitor;

impl<'de> Visitor<'de> for LayoutVisitor {
    type Value = LayoutSettings;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the name of a tool, or `tool:` with `directory:`, `table:`, `execute:`, `placeholders:`, `out_of_order:`, `missing:`, `command:`",
        )
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
        let tool = Tool::deserialize(name.into_deserializer())?;
        let layout = LayoutSettings::of(tool);
        match fault(&layout, false) {
            Some(fault) => Err(E::custom(fault)),
            None => Ok(layout),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Detailed::deserialize(MapAccessDeserializer::new(map))?.settings()
    }
}
