use std::fmt;
use std::str::FromStr;

use crate::{Error, Result};

/// The name of an object: `ab/abcdef….tif`, the SHA-256 of its bytes in lower-case hexadecimal
/// below a folder of its first two digits, with an extension.
///
/// Only well-formed names exist, so a name read from a database can never lead out of the folder.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectName(String);

/// `ab/` before the hash.
const SHARD: usize = 3;
/// Hexadecimal digits of a SHA-256.
const DIGITS: usize = 64;

impl ObjectName {
    /// The name of the object with this SHA-256.
    ///
    /// # Errors
    /// [`Error::Extension`] unless the extension is one to eight of `a-z0-9`.
    pub fn new(sha256: [u8; 32], extension: &str) -> Result<Self> {
        check_extension(extension)?;
        let hash = hex::encode(sha256);
        let shard: String = hash.chars().take(2).collect();
        Ok(Self(format!("{shard}/{hash}.{extension}")))
    }

    /// The whole name, as it is kept in the database.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The SHA-256 of the bytes, 64 lower-case hexadecimal digits.
    pub fn hash(&self) -> &str {
        self.0.get(SHARD..SHARD + DIGITS).unwrap_or_default()
    }

    /// The extension, without a dot.
    pub fn extension(&self) -> &str {
        self.0.get(SHARD + DIGITS + 1..).unwrap_or_default()
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl AsRef<str> for ObjectName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for ObjectName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        well_formed(text).ok_or_else(|| Error::Name {
            text: text.to_owned(),
        })
    }
}

fn well_formed(text: &str) -> Option<ObjectName> {
    let (shard, rest) = text.split_once('/')?;
    let (hash, extension) = rest.split_once('.')?;
    let hexadecimal = hash
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let whole = hash.len() == DIGITS && shard.len() == 2 && hash.starts_with(shard);
    (hexadecimal && whole && check_extension(extension).is_ok())
        .then(|| ObjectName(text.to_owned()))
}

pub(crate) fn check_extension(extension: &str) -> Result<()> {
    let plain = extension
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'z'));
    if plain && (1..=8).contains(&extension.len()) {
        Ok(())
    } else {
        Err(Error::Extension {
            extension: extension.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "e3/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855.tif";

    #[test]
    fn a_name_is_read_back_as_it_was_written() {
        let name: ObjectName = EMPTY.parse().unwrap();
        assert_eq!(name.to_string(), EMPTY);
        assert_eq!(name.extension(), "tif");
        assert_eq!(format!("e3/{}.tif", name.hash()), EMPTY);
    }

    #[test]
    fn what_is_not_a_name_is_refused() {
        let upper = EMPTY.to_uppercase();
        let other_shard = EMPTY.replacen("e3/", "e4/", 1);
        let up = format!("../{EMPTY}");
        let climbing = EMPTY.replace(".tif", "./../../etc");
        let bare = EMPTY.replace(".tif", "");
        for text in [
            "",
            "/",
            "e3/.tif",
            &upper,
            &other_shard,
            &up,
            &climbing,
            &bare,
        ] {
            assert!(
                text.parse::<ObjectName>().is_err(),
                "{text:?} was taken for a name"
            );
        }
    }
}
