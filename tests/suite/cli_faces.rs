//! What the program says of itself.

use std::process::{Command, Output, Stdio};

#[expect(clippy::disallowed_methods, reason = "a test of the program")]
fn confiture(arguments: &[&str]) -> Output {
    // Help is wrapped to the width of the terminal, of which there is none here.
    Command::new(env!("CARGO_BIN_EXE_confiture")).args(arguments).env("COLUMNS", "100").output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn help_tells_what_there_is() {
    insta::assert_snapshot!("help", stdout(&confiture(&["--help"])));
    insta::assert_snapshot!("preflight_help", stdout(&confiture(&["preflight", "--help"])));
    insta::assert_snapshot!("up_help", stdout(&confiture(&["migrate", "up", "--help"])));
}

#[test]
fn both_names_of_preflight_have_the_same_help() {
    let body = |output: &Output| stdout(output).split_once("Options:").unwrap().1.to_owned();
    assert_eq!(
        body(&confiture(&["preflight", "--help"])),
        body(&confiture(&["migrate", "preflight", "--help"]))
    );
}

#[test]
fn the_contract_of_exit_codes_is_printed() {
    let output = confiture(&["--exit-codes"]);
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!("exit_codes", stdout(&output));
}

#[test]
fn a_usage_error_ends_with_2_and_names_the_argument() {
    for (arguments, wanted) in [
        (&["preflight", "--nonsense"][..], "--nonsense"),
        (&["preflight", "--in-place"], "--against"),
        (&["preflight", "--base-ref", "x", "--snapshot", "y"], "--snapshot"),
        (&["preflight", "--format", "xml"], "xml"),
        (&["fly"], "fly"),
    ] {
        let output = confiture(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(wanted), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    assert_eq!(confiture(&[]).status.code(), Some(2));
}

#[test]
fn shells_and_man_are_served_from_the_same_arguments() {
    let bash = confiture(&["completions", "bash"]);
    assert_eq!(bash.status.code(), Some(0));
    assert!(stdout(&bash).contains("--on-checksum-mismatch") && bash.stderr.is_empty());
    assert_eq!(confiture(&["completions", "basic"]).status.code(), Some(2));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("man1");
    let pages = confiture(&["man", path.to_str().unwrap()]);
    assert_eq!((pages.status.code(), stdout(&pages).as_str()), (Some(0), ""));
    assert!(path.join("confiture-migrate-up.1").exists() && !path.join("confiture-man.1").exists());
}

#[cfg(target_os = "linux")]
#[test]
#[expect(clippy::disallowed_methods, reason = "a test of the program")]
fn an_answer_that_is_lost_is_a_failure_and_a_reader_that_went_away_is_none() {
    let run = |arguments: &[&str], out: Stdio| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_confiture"));
        command
            .args(arguments)
            .stdout(out)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
            .wait_with_output()
            .unwrap()
    };
    for arguments in [&["--exit-codes"][..], &["completions", "bash"]] {
        let full = fs_err::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let lost = run(arguments, full.into_file().into());
        assert_eq!(lost.status.code(), Some(2), "{arguments:?}");
        assert!(String::from_utf8_lossy(&lost.stderr).contains("the answer cannot be written"), "{lost:?}");
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let gone = run(arguments, writer.into());
        assert_eq!((gone.status.code(), gone.stderr.as_slice()), (Some(0), &b""[..]), "{arguments:?}");
    }
}
