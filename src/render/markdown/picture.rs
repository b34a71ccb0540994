//! The tables that change as an entity-relationship diagram, which GitHub draws.
//!
//! Mermaid has no escapes: a name keeps what its grammar takes, and gets `_` for the rest.

use super::escape::fence;
use crate::model::picture::{ColumnOutline, TableOutline};
use crate::model::report::ChangeKind;

/// Tables in the picture; the rest is counted.
const TABLES: usize = 15;
/// Columns of a table in the picture.
const COLUMNS: usize = 20;
/// The longest name, in characters.
const NAME: usize = 60;

/// The picture under its caption, folded; none where no table changes.
#[must_use]
pub(super) fn picture(tables: &[TableOutline]) -> Option<String> {
    let changed = tables.iter().filter(|one| one.change.is_some()).count();
    if changed == 0 {
        return None;
    }
    let shown = &tables[..tables.len().min(TABLES)];
    let mut lines = vec!["erDiagram".to_owned()];
    lines.extend(shown.iter().flat_map(entity));
    for table in shown {
        let there = |name: &str| shown.iter().any(|other| other.name == name);
        lines.extend(table.references.iter().filter(|one| there(&one.to)).map(|one| {
            format!(
                "  \"{}\" }}o--|| \"{}\" : \"{}\"",
                entity_name(&table.name),
                entity_name(&one.to),
                word(&one.name)
            )
        }));
    }
    let left_out = tables.len() - shown.len();
    let more = if left_out > 0 { format!("\n{left_out} more are left out here.") } else { String::new() };
    Some(format!(
        "<details><summary><b>Tables that change</b>: {}</summary>\n\n{}{more}\n</details>",
        caption(tables),
        fence("mermaid", &lines.join("\n"))
    ))
}

fn caption(tables: &[TableOutline]) -> String {
    let count = |kind: ChangeKind| tables.iter().filter(|one| one.change == Some(kind)).count();
    let kinds = [ChangeKind::Added, ChangeKind::Changed, ChangeKind::Dropped, ChangeKind::Renamed];
    let counted = kinds.into_iter().map(|kind| (count(kind), how(kind))).filter(|(count, _)| *count > 0);
    counted.map(|(count, how)| format!("{count} {how}")).collect::<Vec<_>>().join(", ")
}

const fn how(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Added => "added",
        ChangeKind::Dropped => "dropped",
        ChangeKind::Changed => "changed",
        ChangeKind::Renamed => "renamed",
    }
}

fn entity(table: &TableOutline) -> Vec<String> {
    let name = entity_name(&table.name);
    if table.columns.is_empty() {
        return vec![format!("  \"{name}\"")];
    }
    let mut lines = vec![format!("  \"{name}\" {{")];
    // Of a wide table what changes and what ties it to others is shown first.
    let matters = |one: &&ColumnOutline| one.change.is_some() || one.is_primary || one.is_foreign;
    let narrow = table.columns.len() <= COLUMNS;
    let shown: Vec<&ColumnOutline> =
        table.columns.iter().filter(|one| narrow || matters(one)).take(COLUMNS).collect();
    lines.extend(shown.iter().map(|one| format!("    {}", attribute(one, table.change))));
    let left_out = table.columns.len() - shown.len();
    lines.extend((left_out > 0).then(|| format!("    and _{left_out}_more")));
    lines.push("  }".to_owned());
    lines
}

fn attribute(column: &ColumnOutline, of_table: Option<ChangeKind>) -> String {
    let keys = match (column.is_primary, column.is_foreign) {
        (true, true) => " PK, FK",
        (true, false) => " PK",
        (false, true) => " FK",
        (false, false) => "",
    };
    // Of a new table every column is new, which goes without saying.
    let how = column.change.filter(|_| of_table == Some(ChangeKind::Changed)).map(how);
    let how = how.map_or_else(String::new, |how| format!(" \"{how}\""));
    format!("{} {}{keys}{how}", word(&column.data_type), word(&column.name))
}

/// A name between quotes.
fn entity_name(name: &str) -> String {
    let fits = |one: char| one.is_alphanumeric() || matches!(one, '.' | '_' | ' ');
    name.chars().filter(|one| *one != '"').take(NAME).map(|one| if fits(one) { one } else { '_' }).collect()
}

/// A bare word.
fn word(text: &str) -> String {
    let fits = |one: char| one.is_ascii_alphanumeric() || matches!(one, '_' | '(' | ')' | '[' | ']');
    let bare = text.chars().filter(|one| *one != '"').take(NAME);
    let word: String = bare.map(|one| if fits(one) { one } else { '_' }).collect();
    let is_key = ["pk", "fk", "uk"].iter().any(|key| word.eq_ignore_ascii_case(key));
    match word.chars().next() {
        Some(first) if first.is_ascii_alphabetic() && !is_key => word,
        _ => format!("_{word}"),
    }
}

#[cfg(test)]
mod tests {
    use super::picture;
    use crate::model::picture::{ColumnOutline, Reference, TableOutline};
    use crate::model::report::ChangeKind;

    fn column(name: &str, data_type: &str, change: Option<ChangeKind>) -> ColumnOutline {
        let (name, data_type) = (name.to_owned(), data_type.to_owned());
        ColumnOutline { name, data_type, change, is_primary: false, is_foreign: false }
    }

    fn table(name: &str, change: Option<ChangeKind>, columns: Vec<ColumnOutline>) -> TableOutline {
        TableOutline { name: name.to_owned(), change, columns, references: Vec::new() }
    }

    #[test]
    fn what_changes_is_drawn_with_its_keys_and_what_it_points_at() {
        let id = ColumnOutline { is_primary: true, ..column("id", "integer", None) };
        let user =
            ColumnOutline { is_foreign: true, ..column("user_id", "integer", Some(ChangeKind::Added)) };
        let price = column("price", "numeric(10,2)", None);
        let mut orders = table("public.orders", Some(ChangeKind::Changed), vec![id, user, price]);
        orders.references =
            vec![Reference { name: "orders_user_id_fkey".to_owned(), to: "public.users".to_owned() }];
        let new = table(
            "public.tags",
            Some(ChangeKind::Added),
            vec![column("name", "text", Some(ChangeKind::Added))],
        );
        insta::assert_snapshot!(picture(&[orders, new, table("public.users", None, Vec::new())]).unwrap(), @r#"
        <details><summary><b>Tables that change</b>: 1 added, 1 changed</summary>

        ```mermaid
        erDiagram
          "public.orders" {
            integer id PK
            integer user_id FK "added"
            numeric(10_2) price
          }
          "public.tags" {
            text name
          }
          "public.users"
          "public.orders" }o--|| "public.users" : "orders_user_id_fkey"
        ```
        </details>
        "#);
        assert_eq!(picture(&[table("public.users", None, Vec::new())]), None);
    }

    #[test]
    fn no_name_leaves_its_place_in_the_picture() {
        let hostile = "\"x\"] }o--|| %%{init: {}}%% ```\n</details> <img>";
        let columns = vec![column(hostile, hostile, Some(ChangeKind::Added)), column("PK", "1st", None)];
        let mut one = table(hostile, Some(ChangeKind::Changed), columns);
        one.references = vec![Reference { name: hostile.to_owned(), to: hostile.to_owned() }];
        insta::assert_snapshot!(picture(&[one]).unwrap(), @r#"
        <details><summary><b>Tables that change</b>: 1 changed</summary>

        ```mermaid
        erDiagram
          "x_ _o____ ___init_ _____ ______details_ _img_" {
            x]__o________init______________details___img_ x]__o________init______________details___img_ "added"
            _1st _PK
          }
          "x_ _o____ ___init_ _____ ______details_ _img_" }o--|| "x_ _o____ ___init_ _____ ______details_ _img_" : "x]__o________init______________details___img_"
        ```
        </details>
        "#);
    }

    #[test]
    fn of_many_tables_and_columns_some_are_shown_and_the_rest_is_counted() {
        let wide = |_| column("c", "text", None);
        let mut columns: Vec<ColumnOutline> = (0..300).map(wide).collect();
        columns[299].change = Some(ChangeKind::Added);
        let tables: Vec<TableOutline> = (0..40)
            .map(|number| table(&format!("t{number}"), Some(ChangeKind::Changed), columns.clone()))
            .collect();
        let page = picture(&tables).unwrap();
        assert!(
            page.contains("text c \"added\"\n    and _299_more")
                && page.contains("25 more are left out here."),
            "{page}"
        );
        assert!(page.len() < 3_000, "{}", page.len());
    }
}
