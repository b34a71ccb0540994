//! The processes of a program, which end together.

use std::io;
use std::process::Stdio;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::process::{Child, Command};

/// Ends its process group, itself included, when standard input closes: that happens when the process that holds the
/// other end is gone, even by SIGKILL.
const WATCHER: &str = "read -r _; kill -KILL 0";

/// A process group with a watcher in it. Dropping it ends everybody in the group.
///
/// The watcher leads the group. So the group's number is nobody else's for as long as this is there, and there is no
/// moment at which a program runs unwatched.
pub(super) struct Group {
    number: Pid,
    /// Its standard input is open as long as the group shall live.
    _watcher: Child,
}

impl Group {
    /// A group with nobody but the watcher in it.
    pub(super) fn open() -> io::Result<Self> {
        #[expect(clippy::disallowed_methods, reason = "this room starts hooks, and who watches them")]
        let mut command = Command::new("/bin/sh");
        command.args(["-c", WATCHER]).env_clear().current_dir("/").process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let watcher = command.spawn()?;
        let number = watcher.id().and_then(|id| i32::try_from(id).ok()).ok_or(io::ErrorKind::NotFound)?;
        Ok(Self { number: Pid::from_raw(number), _watcher: watcher })
    }

    pub(super) fn number(&self) -> i32 {
        self.number.as_raw()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // There may be nobody left to end.
        let _ = killpg(self.number, Signal::SIGKILL);
    }
}
