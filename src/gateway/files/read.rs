//! Bytes into text.

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use super::FileError;
use crate::model::hex;
use crate::model::migration::SqlFile;

/// Reads a file of SQL: UTF-8, byte order mark removed, line ends made LF.
///
/// Line ends are made LF so that a checkout with CRLF builds the same function bodies and has the same
/// checksum as one with LF.
pub fn sql_file(path: Utf8PathBuf, bytes: Vec<u8>) -> Result<SqlFile, FileError> {
    let raw_checksum = hex(&Sha256::digest(&bytes));
    let text = utf8(&path, bytes)?;
    if let Some(at) = text.bytes().position(|byte| byte == 0) {
        return Err(FileError::ZeroByte { path, line: line_of(&text.as_bytes()[..at]) });
    }
    let text = if text.contains('\r') { text.replace("\r\n", "\n") } else { text };
    let checksum = hex(&Sha256::digest(text.as_bytes()));
    Ok(SqlFile { path, text, checksum, raw_checksum, no_transaction: false, within: None })
}

/// Bytes as text without byte order mark.
pub(super) fn utf8(path: &Utf8Path, bytes: Vec<u8>) -> Result<String, FileError> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        FileError::NotUtf8 { path: path.to_owned(), byte: bytes[at], line: line_of(&bytes[..at]) }
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// A text with the byte order mark and the line ends that the file had before.
pub(super) fn as_before(before: &[u8], text: &str) -> String {
    let count = |wanted: &[u8]| before.windows(wanted.len()).filter(|bytes| *bytes == wanted).count();
    let windows = count(b"\n") > 0 && count(b"\r\n") == count(b"\n");
    let mark = if before.starts_with("\u{feff}".as_bytes()) { "\u{feff}" } else { "" };
    let text = if windows { text.replace('\n', "\r\n") } else { text.to_owned() };
    format!("{mark}{text}")
}

fn line_of(before: &[u8]) -> usize {
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}
