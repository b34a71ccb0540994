use super::declared;

#[track_caller]
fn check(before: &str, change: &str, after: &str) {
    let files = [before.to_owned()];
    assert_eq!(declared(&files, change).map(|mut files| files.remove(0)).as_deref(), Ok(after), "{change}");
}

const ADD: &str = "alter table public.t add column \"note\" text default 'x' not null;";

#[test]
fn a_column_is_put_into_the_list_as_its_lines_are_laid_out() {
    for (before, after) in [
        ("create table t (id int);", "create table t (id int, note text default 'x' not null);"),
        ("create table t ();", "create table t (note text default 'x' not null);"),
        (
            "create table t (\n    id int, -- the key\n    name text -- the name\n);\n",
            "create table t (\n    id int, -- the key\n    name text, -- the name\n    note text default 'x' not null\n);\n",
        ),
        (
            "CREATE TABLE public.t (\n\tid INT,\n\tname TEXT,\n\n\t-- both\n\tUNIQUE (id, name)\n);\n",
            "CREATE TABLE public.t (\n\tid INT,\n\tname TEXT,\n\tnote text default 'x' not null,\n\n\t-- both\n\tUNIQUE (id, name)\n);\n",
        ),
        (
            "create table t (\n    id int\n  , name text -- c\n  , primary key (id)\n);",
            "create table t (\n    id int\n  , name text -- c\n  , note text default 'x' not null\n  , primary key (id)\n);",
        ),
        (
            "create table t (id int,\n  name text);",
            "create table t (id int,\n  name text,\n  note text default 'x' not null);",
        ),
        (
            "create table t (id int, name text, check (id > 0)) partition by range (id);",
            "create table t (id int, name text, note text default 'x' not null, check (id > 0)) partition by range (id);",
        ),
        (
            "create table t (id int -- the key\n);",
            "create table t (id int, -- the key\n  note text default 'x' not null\n);",
        ),
    ] {
        check(before, ADD, after);
    }
}

#[test]
fn a_column_changes_in_its_place_and_nothing_else_does() {
    let before = "create table t (\n  a int default 1 not null, -- one\n  b numeric(10, 2) /* two */ references u (b),\n  c text collate \"C\" null\n);\n";
    for (change, from, to) in [
        ("alter column a type bigint using a::bigint", "a int", "a bigint"),
        ("alter column b type numeric(12, 2)", "numeric(10, 2)", "numeric(12, 2)"),
        ("alter column b set not null", "numeric(10, 2) /* two */", "numeric(10, 2) /* two */ not null"),
        ("alter c set not null", "\"C\" null", "\"C\" not null"),
        ("alter a drop not null, alter a drop default", "a int default 1 not null", "a int"),
        ("alter a set default 2 + 2", "default 1", "default 2 + 2"),
        ("alter a set not null", "", ""),
        ("add constraint d check (a > 0)", "\"C\" null", "\"C\" null,\n  constraint d check (a > 0)"),
    ] {
        check(before, &format!("alter table t {change};"), &before.replacen(from, to, 1));
    }
}

#[test]
fn what_a_column_is_a_part_of_goes_with_it() {
    let index = "create index on t (b, a);\ncreate index on t (a);\ncomment on column t.b is 'b';\n";
    check(
        &format!("create table t (\n  a int,\n  b int, -- b\n  unique (a, b)\n);\n{index}"),
        "alter table t drop column b",
        "create table t (\n  a int\n);\ncreate index on t (a);\n",
    );
    let drop = "alter table t drop column b";
    check("create table t (b int);", drop, "create table t ();");
    check("create table t (a int, b int);", drop, "create table t (a int);");
    check("create table t (b int, a int);", drop, "create table t (a int);");
    check("create table t (\n  b int,\n  a int\n);", drop, "create table t (\n  a int\n);");
    check("create table t (\n  a int,\n  b int);", drop, "create table t (\n  a int);");
    check("create table t (\n    a int\n  , b int -- b\n);", drop, "create table t (\n    a int\n);");
    check("create table t (\n    b int\n  , a int\n);", drop, "create table t (\n    a int\n);");
    check(
        "create table t (a int, b int references u (a));",
        "alter table t drop a",
        "create table t (b int references u (a));",
    );
}

#[test]
fn a_name_changes_wherever_it_is_the_column_s() {
    check(
        "create table t (\n  name name, -- name\n  x int references name (name),\n  check (length(name) > 0 and name <> 'name')\n);\ncreate index name on t (lower(name)) where t.name <> '';\ncomment on column t.name is 'name';\n",
        "alter table public.t rename column \"name\" to \"full name\";",
        "create table t (\n  \"full name\" name, -- name\n  x int references name (name),\n  check (length(\"full name\") > 0 and \"full name\" <> 'name')\n);\ncreate index name on t (lower(\"full name\")) where t.\"full name\" <> '';\ncomment on column t.\"full name\" is 'name';\n",
    );
}

#[test]
fn what_is_new_stands_beside_what_it_belongs_to() {
    let files =
        "create table a (id int primary key);\ncreate table b (\n  id int\n);\ncreate view v as select 1;\n";
    check(
        files,
        "create index on public.a (id);",
        &files.replace("key);\n", "key);\ncreate index on public.a (id);\n"),
    );
    check(files, "create index on b (id)", &files.replace("\n);\n", "\n);\n\ncreate index on b (id);\n"));
    check(
        files,
        "alter table b add foreign key (id) references a",
        &files.replace("  id int\n", "  id int,\n  foreign key (id) references a\n"),
    );
    let later = "alter table a add foreign key (id) references b on delete cascade";
    check(files, later, &files.replace("\n);\n", &format!("\n);\n\n{later};\n")));
    check(
        files,
        "create table \"c\" (id int);",
        &files.replace("\n);\n", "\n);\n\ncreate table c (id int);\n"),
    );
    check(
        files,
        "create or replace view v as select 2",
        &files.replace("create view v as select 1", "create or replace view v as select 2"),
    );
    check(
        files,
        "create view \"of\" as select 2;",
        &files.replace("select 1;", "select 1;\ncreate view of as select 2;"),
    );
    check(files, "create type e as enum ('a');", &format!("{files}create type e as enum ('a');\n"));
    check(files, "drop view v", &files.replace("create view v as select 1;\n", ""));
    check(
        "create table a ()",
        "create table \"select\" ();",
        "create table a ();\ncreate table \"select\" ();",
    );
}

#[test]
fn what_cannot_be_told_is_said() {
    let refused = |files: &[&str], change: &str| {
        let files: Vec<String> = files.iter().map(|text| (*text).to_owned()).collect();
        declared(&files, change).unwrap_err().to_string()
    };
    assert_eq!(refused(&[], ADD), "no file makes the table t");
    let two = ["create table s.t ();", "create table t ();"];
    assert_eq!(refused(&two, "alter table t add a int"), "several statements make a table t");
    assert_eq!(
        refused(&["create table t (like u)"], "alter table t drop a"),
        "the list of its table has no column a"
    );
    let unknown = "where the files say what `alter table t rename …` does cannot be told";
    assert_eq!(refused(&["create table t ();"], "alter table t rename to u"), unknown);
    assert_eq!(
        refused(&["create table t ();"], "selec 1"),
        "where the files say what `selec 1 …` does cannot be told"
    );
    assert_eq!(
        refused(&["create table p partition of t default;"], "alter table p add a int"),
        "no file makes the table p"
    );
}
