use std::collections::BTreeMap;

use super::question::{CHANGE, Kind, NOT_NULL, Question, TABLE};
use super::{Answers, Asked, CHANGES, contract, name, of};
use crate::model::schema::{Object, ObjectId, ObjectKind, Schema};

fn schema() -> Schema {
    let table =
        |name: &str| ObjectId { parent: String::new(), kind: ObjectKind::Table, name: name.to_owned() };
    let objects =
        ["public.users", "public.\"Odd\"", "shop.users"].map(|name| (table(name), Object::default()));
    Schema { objects: BTreeMap::from(objects), ..Schema::default() }
}

#[track_caller]
fn check(question: Question, text: &str, wanted: Result<&str, &str>) {
    let (answers, schema) = (Answers::new(), schema());
    let asked = Asked { question, answers: &answers, schema: &schema };
    let read = asked.read(text);
    assert_eq!(read.as_ref().map(String::as_str).map_err(String::as_str), wanted);
}

#[test]
fn an_answer_is_a_number_a_name_or_a_part_of_one_that_is_enough() {
    check(CHANGE, "", Ok("add-column"));
    check(CHANGE, " 2 ", Ok("add-table"));
    check(CHANGE, "ad-table", Err("there is no `ad-table`; did you mean add-table?"));
    check(TABLE, "public.users", Ok("public.users"));
    check(TABLE, "public.Odd", Ok("public.\"Odd\""));
    check(TABLE, "users", Err("there is no `users`; there are public.\"Odd\", public.users, shop.users"));
    check(TABLE, "", Err("this needs an answer; ? tells more"));
    check(TABLE, "0", Err("there is no `0`; there are public.\"Odd\", public.users, shop.users"));
    check(NOT_NULL, "", Ok("no"));
    check(NOT_NULL, "Y", Ok("yes"));
    check(NOT_NULL, "perhaps", Err("`perhaps` is neither yes nor no"));
}

#[test]
fn names_that_are_new_are_quoted_and_every_question_has_help() {
    let answers = Answers::from([
        ("table", "public.users".to_owned()),
        ("new_column", "e\"; drop table users; --".to_owned()),
        ("type", "text".to_owned()),
    ]);
    let change = of("add-column").unwrap();
    let sql = (change.statements)(&answers, &schema());
    assert_eq!(sql, r#"alter table public.users add column "e""; drop table users; --" text;"#);
    assert_eq!(name(change, &answers), "add_column_users_e___drop_table_users");
    for change in &CHANGES {
        assert!(change.questions.iter().all(|question| !question.help.is_empty()));
        assert!(change.questions.iter().all(|question| question.kind != Kind::Change));
    }
}

#[test]
fn a_contract_is_told_as_one_command_whatever_names_there_are() {
    let answers = Answers::from([
        ("table", "public.users".to_owned()),
        ("column", "\"it's\"".to_owned()),
        ("type", "bigint".to_owned()),
    ]);
    let pieces = contract(of("change-type").unwrap(), &answers, "its");
    assert_eq!(
        pieces.iter().map(super::Piece::name).collect::<Vec<_>>(),
        ["its_contract", "its_contract_name"]
    );
    assert_eq!(
        pieces[0].command(),
        r#"printf %s '{change: "drop-column", column: "\"it\u0027s\"", kept_in: "\"it\u0027s_new\"", name: "its_contract", table: "public.users"}' | confiture migrate wizard --answers /dev/stdin"#
    );
    let guard = (pieces[0].change.guard.unwrap())(&pieces[0].answers).unwrap();
    assert!(guard.contains(r#"where "it's" is not null and "it's_new" is null"#), "{guard}");
    let dollars = Answers::from([
        ("table", "t".to_owned()),
        ("column", "a".to_owned()),
        ("kept_in", "\"$guard$ '%\"".to_owned()),
    ]);
    let guard = (pieces[0].change.guard.unwrap())(&dollars).unwrap();
    assert_eq!(crate::sql::statements(&guard).unwrap().len(), 1, "{guard}");
    assert_eq!(crate::sql::fault(&guard), None);
}
