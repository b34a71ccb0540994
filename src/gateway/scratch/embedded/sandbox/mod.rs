//! What a server is shut in with, so that a superuser's SQL can do no harm outside of it.
//!
//! A superuser may write a library with SQL and load it, so this has to hold against any code of the server's, not
//! against SQL alone. The kernel sees to it: files and signals by Landlock, everything else by a filter of system
//! calls. A process keeps both for life and hands them down.

mod calls;
mod files;

use std::path::Path;

use landlock::{RulesetCreated, RulesetStatus};
use seccompiler::BpfProgram;

use super::binaries::Binaries;

/// A sandbox that a process can be started in.
pub(super) struct Sandbox {
    files: RulesetCreated,
    calls: Vec<BpfProgram>,
}

impl Sandbox {
    /// Whether the kernel has what it takes; filters of system calls are older than rules about files.
    pub(super) fn is_to_be_had() -> bool {
        files::closed().inspect_err(|error| tracing::debug!(%error, "no sandbox")).is_ok()
    }

    /// A sandbox in which a server of this installation can run on a cluster.
    pub(super) fn prepare(binaries: &Binaries, data: &Path) -> std::io::Result<Self> {
        let files = files::rules(&binaries.program("postgres"), data).map_err(std::io::Error::other)?;
        let calls = calls::filters().map_err(std::io::Error::other)?;
        Ok(Self { files, calls })
    }

    /// Starts something in the sandbox; nothing is started when the kernel refuses it.
    ///
    /// Both limits are a thread's own and go to the processes that it starts. So a thread is made for this, and ends.
    pub(super) fn start<T: Send>(
        self,
        start: impl FnOnce() -> std::io::Result<T> + Send,
    ) -> std::io::Result<T> {
        std::thread::scope(|scope| {
            let inside = scope.spawn(|| {
                self.enter()?;
                start()
            });
            inside.join().unwrap_or_else(|_| Err(std::io::Error::other("the thread in the sandbox panicked")))
        })
    }

    fn enter(self) -> std::io::Result<()> {
        let entered = self.files.restrict_self().map_err(std::io::Error::other)?;
        if entered.ruleset != RulesetStatus::FullyEnforced || !entered.no_new_privs {
            return Err(std::io::Error::other("the kernel does not enforce all of the sandbox"));
        }
        let mut filters = self.calls.iter();
        filters.try_for_each(|filter| seccompiler::apply_filter(filter).map_err(std::io::Error::other))
    }
}
