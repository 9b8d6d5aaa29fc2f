//! A report as somebody wrote it, and what is left of it once it has been checked.

use serde::{Deserialize, Serialize};
use store::report::PlaceSource;
use uuid::Uuid;

use crate::{DESCRIPTION_LIMIT, PHOTO_LIMIT, Place, phone, photo, place, service};

/// The text of every field as it arrived, so that a form with a mistake comes back as it was.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// The id the client made, a UUID in text.
    pub id: String,
    /// Code of a service.
    pub service: String,
    /// A few words; may be empty when there is a photo.
    pub description: String,
    /// Degrees east.
    pub lon: String,
    /// Degrees north.
    pub lat: String,
    /// Metres, or empty.
    pub accuracy: String,
    /// `gps`, `map`, `list` or `typed`.
    pub place_source: String,
    /// A telephone number, or empty.
    pub phone: String,
    /// Each photo's bytes as they were sent.
    pub photos: Vec<Vec<u8>>,
}

/// A report that may be taken: every field checked, only the place not yet looked up.
#[derive(Clone, Debug, PartialEq)]
pub struct Submission {
    /// The id the client made.
    pub id: Uuid,
    /// Code of a service that exists.
    pub service_code: String,
    /// At most [`DESCRIPTION_LIMIT`] characters, no control characters.
    pub description: String,
    /// Where it is.
    pub place: Place,
    /// Digits, perhaps with a leading `+`.
    pub phone: Option<String>,
    /// At most [`PHOTO_LIMIT`] photos as they were sent, each of a format and size we read.
    pub photos: Vec<Vec<u8>>,
}

/// A field of the form; the code is its name in the form and in the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// The client's id.
    Id,
    /// The service.
    Service,
    /// The words.
    Description,
    /// Longitude, latitude and where they came from.
    Place,
    /// The telephone number.
    Phone,
    /// The photos.
    Photo,
}

/// One thing that is wrong with one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field:?}: {problem}")]
pub struct Invalid {
    /// Where.
    pub field: Field,
    /// What.
    pub problem: Problem,
}

/// What can be wrong with what somebody wrote. The codes are lasting: pages translate them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The id is no UUID.
    #[error("the report's id is not a UUID; make a new one (version 7)")]
    IdNotValid,
    /// No service was chosen.
    #[error("no service is chosen; send the code of one from /api/v1/services")]
    ServiceMissing,
    /// There is no such service.
    #[error("there is no such service; see /api/v1/services")]
    UnknownService,
    /// Neither words nor a photo.
    #[error("neither words nor a photo; send at least one of them")]
    NothingSaid,
    /// Too many characters.
    #[error("the description has more than {DESCRIPTION_LIMIT} characters; shorten it")]
    DescriptionTooLong,
    /// No place was given.
    #[error("no place is given; send lon and lat")]
    PlaceMissing,
    /// Longitude or latitude is no number.
    #[error("lon or lat is not a number in degrees")]
    PlaceNotANumber,
    /// Longitude or latitude beyond the globe.
    #[error("lon must be within ±180 and lat within ±90 degrees; were they swapped?")]
    PlaceOutOfRange,
    /// The source of the place is unknown.
    #[error("place_source must be gps, map, list or typed")]
    PlaceSourceUnknown,
    /// The place is in no area we serve.
    #[error(
        "the place is outside every area served here; move it, or tell the office of that place"
    )]
    OutsideServedAreas,
    /// Not a telephone number.
    #[error("the phone number must have 7 to 15 digits; correct it or leave it out")]
    PhoneNotValid,
    /// Too many photos.
    #[error("more than {PHOTO_LIMIT} photos; leave some out")]
    TooManyPhotos,
    /// Photo number n (from 1) cannot be taken.
    #[error("photo {0}: {1}")]
    Photo(usize, photo::Refusal),
}

impl Problem {
    /// The lasting code, as in `/problems/<code>`.
    pub fn code(self) -> &'static str {
        match self {
            Self::IdNotValid => "id-not-valid",
            Self::ServiceMissing => "service-missing",
            Self::UnknownService => "unknown-service",
            Self::NothingSaid => "nothing-said",
            Self::DescriptionTooLong => "description-too-long",
            Self::PlaceMissing => "place-missing",
            Self::PlaceNotANumber => "place-not-a-number",
            Self::PlaceOutOfRange => "place-out-of-range",
            Self::PlaceSourceUnknown => "place-source-unknown",
            Self::OutsideServedAreas => "outside-served-areas",
            Self::PhoneNotValid => "phone-not-valid",
            Self::TooManyPhotos => "too-many-photos",
            Self::Photo(_, refusal) => refusal.code(),
        }
    }

    /// The field it belongs to.
    pub fn field(self) -> Field {
        match self {
            Self::IdNotValid => Field::Id,
            Self::ServiceMissing | Self::UnknownService => Field::Service,
            Self::NothingSaid | Self::DescriptionTooLong => Field::Description,
            Self::PlaceMissing
            | Self::PlaceNotANumber
            | Self::PlaceOutOfRange
            | Self::PlaceSourceUnknown
            | Self::OutsideServedAreas => Field::Place,
            Self::PhoneNotValid => Field::Phone,
            Self::TooManyPhotos | Self::Photo(..) => Field::Photo,
        }
    }
}

impl From<Problem> for Invalid {
    fn from(problem: Problem) -> Self {
        Self {
            field: problem.field(),
            problem,
        }
    }
}

impl Draft {
    /// Checks every field and says everything that is wrong, in the order of the form.
    ///
    /// Photos are only looked at from outside here (their format, size and pixels as their header
    /// declares them); whether they can be decoded shows when they are.
    ///
    /// # Errors
    /// One [`Invalid`] for each thing that is wrong.
    pub fn check(self) -> Result<Submission, Vec<Invalid>> {
        let mut invalid = Vec::new();
        let mut note = |problem: Problem| invalid.push(problem.into());

        let id = self
            .id
            .trim()
            .parse()
            .map_err(|_not_a_uuid| note(Problem::IdNotValid));
        let service_code = self.checked_service().map_err(&mut note);
        let description = self.checked_description().map_err(&mut note);
        let place = self.checked_place().map_err(&mut note);
        let phone = self.checked_phone().map_err(&mut note);
        self.check_photos(&mut note);

        match (id, service_code, description, place, phone) {
            (Ok(id), Ok(service_code), Ok(description), Ok(place), Ok(phone))
                if invalid.is_empty() =>
            {
                Ok(Submission {
                    id,
                    service_code,
                    description,
                    place,
                    phone,
                    photos: self.photos,
                })
            }
            _ => Err(invalid),
        }
    }

    fn checked_service(&self) -> Result<String, Problem> {
        let code = self.service.trim();
        if code.is_empty() {
            return Err(Problem::ServiceMissing);
        }
        service(code)
            .map(|found| found.service_code.clone())
            .ok_or(Problem::UnknownService)
    }

    fn checked_description(&self) -> Result<String, Problem> {
        let text = tidy(&self.description);
        if text.is_empty() && self.photos.is_empty() {
            return Err(Problem::NothingSaid);
        }
        if text.chars().count() > DESCRIPTION_LIMIT {
            return Err(Problem::DescriptionTooLong);
        }
        Ok(text)
    }

    fn checked_place(&self) -> Result<Place, Problem> {
        if self.lon.trim().is_empty() || self.lat.trim().is_empty() {
            return Err(Problem::PlaceMissing);
        }
        let (Some(lon), Some(lat)) = (place::degrees(&self.lon), place::degrees(&self.lat)) else {
            return Err(Problem::PlaceNotANumber);
        };
        if !(-180.0..=180.0).contains(&lon) || !(-90.0..=90.0).contains(&lat) {
            return Err(Problem::PlaceOutOfRange);
        }
        let source = match self.place_source.trim() {
            "" => PlaceSource::Typed,
            code => code
                .parse()
                .map_err(|_unknown| Problem::PlaceSourceUnknown)?,
        };
        // Accuracy is never required: what a phone says in a strange way counts as not said.
        let accuracy_m =
            place::degrees(&self.accuracy).filter(|metres| (0.0..100_000.0).contains(metres));
        Ok(Place {
            lon,
            lat,
            accuracy_m,
            source,
        })
    }

    fn checked_phone(&self) -> Result<Option<String>, Problem> {
        if self.phone.trim().is_empty() {
            return Ok(None);
        }
        phone::parse(&self.phone)
            .map(Some)
            .ok_or(Problem::PhoneNotValid)
    }

    fn check_photos(&self, note: &mut impl FnMut(Problem)) {
        if self.photos.len() > PHOTO_LIMIT {
            note(Problem::TooManyPhotos);
        }
        for (index, bytes) in self.photos.iter().enumerate() {
            if let Err(refusal) = photo::inspect(bytes) {
                note(Problem::Photo(index + 1, refusal));
            }
        }
    }
}

/// Trims, brings line ends to `\n`, and drops control characters and the marks that turn the
/// direction of text around: nobody types them, and they can make a text read as another.
fn tidy(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .filter(|character| {
            matches!(character, '\n' | '\t')
                || !(character.is_control()
                    || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        })
        .collect::<String>()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn draft() -> Draft {
        Draft {
            id: "0192d1c0-7b1a-7c3e-8a55-1f2e3d4c5b6a".into(),
            service: "road".into(),
            description: "三组路边护坡塌方".into(),
            lon: "108.42".into(),
            lat: "31.18".into(),
            accuracy: "12.5".into(),
            place_source: "gps".into(),
            phone: "138 0000 1234".into(),
            ..Draft::default()
        }
    }

    fn codes(draft: &Draft) -> Vec<&'static str> {
        draft
            .clone()
            .check()
            .err()
            .unwrap_or_default()
            .iter()
            .map(|one| one.problem.code())
            .collect()
    }

    #[test]
    fn a_good_report_is_taken() {
        let submission = draft().check().unwrap();
        assert_eq!(submission.phone.as_deref(), Some("13800001234"));
        assert_eq!(
            submission.place,
            Place {
                lon: 108.42,
                lat: 31.18,
                accuracy_m: Some(12.5),
                source: PlaceSource::Gps
            }
        );
    }

    #[test]
    fn everything_wrong_is_said_at_once_and_in_order() {
        let draft = Draft {
            id: "7".into(),
            service: "potholes".into(),
            description: "  \n ".into(),
            lon: "31.18".into(),
            lat: "108.42".into(),
            phone: "12".into(),
            photos: vec![b"not a photo".to_vec(); 4],
            ..Draft::default()
        };
        assert_eq!(
            codes(&draft),
            [
                "id-not-valid",
                "unknown-service",
                "place-out-of-range",
                "phone-not-valid",
                "too-many-photos",
                "photo-not-readable",
                "photo-not-readable",
                "photo-not-readable",
                "photo-not-readable",
            ]
        );
    }

    #[test]
    fn an_empty_form_lists_what_is_needed() {
        assert_eq!(
            codes(&Draft {
                id: draft().id,
                ..Draft::default()
            }),
            ["service-missing", "nothing-said", "place-missing"]
        );
    }

    #[test]
    fn the_length_is_counted_in_characters() {
        let long = Draft {
            description: "塌".repeat(DESCRIPTION_LIMIT),
            ..draft()
        };
        assert!(long.check().is_ok());
        let longer = Draft {
            description: "塌".repeat(DESCRIPTION_LIMIT + 1),
            ..draft()
        };
        assert_eq!(codes(&longer), ["description-too-long"]);
    }

    #[test]
    fn a_strange_accuracy_counts_as_not_said() {
        for accuracy in ["", "-3", "NaN", "1e9", "很准"] {
            let draft = Draft {
                accuracy: accuracy.into(),
                ..draft()
            };
            assert_eq!(draft.check().unwrap().place.accuracy_m, None, "{accuracy}");
        }
    }

    #[test]
    fn control_and_direction_marks_are_dropped() {
        assert_eq!(tidy(" 一\r\n二\0\u{202e}三\u{7}\t四 "), "一\n二三\t四");
    }

    proptest! {
        #[test]
        fn checking_never_panics_and_a_taken_report_is_within_bounds(
            service in "road|other|\\PC{0,6}",
            description in "\\PC{0,40}",
            lon in "-?[0-9]{1,4}(\\.[0-9]{0,8})?|\\PC{0,8}",
            lat in "-?[0-9]{1,3}(\\.[0-9]{0,8})?|\\PC{0,8}",
            phone in "[0-9 +-]{0,20}|\\PC{0,8}",
        ) {
            let draft = Draft { service, description, lon, lat, phone, ..draft() };
            match draft.check() {
                Ok(taken) => {
                    prop_assert!(taken.place.lon.abs() <= 180.0 && taken.place.lat.abs() <= 90.0);
                    prop_assert!(!taken.description.is_empty());
                }
                Err(invalid) => prop_assert!(!invalid.is_empty()),
            }
        }
    }
}
