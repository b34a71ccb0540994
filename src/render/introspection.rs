//! The text face of `introspect`.

use super::answer::{end, head};
use super::estimate::size;
use super::style::{Paint, clean};
use super::verdict::counted;
use crate::model::introspection::{ColumnFacts, Definition, ForeignKey, IntrospectAnswer, TableFacts};

/// What `introspect` read.
#[must_use]
pub fn text(answer: &IntrospectAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let mut lines = head(&answer.head);
    lines.extend(answer.tables.iter().flat_map(|one| table(one, paint)));
    let counts = format!("{} in {}", counted(answer.tables.len(), "table"), clean(&answer.schema));
    end(lines, &answer.head, &counts, paint)
}

fn table(one: &TableFacts, paint: Paint) -> Vec<String> {
    let comment = one.comment.as_ref().map(|text| format!(", {}", clean(text))).unwrap_or_default();
    let about = paint.faint(&format!("    {}{comment}", size(one.size)));
    let mut lines = vec![format!("{}{about}", paint.strong(&clean(&one.name)))];
    let width = one.columns.iter().map(|column| column.name.chars().count()).max().unwrap_or(0);
    lines.extend(one.columns.iter().map(|one| column(one, width, paint)));
    let definitions = one.constraints.iter().chain(&one.indexes);
    lines.extend(definitions.map(|one| definition(one, paint)));
    lines.extend(one.inbound_fks.iter().map(|key| inbound(key, paint)));
    lines
}

fn column(one: &ColumnFacts, width: usize, paint: Paint) -> String {
    let said = [
        one.is_primary_key.then(|| "primary key".to_owned()),
        (!one.nullable && !one.is_primary_key).then(|| "not null".to_owned()),
        one.default.as_ref().map(|default| format!("default {}", clean(default))),
        one.generated.as_ref().map(|how| format!("generated {}", clean(how))),
        one.comment.as_ref().map(|text| format!("-- {}", clean(text))),
    ];
    let said: Vec<String> = said.into_iter().flatten().collect();
    let said = if said.is_empty() { String::new() } else { format!("  {}", said.join(", ")) };
    format!("    {:<width$}  {}{}", clean(&one.name), clean(&one.pg_type), paint.faint(&said))
}

fn definition(one: &Definition, paint: Paint) -> String {
    paint.faint(&format!("    · {}: {}", clean(&one.name), clean(&one.definition)))
}

fn inbound(key: &ForeignKey, paint: Paint) -> String {
    let from = key.from_table.as_deref().unwrap_or_default();
    paint.faint(&format!(
        "    ← {}.{} points at {}",
        clean(from),
        clean(&key.via_column),
        clean(&key.on_column)
    ))
}
