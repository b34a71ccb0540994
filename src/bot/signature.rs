//! Whether a delivery is GitHub's: the HMAC of its body with a secret that only both sides know.

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

/// The header's value begins like this; SHA-1, which GitHub still sends beside it, is not taken.
const PREFIX: &str = "sha256=";

/// Whether one of the secrets made this signature of this body. Takes the same time wherever they differ.
pub(super) fn is_right(header: &str, body: &[u8], secrets: &[SecretString]) -> bool {
    let Some(signature) = header.strip_prefix(PREFIX).and_then(bytes) else { return false };
    secrets.iter().any(|secret| {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
            return false;
        };
        mac.update(body);
        mac.verify_slice(&signature).is_ok()
    })
}

/// The bytes that hexadecimal digits stand for.
pub(super) fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = hex.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::is_right;

    const SIGNATURE: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    fn secrets(all: &[&str]) -> Vec<SecretString> {
        all.iter().map(|secret| SecretString::from(*secret)).collect()
    }

    #[test]
    fn githubs_published_example_is_right() {
        let ours = secrets(&["It's a Secret to Everybody"]);
        assert!(is_right(SIGNATURE, b"Hello, World!", &ours));
        assert!(is_right(SIGNATURE, b"Hello, World!", &secrets(&["new", "It's a Secret to Everybody"])));
    }

    #[test]
    fn whatever_is_changed_is_wrong() {
        let ours = secrets(&["It's a Secret to Everybody"]);
        assert!(!is_right(SIGNATURE, b"Hello, World?", &ours));
        assert!(!is_right(SIGNATURE, b"Hello, World!", &secrets(&["it's a Secret to Everybody"])));
        assert!(!is_right(SIGNATURE, b"Hello, World!", &[]));
        let bare = SIGNATURE.trim_start_matches("sha256=");
        let short = &SIGNATURE[..SIGNATURE.len() - 2];
        for header in
            [bare, short, "sha256=", "", "sha1=2fd4e1c67a2d28fced849ee1bb76e7391b93eb12", "sha256=zz"]
        {
            assert!(!is_right(header, b"Hello, World!", &ours), "{header}");
        }
        assert!(!is_right(&format!("{SIGNATURE}0"), b"Hello, World!", &ours));
    }
}
