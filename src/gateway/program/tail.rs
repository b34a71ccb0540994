//! The end of what a program writes.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{ChildStderr, ChildStdout};

/// How many bytes are kept.
const KEPT: usize = 8192;

/// Reads everything, so that nobody waits for a reader, and keeps the end of it.
#[derive(Default)]
pub(super) struct Tail {
    kept: Mutex<VecDeque<u8>>,
    is_cut: AtomicBool,
}

impl Tail {
    /// Reads until both streams end.
    pub(super) async fn listen(self: Arc<Self>, out: Option<ChildStdout>, err: Option<ChildStderr>) {
        tokio::join!(self.read(out), self.read(err));
    }

    async fn read(&self, stream: Option<impl AsyncRead + Unpin>) {
        let Some(mut stream) = stream else { return };
        let mut chunk = vec![0; KEPT];
        while let Ok(count @ 1..) = stream.read(&mut chunk).await {
            self.keep(&chunk[..count]);
        }
    }

    fn keep(&self, bytes: &[u8]) {
        let Ok(mut kept) = self.kept.lock() else { return };
        kept.extend(bytes);
        let over = kept.len().saturating_sub(KEPT);
        if over > 0 {
            kept.drain(..over);
            self.is_cut.store(true, Ordering::Relaxed);
        }
    }

    /// What was kept, as text.
    pub(super) fn text(&self) -> String {
        let bytes: Vec<u8> = self.kept.lock().map(|kept| kept.iter().copied().collect()).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let begin = if self.is_cut.load(Ordering::Relaxed) { "…" } else { "" };
        format!("{begin}{}", text.trim_end())
    }
}
