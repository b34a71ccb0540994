//! One run of the git program.

use std::collections::BTreeMap;
use std::process::{Output, Stdio};

use camino::Utf8Path;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::error::{GitError, hide_passwords};

/// Variables by which a caller such as a hook points git at another repository than the directory's own.
const REPOSITORY_VARIABLES: [&str; 6] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
];

/// Settings of every run: no code of the repository's own is started, nothing waits for ever.
const SETTINGS: [(&str, &str); 6] = [
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("http.lowSpeedLimit", "1000"),
    ("http.lowSpeedTime", "60"),
];

/// The environment of every run: what was passed down, `extra` settings, and what keeps git from asking.
///
/// Settings go through the environment because arguments can be read by every process of the machine.
pub(super) fn environment(
    variables: &BTreeMap<String, String>,
    extra: &[(String, String)],
) -> BTreeMap<String, String> {
    let mut environment = variables.clone();
    for name in REPOSITORY_VARIABLES {
        environment.remove(name);
    }
    let fixed = [("GIT_TERMINAL_PROMPT", "0"), ("GIT_LFS_SKIP_SMUDGE", "1"), ("LC_ALL", "C")];
    environment.extend(fixed.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let given = variables.get("GIT_CONFIG_COUNT").and_then(|count| count.parse().ok()).unwrap_or(0_usize);
    let ours = SETTINGS.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    let mut count = given;
    for (key, value) in ours.chain(extra.iter().cloned()) {
        environment.insert(format!("GIT_CONFIG_KEY_{count}"), key);
        environment.insert(format!("GIT_CONFIG_VALUE_{count}"), value);
        count += 1;
    }
    environment.insert("GIT_CONFIG_COUNT".to_owned(), count.to_string());
    environment
}

/// Runs git in `directory`, feeds it `input`, and takes whatever it answers.
pub(super) async fn run(
    directory: &Utf8Path,
    environment: &BTreeMap<String, String>,
    arguments: &[&str],
    input: &[u8],
) -> Result<Output, GitError> {
    #[expect(clippy::disallowed_methods, reason = "this room is where git is started")]
    let mut command = Command::new("git");
    command.args(arguments).current_dir(directory).env_clear().envs(environment).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| {
        // A missing directory is reported with the same error as a missing program.
        let missing = error.kind() == std::io::ErrorKind::NotFound && directory.exists();
        if missing { GitError::Missing } else { GitError::Run(error) }
    })?;
    let stdin = child.stdin.take();
    // Fed while the answer is read: a full pipe on either side would otherwise stop both.
    let feed = async {
        if let Some(mut stdin) = stdin {
            // Git may end before it has read all; its exit status says why.
            let _ = stdin.write_all(input).await;
        }
    };
    let (output, ()) = tokio::join!(child.wait_with_output(), feed);
    Ok(output?)
}

/// The error that stands in a failed run's answer.
pub(super) fn refusal(command: &'static str, output: &Output) -> GitError {
    let said = String::from_utf8_lossy(&output.stderr);
    GitError::Refused { command, said: hide_passwords(said.trim()) }
}
