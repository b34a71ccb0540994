//! The hidden first line by which a comment of ours is known again.

use sha2::{Digest as _, Sha256};

use super::checks::fit;

use crate::model::hex;

/// Which of several comments on one pull request is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommentKey(String);

impl CommentKey {
    /// The key of what `parts` tell apart, such as a directory and an environment.
    #[must_use]
    pub fn of(parts: &[&str]) -> Self {
        Self(hex(&Sha256::digest(parts.join("\0").as_bytes())[..8]))
    }

    /// The comment as it is sent: the marker line, then the text.
    #[must_use]
    pub(super) fn mark(&self, text: &str) -> String {
        format!("{}{} -->\n{}", self.beginning(), digest(text), fit::comment(text))
    }

    /// Whether a comment begins with this key's marker.
    pub(super) fn marks(&self, comment: &str) -> bool {
        comment.starts_with(&self.beginning())
    }

    /// Whether a comment's marker says that it already holds `text`.
    pub(super) fn holds(&self, comment: &str, text: &str) -> bool {
        comment.starts_with(&format!("{}{} -->", self.beginning(), digest(text)))
    }

    fn beginning(&self) -> String {
        format!("<!-- confiture:preflight key={} digest=", self.0)
    }
}

fn digest(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::CommentKey;

    #[test]
    fn a_marker_is_known_by_its_key_and_tells_whether_the_text_is_the_same() {
        let key = CommentKey::of(&["billing", "production"]);
        let sent = key.mark("### ✓ fine");
        assert!(key.marks(&sent) && key.holds(&sent, "### ✓ fine"));
        assert!(!key.holds(&sent, "### ✗ not fine"));
        assert!(!CommentKey::of(&["billing", "local"]).marks(&sent));
        assert!(!key.marks(&format!("> {sent}")), "a quoted marker is somebody's words");
    }
}
