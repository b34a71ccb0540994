//! Programs of the project's own, which are hooks and other tools: one is run, told what it needs on its standard
//! input, and ended in time. A migration in Python is talked with while it runs.
//!
//! A program and everything that it started are one process group, and none of them outlives its time, this process's
//! wish to know of it, or this process.

mod conversation;
mod group;
mod python;
mod tail;

pub use conversation::{Conversation, Silence};
pub use python::Interpreter;

use std::collections::BTreeMap;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use camino::Utf8PathBuf;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use group::Group;
use tail::Tail;

/// How long what a program left open is read when it has ended and its group is gone.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A program that is to be run.
#[derive(Debug)]
pub struct Program {
    /// Its absolute path.
    pub path: Utf8PathBuf,
    /// What it is called with.
    pub arguments: Vec<String>,
    /// Where it runs.
    pub directory: Utf8PathBuf,
    /// Its environment, all of it.
    pub variables: BTreeMap<String, String>,
    /// What it reads from standard input.
    pub input: String,
    /// How long it may take.
    pub limit: Duration,
}

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    /// Its status; absent, it was ended because its time was over.
    pub status: Option<ExitStatus>,
    /// The end of what it wrote on standard output and standard error together, at most 8 KiB.
    pub output: String,
}

impl Program {
    /// Runs it to its end. An error is one of starting it.
    pub async fn run(self) -> std::io::Result<Ended> {
        let group = Group::open()?;
        #[expect(clippy::disallowed_methods, reason = "this room starts hooks")]
        let mut command = Command::new(&self.path);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(&self.variables)
            .current_dir(&self.directory)
            .process_group(group.number());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let tail = Arc::new(Tail::default());
        let mut reading = tokio::spawn(tail.clone().listen(child.stdout.take(), child.stderr.take()));
        let stdin = child.stdin.take();
        let say = async move {
            if let Some(mut stdin) = stdin {
                // A program that does not care to read is as good as any other.
                let _ = stdin.write_all(self.input.as_bytes()).await;
            }
        };
        let work = async { tokio::join!(child.wait(), say).0 };
        let status = tokio::time::timeout(self.limit, work).await;
        drop(group);
        // Who has left the group may hold the pipes open for as long as it likes.
        if tokio::time::timeout(LAST_WORDS, &mut reading).await.is_err() {
            reading.abort();
        }
        Ok(Ended { status: status.ok().transpose()?, output: tail.text() })
    }
}
