//! What goes wrong on demand.

use super::server::Sending;

/// One answer that is not as it should be.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    /// The method of the request that it is the answer to.
    pub method: &'static str,
    /// What the request's path contains; empty for any.
    pub path: &'static str,
    /// The status; none when only the sending of the right answer fails.
    pub status: Option<u16>,
    pub headers: Vec<(&'static str, &'static str)>,
    /// Whether the request is carried out all the same.
    pub done: bool,
    /// How the answer is sent.
    pub sending: Sending,
}

impl Failure {
    /// The next request with this method is answered with a status instead of being carried out.
    pub(crate) fn status(method: &'static str, status: u16) -> Self {
        let (path, headers) = ("", Vec::new());
        Self { method, path, status: Some(status), headers, done: false, sending: Sending::Whole }
    }

    /// The next request with this method is carried out, and its answer is sent badly.
    pub(crate) fn sending(method: &'static str, sending: Sending) -> Self {
        Self { status: None, done: true, sending, ..Self::status(method, 200) }
    }

    /// The same for requests whose path contains something.
    pub(crate) fn at(self, path: &'static str) -> Self {
        Self { path, ..self }
    }

    /// The same, but the request is carried out.
    pub(crate) fn but_done(self) -> Self {
        Self { done: true, ..self }
    }

    /// The same with a header.
    pub(crate) fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(super) fn meets(&self, method: &str, path: &str) -> bool {
        self.method == method && path.contains(self.path)
    }
}
