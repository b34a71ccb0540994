//! The text face of `migrate estimate`.

use super::answer::{end, head, transaction};
use super::style::{Paint, clean};
use super::text::duration;
use super::verdict::counted;
use crate::model::estimate::{EstimateAnswer, Span, StatementEstimate, TableEstimate, TableSize, Work};
use crate::model::migration::label;

/// What `migrate estimate` says.
#[must_use]
pub fn estimate(answer: &EstimateAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let mut lines = head(&answer.head);
    for one in &answer.migrations {
        let name = clean(&label(&one.version, &one.name));
        lines.push(format!("· {name}    {}, {}", transaction(one.transaction), span(one.duration_ms)));
        lines.extend(one.statements.iter().flat_map(|one| statement(one, paint)));
    }
    if answer.head.ok && !answer.migrations.is_empty() {
        lines.extend(answer.assumptions.iter().map(|one| paint.faint(&format!("▸ assumed: {one}"))));
    }
    let all = span(answer.total_duration_ms);
    let counts = match answer.migrations.len() {
        0 => "no migration is pending".to_owned(),
        count => format!("{}: {all}", counted(count, "pending migration")),
    };
    let counts = if answer.head.ok { counts } else { "no estimate".to_owned() };
    end(lines, &answer.head, &counts, paint)
}

fn statement(one: &StatementEstimate, paint: Paint) -> Vec<String> {
    let mut lines = vec![format!("    {:>4}  {}    {}", one.line, clean(&one.text), span(one.duration_ms))];
    lines.extend(one.tables.iter().map(|one| table(one, paint)));
    lines
}

fn table(one: &TableEstimate, paint: Paint) -> String {
    let said = format!("          {}", on_table(one));
    if one.blocks.is_some() { paint.warning(&said) } else { paint.faint(&said) }
}

/// Which lock is taken on a table, what is done under it, and who waits meanwhile.
pub(super) fn on_table(one: &TableEstimate) -> String {
    let lock = one.lock.to_string().replace('_', " ");
    let size = match one.size {
        None => " (new)".to_owned(),
        // Nobody was asked, or there is nothing in it.
        Some(size) if size == TableSize::default() => String::new(),
        Some(one) => format!(" ({})", size(one)),
    };
    let perhaps = if one.perhaps { "perhaps " } else { "" };
    let waits = one.blocks.as_ref().map_or_else(String::new, |what| format!("; {what} wait"));
    format!("{lock} on {}{size}: {perhaps}{}{waits}", one.table, work(one.work))
}

/// What is done to the rows.
pub(super) fn work(work: Work) -> &'static str {
    match work {
        Work::Catalog => "changes the catalog alone",
        Work::Insert => "puts rows in",
        Work::Scan => "reads every row",
        Work::IndexBuild => "builds an index",
        Work::Update => "changes some rows or all",
        Work::Rewrite => "writes every row anew",
    }
}

fn span(span: Span) -> String {
    let (low, high) = (duration(span.low), duration(span.high));
    if low == high { low } else { format!("{low} to {high}") }
}

/// Rows and bytes of a table.
pub(super) fn size(size: TableSize) -> String {
    let rows = size.rows.map_or_else(|| "rows not counted".to_owned(), |rows| format!("{rows} rows"));
    format!("{rows}, {} and {} of indexes", bytes(size.table_bytes), bytes(size.index_bytes))
}

/// A number of bytes as people say it.
fn bytes(bytes: u64) -> String {
    const UNITS: [(&str, u64); 4] = [("TB", 1 << 40), ("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10)];
    match UNITS.iter().find(|(_, size)| bytes >= *size) {
        Some((unit, size)) => format!("{}.{} {unit}", bytes / size, bytes % size * 10 / size),
        None => format!("{bytes} B"),
    }
}
