//! A style as tables of colours.

use super::{Entry, Style, StyleError, StyleKind};
use crate::Raster;
use crate::picture::{IndexedPicture, Picture};

/// Steps between the two ends of a ramp: finer than the eye, small enough for the cache.
const STEPS: usize = 1024;
/// Colours of a ramp in a picture with a palette, beside that of no data.
const RAMP: usize = 255;

/// A style as a table of colours.
#[derive(Debug, Clone)]
pub struct Palette {
    scale: Scale,
    /// Those of a ramp from end to end; else that of "no data", and then one an entry.
    colours: Vec<[u8; 4]>,
    nodata: [u8; 4],
}

/// From a number to its place among the colours.
#[derive(Debug, Clone)]
enum Scale {
    Ramp {
        low: f32,
        per_unit: f32,
    },
    /// By code; 0 is "no data".
    Classes(Box<[u8; 256]>),
    /// Where the intervals begin.
    Intervals(Vec<f32>),
}

impl Palette {
    pub(super) fn new(style: &Style) -> Result<Self, StyleError> {
        let nodata = style.nodata.as_deref().map_or(Ok([0; 4]), parse_colour)?;
        let (scale, colours) = match style.kind {
            StyleKind::Ramp if style.stops.len() < 2 => {
                return Err(StyleError::Stops(style.stops.len()));
            }
            StyleKind::Ramp | StyleKind::None => ramp(style, nodata)?,
            StyleKind::Classes => (classes(&style.entries)?, entries(style, nodata)?),
            StyleKind::Intervals => (intervals(&style.entries)?, entries(style, nodata)?),
        };
        Ok(Self {
            scale,
            colours,
            nodata,
        })
    }

    /// Whether pixels are codes, between which there is nothing.
    pub fn is_classes(&self) -> bool {
        matches!(self.scale, Scale::Classes(_))
    }

    /// The colour of one value; NaN is "no data", and so is a code without a class.
    pub fn of(&self, value: f32) -> [u8; 4] {
        if value.is_nan() {
            return self.nodata;
        }
        self.colours[self.place(value)]
    }

    fn place(&self, value: f32) -> usize {
        match &self.scale {
            Scale::Ramp { low, per_unit } => {
                // A cast saturates, so both infinities find an end.
                let step = ((value - low) * per_unit + 0.5) as usize;
                step.min(STEPS - 1)
            }
            Scale::Classes(places) => {
                let code = (0.0..=255.0)
                    .contains(&value)
                    .then(|| value.round() as usize);
                code.map_or(0, |code| usize::from(places[code]))
            }
            // Below the first one is of the first one.
            Scale::Intervals(begins) => begins.partition_point(|begin| *begin <= value).max(1),
        }
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

    /// Values in rows of `width` by the numbers of their colours. A ramp is cut into [`RAMP`] colours,
    /// as many as a byte has numbers: its neighbours differ by less than an eye sees.
    pub fn indexed(&self, values: &[f32], width: usize) -> IndexedPicture {
        let (colours, pixels) = match &self.scale {
            Scale::Ramp { low, per_unit } => self.indexed_ramp(values, *low, *per_unit),
            _ => (self.colours.clone(), self.indexed_entries(values)),
        };
        IndexedPicture {
            width: width as u32,
            height: (values.len() / width.max(1)) as u32,
            colours,
            pixels,
        }
    }

    fn indexed_entries(&self, values: &[f32]) -> Vec<u8> {
        let place = |value: &f32| {
            if value.is_nan() {
                0
            } else {
                self.place(*value) as u8
            }
        };
        values.iter().map(place).collect()
    }

    /// The first number is of no data.
    fn indexed_ramp(&self, values: &[f32], low: f32, per_unit: f32) -> (Vec<[u8; 4]>, Vec<u8>) {
        let last = (RAMP - 1) as f32;
        let per_unit = per_unit * last / (STEPS - 1) as f32;
        let place = |value: &f32| {
            if value.is_nan() {
                return 0;
            }
            1 + ((value - low) * per_unit + 0.5).clamp(0.0, last) as u8
        };
        let colour = |number: usize| {
            let step = (number * (STEPS - 1) + (RAMP - 1) / 2) / (RAMP - 1);
            self.colours[step]
        };
        let colours = std::iter::once(self.nodata).chain((0..RAMP).map(colour));
        (colours.collect(), values.iter().map(place).collect())
    }
}

fn ramp(style: &Style, nodata: [u8; 4]) -> Result<(Scale, Vec<[u8; 4]>), StyleError> {
    let (Some(first), Some(last)) = (style.stops.first(), style.stops.last()) else {
        let nothing = Scale::Ramp {
            low: 0.0,
            per_unit: 0.0,
        };
        return Ok((nothing, vec![nodata; STEPS]));
    };
    rising(style.stops.iter().map(|stop| stop.value))?;
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
    let scale = Scale::Ramp {
        low: first.value as f32,
        per_unit: ((STEPS - 1) as f64 / span) as f32,
    };
    Ok((scale, (0..STEPS).map(at).collect()))
}

fn classes(entries: &[Entry]) -> Result<Scale, StyleError> {
    if entries.is_empty() {
        return Err(StyleError::Empty("classes"));
    }
    let mut places = Box::new([0; 256]);
    for (index, entry) in entries.iter().enumerate() {
        let code = entry.value;
        let known = (0.0..=255.0).contains(&code) && code.fract() == 0.0;
        // With all 256 codes one would have no number left beside that of "no data".
        let place = u8::try_from(index + 1);
        match place {
            Ok(place) if known && places[code as usize] == 0 => places[code as usize] = place,
            _ => return Err(StyleError::Code(code)),
        }
    }
    Ok(Scale::Classes(places))
}

fn intervals(entries: &[Entry]) -> Result<Scale, StyleError> {
    if entries.is_empty() || entries.len() > 255 {
        return Err(StyleError::Empty("intervals"));
    }
    rising(entries.iter().map(|entry| entry.value))?;
    let begins = entries.iter().map(|entry| entry.value as f32).collect();
    Ok(Scale::Intervals(begins))
}

fn entries(style: &Style, nodata: [u8; 4]) -> Result<Vec<[u8; 4]>, StyleError> {
    let colours = style
        .entries
        .iter()
        .map(|entry| parse_colour(&entry.colour));
    std::iter::once(Ok(nodata)).chain(colours).collect()
}

fn rising(values: impl Iterator<Item = f64> + Clone) -> Result<(), StyleError> {
    for (one, next) in values.clone().zip(values.skip(1)) {
        // NaN does not rise either.
        if one.partial_cmp(&next) != Some(std::cmp::Ordering::Less) {
            return Err(StyleError::Order(one, next));
        }
    }
    Ok(())
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

    fn entry(value: f64, colour: &str) -> Entry {
        Entry {
            value,
            zh: String::new(),
            en: String::new(),
            colour: colour.to_owned(),
        }
    }

    fn classes_of(entries: Vec<Entry>) -> Style {
        Style {
            kind: StyleKind::Classes,
            entries,
            ..Style::none()
        }
    }

    #[test]
    fn classes_have_their_colours_and_others_none() {
        let style = classes_of(vec![entry(7.0, "#112233"), entry(2.0, "#44556680")]);
        let palette = style.prepare().expect("a sound style");
        assert!(palette.is_classes());
        let raster = Raster::from_values(3, 2, vec![7.0, 2.0, f32::NAN, 3.0, 300.0, -1.0]);
        let picture = palette.indexed(raster.band(0), raster.width);
        assert_eq!(picture.pixels, [1, 2, 0, 0, 0, 0]);
        assert_eq!(
            picture.colours,
            [[0; 4], [0x11, 0x22, 0x33, 255], [0x44, 0x55, 0x66, 0x80]]
        );
        let same: Vec<u8> = picture
            .pixels
            .iter()
            .flat_map(|at| picture.colours[usize::from(*at)])
            .collect();
        assert_eq!(palette.colour(&raster).pixels, same);
    }

    #[test]
    fn a_ramp_of_few_colours_is_near_the_whole_one() {
        let palette = Style::ramp(crate::style::Ramp::Greenness, -0.1, 0.9, "")
            .prepare()
            .expect("a sound style");
        let values: Vec<f32> = (0..600).map(|step| step as f32 / 400.0 - 0.3).collect();
        let picture = palette.indexed(&values, 30);
        assert_eq!((picture.height, picture.colours.len()), (20, 256));
        for (value, number) in values.iter().zip(&picture.pixels) {
            let (few, whole) = (picture.colours[usize::from(*number)], palette.of(*value));
            let off = few.iter().zip(&whole).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(off <= Some(2), "{value}: {few:?} {whole:?}");
        }
        assert_eq!(palette.indexed(&[f32::NAN], 1).pixels, [0]);
    }

    #[test]
    fn an_interval_begins_with_its_number() {
        let entries = [(0.0, "#000000"), (2.0, "#010101"), (15.0, "#020202")];
        let entries = entries.map(|(value, colour)| entry(value, colour)).to_vec();
        let palette = Style::intervals(entries, "°")
            .prepare()
            .expect("a sound style");
        assert!(!palette.is_classes());
        let values = [-3.0, 1.99, 2.0, 14.9, 15.0, f32::INFINITY];
        assert_eq!(values.map(|value| palette.of(value)[0]), [0, 0, 1, 1, 2, 2]);
        assert_eq!(palette.of(f32::NAN), [0; 4]);
    }

    #[test]
    fn unsound_classes_and_intervals_are_refused() {
        let refused = |style: &Style| style.prepare().err();
        assert_eq!(
            refused(&classes_of(Vec::new())),
            Some(StyleError::Empty("classes"))
        );
        let twice = vec![entry(1.0, "#000000"), entry(1.0, "#111111")];
        assert_eq!(refused(&classes_of(twice)), Some(StyleError::Code(1.0)));
        assert_eq!(
            refused(&classes_of(vec![entry(1.5, "#000000")])),
            Some(StyleError::Code(1.5))
        );
        let falling = vec![entry(2.0, "#000000"), entry(1.0, "#111111")];
        assert_eq!(
            refused(&Style::intervals(falling, "")),
            Some(StyleError::Order(2.0, 1.0))
        );
    }
}
