//! The secret of the tokens, on this machine.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use estrella_core::privacy::TokenKey;
use estrella_lake::{Error, Result};

/// The variable that holds the secret itself.
const VARIABLE: &str = "ESTRELLA_PII_KEY";
/// The secret that a lake makes for itself.
const FILE: &str = "pii.key";

/// The key of tokens: from the environment, from a file, or the lake's own, which is made if it `is_needed`.
///
/// # Errors
/// If it cannot be read or made, or is too short.
pub fn token_key(file: Option<&Path>, lake: &Path, is_needed: bool) -> Result<Option<TokenKey>> {
    if let Ok(secret) = std::env::var(VARIABLE) {
        return key(secret.as_bytes(), VARIABLE).map(Some);
    }
    let own = lake.join(FILE);
    let path = file.unwrap_or(&own);
    match std::fs::read_to_string(path) {
        Ok(secret) => key(secret.trim_end().as_bytes(), &path.display().to_string()).map(Some),
        Err(error) if error.kind() == ErrorKind::NotFound && file.is_none() => match is_needed {
            true => make(path).map(Some),
            false => Ok(None),
        },
        Err(error) => Err(Error::io("read key of tokens", path, error)),
    }
}

fn key(secret: &[u8], at: &str) -> Result<TokenKey> {
    TokenKey::new(secret).ok_or_else(|| Error::invalid("the key of tokens is shorter than 32 bytes").at(at))
}

fn make(path: &Path) -> Result<TokenKey> {
    let secret = format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple());
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| writeln!(file, "{secret}"));
    match written {
        Ok(()) => key(secret.as_bytes(), FILE),
        // Another run was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let secret =
                std::fs::read_to_string(path).map_err(|e| Error::io("read key of tokens", path, e))?;
            key(secret.trim_end().as_bytes(), FILE)
        }
        Err(error) => Err(Error::io("write key of tokens", path, error)),
    }
}
