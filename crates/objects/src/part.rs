use std::fmt;
use std::str::FromStr;

use crate::{Error, Result};

/// Below it are the groups; longer than any folder of objects is.
pub(crate) const FOLDER: &str = "parts";

/// The name of a part: `parts/GROUP/FILE`, given by the work it belongs to, for instance
/// `parts/0190b6a2-…/0-12-ndvi.part`. All parts of a group go away together.
///
/// As with objects, only well-formed names exist.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PartName(String);

impl PartName {
    /// The part `file` of a group.
    ///
    /// # Errors
    /// [`Error::Part`] unless both are of `a-z`, `0-9`, dashes and inner dots.
    pub fn new(group: &str, file: &str) -> Result<Self> {
        let name = format!("{FOLDER}/{group}/{file}");
        if is_plain(group) && is_plain(file) {
            Ok(Self(name))
        } else {
            Err(Error::Part { text: name })
        }
    }

    /// The whole name, as it is kept in the database.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PartName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for PartName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let pair = text
            .strip_prefix(FOLDER)
            .and_then(|rest| rest.strip_prefix('/')?.split_once('/'));
        match pair {
            Some((group, file)) => Self::new(group, file),
            None => Err(Error::Part {
                text: text.to_owned(),
            }),
        }
    }
}

pub(crate) fn check_group(group: &str) -> Result<()> {
    if is_plain(group) {
        Ok(())
    } else {
        Err(Error::Part {
            text: format!("{FOLDER}/{group}/"),
        })
    }
}

fn is_plain(text: &str) -> bool {
    let known = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
    (1..=128).contains(&text.len()) && !text.starts_with('.') && text.bytes().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_back_as_it_was_written() {
        let name = PartName::new("0190b6a2-1c4f", "0-12-ndvi.part").unwrap();
        assert_eq!(name.as_str(), "parts/0190b6a2-1c4f/0-12-ndvi.part");
        assert_eq!(name.to_string().parse::<PartName>().unwrap(), name);
    }

    #[test]
    fn a_name_cannot_lead_elsewhere() {
        for text in [
            "",
            "parts",
            "parts/a",
            "parts/a/",
            "parts//b",
            "parts/../b",
            "parts/a/..",
            "parts/a/b/c",
            "parts/a/B",
            "other/a/b",
        ] {
            assert!(text.parse::<PartName>().is_err(), "{text:?} was taken");
        }
        assert!(check_group("..").is_err());
    }
}
