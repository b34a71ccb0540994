//! What shells and `man` show, made from the one tree of arguments.

use camino::Utf8Path;
use clap::CommandFactory as _;
use clap_complete::Shell;

use super::arguments::Arguments;
use super::output;
use crate::model::exit::ExitCode;

/// Prints a shell's completion script.
pub(super) fn completions(shell: Shell) -> u8 {
    output::write(&script(shell), None, ExitCode::Success)
}

fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "confiture", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// Writes a man page for every command that help shows.
pub(super) fn pages(directory: &Utf8Path) -> u8 {
    let written = fs_err::create_dir_all(directory)
        .and_then(|()| clap_mangen::generate_to(Arguments::command(), directory));
    match written {
        Ok(()) => ExitCode::Success.number(),
        Err(error) => {
            output::complain(&format!("the man pages cannot be written: {error}"));
            ExitCode::Configuration.number()
        }
    }
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;
    use clap::{Command, CommandFactory as _, ValueEnum as _};
    use clap_complete::Shell;

    use super::super::arguments::Arguments;
    use super::{pages, script};

    /// The visible commands with their parents: `migrate up` is `["confiture", "migrate", "up"]`.
    fn commands(above: &[String], command: &Command) -> Vec<(Vec<String>, Command)> {
        let path: Vec<String> = above.iter().cloned().chain([command.get_name().to_owned()]).collect();
        let below = command.get_subcommands().filter(|below| !below.is_hide_set());
        let below: Vec<_> = below.flat_map(|below| commands(&path, below)).collect();
        [(path, command.clone())].into_iter().chain(below).collect()
    }

    #[test]
    fn every_command_and_flag_is_completed_in_every_shell() {
        for shell in Shell::value_variants() {
            let script = script(*shell);
            for (path, command) in commands(&[], &Arguments::command()) {
                assert!(script.contains(path.last().unwrap().as_str()), "{shell}: {path:?}");
                for flag in command.get_arguments().filter_map(|argument| argument.get_long()) {
                    assert!(script.contains(flag), "{shell}: {path:?} --{flag}");
                }
            }
        }
    }

    #[test]
    fn every_command_has_a_man_page_with_its_flags() {
        let directory = tempfile::tempdir().unwrap();
        let directory = Utf8Path::from_path(directory.path()).unwrap().join("man1");
        assert_eq!(pages(&directory), 0);
        for (path, command) in commands(&[], &Arguments::command()) {
            let page = fs_err::read_to_string(directory.join(format!("{}.1", path.join("-")))).unwrap();
            for flag in command.get_arguments().filter_map(|argument| argument.get_long()) {
                assert!(page.contains(&flag.replace('-', "\\-")), "{path:?} --{flag}: {page}");
            }
        }
    }

    #[test]
    fn pages_that_cannot_be_written_are_a_failure() {
        assert_eq!(pages(Utf8Path::new("/dev/null/man1")), 2);
    }
}
