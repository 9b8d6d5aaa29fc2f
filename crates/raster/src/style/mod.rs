//! How numbers become colours: stored as JSON with a layer, shown as its legend.

mod hillshade;
mod palette;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Raster;
use crate::classify::Class;
use crate::picture::Picture;
pub use hillshade::Shaded;
pub use palette::Palette;

/// What a layer's pixels are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StyleKind {
    /// Numbers, coloured along a ramp.
    Ramp,
    /// Codes, each of a class.
    Classes,
    /// Numbers, of a class by the interval they lie in.
    Intervals,
    /// Colours already: nothing to style, no legend.
    None,
}

/// One point of a ramp.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stop {
    /// The number.
    pub value: f64,
    /// `#rrggbb` or `#rrggbbaa`.
    pub colour: String,
}

/// A class of a map, or an interval of numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The code, a whole number from 0 to 255; or where the interval begins: it ends where the next one
    /// begins, and the first and the last are open.
    pub value: f64,
    /// Chinese name; may be empty where the numbers say enough.
    #[serde(default)]
    pub zh: String,
    /// English name; may be empty.
    #[serde(default)]
    pub en: String,
    /// `#rrggbb` or `#rrggbbaa`.
    pub colour: String,
}

/// How a layer is drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Style {
    /// Whether there is anything to colour.
    pub kind: StyleKind,
    /// A title of the legend, where the layer's own does not do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The unit of the numbers; empty for an index.
    #[serde(default)]
    pub unit: String,
    /// The low end of the legend.
    #[serde(default)]
    pub min: f64,
    /// The high end of the legend.
    #[serde(default)]
    pub max: f64,
    /// In ascending order of value; colours between them are mixed, beyond them the ends hold.
    #[serde(default)]
    pub stops: Vec<Stop>,
    /// Classes in the order of the legend, or intervals in ascending order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Entry>,
    /// The colour of "no data"; transparent when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nodata: Option<String>,
    /// Light and shade over the colours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hillshade: Option<Shaded>,
}

/// The ramps of the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ramp {
    /// Bare soil to dense green.
    Greenness,
    /// Less, equal, more.
    Change,
    /// Dry to deep.
    Water,
    /// Flat to steep.
    Slope,
    /// Valleys to summits.
    Elevation,
}

/// What a person needs to read the colours; the JSON of `GET /api/v1/layers`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Legend {
    /// As the style's.
    pub kind: StyleKind,
    /// As the style's.
    pub unit: String,
    /// As the style's.
    pub min: f64,
    /// As the style's.
    pub max: f64,
    /// As the style's.
    pub stops: Vec<Stop>,
    /// As the style's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Entry>,
}

/// Why a style cannot be drawn.
#[derive(Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum StyleError {
    /// Not a colour.
    #[error("`{0}` is not a colour; write #rrggbb or #rrggbbaa")]
    Colour(String),
    /// Nothing to draw with.
    #[error("a style of {0} needs at least one entry")]
    Empty(&'static str),
    /// A code that is none.
    #[error("{0} is no code of a class; write whole numbers from 0 to 255, each once")]
    Code(f64),
    /// Fewer than two stops.
    #[error("a ramp needs at least two stops and has {0}")]
    Stops(usize),
    /// Stops out of order.
    #[error("the numbers of a style must rise, and {0} is followed by {1}")]
    Order(f64, f64),
}

impl Ramp {
    fn colours(self) -> &'static [&'static str] {
        match self {
            Self::Greenness => &["#8C6A3F", "#E9DDB8", "#7FB069", "#1B5E3B"],
            Self::Change => &["#7B3294", "#F3F1F4", "#1B7837"],
            Self::Water => &["#F1F5F9", "#1E5C97"],
            Self::Slope => &["#FFF7E6", "#C2571A"],
            Self::Elevation => &["#5E8C6A", "#A3B77F", "#DDD3A0", "#EADFC8", "#F8F5F0"],
        }
    }
}

impl Style {
    /// A layer of colours: nothing to style.
    pub fn none() -> Self {
        Self {
            kind: StyleKind::None,
            title: None,
            unit: String::new(),
            min: 0.0,
            max: 0.0,
            stops: Vec::new(),
            entries: Vec::new(),
            nodata: None,
            hillshade: None,
        }
    }

    /// One of the house's ramps, evenly from `min` to `max`.
    pub fn ramp(ramp: Ramp, min: f64, max: f64, unit: &str) -> Self {
        let colours = ramp.colours();
        let last = (colours.len() - 1) as f64;
        let stop = |(index, colour): (usize, &&str)| {
            // Mixed from both ends, so that the ends are exactly what was asked for.
            let share = index as f64 / last;
            Stop {
                value: min * (1.0 - share) + max * share,
                colour: (*colour).to_owned(),
            }
        };
        let stops = colours.iter().enumerate().map(stop).collect();
        Self {
            kind: StyleKind::Ramp,
            unit: unit.to_owned(),
            min,
            max,
            stops,
            ..Self::none()
        }
    }

    /// The classes of a classification; store it as `U8` with nodata 0 and nearest overviews.
    pub fn classes<'a>(classes: impl IntoIterator<Item = &'a Class>) -> Self {
        let entry = |class: &Class| Entry {
            value: f64::from(class.code),
            zh: class.zh.clone(),
            en: class.en.clone(),
            colour: class.colour.clone(),
        };
        Self {
            kind: StyleKind::Classes,
            entries: classes.into_iter().map(entry).collect(),
            ..Self::none()
        }
    }

    /// Numbers in classes of a legend, such as slopes for farming.
    pub fn intervals(entries: Vec<Entry>, unit: &str) -> Self {
        let value = |entry: Option<&Entry>| entry.map_or(0.0, |entry| entry.value);
        Self {
            kind: StyleKind::Intervals,
            unit: unit.to_owned(),
            min: value(entries.first()),
            max: value(entries.last()),
            entries,
            ..Self::none()
        }
    }

    /// The legend of this style.
    pub fn legend(&self) -> Legend {
        Legend {
            kind: self.kind,
            unit: self.unit.clone(),
            min: self.min,
            max: self.max,
            stops: self.stops.clone(),
            entries: self.entries.clone(),
        }
    }

    /// Checks the style and makes it quick to draw with: do this once a layer, not once a tile.
    ///
    /// # Errors
    /// When a colour cannot be read, or the stops are too few or do not rise.
    pub fn prepare(&self) -> Result<Palette, StyleError> {
        Palette::new(self)
    }

    /// Colours the first band; NaN takes the style's colour of "no data". For one picture; for many
    /// of one layer, [`Self::prepare`] once.
    ///
    /// # Errors
    /// As [`Self::prepare`].
    pub fn colour(&self, raster: &Raster) -> Result<Picture, StyleError> {
        Ok(self.prepare()?.colour(raster))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn greenness() -> Style {
        Style::ramp(Ramp::Greenness, 0.0, 0.9, "")
    }

    #[test]
    fn the_ends_and_the_stops_have_their_colours() {
        let raster = Raster::from_values(6, 1, vec![-5.0, 0.0, 0.3, 0.6, 0.9, f32::INFINITY]);
        let picture = greenness().colour(&raster).expect("a sound style");
        let pixels: Vec<&[u8]> = picture.pixels.chunks_exact(4).collect();
        assert_eq!(pixels[0], [0x8C, 0x6A, 0x3F, 255]);
        assert_eq!(pixels[1], [0x8C, 0x6A, 0x3F, 255]);
        assert_eq!(pixels[2], [0xE9, 0xDD, 0xB8, 255]);
        assert_eq!(pixels[3], [0x7F, 0xB0, 0x69, 255]);
        assert_eq!(pixels[4], [0x1B, 0x5E, 0x3B, 255]);
        assert_eq!(pixels[5], [0x1B, 0x5E, 0x3B, 255]);
    }

    #[test]
    fn between_stops_colours_are_mixed_and_nothing_is_transparent() {
        let palette = greenness().prepare().expect("a sound style");
        // Half-way from #8C6A3F to #E9DDB8 is (186.5, 163.5, 123.5); the table is 1/1023 fine.
        let [red, green, blue, alpha] = palette.of(0.15);
        assert!((i32::from(red) - 186).abs() <= 1 && (i32::from(green) - 163).abs() <= 1);
        assert!((i32::from(blue) - 123).abs() <= 1 && alpha == 255);
        assert_eq!(palette.of(f32::NAN), [0, 0, 0, 0]);
    }

    #[test]
    fn bad_styles_are_refused() {
        let mut style = greenness();
        style.stops[1].colour = "green".to_owned();
        assert_eq!(
            style.prepare().err(),
            Some(StyleError::Colour("green".to_owned()))
        );
        let mut style = greenness();
        style.stops[1].value = -1.0;
        assert_eq!(style.prepare().err(), Some(StyleError::Order(0.0, -1.0)));
        let mut style = greenness();
        style.stops.truncate(1);
        assert_eq!(style.prepare().err(), Some(StyleError::Stops(1)));
    }

    #[test]
    fn classes_are_stored_with_their_names() {
        let classes = [(1, "水体", "Water", "#1E5C97"), (9, "林地", "", "#1B5E3B")];
        let classes = classes.map(|(code, zh, en, colour)| Class {
            code,
            zh: zh.to_owned(),
            en: en.to_owned(),
            colour: colour.to_owned(),
        });
        let style = Style::classes(&classes);
        let json = serde_json::to_string(&style).expect("to JSON");
        assert_eq!(
            json,
            concat!(
                r##"{"kind":"classes","unit":"","min":0.0,"max":0.0,"stops":[],"entries":["##,
                r##"{"value":1.0,"zh":"水体","en":"Water","colour":"#1E5C97"},"##,
                r##"{"value":9.0,"zh":"林地","en":"","colour":"#1B5E3B"}]}"##
            )
        );
        assert_eq!(
            serde_json::from_str::<Style>(&json).expect("from JSON"),
            style
        );
        assert_eq!(style.legend().entries, style.entries);
    }

    #[test]
    fn stored_form() {
        let style = Style::ramp(Ramp::Change, -1.0, 1.0, "");
        let json = serde_json::to_string(&style).expect("to JSON");
        assert_eq!(
            json,
            concat!(
                r##"{"kind":"ramp","unit":"","min":-1.0,"max":1.0,"stops":[{"value":-1.0,"colour":"#7B3294"},"##,
                r##"{"value":0.0,"colour":"#F3F1F4"},{"value":1.0,"colour":"#1B7837"}]}"##
            )
        );
        assert_eq!(
            serde_json::from_str::<Style>(&json).expect("from JSON"),
            style
        );
        assert_eq!(
            serde_json::from_str::<Style>(r#"{"kind":"none"}"#).expect("from JSON"),
            Style::none()
        );
    }
}
