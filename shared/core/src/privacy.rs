//! Tokens in the place of what says who somebody is.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The shortest key, in bytes.
const MIN_BYTES: usize = 32;
/// Bytes of a token; 128 bits, as two values of billions must not share one.
const TOKEN_BYTES: usize = 16;

/// The secret that tokens are made with. Whoever has it can tell whose a token is by trying; without it nobody can.
#[derive(Clone)]
pub struct TokenKey(Hmac<Sha256>);

impl TokenKey {
    /// A key of at least 32 bytes; none if there are fewer.
    pub fn new(secret: &[u8]) -> Option<Self> {
        let mac = Hmac::new_from_slice(secret).ok();
        mac.filter(|_| secret.len() >= MIN_BYTES).map(Self)
    }

    /// The token of a column's value: the first 128 bits of HMAC-SHA-256 (RFC 2104) over the column's name, a zero byte
    /// and the value, as 32 hex digits.
    pub fn token(&self, column: &str, value: &str) -> String {
        let mut mac = self.0.clone();
        mac.update(column.as_bytes());
        mac.update(&[0]);
        mac.update(value.as_bytes());
        let bytes = mac.finalize().into_bytes();
        bytes.iter().take(TOKEN_BYTES).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_the_documented_hash() {
        let key = TokenKey::new(&[b'k'; 32]).unwrap();
        // hmac.new(b"k" * 32, b"email\0ann@example.com", "sha256").hexdigest()[:32]
        assert_eq!(key.token("email", "ann@example.com"), GOLDEN);
        assert_ne!(key.token("name", "ann@example.com"), GOLDEN);
        assert_ne!(TokenKey::new(&[b'l'; 32]).unwrap().token("email", "ann@example.com"), GOLDEN);
        assert!(TokenKey::new(&[b'k'; 31]).is_none());
        assert_eq!(format!("{key:?}"), "TokenKey");
    }

    const GOLDEN: &str = "ebb356f2a2ca706e9bd5ded00ec4e913";
}
