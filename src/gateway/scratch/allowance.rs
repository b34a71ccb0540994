//! How much memory a throwaway server may take: the SQL on it is somebody else's.

use std::collections::BTreeMap;

use super::ServerError;

/// The variable that says it, in megabytes: for each process of a server that is started here, for a container as a
/// whole.
pub const MEMORY: &str = "CONFITURE_SCRATCH_MEMORY_MB";
/// What there is without it.
const USUAL: u64 = 4_096;
/// With less a server does not start.
const LEAST: u64 = 256;

/// The bytes that there may be.
pub(super) fn memory(variables: &BTreeMap<String, String>) -> Result<u64, ServerError> {
    let megabytes = match variables.get(MEMORY).map(|text| text.trim()).filter(|text| !text.is_empty()) {
        None => USUAL,
        Some(text) => text
            .parse()
            .ok()
            .filter(|megabytes| (LEAST..=u64::MAX >> 20).contains(megabytes))
            .ok_or_else(|| ServerError::Memory(text.to_owned()))?,
    };
    Ok(megabytes << 20)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{MEMORY, memory};

    #[test]
    fn memory_is_a_number_of_megabytes_that_a_server_can_live_on() {
        let of = |text: &str| memory(&BTreeMap::from([(MEMORY.to_owned(), text.to_owned())]));
        assert_eq!(memory(&BTreeMap::new()).unwrap(), 4 << 30);
        assert_eq!(of("").unwrap(), 4 << 30);
        assert_eq!(of(" 512 ").unwrap(), 512 << 20);
        for wrong in ["255", "-1", "1 GB", "99999999999999999999"] {
            assert!(of(wrong).unwrap_err().to_string().contains(wrong));
        }
    }
}
