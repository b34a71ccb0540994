//! How git names what a file holds.

use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::model::hex;

/// Whether git gives this content this name. Line ends that an archive has written otherwise are forgiven.
pub(super) fn is(content: &[u8], name: &str) -> bool {
    let length = name.len();
    if blob(content, length).eq_ignore_ascii_case(name) {
        return true;
    }
    let mut plain = Vec::with_capacity(content.len());
    for (at, byte) in content.iter().enumerate() {
        if *byte != b'\r' || content.get(at + 1) != Some(&b'\n') {
            plain.push(*byte);
        }
    }
    plain.len() < content.len() && blob(&plain, length).eq_ignore_ascii_case(name)
}

/// The name of a blob, in as many digits as the repository's names have.
fn blob(content: &[u8], digits: usize) -> String {
    let head = format!("blob {}\0", content.len());
    if digits == 64 {
        return hex(&Sha256::new().chain_update(head).chain_update(content).finalize());
    }
    hex(&Sha1::new().chain_update(head).chain_update(content).finalize())
}

#[cfg(test)]
mod tests {
    use super::is;

    #[test]
    fn a_blob_has_the_name_that_git_gives_it_in_either_kind_of_repository() {
        assert!(is(b"hello\n", "ce013625030ba8dba906f756967f9e9ca394464a"));
        assert!(is(b"hello\r\n", "ce013625030ba8dba906f756967f9e9ca394464a"));
        assert!(!is(b"hello", "ce013625030ba8dba906f756967f9e9ca394464a"));
        assert!(is(b"hello\n", "2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4"));
    }
}
