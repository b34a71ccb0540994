//! Why git could not answer.

/// Why git could not answer. No variant holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is no git program.
    #[error("git was not found")]
    Missing,
    /// The program could not be run.
    #[error("git could not be run: {0}")]
    Run(#[from] std::io::Error),
    /// The text names no revision, whatever the repository holds.
    #[error("`{0}` is not a git revision")]
    Revision(String),
    /// Git ended with an error.
    #[error("git {command} failed: {said}")]
    Refused {
        /// The subcommand, such as `fetch`.
        command: &'static str,
        /// What git wrote, passwords in URLs hidden.
        said: String,
    },
    /// Git answered something that cannot be read.
    #[error("git {0} gave an answer that cannot be read")]
    Answer(&'static str),
}

impl GitError {
    /// What to do about it, one sentence.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Missing => Some("install git, or choose a base that needs none"),
            Self::Refused { command: "fetch", .. } => {
                Some("let actions/checkout fetch the whole history: set fetch-depth: 0")
            }
            Self::Refused { .. } | Self::Run(_) | Self::Revision(_) | Self::Answer(_) => None,
        }
    }
}

/// Hides what stands between `://` and `@` in URLs.
#[must_use]
pub fn hide_passwords(text: &str) -> String {
    let mut parts = text.split("://");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let host_ends = part.find(|c: char| c == '/' || c.is_whitespace()).unwrap_or(part.len());
        let kept = part[..host_ends].rfind('@').map_or(part, |at| &part[at..]);
        shown.push_str(if kept.len() == part.len() { "://" } else { "://***" });
        shown.push_str(kept);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::hide_passwords;

    #[test]
    fn passwords_in_urls_are_hidden_and_the_rest_is_kept() {
        let said = "fatal: unable to access 'https://x:s3cret@host/o/r/': see https://a.example/b@c";
        assert_eq!(
            hide_passwords(said),
            "fatal: unable to access 'https://***@host/o/r/': see https://a.example/b@c"
        );
    }
}
