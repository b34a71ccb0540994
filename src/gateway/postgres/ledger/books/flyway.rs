//! Flyway's `flyway_schema_history`. A script that is run again has a row for each time and no version.

use super::{Book, text};
use crate::gateway::postgres::ledger::NewRow;
use crate::model::layout::Tool;

pub(super) const BOOK: Book = Book {
    tools: &[Tool::Flyway],
    table: "flyway_schema_history",
    columns: &[
        "installed_rank",
        "version",
        "description",
        "type",
        "script",
        "checksum",
        "installed_on",
        "success",
    ],
    each_run: true,
    version: "coalesce(l.version, pg_catalog.regexp_replace(l.script, '^.*/|[.]sql$', '', 'g'))",
    name: "l.description",
    checksum: "l.checksum::text",
    applied_at: "l.installed_on::timestamptz",
    milliseconds: "l.execution_time::text",
    applied_by: "l.installed_by",
    // The newest row of each tells: it may have been undone, marked as gone, or run again.
    counts: "l.type not in ('SCHEMA', 'UNDO_SQL', 'DELETE') and not exists ( \
        select from {table} n where n.installed_rank > l.installed_rank \
          and (n.version = l.version or (n.version is null and l.version is null and n.script = l.script)))",
    through: "l.type in ('BASELINE', 'SQL_BASELINE')",
    half_done: "not l.success",
    create: "create table {table} ( \
       installed_rank integer not null constraint {name:pk} primary key, \
       version varchar(50), \
       description varchar(200) not null, \
       type varchar(20) not null, \
       script varchar(1000) not null, \
       checksum integer, \
       installed_by varchar(100) not null, \
       installed_on timestamp without time zone not null default pg_catalog.now(), \
       execution_time integer not null, \
       success boolean not null); \
     create index {name:s_idx} on {table} (success)",
    insert,
    set_checksum: Some("checksum = {checksum}::integer"),
    ..Book::PLAIN
};

fn insert(row: &NewRow<'_>, table: &str) -> String {
    let is_again = row.version.as_str().starts_with("R__");
    let version = if is_again { "null".to_owned() } else { text(row.version.as_str()).to_string() };
    let description = if is_again { row.version.as_str().trim_start_matches("R__") } else { row.name };
    let (kind, script, checksum) = match row.reason {
        Some("baseline") => ("BASELINE", "<< Flyway Baseline >>".to_owned(), "null".to_owned()),
        _ => ("SQL", row.script.to_owned(), format!("{}::integer", text(row.checksum))),
    };
    format!(
        "insert into {table} (installed_rank, version, description, type, script, checksum, installed_by, \
           execution_time, success) \
         select coalesce(pg_catalog.max(l.installed_rank), 0) + 1, {version}, {}, {}, {}, {checksum}, current_user, {}, true \
         from {table} l",
        text(&description.replace('_', " ")),
        text(kind),
        text(&script),
        row.milliseconds(),
    )
}
