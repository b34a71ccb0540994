use super::{LeftBehind, directives, left_behind, rename, renames, statements, transaction_mode};
use crate::model::ident::{Ident, QualifiedName};
use crate::model::statement::{StatementKind, TransactionMode};

fn texts(sql: &str) -> Vec<&str> {
    statements(sql).unwrap().iter().map(|statement| &sql[statement.span.clone()]).collect()
}

fn kind(sql: &str) -> StatementKind {
    let mut all = statements(sql).unwrap();
    assert_eq!(all.len(), 1, "{sql}");
    all.remove(0).kind
}

#[test]
fn semicolons_inside_quotes_comments_and_bodies_end_nothing() {
    let sql = "select ';', \";\", E'\\';', $$;$$, $a$;$$;$a$ /* ; /* ; */ ; */ -- ;\n; select 2";
    assert_eq!(texts(sql).len(), 2);
    let rule = "create rule r as on insert to t do also (insert into a values (1); delete from b); select 1;";
    assert_eq!(texts(rule).len(), 2);
    let atomic = "create or replace function f() returns int begin atomic select case when true then 1 end; select 2; end; select 3";
    assert_eq!(texts(atomic).len(), 2);
}

#[test]
fn a_statement_begins_at_its_first_word_and_ends_before_its_semicolon() {
    assert_eq!(texts("-- head\n\n  select 1 ; ;; /* tail */ "), ["select 1"]);
    assert_eq!(texts("select 1"), ["select 1"]);
    assert_eq!(texts("select a$b$, 1; select $1"), ["select a$b$, 1", "select $1"]);
    assert!(texts(" ; -- nothing\n").is_empty());
}

#[test]
fn copy_data_belongs_to_its_statement() {
    let sql = "copy t (a, b) from stdin;\n1\tx;'\n2\ty\n\\.\nselect 1;\n";
    let all = statements(sql).unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(all[0].kind, StatementKind::CopyFromStdin);
    assert_eq!(&sql[all[0].copy_data.clone().unwrap()], "1\tx;'\n2\ty\n");
    assert!(statements("copy t to stdout;").unwrap()[0].copy_data.is_none());
}

#[test]
fn psql_commands_are_named_and_guards_of_dumps_are_let_pass() {
    let error = statements("select 1;\n\\set x 1\n").unwrap_err();
    assert_eq!((error.command.as_str(), error.offset), ("\\set", 10));
    assert_eq!(texts("\\restrict abc\nselect 1;\n\\unrestrict abc\n"), ["select 1"]);
}

#[test]
fn what_the_server_refuses_in_a_transaction_block_is_known_from_the_tree() {
    for sql in [
        "create unique index concurrently i on t (a)",
        "drop index concurrently i",
        "reindex (concurrently) table t",
        "reindex schema public",
        "vacuum analyze t",
        "alter table t detach partition p concurrently",
        "create database d",
        "alter system set work_mem = '1MB'",
    ] {
        assert_eq!(kind(sql), StatementKind::NonTransactional, "{sql}");
    }
    for sql in [
        "create index i on t (a)",
        "comment on table t is 'index concurrently'",
        "analyze t",
        "refresh materialized view concurrently m",
        "alter type e add value 'x'",
        "savepoint s",
        "this is not sql",
    ] {
        assert_eq!(kind(sql), StatementKind::Plain, "{sql}");
    }
}

#[test]
fn a_statement_that_only_gives_an_object_away_is_told_apart() {
    for sql in
        ["alter table t owner to app", "alter function f() owner to app", "alter schema s owner to app"]
    {
        assert_eq!(kind(sql), StatementKind::Owner, "{sql}");
    }
    assert_eq!(kind("alter table t owner to app, add column a int"), StatementKind::Plain);
}

#[test]
fn the_mode_of_a_file_follows_from_its_statements() {
    let mode = |sql: &str| {
        let found = statements(sql).unwrap();
        transaction_mode(&found, directives(sql, found[0].span.start).unwrap().no_transaction)
    };
    assert_eq!(mode("create table t (); create table u ()"), TransactionMode::Single);
    assert_eq!(mode("create table t (); create index concurrently i on t (a)"), TransactionMode::None);
    assert_eq!(mode("begin; create table t (); commit;"), TransactionMode::Own);
    assert_eq!(mode("-- a\n-- confiture: no-transaction\ncall p()"), TransactionMode::None);
}

#[test]
fn directives_are_read_before_the_first_statement_and_refused_with_their_place() {
    let read = |sql: &str| directives(sql, sql.find("call").unwrap());
    let found = read(
        "-- A\n-- confiture: lock-timeout=5s, requires=004\n-- confiture: statement-timeout=2min\ncall p()",
    );
    let found = found.unwrap();
    assert_eq!(
        (found.lock_timeout.as_deref(), found.statement_timeout.as_deref()),
        (Some("5s"), Some("2min"))
    );
    assert_eq!((found.requires[0].as_str(), found.no_transaction), ("004", false));
    let refused = |sql: &str| {
        let error = read(sql).unwrap_err();
        (error.offset, error.message, error.help.unwrap_or_default())
    };
    let (offset, message, help) = refused("-- x\n-- confiture: no-transactoin\ncall p()");
    assert_eq!((offset, message.as_str()), (5, "unknown directive no-transactoin"));
    assert_eq!(help, "did you mean no-transaction?");
    assert!(refused("-- confiture: whatever\ncall p()").2.starts_with("there are no-transaction"));
    assert!(refused("-- confiture: lock-timeout=soon\ncall p()").1.contains("this is no time"));
    assert!(refused("-- confiture: requires\ncall p()").1.contains("needs a value"));
    assert!(refused("-- confiture: no-transaction=1\ncall p()").1.contains("takes no value"));
    assert!(refused("call p(); -- confiture: no-transaction").1.contains("after the first statement"));
    assert!(read("call p(); -- confiture: rename table a b").is_ok());
}

#[test]
fn roles_that_a_statement_names_are_found() {
    for (sql, wanted) in [
        ("grant select on t to reader, public", vec!["reader"]),
        ("alter table t owner to app", vec!["app"]),
        ("alter function f() owner to app", vec!["app"]),
        ("create policy p on t to tenant using (true)", vec!["tenant"]),
        ("create schema s authorization \"Own er\"", vec!["Own er"]),
        ("alter default privileges for role maker grant select on tables to reader", vec!["reader", "maker"]),
        ("grant staff to alice", vec!["alice", "staff"]),
        ("grant pg_read_all_data to alice", vec!["alice"]),
        ("set role worker", vec!["worker"]),
        ("create role r login", vec!["r"]),
    ] {
        assert_eq!(statements(sql).unwrap()[0].roles, wanted, "{sql}");
    }
}

#[test]
fn touched_objects_carry_their_place() {
    let sql = "-- c\ncreate table a.t (\n  id int,\n  bio text constraint short check (length(bio) < 9)\n);";
    let touches = &statements(sql).unwrap()[0].touches;
    let bio = touches.iter().find(|touch| touch.name == "bio").unwrap();
    assert_eq!(bio.parent, Some(("a".to_owned(), "t".to_owned())));
    assert_eq!(&sql[bio.offset..bio.offset + 3], "bio");
    assert!(touches.iter().any(|touch| touch.name == "short"));
    assert!(touches.iter().any(|touch| touch.name == "t" && touch.schema == "a"));
}

#[test]
fn a_rename_is_read_as_sql_reads_names() {
    let read = |text: &str| {
        let rename = rename(text).unwrap();
        (rename.what.word, rename.path.join("|"), rename.arguments.unwrap_or_default(), rename.to)
    };
    let is = |text, (word, path, arguments, to): (&'static str, &str, &str, &str)| {
        assert_eq!(read(text), (word, path.to_owned(), arguments.to_owned(), to.to_owned()), "{text}");
    };
    is("table Users accounts", ("table", "users", "", "accounts"));
    is("  TABLE  public.\"Us\"\"ers\"   \"a b\" ", ("table", "public|Us\"ers", "", "a b"));
    is("column shop.users.name full_name", ("column", "shop|users|name", "", "full_name"));
    is("materialized view a b", ("materialized view", "a", "", "b"));
    is("value mood.'it''s' 'it.is'", ("value", "mood|it's", "", "it.is"));
    is("function s.f(int, numeric(4, 2)) g", ("function", "s|f", "(int,numeric(4,2))", "g"));
    for text in [
        "",
        "table",
        "tabel a b",
        "table a",
        "table a b c",
        "table a.b.c d",
        "table a b.c",
        "table \"a b",
        "table 'a' b",
        "table a; drop table b",
        "column a b",
        "schema a.b c",
        "value mood.sad 'x'",
        "value mood.'sad' x",
        "table f(int) g",
        "function f(int g",
        "tableé a b",
    ] {
        assert!(rename(text).is_err(), "{text}");
    }
}

#[test]
fn renames_stand_in_comments_and_nowhere_else() {
    let text = "create table t ( -- confiture: rename column t.a b\n  b int);\n\
                select '-- confiture: rename table x y', $$\n-- confiture: rename table x y\n$$;\n\
                /* -- confiture: rename table x y */\n--confiture:  rename   table old t\n\
                -- confiture: no-transaction\n-- confiture: renamed table x y\n-- we confiture: rename\n";
    let found: Vec<(usize, String)> =
        renames(text).into_iter().map(|(at, rename)| (at, rename.unwrap().to)).collect();
    assert_eq!(found, [(17, "b".to_owned()), (text.find("--confiture:").unwrap(), "t".to_owned())]);
    assert!(renames("-- confiture: rename\n")[0].1.is_err());
}

#[test]
fn what_an_interrupted_build_leaves_is_known_from_the_tree() {
    let name = |text: &str| QualifiedName::from_dotted(text);
    let index = |table: &str| Some(LeftBehind::Index(name(table), Ident::new("i")));
    assert_eq!(left_behind("create unique index concurrently i on a.t (b)"), index("a.t"));
    assert_eq!(left_behind("create index concurrently if not exists I on t (b)"), index("t"));
    assert_eq!(left_behind("reindex table concurrently a.t"), Some(LeftBehind::Rebuilt(name("a.t"))));
    assert_eq!(left_behind("reindex (concurrently) index i"), Some(LeftBehind::Rebuilt(name("i"))));
    for other in
        ["create index i on t (b)", "create index concurrently on t (b)", "reindex table t", "vacuum"]
    {
        assert_eq!(left_behind(other), None, "{other}");
    }
}
