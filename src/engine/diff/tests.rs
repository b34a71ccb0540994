use super::diff;
use crate::model::report::ChangeKind;
use crate::model::schema::{Object, ObjectId, ObjectKind, Schema};

/// Kind, parent, name, properties.
type Row<'a> = (ObjectKind, &'a str, &'a str, &'a [(&'a str, &'a str)]);

fn schema(objects: &[Row<'_>]) -> Schema {
    let object = |(position, (kind, parent, name, properties)): (usize, &Row<'_>)| {
        let id = ObjectId { parent: (*parent).to_owned(), kind: *kind, name: (*name).to_owned() };
        let properties = properties.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        (id, Object { properties, position: u32::try_from(position).ok() })
    };
    Schema { objects: objects.iter().enumerate().map(object).collect(), ..Schema::default() }
}

use ObjectKind::{Column, Index, Table};

#[test]
fn a_structure_equals_itself() {
    let one = schema(&[(Table, "", "public.t", &[]), (Column, "public.t", "a", &[("type", "integer")])]);
    assert!(diff(&one, &one).equal);
    assert_eq!(one.fingerprint(), one.clone().fingerprint());
}

#[test]
fn a_changed_part_counts_as_its_whole_and_tells_old_and_new() {
    let from = schema(&[
        (Table, "", "public.t", &[]),
        (Column, "public.t", "a", &[("type", "text")]),
        (Column, "public.t", "b", &[("type", "text"), ("default", "1")]),
    ]);
    let to = schema(&[
        (Table, "", "public.t", &[]),
        (Column, "public.t", "a", &[("type", "integer")]),
        (Column, "public.t", "b", &[("type", "text")]),
    ]);
    let found = diff(&from, &to);
    assert_eq!((found.equal, found.object_count, found.changes.len()), (false, 1, 2));
    assert_eq!(found.changes[0].parent_kind, Some(Table));
    assert_eq!(found.changes[0].properties[0].from.as_deref(), Some("text"));
    assert_eq!(found.changes[1].properties[0].to, None);
    assert_ne!(from.fingerprint(), to.fingerprint());
}

#[test]
fn parts_of_a_whole_that_one_side_lacks_are_not_listed() {
    let to = schema(&[
        (Table, "", "public.t", &[]),
        (Column, "public.t", "a", &[]),
        (Index, "public.t", "i", &[]),
    ]);
    let found = diff(&Schema::default(), &to);
    assert_eq!(found.changes.len(), 1);
    assert_eq!(found.changes[0].change, ChangeKind::Added);
    assert_eq!(diff(&to, &Schema::default()).changes[0].change, ChangeKind::Dropped);
}

#[test]
fn another_order_of_columns_is_said_and_is_no_drift() {
    let from = schema(&[(Table, "", "t", &[]), (Column, "t", "a", &[]), (Column, "t", "b", &[])]);
    let to = schema(&[(Table, "", "t", &[]), (Column, "t", "b", &[]), (Column, "t", "a", &[])]);
    let found = diff(&from, &to);
    assert!(found.equal);
    assert_eq!(found.column_order.len(), 1);
    assert_eq!(found.column_order[0].to, ["b", "a"]);
}

#[test]
fn what_is_not_compared_is_counted() {
    let mut side = Schema::default();
    side.not_compared.insert("rules".to_owned(), 2);
    let found = diff(&side, &Schema::default());
    assert!(found.equal);
    assert_eq!(found.not_compared[0].count, 2);
}

#[test]
fn what_one_reader_may_not_see_is_no_difference() {
    let mapping = schema(&[(ObjectKind::UserMapping, "", "a server s", &[]), (Table, "", "public.t", &[])]);
    let mut hidden = schema(&[(Table, "", "public.t", &[])]);
    assert!(!diff(&mapping, &hidden).equal);
    hidden.not_compared.insert("user mappings".to_owned(), 1);
    assert!(diff(&mapping, &hidden).equal && diff(&hidden, &mapping).equal);
    assert_eq!(diff(&mapping, &hidden).not_compared.len(), 1);
}
