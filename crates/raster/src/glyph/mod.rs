//! Letters for maps: signed distance fields, as map programs ask for them.
//!
//! The format is the one of Mapbox and MapLibre (`/{fontstack}/{range}.pbf`): letters at 24 pixels
//! an em, 3 pixels of margin, the distance to the outline in a byte: 191 on it, more inside, 32
//! steps a pixel.

mod distance;
mod message;
mod outline;

use ttf_parser::{Face, FaceParsingError, GlyphId};

use self::message::Message;
use self::outline::Outline;

/// Pixels of an em.
const EM: f32 = 24.0;
/// Pixels around a letter.
const MARGIN: i32 = 3;
/// Letters in a file.
pub const RANGE: u32 = 256;

/// A font whose bytes are kept by the program.
#[derive(Clone)]
pub struct Font {
    name: &'static str,
    face: Face<'static>,
}

/// A font that cannot be used.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the font “{name}” cannot be read: {source}")]
pub struct FontError {
    name: &'static str,
    source: FaceParsingError,
}

/// One letter.
struct Letter {
    id: u32,
    /// Without the margin.
    width: u32,
    height: u32,
    left: i32,
    /// From the ascender down to the top of the letter: negative.
    top: i32,
    advance: u32,
    /// `(width + 2 × margin) × (height + 2 × margin)` distances from the top; none for spaces.
    field: Vec<u8>,
}

impl Font {
    /// Reads an OpenType font.
    ///
    /// # Errors
    /// [`FontError`] when it is none.
    pub fn new(name: &'static str, bytes: &'static [u8]) -> Result<Self, FontError> {
        let face = Face::parse(bytes, 0).map_err(|source| FontError { name, source })?;
        Ok(Self { name, face })
    }

    /// Its name, as styles write it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The letters `first ..= first + 255` as a protocol buffer; what the font lacks is left out.
    pub fn range(&self, first: u32) -> Vec<u8> {
        let last = first + RANGE - 1;
        let mut stack = Message::default();
        stack.text(1, self.name);
        stack.text(2, &format!("{first}-{last}"));
        for id in first..=last {
            if let Some(letter) = self.letter(id) {
                stack.message(3, &letter.encode());
            }
        }
        let mut stacks = Message::default();
        stacks.message(1, &stack);
        stacks.bytes()
    }

    fn letter(&self, id: u32) -> Option<Letter> {
        let glyph = self.face.glyph_index(char::from_u32(id)?)?;
        let scale = EM / f32::from(self.face.units_per_em());
        let advance = f32::from(self.face.glyph_hor_advance(glyph)?) * scale;
        let ascender = (f32::from(self.face.ascender()) * scale).ceil() as i32;
        let mut letter = Letter {
            id,
            width: 0,
            height: 0,
            left: 0,
            top: -ascender,
            advance: advance.round() as u32,
            field: Vec::new(),
        };
        if let Some(outline) = self.outline(glyph, scale) {
            let [left, bottom, right, top] = outline.pixels();
            letter.width = right.abs_diff(left);
            letter.height = top.abs_diff(bottom);
            letter.left = left;
            letter.top = top - ascender;
            letter.field = distance::field(&outline, [left, bottom, right, top], MARGIN);
        }
        Some(letter)
    }

    fn outline(&self, glyph: GlyphId, scale: f32) -> Option<Outline> {
        let mut outline = Outline::new(scale);
        self.face.outline_glyph(glyph, &mut outline)?;
        Some(outline).filter(|outline| !outline.is_empty())
    }
}

impl Letter {
    fn encode(&self) -> Message {
        let mut message = Message::default();
        message.number(1, self.id);
        if !self.field.is_empty() {
            message.raw(2, &self.field);
        }
        message.number(3, self.width);
        message.number(4, self.height);
        message.signed(5, self.left);
        message.signed(6, self.top);
        message.number(7, self.advance);
        message
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regular() -> Font {
        let bytes = include_bytes!("../../../../data/fonts/NotoSans-Regular.ttf");
        Font::new("Noto Sans Regular", bytes).unwrap()
    }

    #[test]
    fn a_capital_stands_on_the_line() {
        // Noto Sans: ascender 1069, capital height 714 of 1000: 25.66 and 17.1 pixels.
        let letter = regular().letter('H'.into()).unwrap();
        assert_eq!((letter.top, letter.height), (18 - 26, 18));
        // Advance 741 of 1000.
        assert_eq!(letter.advance, 18);
        let columns = letter.width as usize + 2 * MARGIN as usize;
        assert_eq!(letter.field.len(), columns * (letter.height as usize + 6));
        // The middle row crosses the bar of the H: inside all along, outside at the margin.
        let row = 3 + letter.height as usize / 2;
        let line = &letter.field[row * columns..][..columns];
        assert!(
            line[3 + 3..columns - 6].iter().all(|value| *value > 191),
            "{line:?}"
        );
        assert!(line[0] < 150 && line[columns - 1] < 150, "{line:?}");
    }

    #[test]
    fn spaces_advance_and_have_no_picture() {
        let space = regular().letter(0x20).unwrap();
        assert_eq!((space.width, space.field.len(), space.advance), (0, 0, 6));
        assert!(regular().letter('乡'.into()).is_none());
    }

    #[test]
    fn a_range_says_what_it_is() {
        let bytes = regular().range(0);
        let name = b"Noto Sans Regular";
        assert_eq!(bytes[0], 0x0a);
        assert!(bytes.windows(name.len()).any(|window| window == name));
        assert!(bytes.windows(5).any(|window| window == b"0-255"));
        assert!(
            bytes.len() > 60_000 && bytes.len() < 200_000,
            "{}",
            bytes.len()
        );
    }
}
