//! The tokens of a text, as the server's own scanner has them.

use pg_query::protobuf::{ScanToken, Token};

/// Whether a token is a comment.
pub(super) fn is_comment(token: &ScanToken) -> bool {
    matches!(token.token(), Token::SqlComment | Token::CComment)
}
