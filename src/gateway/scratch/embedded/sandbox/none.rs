//! Where there is no sandbox.

use std::io::{Error, ErrorKind, Result};
use std::path::Path;

use super::binaries::Binaries;

/// A sandbox that nobody can have here.
pub(super) enum Sandbox {}

impl Sandbox {
    pub(super) fn is_to_be_had() -> bool {
        false
    }

    pub(super) fn prepare(_: &Binaries, _: &Path) -> Result<Self> {
        Err(Error::from(ErrorKind::Unsupported))
    }

    pub(super) fn start<T>(self, _: impl FnOnce() -> Result<T>) -> Result<T> {
        match self {}
    }
}
