//! The examples are what their own words say they are.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::support::{MAJOR, Run, enterable};

/// What a broken example expects of the tool.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    exit_code: i32,
    contains: Vec<String>,
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

fn preflight(directory: &Path, servers: &Path) -> Run {
    Run::of(directory, servers).with(&["preflight", "--postgres", &MAJOR.to_string()])
}

#[test]
fn the_blog_passes() {
    let servers = enterable("ct");
    let ended = preflight(&examples().join("blog"), servers.path()).ends_with(0);
    ended.says(&["✓ Preflight passed: 5 pending migrations apply and lead to db/schema/."]);
    let report = preflight(&examples().join("blog"), servers.path()).report(0);
    assert_eq!(report["verdict"], "passed");
    assert_eq!((&report["pending_count"], &report["applied_count"]), (&5.into(), &5.into()));
    assert_eq!(report["server"]["provider"], "embedded");
}

#[test]
fn every_planted_fault_is_found_and_said_as_its_example_expects() {
    let servers = enterable("ct");
    let mut wrong = Vec::new();
    let mut count = 0;
    for entry in examples().join("broken").read_dir().unwrap() {
        let directory = entry.unwrap().path();
        let text = fs_err::read_to_string(directory.join("expected.yaml")).unwrap();
        let expected: Expected = serde_yaml::from_str(&text).unwrap();
        let ended = preflight(&directory, servers.path()).end();
        let missing: Vec<_> = expected.contains.iter().filter(|text| !ended.out.contains(*text)).collect();
        if ended.code != expected.exit_code || !missing.is_empty() || !ended.err.is_empty() {
            let (code, out) = (ended.code, ended.out);
            wrong.push(format!(
                "{}: exit {code}, missing {missing:?}\n{out}{}",
                directory.display(),
                ended.err
            ));
        }
        preflight(&directory, servers.path()).report(expected.exit_code);
        count += 1;
    }
    assert!(count >= 15, "only {count} examples were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
