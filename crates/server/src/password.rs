//! Passwords: argon2id, checked off the async threads.

use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use thiserror::Error;

/// Fewest characters of a password (ASVS 5.0, 6.2.1).
pub const MINIMUM_CHARACTERS: usize = 8;
/// Most bytes of a password: argon2 takes any length, a request should not.
pub const MAXIMUM_BYTES: usize = 1024;

/// Why a password was not taken.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// Too short.
    #[error("the password has {0} characters: take at least {MINIMUM_CHARACTERS}")]
    TooShort(usize),
    /// Too long.
    #[error("the password has {0} bytes: take at most {MAXIMUM_BYTES}")]
    TooLong(usize),
    /// The machine gave no random numbers or no memory.
    #[error("the password could not be hashed: {0}")]
    Hash(argon2::password_hash::Error),
}

/// argon2id with 19 MiB, two passes, one lane: the first choice of the OWASP cheat sheet.
fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

/// Hashes a new password into a PHC string with a random salt. Takes tens of milliseconds.
///
/// # Errors
///
/// Too short, too long, or no random numbers.
pub fn hash(password: &str) -> Result<String, PasswordError> {
    let characters = password.chars().count();
    if characters < MINIMUM_CHARACTERS {
        return Err(PasswordError::TooShort(characters));
    }
    if password.len() > MAXIMUM_BYTES {
        return Err(PasswordError::TooLong(password.len()));
    }
    let hash: PasswordHash = argon2()
        .hash_password(password.as_bytes())
        .map_err(PasswordError::Hash)?;
    Ok(hash.to_string())
}

/// Whether the password belongs to the PHC string; `false` also for a string that is none.
/// Takes tens of milliseconds: call it on a blocking thread.
pub fn verify(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|parsed| {
        password.len() <= MAXIMUM_BYTES
            && argon2()
                .verify_password(password.as_bytes(), &parsed)
                .is_ok()
    })
}

/// Spends the time of a check when there is no such account, so that the clock tells nobody
/// which logins exist. Always `false`.
pub fn verify_nobody(password: &str) -> bool {
    static NOBODY: LazyLock<Option<String>> =
        LazyLock::new(|| hash("a password that nobody has").ok());
    if let Some(hash) = NOBODY.as_deref() {
        let _same_work = verify(password, hash);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_opens_its_own_hash_only() {
        let kept = hash("青山绿水 8 号").unwrap();
        assert!(
            kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{kept}"
        );
        assert!(verify("青山绿水 8 号", &kept));
        assert!(!verify("青山绿水 9 号", &kept));
        assert!(!verify("青山绿水 8 号", "not a hash"));
        assert_ne!(kept, hash("青山绿水 8 号").unwrap(), "the salt is random");
    }

    #[test]
    fn short_and_endless_passwords_are_refused() {
        assert!(matches!(hash("1234567"), Err(PasswordError::TooShort(7))));
        assert!(matches!(
            hash(&"x".repeat(1025)),
            Err(PasswordError::TooLong(1025))
        ));
        assert!(!verify_nobody("a password that nobody has"));
    }
}
