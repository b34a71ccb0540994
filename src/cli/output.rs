//! Where answers go.

use std::io::{ErrorKind, IsTerminal as _, Write as _};

use camino::Utf8Path;
use clap::CommandFactory as _;

use super::arguments::Arguments;
use crate::model::exit::ExitCode;
use crate::model::report::Failure;
use crate::render;

/// Whether standard output is a terminal that wants colour.
pub(super) fn wants_colour(to_file: bool) -> bool {
    !to_file && anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
}

/// Whether somebody watches who would like to see progress.
pub(super) fn is_watched(variables: &std::collections::BTreeMap<String, String>) -> bool {
    std::io::stderr().is_terminal() && !variables.contains_key("CI")
}

/// Writes an answer to a file or to standard output, and returns the exit code for the shell.
///
/// A reader that went away is no failure of ours.
pub(super) fn write(text: &str, file: Option<&Utf8Path>, code: ExitCode) -> u8 {
    let written = match file {
        None => print(text),
        Some(path) => fs_err::write(path, text),
    };
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            if file.is_some() {
                // What was done is done, and this is all that tells of it.
                complain(&format!("the answer cannot be written: {error}; here it is"));
                let _ = print(text);
            } else {
                complain(&format!("the answer cannot be written: {error}"));
            }
            ExitCode::Configuration.number()
        }
        _ => code.number(),
    }
}

/// What is left in the buffer when the process ends is lost without a word, on a full disk for instance.
fn print(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    out.write_all(text.as_bytes()).and_then(|()| out.flush())
}

/// Whether what is answered is typed, and so is seen already.
pub(super) fn is_typed() -> bool {
    std::io::stdin().is_terminal()
}

/// Says something of a conversation. A reader that went away will not answer either.
pub(super) fn tell(text: &str) {
    let _ = print(text);
}

/// Asks a question that is answered with yes or no; whoever says nothing has said no.
pub(super) async fn asks(question: &str) -> bool {
    let _ = print(question);
    let said = line().await;
    // Where nobody types, the next line would stand behind the question.
    if !said.as_deref().is_some_and(|said| said.ends_with('\n')) || !std::io::stdin().is_terminal() {
        let _ = print("\n");
    }
    said.is_some_and(|said| matches!(said.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// A line from standard input, with its end; none at its end. It is waited for beside everything else, so that Ctrl-C is
/// heard meanwhile.
pub(super) async fn line() -> Option<String> {
    let read = || {
        let mut line = String::new();
        let count = std::io::stdin().read_line(&mut line).ok()?;
        (count > 0).then_some(line)
    };
    tokio::task::spawn_blocking(read).await.ok().flatten()
}

/// Says why there is no answer.
pub(super) fn failure(failure: &Failure) -> u8 {
    let colour = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let _ = std::io::stderr().write_all(render::answer::failure(failure, colour).as_bytes());
    failure.exit_code.number()
}

/// Says something beside the answer.
pub(super) fn complain(sentence: &str) {
    let _ = writeln!(anstream::stderr(), "confiture: {sentence}");
}

/// The contract of exit codes.
pub(super) fn exit_codes() -> u8 {
    let mut lines = String::new();
    for code in ExitCode::all() {
        lines += &format!("{}  {:<14} {}\n", code.number(), code.symbol(), code.meaning());
    }
    write(&lines, None, ExitCode::Success)
}

/// No command was given.
pub(super) fn usage() -> u8 {
    let _ = Arguments::command().print_help();
    ExitCode::Configuration.number()
}

/// A signal ended the run.
pub(super) fn interrupted(code: u8, is_cleaned_up: bool) -> u8 {
    complain(if is_cleaned_up {
        "interrupted; what was started is gone"
    } else {
        "interrupted; a database server ends what it was doing for this run when it sees that nobody waits for it"
    });
    code
}
