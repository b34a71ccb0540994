//! What goes wrong on demand.

use super::server::Sending;
use super::state::State;

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
    /// How many requests that are meant are answered rightly before.
    pub skip: usize,
}

impl Failure {
    /// The next request with this method is answered with a status instead of being carried out.
    pub(crate) fn status(method: &'static str, status: u16) -> Self {
        let (path, headers) = ("", Vec::new());
        let (done, sending) = (false, Sending::Whole);
        Self { method, path, status: Some(status), headers, done, sending, skip: 0 }
    }

    /// The next request with this method is carried out, and its answer is sent badly.
    pub(crate) fn sending(method: &'static str, sending: Sending) -> Self {
        Self { status: None, done: true, sending, ..Self::status(method, 200) }
    }

    /// After so many requests of any kind, one is not answered at all; carried out or not.
    pub(crate) fn silence_after(requests: usize, done: bool) -> Self {
        Self { skip: requests, done, ..Self::sending("", Sending::StallAfter(0)) }
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
        (self.method.is_empty() || self.method == method) && path.contains(self.path)
    }
}

impl State {
    /// What goes wrong with a request, if anything does.
    pub(super) fn failure(&mut self, method: &str, path: &str) -> Option<Failure> {
        if let Some(shaky) = &self.shaky
            && self.shaken.insert(format!("{method} {path}"))
        {
            return Some(shaky.clone());
        }
        let next = self.failures.front_mut().filter(|failure| failure.meets(method, path))?;
        if next.skip > 0 {
            next.skip -= 1;
            return None;
        }
        self.failures.pop_front()
    }
}
