//! The `layout:` key of a settings file: which tool the migrations are written for.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, IntoDeserializer as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::model::layout::Tool;

/// Which tool the migrations are written for: its name, or its name with more.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
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
    tool: Tool,
    #[serde(default)]
    directory: Option<String>,
    #[serde(default)]
    table: Option<String>,
    #[serde(default)]
    execute: Execute,
    #[serde(default)]
    placeholders: BTreeMap<String, String>,
}

/// Both ways to write it.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "it only describes what is read")]
enum WrittenLayout {
    Name(Tool),
    Detailed(Detailed),
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
        f.write_str("the name of a tool, or `tool:` with `directory:`, `table:`, `execute:`, `placeholders:`")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
        let tool = Tool::deserialize(name.into_deserializer())?;
        let (execute, placeholders) = Default::default();
        Ok(LayoutSettings { tool, directory: None, table: None, execute, placeholders })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let Detailed { tool, directory, table, execute, placeholders } =
            Detailed::deserialize(MapAccessDeserializer::new(map))?;
        Ok(LayoutSettings { tool, directory, table, execute, placeholders })
    }
}
