//! What a server says beside its answers: `RAISE NOTICE`, and its own warnings.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;
use tokio_postgres::{AsyncMessage, Connection};

use crate::model::notice::Notice;

/// How many wait to be taken; of more the oldest are forgotten, so that nobody has to listen.
const KEPT: usize = 1000;

/// What was said and is not taken yet.
#[derive(Default)]
pub(super) struct Notices {
    waiting: Mutex<VecDeque<Notice>>,
    arrived: Notify,
}

impl Notices {
    /// Drives a connection to its end. Its error reaches whoever waits for an answer; there is nobody else to tell.
    pub(super) async fn drive<S, T>(self: Arc<Self>, mut connection: Connection<S, T>)
    where
        S: AsyncRead + AsyncWrite + Unpin,
        T: AsyncRead + AsyncWrite + Unpin,
    {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notice(said) = message {
                let severity =
                    said.parsed_severity().map_or_else(|| said.severity().to_owned(), |one| one.to_string());
                self.keep(Notice { severity, message: said.message().to_owned() });
            }
        }
    }

    fn keep(&self, notice: Notice) {
        if let Ok(mut waiting) = self.waiting.lock() {
            waiting.push_back(notice);
            let over = waiting.len().saturating_sub(KEPT);
            waiting.drain(..over);
        }
        self.arrived.notify_one();
    }

    /// Takes what there is.
    pub(super) fn take(&self) -> VecDeque<Notice> {
        self.waiting.lock().map(|mut waiting| std::mem::take(&mut *waiting)).unwrap_or_default()
    }

    /// Waits until there is something, and takes it.
    pub(super) async fn next(&self) -> Vec<Notice> {
        loop {
            let taken = self.take();
            if !taken.is_empty() {
                return taken.into();
            }
            self.arrived.notified().await;
        }
    }
}
