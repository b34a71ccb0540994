use std::collections::BTreeMap;

use super::{Claims, Ending, Orders, added, collisions, conclude, effect, overlaps};
use crate::config::VersionStyle;
use crate::model::conflict::{Conflict, Refused, Verdict, What, Why};
use crate::model::finding::Severity;
use crate::model::migration::{Migration, SqlFile, Version};
use crate::model::schema::{Object, ObjectId, ObjectKind, Schema};

fn migration(file: &str, text: &str) -> Migration {
    let (version, name) = file.split_once('_').unwrap();
    let path = format!("db/migrations/{file}.up.sql").into();
    let checksum = format!("checksum of {text}");
    let up = SqlFile {
        path,
        text: text.to_owned(),
        raw_checksum: checksum.clone(),
        checksum,
        no_transaction: false,
        within: None,
    };
    let (version, name) = (Version::new(version), name.to_owned());
    Migration {
        version,
        name,
        script: file.into(),
        up,
        down: None,
        before: None,
        after: None,
        recorded: None,
        repeatable: false,
        python: None,
        entry: None,
    }
}

fn branch(files: &[&str]) -> Vec<Migration> {
    files.iter().map(|file| migration(file, file)).collect()
}

#[track_caller]
fn check_numbers(base: &[&str], branches: &[&[&str]], wanted: &[&[&str]]) {
    let (base, branches): (_, Vec<_>) = (branch(base), branches.iter().map(|files| branch(files)).collect());
    let all: Vec<&[Migration]> = branches.iter().map(Vec::as_slice).collect();
    let claims = Claims::settle(&base, &all, None);
    let found: Vec<Vec<&str>> = (0..branches.len())
        .map(|one| claims.of(one).iter().map(|renumber| renumber.take.as_str()).collect())
        .collect();
    assert_eq!(found, wanted);
}

#[test]
fn the_later_branch_takes_a_number_that_is_free_everywhere() {
    check_numbers(&["001_a"], &[&["002_b"], &["003_c"]], &[&[], &[]]);
    check_numbers(&["001_a"], &[&["002_b"], &["002_c"], &["002_d"]], &[&[], &["003"], &["004"]]);
    check_numbers(&["001_a"], &[&["002_b"], &["002_c"], &["003_d"]], &[&[], &["004"], &[]]);
    check_numbers(&["001_a"], &[&["001_b"]], &[&["002"]]);
    check_numbers(&[], &[&["20260520143017_b"], &["20260520143017_c"]], &[&[], &["20260520143018"]]);
}

#[test]
fn what_comes_after_a_renumbered_migration_goes_on_coming_after_it() {
    check_numbers(&["001_a"], &[&["003_b"], &["002_c", "003_d", "004_e"]], &[&[], &["005", "006"]]);
}

#[test]
fn the_project_s_own_style_of_versions_is_kept() {
    let (one, other) = (branch(&["20260520143017_a"]), branch(&["20260520143017_b"]));
    let claims = Claims::settle(&[], &[&one, &other], Some(VersionStyle::Sequential));
    assert_eq!(claims.of(1)[0].take.as_str(), "20260520143018");
}

#[test]
fn one_file_in_two_branches_is_one_migration() {
    let (one, same) = (branch(&["002_b"]), branch(&["002_b"]));
    assert_eq!(collisions(&one, &same, &[]), []);
    let other = vec![migration("002_b", "another text")];
    assert!(matches!(&collisions(&one, &other, &[])[..], [Conflict { what: What::SameFileName { .. }, .. }]));
    let renamed = branch(&["002_c"]);
    assert!(matches!(
        &collisions(&one, &renamed, &[])[..],
        [Conflict { what: What::SameVersion { .. }, .. }]
    ));
}

fn id(text: &str) -> ObjectId {
    let (kind, name) = text.split_once(' ').unwrap();
    let (name, parent) = name.split_once(" of ").unwrap_or((name, ""));
    ObjectId { kind: kind.parse().unwrap(), parent: parent.to_owned(), name: name.to_owned() }
}

/// `kind name of parent = value < what, it, needs`.
fn schema(lines: &[&str]) -> Schema {
    let mut schema = Schema::default();
    for line in lines {
        let (line, needs) = line.split_once(" < ").unwrap_or((line, ""));
        let (name, value) = line.split_once(" = ").unwrap_or((line, ""));
        let properties = BTreeMap::from([("type".to_owned(), value.to_owned())]);
        schema.objects.insert(id(name), Object { properties, position: None });
        let needs = needs.split(", ").filter(|one| !one.is_empty()).map(id);
        schema.dependencies.insert(id(name), needs.collect());
    }
    schema
}

const BASE: &[&str] =
    &["table s.t", "column a of s.t = text < table s.t", "column b of s.t = text < table s.t"];

fn with(lines: &[&str]) -> Schema {
    schema(&[BASE, lines].concat())
}

fn without(names: &[&str]) -> Schema {
    let mut schema = schema(BASE);
    schema.objects.retain(|object, _| !names.iter().any(|name| id(name) == *object));
    schema
}

#[track_caller]
fn check_overlap(a: &Schema, b: &Schema, wanted: &[&str]) {
    let base = schema(BASE);
    let (a, b) = (effect(&base, a), effect(&base, b));
    let said = |conflict: Conflict| {
        let what = match conflict.what {
            What::BothAdd { alike } => format!("both add, alike: {alike}"),
            What::BothDrop => "both drop".to_owned(),
            What::BothChange { properties } => format!("both change {properties:?}"),
            What::DropsWhatOtherChanges { drops, .. } => format!("{drops} drops what the other changes"),
            What::DropsWhatOtherUses { drops, user } => {
                format!("{drops} drops, used by {}", user.full_name())
            }
            What::ChangesWhatOtherUses { changes, user, .. } => {
                format!("{changes} changes, used by {}", user.full_name())
            }
            other => format!("{other:?}"),
        };
        format!("{}: {what}", conflict.object.map(|object| object.full_name()).unwrap_or_default())
    };
    let found: Vec<String> = overlaps(("A", &a), ("B", &b)).into_iter().map(said).collect();
    assert_eq!(found, wanted);
}

#[test]
fn different_objects_do_not_overlap() {
    let a = with(&["column c of s.t < table s.t"]);
    check_overlap(&a, &with(&["column d of s.t < table s.t"]), &[]);
    check_overlap(&a, &with(&["index i < column a of s.t"]), &[]);
    check_overlap(&with(&["view s.v < column a of s.t"]), &with(&["view s.w < column a of s.t"]), &[]);
}

#[test]
fn two_that_make_one_object_overlap_alike_or_not() {
    let a = with(&["column c of s.t = text"]);
    check_overlap(&a, &with(&["column c of s.t = text"]), &["c of s.t: both add, alike: true"]);
    check_overlap(&a, &with(&["column c of s.t = bigint"]), &["c of s.t: both add, alike: false"]);
    let table = |column: &str| with(&["table s.u", &format!("column {column} of s.u < table s.u")]);
    check_overlap(&table("x"), &table("x"), &["s.u: both add, alike: true"]);
    check_overlap(&table("x"), &table("y"), &["s.u: both add, alike: false"]);
}

#[test]
fn what_one_drops_and_the_other_uses_is_named_with_its_user() {
    let index = with(&["index i of s.t < column a of s.t"]);
    check_overlap(&without(&["column a of s.t"]), &index, &["a of s.t: A drops, used by i of s.t"]);
    check_overlap(&index, &without(&["column a of s.t"]), &["a of s.t: B drops, used by i of s.t"]);
    let all = without(&["table s.t", "column a of s.t", "column b of s.t"]);
    check_overlap(&all, &with(&["view s.v < column a of s.t"]), &["s.t: A drops, used by s.v"]);
    let foreign_key = with(&["table s.u", "constraint fk of s.u < column a of s.t, table s.u"]);
    check_overlap(&all, &foreign_key, &["s.t: A drops, used by fk of s.u"]);
    check_overlap(&all, &all, &["s.t: both drop"]);
}

#[test]
fn what_one_changes_and_the_other_changes_or_uses_is_named() {
    let mut a = schema(BASE);
    let column = a.objects.get_mut(&id("column a of s.t")).unwrap();
    column.properties.insert("type".to_owned(), "bigint".to_owned());
    let view = with(&["view s.v < column a of s.t"]);
    check_overlap(&a, &view, &["a of s.t: A changes, used by s.v"]);
    check_overlap(&a, &a, &[]);
    let mut b = a.clone();
    let column = b.objects.get_mut(&id("column a of s.t")).unwrap();
    column.properties.insert("type".to_owned(), "uuid".to_owned());
    check_overlap(&a, &b, &["a of s.t: both change [\"type\"]"]);
    check_overlap(&without(&["column a of s.t"]), &b, &["a of s.t: A drops what the other changes"]);
    let mut soft = schema(BASE);
    let column = soft.objects.get_mut(&id("column a of s.t")).unwrap();
    column.properties.insert("comment".to_owned(), "said".to_owned());
    check_overlap(&soft, &view, &[]);
    check_overlap(&without(&["column a of s.t"]), &soft, &["a of s.t: A drops what the other changes"]);
}

fn refused(branch: &str) -> Refused {
    let message = "no".to_owned();
    Refused { branch: branch.to_owned(), message, sqlstate: None, detail: None, help: None, place: None }
}

#[track_caller]
fn check_verdict(orders: [Ending; 2], [fails_a, fails_b]: [Option<&Why>; 2], wanted: (Verdict, &str)) {
    let [ab, ba] = orders;
    let orders = Orders { ab, ba, differ: None };
    let (a, b) = (("A", fails_a), ("B", fails_b));
    let (verdict, conflicts) = conclude(Vec::new(), Vec::new(), Some(&orders), a, b);
    let said = conflicts.first().map_or("", |conflict| match &conflict.what {
        What::OnlyInOrder { first, .. } => first,
        What::NotReplayed { branch, .. } => branch,
        What::NeitherOrder { .. } => "neither",
        _ => "another",
    });
    assert_eq!((verdict, said), wanted);
}

#[test]
fn independent_is_only_what_was_replayed_in_both_orders() {
    let reached = || Ending::Reached("x".to_owned());
    let no = || Ending::Refused(refused("B"));
    let why = || Why::TimedOut { limit_ms: 1 };
    let not_run = || Ending::NotRun("B".to_owned(), why());
    let alone = Why::Refused(refused("B"));
    check_verdict([reached(), reached()], [None, None], (Verdict::Independent, ""));
    check_verdict([reached(), no()], [None, None], (Verdict::OrderMatters, "A"));
    check_verdict([no(), reached()], [None, None], (Verdict::OrderMatters, "B"));
    check_verdict([no(), no()], [None, None], (Verdict::Collides, "neither"));
    check_verdict([reached(), not_run()], [None, None], (Verdict::Unknown, "B"));
    check_verdict([no(), not_run()], [None, None], (Verdict::Unknown, "B"));
    check_verdict([reached(), not_run()], [None, Some(&alone)], (Verdict::OrderMatters, "A"));
    check_verdict([no(), not_run()], [None, Some(&alone)], (Verdict::Unknown, "B"));
    check_verdict([reached(), not_run()], [None, Some(&why())], (Verdict::Unknown, "B"));
    check_verdict([not_run(), reached()], [Some(&alone), None], (Verdict::OrderMatters, "B"));
    check_verdict([reached(), reached()], [Some(&alone), Some(&alone)], (Verdict::Unknown, "A"));
}

#[test]
fn what_is_proved_harmless_is_told_as_information() {
    let base = schema(BASE);
    let added = effect(&base, &with(&["table s.u"]));
    let both = overlaps(("A", &added), ("B", &added));
    assert_eq!(both[0].severity, Severity::Error);
    let reached = Ending::Reached("x".to_owned());
    let orders = Orders { ab: reached.clone(), ba: reached, differ: None };
    let (verdict, conflicts) = conclude(Vec::new(), both, Some(&orders), ("A", None), ("B", None));
    assert_eq!((verdict, conflicts[0].severity), (Verdict::Independent, Severity::Info));
    assert_eq!(conflicts[0].object.as_ref().map(|object| object.kind), Some(ObjectKind::Table));
}

#[test]
fn what_a_branch_adds_is_what_it_was_not_begun_with_under_any_name() {
    let check = |before: &[&str], after: &[&str], wanted: &[&str]| {
        let found: Vec<String> = added(&branch(before), branch(after)).iter().map(Migration::label).collect();
        assert_eq!(found, wanted);
    };
    check(&["001_a"], &["001_a", "002_b"], &["002_b"]);
    // One that is only called otherwise is deployed; a second one with its number is not.
    check(&["001_a"], &["001_b", "002_c"], &["002_c"]);
    check(&["001_a"], &["001_a", "001_b"], &["001_b"]);
    // What is changed or gone is not added.
    check(&["001_a", "002_b"], &["001_a"], &[]);
    assert_eq!(added(&[migration("001_a", "one")], vec![migration("001_a", "other")]), []);
}
