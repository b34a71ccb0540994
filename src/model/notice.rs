//! What a server says beside its answers.

/// A message of a server's that is no error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// `NOTICE`, `WARNING` or `INFO`, or another.
    pub severity: String,
    /// What it says.
    pub message: String,
}
