//! A program that is talked with while it runs: a JSON document per line, over the socket that is its standard input.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use camino::Utf8Path;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use super::group::Group;
use super::tail::Tail;
use super::{Ended, LAST_WORDS};

/// How long a line may be.
const LONGEST: u64 = 1 << 28;

/// A running program and the line to it. Dropping it ends the program and everything that it started.
pub struct Conversation {
    group: Group,
    child: Child,
    line: BufReader<UnixStream>,
    tail: Arc<Tail>,
    reading: JoinHandle<()>,
}

/// Why a program says nothing.
#[derive(Debug)]
pub enum Silence {
    /// Its time is over.
    TooLong,
    /// It has ended, or closed the line.
    Ended,
    /// What it says is not understood.
    Strange(String),
}

impl Conversation {
    /// Starts a program. An error is one of starting it.
    pub fn open(
        program: &Utf8Path,
        arguments: &[&str],
        directory: &Utf8Path,
        variables: &BTreeMap<String, String>,
    ) -> io::Result<Self> {
        let group = Group::open()?;
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        #[expect(clippy::disallowed_methods, reason = "this room starts the project's programs")]
        let mut command = Command::new(program);
        command.args(arguments).env_clear().envs(variables).current_dir(directory);
        command.process_group(group.number()).stdin(Stdio::from(OwnedFd::from(theirs)));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        // It holds the other end of the line, which is to close when the program ends.
        drop(command);
        let tail = Arc::new(Tail::default());
        let reading = tokio::spawn(tail.clone().listen(child.stdout.take(), child.stderr.take()));
        Ok(Self { group, child, line: BufReader::new(UnixStream::from_std(ours)?), tail, reading })
    }

    /// Waits for what the program says next.
    pub async fn hear<T: DeserializeOwned>(&mut self, limit: Duration) -> Result<T, Silence> {
        let mut said = Vec::new();
        let mut line = (&mut self.line).take(LONGEST);
        let read = tokio::time::timeout(limit, line.read_until(b'\n', &mut said)).await;
        match read {
            Err(_) => Err(Silence::TooLong),
            Ok(Ok(1..)) if said.ends_with(b"\n") => {
                serde_json::from_slice(&said).map_err(|error| Silence::Strange(error.to_string()))
            }
            Ok(_) => Err(Silence::Ended),
        }
    }

    /// Answers. That nobody listens any more is heard next.
    pub async fn say(&mut self, answer: &impl Serialize) {
        let Ok(mut text) = serde_json::to_vec(answer) else { return };
        text.push(b'\n');
        let _ = self.line.get_mut().write_all(&text).await;
    }

    /// Ends the program, unless it has ended by itself, and returns what it left.
    pub async fn end(self) -> io::Result<Ended> {
        let Self { group, mut child, line, tail, mut reading } = self;
        drop(line);
        let status = tokio::time::timeout(LAST_WORDS, child.wait()).await;
        drop(group);
        if tokio::time::timeout(LAST_WORDS, &mut reading).await.is_err() {
            reading.abort();
        }
        Ok(Ended { status: status.ok().transpose()?, output: tail.text() })
    }

    /// Ends the program at once and returns what it has written.
    pub async fn kill(self) -> String {
        let Self { group, tail, mut reading, .. } = self;
        drop(group);
        if tokio::time::timeout(LAST_WORDS, &mut reading).await.is_err() {
            reading.abort();
        }
        tail.text()
    }
}
