//! sqitch's registry: `sqitch.changes` with tags, dependencies and events beside it.
//! <https://sqitch.org/docs/manual/sqitchchanges/>, `App/Sqitch/Engine/pg.sql`.

use super::{Book, Booking, text};
use crate::gateway::postgres::ledger::NewRow;
use crate::model::entry::{Change, Dependency, Entry, PlanLine, Required};
use crate::model::layout::Tool;

pub(super) const BOOK: Book = Book {
    tools: &[Tool::Sqitch],
    table: "sqitch.changes",
    columns: &[
        "change_id",
        "script_hash",
        "change",
        "project",
        "committed_at",
        "committer_name",
        "planned_at",
    ],
    version: "l.change_id",
    name: "l.change",
    checksum: "l.script_hash",
    applied_at: "l.committed_at",
    applied_by: "l.committer_name",
    // Another project's are none of ours.
    counts: "({scope} is null or l.project = {scope})",
    booking: Some(Booking { make, insert, delete }),
    ..Book::PLAIN
};

/// Who does it, and an address: sqitch would ask the operating system.
const COMMITTER: &str = "current_user, current_user || '@' || pg_catalog.current_database()";

/// What of the registry is not there, as `sqitch deploy` makes it, its comments as well.
fn make(table: &str) -> String {
    let name = registry(table);
    format!(
        "create schema if not exists {name}; {}; \
         insert into {name}.releases (version, installer_name, installer_email) select 1.1, {COMMITTER}",
        include_str!("sqitch.sql").replace("{registry}", name).trim_end().trim_end_matches(';')
    )
}

/// The schema of the registry, from the name of its table.
fn registry(table: &str) -> &str {
    table.rsplit_once(".\"").map_or("sqitch", |(schema, _)| schema)
}

fn insert(row: &NewRow<'_>, entry: &Entry, table: &str) -> String {
    let Entry::Sqitch(change) = entry else { return String::new() };
    let at = registry(table);
    let Change { project, uri, requires, conflicts, .. } = change;
    let uri = uri.as_deref().map_or("null".to_owned(), |uri| text(uri).to_string());
    let mut sql = format!(
        "insert into {at}.projects (project, uri, creator_name, creator_email) select {}, {uri}, {COMMITTER} \
           on conflict (project) do nothing; \
         insert into {at}.changes (change_id, script_hash, change, project, note, committer_name, committer_email, \
           planned_at, planner_name, planner_email) select {}, {}, {}",
        text(project),
        text(&change.line.id),
        text(row.checksum),
        planned(&change.line, project),
    );
    for Dependency { text: name, of } in requires {
        sql += &dependency(at, change, "require", name, &found(at, of));
    }
    for name in conflicts {
        sql += &dependency(at, change, "conflict", name, "null");
    }
    for tag in &change.tags {
        let (id, of) = (text(&tag.id), text(&change.line.id));
        sql += &format!(
            "; insert into {at}.tags (tag_id, change_id, tag, project, note, committer_name, committer_email, planned_at, \
               planner_name, planner_email) select {id}, {of}, {}",
            planned(tag, project)
        );
    }
    let list = |texts: Vec<&str>| array(&texts);
    let requires = list(requires.iter().map(|one| one.text.as_str()).collect());
    let conflicts = list(conflicts.iter().map(String::as_str).collect());
    let tags = list(change.tags.iter().map(|tag| tag.name.as_str()).collect());
    sql + &event(at, "deploy", change, [&requires, &conflicts, &tags])
}

/// Forgets a change, and writes down that it was taken back.
fn delete(entry: &Entry, table: &str) -> String {
    let Entry::Sqitch(change) = entry else { return String::new() };
    let at = registry(table);
    let id = text(&change.line.id);
    let of = |kind: &str| {
        format!(
            "array(select d.dependency from {at}.dependencies d where d.change_id = {id} and d.type = {})",
            text(kind)
        )
    };
    let tags = format!("array(select t.tag from {at}.tags t where t.change_id = {id})");
    let event = event(at, "revert", change, [&of("require"), &of("conflict"), &tags]);
    let forget = ["tags", "dependencies", "changes"]
        .map(|table| format!("; delete from {at}.{table} where change_id = {id}"))
        .concat();
    format!("{}{forget}", event.trim_start_matches("; "))
}

/// Name, project, note, committer, and what the plan says of who planned it when.
fn planned(line: &PlanLine, project: &str) -> String {
    let PlanLine { name, note, planned_at, planner: (planner, address), .. } = line;
    let texts = [name, project, note].map(|part| text(part).to_string()).join(", ");
    format!("{texts}, {COMMITTER}, {}::timestamptz, {}, {}", text(planned_at), text(planner), text(address))
}

fn dependency(at: &str, change: &Change, kind: &str, name: &str, found: &str) -> String {
    let (id, kind, name) = (text(&change.line.id), text(kind), text(name));
    format!(
        "; insert into {at}.dependencies (change_id, type, dependency, dependency_id) select {id}, {kind}, {name}, {found}"
    )
}

/// The id of a change that is required, as SQL.
fn found(at: &str, of: &Required) -> String {
    let (project, change, tag) = match of {
        Required::Id(id) => return text(id).to_string(),
        Required::Elsewhere { project, change, tag } => (text(project), change, tag),
    };
    let named = change.as_ref().map(|name| format!(" and c.change = {}", text(name))).unwrap_or_default();
    let before = tag.as_ref().map(|tag| {
        format!(
            " and c.committed_at <= (select t.committed_at from {at}.tags t where t.project = {project} and t.tag = {})",
            text(&format!("@{tag}"))
        )
    });
    format!(
        "(select c.change_id from {at}.changes c where c.project = {project}{named}{} order by c.committed_at desc limit 1)",
        before.unwrap_or_default()
    )
}

fn event(at: &str, event: &str, change: &Change, lists: [&str; 3]) -> String {
    format!(
        "; insert into {at}.events (event, change_id, requires, conflicts, tags, change, project, note, committer_name, \
           committer_email, planned_at, planner_name, planner_email) select {}, {}, {}, {}",
        text(event),
        text(&change.line.id),
        lists.join(", "),
        planned(&change.line, &change.project),
    )
}

fn array(texts: &[&str]) -> String {
    let texts: Vec<String> = texts.iter().map(|one| text(one).to_string()).collect();
    format!("array[{}]::pg_catalog.text[]", texts.join(", "))
}
