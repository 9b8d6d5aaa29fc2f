//! What a request for a tile or a map says beside its path.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use chrono::NaiveDate;
use serde::Deserialize;
use tiles::{Dated, Format, Published};

use crate::layers::unknown_date;
use crate::problem::{Problem, kinds};

/// Which date, and how it shall be encoded.
#[derive(Debug, Default, Deserialize)]
pub struct Ask {
    /// Ending or media type of the encoding.
    pub f: Option<String>,
    /// A day, or a moment of it.
    pub datetime: Option<String>,
}

impl Ask {
    /// The date asked for: a day, or a moment of it; the newest when none is said.
    ///
    /// # Errors
    ///
    /// `bad-request` for what is no day, `unknown-date`.
    pub fn date<'layer>(&self, layer: &'layer Published) -> Result<&'layer Dated, Problem> {
        let date = match self.datetime.as_deref() {
            None | Some("") => None,
            Some(text) => Some(day(text)?),
        };
        layer.date(date).ok_or_else(|| unknown_date(date))
    }

    /// The encoding of a picture: by `f`, else by `Accept`.
    ///
    /// # Errors
    ///
    /// `bad-request` for one that is not offered.
    pub fn picture(&self, headers: &HeaderMap) -> Result<Format, Problem> {
        let Some(asked) = self.f.as_deref() else {
            let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
            return Ok(accepted(accept.unwrap_or_default()));
        };
        Format::PICTURES
            .into_iter()
            .find(|format| asked == format.extension() || asked == format.media_type())
            .ok_or_else(|| not_offered(asked, &Format::PICTURES))
    }

    /// Whether it may be a vector tile.
    ///
    /// # Errors
    ///
    /// `bad-request` when another encoding is asked for.
    pub fn vector(&self) -> Result<(), Problem> {
        let mvt = Format::Mvt;
        match self.f.as_deref() {
            None => Ok(()),
            Some(asked) if asked == mvt.extension() || asked == mvt.media_type() => Ok(()),
            Some(asked) => Err(not_offered(asked, &[mvt])),
        }
    }
}

/// The first picture that is named and offered; browsers name what they like in that order.
fn accepted(accept: &str) -> Format {
    accept
        .split(',')
        .filter_map(|part| part.split(';').next())
        .find_map(|media_type| {
            Format::PICTURES
                .into_iter()
                .find(|format| format.media_type() == media_type.trim())
        })
        .unwrap_or(Format::PICTURES[0])
}

fn day(text: &str) -> Result<NaiveDate, Problem> {
    let (day, moment) = text.split_at_checked(10).unwrap_or((text, ""));
    let is_moment = moment.is_empty() || moment.starts_with('T');
    day.parse().ok().filter(|_| is_moment).ok_or_else(|| {
        Problem::new(&kinds::BAD_REQUEST).with_detail(
            format!("datetime“{text}”不是日期，例如 2024-08-02。"),
            format!("datetime “{text}” is no day: write it like 2024-08-02."),
        )
    })
}

fn not_offered(asked: &str, offered: &[Format]) -> Problem {
    let offered: Vec<_> = offered.iter().map(|format| format.extension()).collect();
    let offered = offered.join(", ");
    Problem::new(&kinds::BAD_REQUEST).with_detail(
        format!("没有格式“{asked}”，可用：{offered}。"),
        format!("There is no format “{asked}”: use {offered}."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_known_picture_is_taken() {
        assert_eq!(
            accepted("text/html, image/webp;q=0.9, image/png"),
            Format::Webp
        );
        assert_eq!(accepted("image/png,image/webp"), Format::Png);
        assert_eq!(accepted("image/jpeg"), Format::Jpeg);
        assert_eq!(accepted("*/*"), Format::Png);
        assert_eq!(accepted(""), Format::Png);
    }

    #[test]
    fn days_and_moments() {
        let second = NaiveDate::from_ymd_opt(2024, 8, 2).unwrap();
        assert_eq!(day("2024-08-02").unwrap(), second);
        assert_eq!(day("2024-08-02T10:00:00Z").unwrap(), second);
        for wrong in [
            "2024-08-02/2024-08-09",
            "yesterday",
            "2024-13-01",
            "二〇二四年",
        ] {
            assert!(day(wrong).is_err(), "{wrong}");
        }
    }
}
