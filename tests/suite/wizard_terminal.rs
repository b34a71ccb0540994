//! `migrate wizard` on a terminal: what a keyboard does.

use rexpect::process::WaitStatus;
use rexpect::session::PtySession;

use super::support::{MAJOR, Project, assert_nothing_is_left};

const FIRST: &str = "create table users (\n  id int primary key, -- the key\n  name text\n);\n";

fn project() -> Project {
    Project::new()
        .file("db/migrations/001_users.up.sql", FIRST)
        .file("db/migrations/001_users.down.sql", "drop table users;\n")
        .file("db/schema/10_users.sql", FIRST)
}

/// The wizard on a terminal of a kind; one that is `dumb` can do nothing but write lines.
fn wizard(project: &Project, kind: &str) -> PtySession {
    let run = project.run(&["migrate", "wizard", "--postgres", &MAJOR.to_string()]);
    run.env("TERM", kind).env("COLUMNS", "40").in_terminal()
}

/// Waits for a question and types an answer.
fn answer(session: &mut PtySession, question: &str, typed: &str) -> String {
    let seen = session.exp_string(question).unwrap();
    session.send_line(typed).unwrap();
    seen
}

/// The exit code of what ends by itself, and what it said at last.
fn ended(mut session: PtySession) -> (i32, String) {
    let said = session.exp_eof().unwrap();
    match session.process().wait().unwrap() {
        WaitStatus::Exited(_, code) => (code, said),
        other => panic!("{other:?}: {said}"),
    }
}

/// What lies in the project, with its texts.
fn files(project: &Project) -> Vec<(String, String)> {
    let directories = ["db/migrations", "db/schema"].map(|path| project.path(path));
    let entries =
        directories.iter().flat_map(|path| path.read_dir().unwrap()).map(|entry| entry.unwrap().path());
    let mut found: Vec<(String, String)> =
        entries.map(|path| (path.display().to_string(), fs_err::read_to_string(&path).unwrap())).collect();
    found.sort();
    found
}

#[test]
fn a_keyboard_is_enough_on_the_plainest_terminal() {
    let project = project();
    let mut session = wizard(&project, "dumb");
    let mut seen = answer(&mut session, "What changes? [add-column] ", "?");
    seen += &answer(&mut session, "What changes? [add-column] ", "1");
    seen += &answer(&mut session, "Which table? [public.users] ", "userz");
    seen += &answer(&mut session, "there is no `userz`", "");
    seen += &answer(&mut session, "What is the new column called? ", "");
    seen += &answer(&mut session, "this needs an answer", "email");
    seen += &answer(&mut session, "Which type? ", "text");
    seen += &answer(&mut session, "(empty for none) ", "");
    seen += &answer(&mut session, "May it never be NULL? [no] ", "perhaps");
    seen += &answer(&mut session, "`perhaps` is neither yes nor no", "n");
    seen += &answer(&mut session, "What is the migration called? [add_column_users_email] ", "");
    seen += &session.exp_string("+   email text").unwrap();
    assert_eq!(files(&project).len(), 3, "nothing is written before the last question");
    seen += &answer(&mut session, "Write it? [yes] ", "");
    let (code, said) = ended(session);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("preflight: passed"), "{said}");
    let escapes = (seen + &said).matches("\u{1b}[").count();
    assert_eq!(escapes, 0, "a terminal that can only write lines is told nothing else");
    let declared = "create table users (\n  id int primary key, -- the key\n  name text,\n  email text\n);\n";
    assert_eq!(files(&project)[4].1, declared);
    assert_nothing_is_left(project.servers());
}

#[test]
fn a_key_that_means_nothing_here_is_no_answer_and_is_not_shown_as_it_is() {
    let project = project();
    let mut session = wizard(&project, "dumb");
    answer(&mut session, "What changes? [add-column] ", "\u{1b}[A");
    let said = session.exp_string("What changes? [add-column] ").unwrap();
    let why = said.split_once("there is no").unwrap().1;
    assert!(!why.contains('\u{1b}'), "{why:?}");
    session.send_control('d').unwrap();
    let (code, said) = ended(session);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("--answers"), "{said}");
    assert_nothing_is_left(project.servers());
}

#[test]
fn ctrl_c_at_any_time_leaves_nothing_behind() {
    let project = project();
    let before = files(&project);
    let lines = [
        ("What changes? [add-column] ", "drop-column"),
        ("Which table? [public.users] ", ""),
        ("Which column? ", "name"),
        ("(empty for none) ", ""),
        ("What is the migration called? ", "gone"),
    ];
    let mut stops: Vec<(usize, &str)> = vec![(0, "building what the migrations build"), (0, lines[0].0)];
    stops.extend([(2, lines[2].0), (4, lines[4].0), (5, "proving on a copy"), (5, "Write it? [yes] ")]);
    for (answered, stop) in stops {
        let mut session = wizard(&project, "xterm");
        for (question, typed) in &lines[..answered] {
            answer(&mut session, question, typed);
        }
        session.exp_string(stop).unwrap();
        session.send_control('c').unwrap();
        let (code, said) = ended(session);
        assert_eq!(code, 130, "at {stop:?}: {said}");
        assert_eq!(files(&project), before, "at {stop:?}");
        assert_nothing_is_left(project.servers());
    }
}
