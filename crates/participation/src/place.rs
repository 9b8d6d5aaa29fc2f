//! Where a report is.

use serde::{Deserialize, Serialize};

/// How the place was found, from the most to the least exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlaceSource {
    /// The phone's own position.
    Gps,
    /// Pointed at on the map.
    Map,
    /// A village or group chosen from a list: the point only stands for it.
    List,
    /// Longitude and latitude typed in.
    Typed,
}

impl PlaceSource {
    /// The word that is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Gps => "gps",
            Self::Map => "map",
            Self::List => "list",
            Self::Typed => "typed",
        }
    }

    /// The source of a stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Gps, Self::Map, Self::List, Self::Typed]
            .into_iter()
            .find(|source| source.code() == code)
    }
}

/// A point in degrees, EPSG:4326.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Degrees east, −180 to 180.
    pub lon: f64,
    /// Degrees north, −90 to 90.
    pub lat: f64,
    /// Radius of the phone's own doubt, in metres; `None` if it is not known.
    pub accuracy_m: Option<f64>,
    /// How it was found.
    pub source: PlaceSource,
}

/// Degrees as people type them: full-width digits, a comma for the point, and a closing `°`, `E`
/// or `N` are forgiven. `None` if it is not a finite number.
pub(crate) fn degrees(text: &str) -> Option<f64> {
    let plain: String = text
        .chars()
        .filter(|character| !character.is_whitespace())
        .map(|character| match character {
            '\u{ff10}'..='\u{ff19}' => char::from(b'0' + (character as u32 - 0xff10) as u8),
            ',' | '\u{ff0c}' | '\u{ff0e}' | '。' => '.',
            other => other,
        })
        .collect();
    let number = plain.trim_end_matches(['°', '度', 'E', 'N', 'e', 'n']);
    number.parse().ok().filter(|value: &f64| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_are_read_as_people_type_them() {
        for (text, value) in [
            ("108.42", 108.42),
            (" 31.1805° ", 31.1805),
            ("１０８．４２", 108.42),
            ("31,2N", 31.2),
            ("-0.5", -0.5),
        ] {
            assert_eq!(degrees(text), Some(value), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", "NaN", "inf", "东经", "1.2.3", "108 42 11.5 E x"] {
            assert_eq!(degrees(text), None, "{text}");
        }
    }

    #[test]
    fn sources_round_trip() {
        for code in ["gps", "map", "list", "typed"] {
            assert_eq!(
                PlaceSource::from_code(code).map(PlaceSource::code),
                Some(code)
            );
        }
        assert_eq!(PlaceSource::from_code("exif"), None);
    }
}
