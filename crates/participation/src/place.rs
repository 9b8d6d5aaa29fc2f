//! Where a report is.

use store::report::PlaceSource;

/// A point in degrees, EPSG:4326.
#[derive(Clone, Copy, Debug, PartialEq)]
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
}
