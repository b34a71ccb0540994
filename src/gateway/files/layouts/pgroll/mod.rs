//! pgroll: files of operations in JSON or YAML.
//! <https://github.com/xataio/pgroll/tree/main/docs>

mod expand;
mod operations;

use self::expand::Known;
use self::operations::Operation;
use super::sight::{Sight, Sign, USUAL, certain};
use super::steps::{Document, Notation, Script, Source, Ways, migrations};
use super::{Content, Layout, LayoutOptions, ends_as};
use crate::gateway::files::{FileError, MigrationFiles};
use crate::model::layout::Tool;
use crate::model::migration::SqlFile;

pub(super) const LAYOUT: Layout = Layout { tool: Tool::Pgroll, depth: 0, is_file, sign, read };

fn is_file(name: &str) -> bool {
    ["json", "yaml", "yml"].iter().any(|ending| ends_as(name, ending))
}

fn sign(sight: &Sight<'_>) -> Option<Sign> {
    let has_operations = |text: &str| {
        text.lines().any(|line| line.starts_with("operations:")) || text.contains("\"operations\"")
    };
    let (directory, path) = sight.holding(&USUAL, is_file, has_operations)?;
    Some(certain(directory, format!("{path} has a list of operations")))
}

fn read(mut files: Vec<Content>, _: &LayoutOptions) -> Result<MigrationFiles, FileError> {
    files.sort_by(|left, right| left.path.file_stem().cmp(&right.path.file_stem()));
    let notation = Notation {
        tool: Tool::Pgroll,
        list: "operations",
        head: &["name", "version_schema"],
        expand: expanded,
    };
    migrations(files, &notation)
}

/// The SQL of both ways. Other steps than SQL of the author's are as good in their order: such SQL is alone in its file
/// or waits for the completion.
fn expanded(
    source: &Source<'_>,
    document: &Document,
    known: &mut Known,
) -> Result<(SqlFile, Option<SqlFile>), FileError> {
    let mut ways = Ways::new();
    for step in &document.steps {
        let (operation, at): (Operation, _) = (source.typed(step, step.value.clone())?, source.at(step));
        let statements = operation.forward(known).map_err(|message| source.refuse(step, &message))?;
        ways.start.push_all(at, &statements);
        let mut back = Script::default();
        let undone = operation.backward().map(|statements| back.push_all(at, &statements));
        if let Operation::Sql(sql) = &operation {
            let way = if sql.on_complete { &mut ways.complete } else { &mut ways.start };
            way.push_raw(at, &sql.up);
            sql.down.iter().for_each(|sql| back.push_raw(at, sql));
        }
        ways.undo(undone.map(|()| back));
    }
    Ok(ways.files(source.file))
}
