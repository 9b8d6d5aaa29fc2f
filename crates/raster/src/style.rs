//! How numbers become colours: stored as JSON with a layer, shown as its legend.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Raster;
use crate::picture::Picture;

/// What a layer's pixels are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StyleKind {
    /// Numbers, coloured along a ramp.
    Ramp,
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
    /// The colour of "no data"; transparent when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nodata: Option<String>,
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
}

/// Why a style cannot be drawn.
#[derive(Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum StyleError {
    /// Not a colour.
    #[error("`{0}` is not a colour; write #rrggbb or #rrggbbaa")]
    Colour(String),
    /// Fewer than two stops.
    #[error("a ramp needs at least two stops and has {0}")]
    Stops(usize),
    /// Stops out of order.
    #[error("the stops of a ramp must rise, and {0} is followed by {1}")]
    Order(f64, f64),
}

impl Ramp {
    fn colours(self) -> &'static [&'static str] {
        match self {
            Self::Greenness => &["#8C6A3F", "#E9DDB8", "#7FB069", "#1B5E3B"],
            Self::Change => &["#7B3294", "#F3F1F4", "#1B7837"],
            Self::Water => &["#F1F5F9", "#1E5C97"],
            Self::Slope => &["#FFF7E6", "#C2571A"],
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
            nodata: None,
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

    /// The legend of this style.
    pub fn legend(&self) -> Legend {
        Legend {
            kind: self.kind,
            unit: self.unit.clone(),
            min: self.min,
            max: self.max,
            stops: self.stops.clone(),
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

/// Steps between the two ends of a palette: finer than the eye, small enough for the cache.
const STEPS: usize = 1024;

/// A style as a table of colours.
#[derive(Debug, Clone)]
pub struct Palette {
    low: f32,
    per_unit: f32,
    colours: Vec<[u8; 4]>,
    nodata: [u8; 4],
}

impl Palette {
    fn new(style: &Style) -> Result<Self, StyleError> {
        let nodata = style.nodata.as_deref().map_or(Ok([0; 4]), parse_colour)?;
        if style.kind == StyleKind::Ramp && style.stops.len() < 2 {
            return Err(StyleError::Stops(style.stops.len()));
        }
        let (Some(first), Some(last)) = (style.stops.first(), style.stops.last()) else {
            return Ok(Self {
                low: 0.0,
                per_unit: 0.0,
                colours: vec![nodata; STEPS],
                nodata,
            });
        };
        for pair in style.stops.windows(2) {
            // NaN does not rise either.
            if pair[0].value.partial_cmp(&pair[1].value) != Some(std::cmp::Ordering::Less) {
                return Err(StyleError::Order(pair[0].value, pair[1].value));
            }
        }
        let stops = style
            .stops
            .iter()
            .map(|stop| Ok((stop.value, parse_colour(&stop.colour)?)))
            .collect::<Result<Vec<_>, StyleError>>()?;
        let span = last.value - first.value;
        let at = |step: usize| {
            mix(
                &stops,
                first.value + span * step as f64 / (STEPS - 1) as f64,
            )
        };
        Ok(Self {
            low: first.value as f32,
            per_unit: ((STEPS - 1) as f64 / span) as f32,
            colours: (0..STEPS).map(at).collect(),
            nodata,
        })
    }

    /// The colour of one value; NaN is "no data".
    pub fn of(&self, value: f32) -> [u8; 4] {
        if value.is_nan() {
            return self.nodata;
        }
        // A cast saturates, so both infinities find an end.
        let step = ((value - self.low) * self.per_unit + 0.5) as usize;
        self.colours[step.min(STEPS - 1)]
    }

    /// Colours the first band of a raster.
    pub fn colour(&self, raster: &Raster) -> Picture {
        let mut pixels = Vec::with_capacity(raster.width * raster.height * 4);
        for &value in raster.band(0) {
            pixels.extend_from_slice(&self.of(value));
        }
        Picture {
            width: raster.width as u32,
            height: raster.height as u32,
            pixels,
        }
    }
}

/// The colour at `value`, mixed linearly between its two neighbouring stops.
fn mix(stops: &[(f64, [u8; 4])], value: f64) -> [u8; 4] {
    let above = stops
        .partition_point(|(stop, _)| *stop < value)
        .clamp(1, stops.len() - 1);
    let ((low, from), (high, to)) = (stops[above - 1], stops[above]);
    let part = ((value - low) / (high - low)).clamp(0.0, 1.0);
    std::array::from_fn(|channel| {
        let (from, to) = (f64::from(from[channel]), f64::from(to[channel]));
        (from + (to - from) * part).round() as u8
    })
}

fn parse_colour(text: &str) -> Result<[u8; 4], StyleError> {
    let wrong = || StyleError::Colour(text.to_owned());
    let digits = text
        .strip_prefix('#')
        .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
    let digits = digits
        .filter(|digits| matches!(digits.len(), 6 | 8))
        .ok_or_else(wrong)?;
    let mut colour = [255; 4];
    for (channel, pair) in colour.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        let value = |digit: u8| (digit as char).to_digit(16).unwrap_or(0) as u8;
        *channel = value(pair[0]) * 16 + value(pair[1]);
    }
    Ok(colour)
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
