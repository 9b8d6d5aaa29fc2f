//! A tile, and what is known of it.

use bytes::Bytes;
use reqwest::header::{HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use sha2::{Digest as _, Sha256};
use tiles::Format;

use super::Moment;

/// A tile's bytes, which are a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// As the host gave them.
    pub bytes: Bytes,
    /// What they are.
    pub format: Format,
}

/// What a host knows a tile again by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// Its `ETag`.
    pub etag: Option<String>,
    /// Its `Last-Modified`.
    pub modified: Option<String>,
}

/// A tile as the host last gave it, or that there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// `None` where the host has nothing.
    pub picture: Option<Picture>,
    /// What the host knows it again by.
    pub validators: Validators,
    /// When the host last said so.
    pub checked: Moment,
}

impl Picture {
    /// The bytes, where they begin as a picture does; a host's error in words never gets through.
    pub fn of(bytes: Bytes) -> Option<Self> {
        let format = match &bytes[..] {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Format::Png,
            [0xff, 0xd8, 0xff, ..] => Format::Jpeg,
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'E',
                b'B',
                b'P',
                ..,
            ] => Format::Webp,
            _ => return None,
        };
        Some(Self { bytes, format })
    }

    /// A strong name of these bytes.
    pub fn etag(&self) -> String {
        let digest = Sha256::digest(&self.bytes);
        format!("\"{}\"", hex::encode(&digest[..12]))
    }
}

impl Validators {
    /// The headers that ask whether a tile is still the same.
    pub fn headers(&self) -> impl Iterator<Item = (HeaderName, &str)> {
        let both = [
            (IF_NONE_MATCH, self.etag.as_deref()),
            (IF_MODIFIED_SINCE, self.modified.as_deref()),
        ];
        both.into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
    }
}

impl Known {
    /// There is nothing.
    pub fn nothing(checked: Moment) -> Self {
        Self {
            picture: None,
            validators: Validators::default(),
            checked,
        }
    }
}
