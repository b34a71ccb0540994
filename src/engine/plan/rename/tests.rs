use std::collections::BTreeSet;

use super::{followers, next};
use crate::model::rename::{Occasion, Rename};
use crate::model::schema::{Object, ObjectId, ObjectKind, Schema};
use crate::sql;

/// A structure of tables, written `schema.table(column column)`.
fn schema(tables: &[&str]) -> Schema {
    let mut schema = Schema::default();
    for table in tables {
        let (table, columns) = table.split_once('(').unwrap();
        let id = |parent: &str, kind, name: &str| ObjectId {
            parent: parent.to_owned(),
            kind,
            name: name.to_owned(),
        };
        schema.objects.insert(id("", ObjectKind::Table, table), Object::default());
        let within = table.split_once('.').unwrap().0;
        schema.objects.insert(id("", ObjectKind::Schema, within), Object::default());
        for (position, column) in columns.trim_end_matches(')').split_whitespace().enumerate() {
            let position = Some(u32::try_from(position).unwrap());
            let kind = if column.ends_with("_key") { ObjectKind::Constraint } else { ObjectKind::Column };
            let properties = [("type".to_owned(), "text".to_owned())].into();
            schema.objects.insert(id(table, kind, column), Object { properties, position });
        }
    }
    schema
}

fn said(words: &[&str]) -> Vec<Rename> {
    words.iter().map(|words| sql::rename(words).unwrap()).collect()
}

/// The first statement that follows from what was said.
fn first(words: &[&str], from: &Schema, to: &Schema) -> Result<Option<String>, String> {
    let found = next(&said(words), &BTreeSet::new(), from, to);
    found.map(|found| Some(found?.1.step(from).sql)).map_err(|(_, why)| why)
}

#[test]
fn a_line_that_stays_for_years_is_nothing_once_it_is_done() {
    let history = ["table a b", "column a.x y", "table b c", "column c.y z", "schema s t"];
    let ages = [schema(&["s.a(x)"]), schema(&["s.b(y)"]), schema(&["s.c(z)"]), schema(&["t.c(z)"])];
    let now = &ages[3];
    assert_eq!(first(&history, now, now), Ok(None));
    assert_eq!(first(&history, &Schema::default(), now), Ok(None));
    for age in &ages[..3] {
        assert_eq!(first(&history, age, now), Ok(Some("alter schema s rename to t".to_owned())));
    }
    let moved = schema(&["t.a(x)"]);
    assert_eq!(first(&history, &moved, now), Ok(Some("alter table t.a rename to c".to_owned())));
    let moved = schema(&["t.c(x)"]);
    let column = "alter table t.c rename column x to z";
    assert_eq!(first(&history, &moved, now), Ok(Some(column.to_owned())));
}

#[test]
fn what_cannot_be_meant_is_refused_with_the_reason() {
    let is = |words: &str, from: &[&str], to: &[&str], why: &str| {
        let refused = first(&[words], &schema(from), &schema(to)).unwrap_err();
        assert_eq!(refused, why, "{words}");
    };
    is("table a b", &["s.c()"], &["s.c()"], "neither side has a table \"a\" or \"b\"");
    is("table a b", &["s.a()"], &["s.c()"], "the second side has no table \"b\" that \"a\" could be");
    is("table a b", &["s.a()"], &["s.a()"], "the second side has no table \"b\" that \"a\" could be");
    is("table a b", &["s.a()", "s.b()"], &["s.b()"], "the first side has both table \"a\" and \"b\"");
    is("table a b", &["s.a()"], &["s.a()", "s.b()"], "the second side has both table \"a\" and \"b\"");
    let two = ["s.a()", "t.a()"];
    is("table a b", &two, &["s.b()", "t.b()"], "this can be more than one table: s.a, t.a");
    let one = first(&["table a b"], &schema(&two), &schema(&["s.a()", "t.b()"]));
    assert_eq!(one, Ok(Some("alter table t.a rename to b".to_owned())));
}

#[test]
fn what_the_first_side_says_is_taken_the_other_way_or_for_the_past() {
    let (old, new) = (schema(&["s.a()"]), schema(&["s.b()"]));
    let found = first(&["table a b"], &new, &old);
    assert_eq!(found, Ok(Some("alter table s.b rename to a".to_owned())));
    let past = [Rename { occasion: Occasion::Before, ..sql::rename("table x y").unwrap() }];
    assert_eq!(next(&past, &BTreeSet::new(), &old, &new), Ok(None));
    // Said for this once, it is about something; a line in a file may be older than what it is compared with.
    let renames = |occasion| [Rename { occasion, ..sql::rename("table x b").unwrap() }];
    assert_eq!(next(&renames(Occasion::InText), &BTreeSet::new(), &old, &new), Ok(None));
    let refused = next(&renames(Occasion::Now), &BTreeSet::new(), &old, &new).unwrap_err().1;
    assert_eq!(refused, "the first side has no table \"x\" that \"b\" could have been");
    assert_eq!(next(&renames(Occasion::Now), &BTreeSet::new(), &new, &new), Ok(None));
}

#[test]
fn nothing_that_was_said_becomes_sql() {
    let hostile = "\"a; drop table b; --\"";
    let from = schema(&[&format!("s.{hostile}()")]);
    let found = first(&[&format!("table {hostile} \"x\"\"y\"")], &from, &schema(&["s.\"x\"\"y\"()"]));
    assert_eq!(found, Ok(Some(format!("alter table s.{hostile} rename to \"x\"\"y\""))));
}

#[test]
fn what_is_named_after_a_renamed_table_follows_where_it_does_so_on_the_other_side() {
    let from = schema(&["s.a(x a_x_key a_y_key a_z_key own_key)"]);
    let to = schema(&["s.b(w b_w_key b_z_key a_z_key other_key)"]);
    let (_, table) = next(&said(&["table a b"]), &BTreeSet::new(), &from, &to).unwrap().unwrap();
    let state = schema(&["s.b(x a_x_key a_y_key a_z_key own_key)"]);
    let (_, column) = next(&said(&["column b.x w"]), &BTreeSet::new(), &state, &to).unwrap().unwrap();
    let state = schema(&["s.b(w a_x_key a_y_key a_z_key own_key)"]);
    let follow = |renamed: &[_]| -> Vec<String> {
        followers(renamed, &state, &to).iter().map(|one| one.step(&state).sql).collect()
    };
    assert_eq!(follow(&[table.clone(), column]), ["alter table s.b rename constraint a_x_key to b_w_key"]);
    assert_eq!(follow(&[table]), Vec::<String>::new());
}
