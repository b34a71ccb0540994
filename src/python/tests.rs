use super::{Source, read};

const HEAD: &str = "from confiture.models.migration import Migration\n";

/// Reads a class with these lines in `up`.
fn up(lines: &str) -> Source {
    let body = lines.lines().fold(String::new(), |body, line| body + "        " + line + "\n");
    read(&format!("{HEAD}class A(Migration):\n    def up(self):\n{body}"))
}

fn sent(source: &Source) -> Vec<&str> {
    assert!(source.up.unread.is_none(), "{:?}", source.up.unread);
    source.up.sql.iter().map(|one| one.text.as_str()).collect()
}

fn unread(source: &Source) -> (usize, &str) {
    let fault = source.up.unread.as_ref().unwrap();
    (fault.line, fault.what.as_str())
}

#[test]
fn every_way_to_write_a_text_is_read_as_python_reads_it() {
    for (written, meant) in [
        ("'a'", "a"),
        ("\"it's\"", "it's"),
        ("'''a\n  b'''", "a\n  b"),
        ("r'\\d'", "\\d"),
        ("'\\d \\n\\x41\\u00e9\\''", "\\d \nAé'"),
        ("'a' \"b\"", "ab"),
        ("('a'\n    'b')", "ab"),
        ("'a' + 'b'", "ab"),
        ("'a\\\nb'", "ab"),
        ("sql='a'", "a"),
        ("'%s {}'", "%s {}"),
    ] {
        let text = format!("{HEAD}class A(Migration):\n    def up(self):\n        self.execute({written})\n");
        assert_eq!(sent(&read(&text)), [meant], "{written}");
    }
}

#[test]
fn names_stand_for_what_they_are_given_once() {
    let text = format!(
        "{HEAD}T = 'public'\nU = 'x'\nU = 'y'\nclass A(Migration):\n    version = '1'\n    transactional = False\n    \
         def up(self):\n        sql = f'drop table {{T}}.a {{{{}}}}'\n        self.execute(sql)\n\n    \
         def down(self):\n        self.execute(U)\n"
    );
    let source = read(&text);
    assert_eq!(sent(&source), ["drop table public.a {}"]);
    assert_eq!((source.version.as_deref(), source.no_transaction), (Some("1"), true));
    let fault = source.down.unwrap().unread.unwrap();
    assert_eq!((fault.line, fault.what.as_str()), (13, "the SQL that `U` stands for"));
}

#[test]
fn places_are_those_of_the_file() {
    let source = up("self.execute('''a\nb''')\nself.execute('c\\nd')");
    let places: Vec<_> = source.up.sql.iter().map(|one| (one.at, one.verbatim)).collect();
    assert_eq!(places, [((4, 25), true), ((6, 9), false)]);
}

#[test]
fn what_only_python_can_tell_is_said_with_its_place() {
    for (lines, line, what) in [
        ("for t in 'ab':\n    self.execute(t)", 4, "`for`"),
        ("self.execute('a')\nif x:\n    pass", 5, "`if`"),
        ("self.execute('a', (1,))", 4, "a statement with parameters"),
        ("self.execute_file('a.sql')", 4, "a call of `self.execute_file`"),
        ("print('a')", 4, "a call of `print`"),
        ("self.execute(f'{x}')", 4, "the SQL that `f'{x}'` stands for"),
        ("self.execute(b'a')", 4, "the SQL that `b'a'` stands for"),
        ("raise ValueError", 4, "`raise`"),
        ("a = b = 'c'", 4, "what `a` stands for"),
        ("self.x = 'c'", 4, "`self.x = 'c'`"),
    ] {
        assert_eq!(unread(&up(lines)), (line, what), "{lines}");
    }
    let strange =
        read(&format!("{HEAD}import os\nos.remove('x')\nclass A(Migration):\n    def up(self): pass\n"));
    assert_eq!(unread(&strange), (3, "a call of `os.remove`"));
    let own = "class A(Migration):\n    def execute(self, sql): pass\n    def up(self): pass\n";
    assert_eq!(unread(&read(&format!("{HEAD}{own}"))).0, 3);
}

#[test]
fn one_class_is_wanted() {
    assert_eq!(unread(&read("x = 1\n")), (1, "no class that derives from Migration"));
    let two = format!(
        "{HEAD}class A(Migration):\n    def up(self): pass\nclass B(Migration):\n    def up(self): pass\n"
    );
    assert_eq!(unread(&read(&two)), (4, "a second migration"));
    assert_eq!(unread(&read("def up(:\n")), (1, "a syntax error"));
    let renamed =
        "from confiture.models import SQLMigration as S\nclass A(S):\n    up_sql = 'a'\n    down_sql = 'b'\n";
    assert_eq!(sent(&read(renamed)), ["a"]);
}

#[test]
fn however_deep_a_text_goes_it_is_read() {
    let deep = format!("self.execute({}'a'{})", "(".repeat(20_000), ")".repeat(20_000));
    assert!(up(&deep).up.unread.is_some());
    let long = format!("self.execute({})", vec!["'a'"; 20_000].join(" + "));
    assert!(up(&long).up.unread.is_some());
}

#[test]
fn lists_that_a_class_declares_are_told() {
    let lists = "    up_preconditions = [x]\n    down_preconditions = []\n    after_ddl_hooks = [h()]\n";
    let source = read(&format!("{HEAD}class A(Migration):\n{lists}    def up(self): pass\n"));
    let names: Vec<_> = source.declares.iter().map(|one| (one.name.as_str(), one.line)).collect();
    assert_eq!(names, [("up_preconditions", 3), ("after_ddl_hooks", 5)]);
}
