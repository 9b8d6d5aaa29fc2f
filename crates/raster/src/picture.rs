//! Pictures as bytes for a browser.

use std::io::Cursor;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use thiserror::Error;

use crate::jpeg;

/// A picture: red, green, blue, alpha (not premultiplied), row after row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// width × height × 4 bytes.
    pub pixels: Vec<u8>,
}

/// A picture of few colours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexedPicture {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// At most 256: red, green, blue, alpha (not premultiplied).
    pub colours: Vec<[u8; 4]>,
    /// The number of each pixel's colour: width × height bytes.
    pub pixels: Vec<u8>,
}

impl IndexedPicture {
    /// The same with a colour for every pixel.
    pub fn picture(&self) -> Picture {
        let colour = |number: &u8| self.colours.get(usize::from(*number)).copied();
        let colours = self
            .pixels
            .iter()
            .map(|number| colour(number).unwrap_or_default());
        Picture {
            width: self.width,
            height: self.height,
            pixels: colours.flatten().collect(),
        }
    }

    /// PNG with a palette: a byte a pixel before packing, and no filter, which suits classes.
    ///
    /// # Errors
    /// When the pixels do not fill the size.
    pub fn png(&self) -> Result<Vec<u8>, PictureError> {
        let mut bytes = Vec::with_capacity(self.pixels.len() / 8);
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        encoder.set_filter(png::Filter::NoFilter);
        encoder.set_palette(
            self.colours
                .iter()
                .flat_map(|colour| &colour[..3])
                .copied()
                .collect::<Vec<u8>>(),
        );
        encoder.set_trns(
            self.colours
                .iter()
                .map(|colour| colour[3])
                .collect::<Vec<u8>>(),
        );
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.pixels)?;
        writer.finish()?;
        Ok(bytes)
    }
}

/// Why a picture could not be encoded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PictureError {
    /// The pixels do not fill the size.
    #[error("a picture of {width} × {height} pixels needs {needed} bytes and has {found}")]
    Size {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// width × height × 4.
        needed: usize,
        /// What there is.
        found: usize,
    },
    /// The PNG encoder failed.
    #[error("the picture could not be written as PNG: {0}")]
    Png(#[from] image::ImageError),
    /// The encoder of PNG with a palette failed.
    #[error("the picture could not be written as PNG with a palette: {0}")]
    Palette(#[from] png::EncodingError),
    /// Larger than a JPEG may be.
    #[error("a picture of {0} × {1} pixels is too large for JPEG")]
    Jpeg(u32, u32),
    /// The WebP encoder failed.
    #[error("the picture of {0} × {1} pixels could not be written as WebP")]
    Webp(u32, u32),
}

impl Picture {
    /// Whether every pixel is fully transparent.
    pub fn is_transparent(&self) -> bool {
        self.pixels.chunks_exact(4).all(|pixel| pixel[3] == 0)
    }

    /// PNG, packed quickly rather than tightly; without alpha when nothing is transparent.
    ///
    /// # Errors
    /// When the pixels do not fill the size.
    pub fn png(&self) -> Result<Vec<u8>, PictureError> {
        self.check()?;
        let mut bytes = Cursor::new(Vec::with_capacity(self.pixels.len() / 4));
        let encoder =
            PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Adaptive);
        if self.pixels.chunks_exact(4).all(|pixel| pixel[3] == 255) {
            let opaque: Vec<u8> = self
                .pixels
                .chunks_exact(4)
                .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
                .collect();
            encoder.write_image(&opaque, self.width, self.height, ExtendedColorType::Rgb8)?;
        } else {
            encoder.write_image(
                &self.pixels,
                self.width,
                self.height,
                ExtendedColorType::Rgba8,
            )?;
        }
        Ok(bytes.into_inner())
    }

    /// JPEG at a quality from 1 to 100; what is not opaque lies on white.
    ///
    /// # Errors
    /// When the pixels do not fill the size, or a side is longer than 65 520 pixels.
    pub fn jpeg(&self, quality: u8) -> Result<Vec<u8>, PictureError> {
        self.check()?;
        let failed = PictureError::Jpeg(self.width, self.height);
        jpeg::picture(&self.pixels, (self.width, self.height), quality).ok_or(failed)
    }

    /// Lossy WebP at a quality from 0 to 100; alpha is kept.
    ///
    /// # Errors
    /// When the pixels do not fill the size, or a side is longer than WebP's 16 383 pixels.
    pub fn webp(&self, quality: f32) -> Result<Vec<u8>, PictureError> {
        self.encode_webp(false, quality)
    }

    /// Lossless WebP: for index layers, whose colours are read off a legend.
    ///
    /// # Errors
    /// As [`Self::webp`].
    pub fn webp_lossless(&self) -> Result<Vec<u8>, PictureError> {
        // In lossless mode "quality" is effort; 20 costs a millisecond or two for a tile.
        self.encode_webp(true, 20.0)
    }

    fn encode_webp(&self, lossless: bool, quality: f32) -> Result<Vec<u8>, PictureError> {
        self.check()?;
        let failed = || PictureError::Webp(self.width, self.height);
        let mut settings = webp::WebPConfig::new().map_err(|()| failed())?;
        settings.lossless = i32::from(lossless);
        if lossless {
            settings.quality = quality;
            settings.method = 1;
        } else {
            // Nearly as near to the picture as libwebp's own settings (method 4) at this quality, for a ninth
            // more bytes in two fifths of the time: docs/benchmarks.md.
            settings.quality = (quality - 1.0).clamp(0.0, 100.0);
            settings.method = 2;
            settings.sns_strength = 0;
            settings.segments = 1;
        }
        let encoder = webp::Encoder::from_rgba(&self.pixels, self.width, self.height);
        let bytes = encoder
            .encode_advanced(&settings)
            .map_err(|_reason| failed())?;
        Ok(bytes.to_vec())
    }

    fn check(&self) -> Result<(), PictureError> {
        let needed = self.width as usize * self.height as usize * 4;
        if self.pixels.len() == needed && needed > 0 {
            return Ok(());
        }
        Err(PictureError::Size {
            width: self.width,
            height: self.height,
            needed,
            found: self.pixels.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(alpha: u8) -> Picture {
        let pixels = (0..64 * 32_u32)
            .flat_map(|index| [(index % 64 * 4) as u8, (index / 64 * 8) as u8, 90, alpha]);
        let mut pixels: Vec<u8> = pixels.collect();
        pixels[3] = alpha.min(200);
        Picture {
            width: 64,
            height: 32,
            pixels,
        }
    }

    #[test]
    fn png_is_lossless_with_and_without_alpha() {
        for picture in [
            picture(255),
            picture(0),
            Picture {
                pixels: [10, 20, 30, 255].repeat(4),
                width: 2,
                height: 2,
            },
        ] {
            let bytes = picture.png().expect("encodes");
            let decoded = image::load_from_memory(&bytes).expect("decodes").to_rgba8();
            assert_eq!(decoded.into_raw(), picture.pixels);
        }
        let opaque = Picture {
            pixels: [10, 20, 30, 255].repeat(4),
            width: 2,
            height: 2,
        };
        let bytes = opaque.png().expect("encodes");
        assert_eq!(bytes[25], 2, "colour type without alpha");
    }

    #[test]
    fn a_palette_is_decoded_to_its_colours() {
        let colours = [[0; 4], [200, 10, 20, 255], [3, 4, 5, 128]];
        let pixels: Vec<u8> = (0..64 * 48_u32)
            .map(|index| (index / 700 % 3) as u8)
            .collect();
        let mut picture = IndexedPicture {
            width: 64,
            height: 48,
            colours: colours.to_vec(),
            pixels,
        };
        let bytes = picture.png().expect("encodes");
        assert_eq!(bytes[25], 3, "colour type with a palette");
        let decoded = image::load_from_memory(&bytes).expect("decodes").to_rgba8();
        let expected = picture
            .pixels
            .iter()
            .flat_map(|at| colours[usize::from(*at)]);
        assert_eq!(decoded.into_raw(), expected.collect::<Vec<u8>>());
        picture.pixels.pop();
        assert!(picture.png().is_err());
    }

    #[test]
    fn webp_keeps_alpha_and_lossless_keeps_everything() {
        let bytes = picture(255).webp_lossless().expect("encodes");
        let decoded = image::load_from_memory(&bytes).expect("decodes").to_rgba8();
        assert_eq!(decoded.into_raw(), picture(255).pixels);
        let bytes = picture(255).webp(80.0).expect("encodes");
        let decoded = image::load_from_memory(&bytes)
            .expect("decodes")
            .to_rgba8()
            .into_raw();
        let original = picture(255).pixels;
        let off = decoded
            .iter()
            .zip(&original)
            .map(|(one, two)| f64::from(one.abs_diff(*two)));
        let mean = off.sum::<f64>() / decoded.len() as f64;
        assert!(mean < 4.0 && decoded[3] == 200, "{mean}");
    }

    #[test]
    fn jpeg_is_near_and_lies_on_white() {
        let decoded = |picture: &Picture| {
            let bytes = picture.jpeg(90).expect("encodes");
            image::load_from_memory(&bytes).expect("decodes").to_rgb8()
        };
        // A size that is no multiple of 16.
        let (width, height) = (37, 21);
        let pixels = (0..width * height).flat_map(|at| [(at % 37 * 6) as u8, 100, 40, 255]);
        let original = Picture {
            width,
            height,
            pixels: pixels.collect(),
        };
        let found = decoded(&original);
        assert_eq!(found.dimensions(), (width, height));
        let off = found.pixels().zip(original.pixels.chunks_exact(4));
        let off = off.map(|(one, two)| f64::from(one.0[1].abs_diff(two[1])));
        assert!(off.sum::<f64>() / f64::from(width * height) < 3.0);
        let nothing = Picture {
            pixels: vec![0; original.pixels.len()],
            ..original
        };
        assert!(
            decoded(&nothing)
                .pixels()
                .all(|pixel| pixel.0.iter().all(|level| *level > 252))
        );
    }

    #[test]
    fn wrong_sizes_are_refused() {
        let wrong = Picture {
            width: 3,
            height: 3,
            pixels: vec![0; 35],
        };
        assert!(matches!(
            wrong.png(),
            Err(PictureError::Size {
                needed: 36,
                found: 35,
                ..
            })
        ));
        assert!(wrong.webp(80.0).is_err());
        let long = Picture {
            width: 20_000,
            height: 1,
            pixels: vec![0; 80_000],
        };
        assert!(matches!(
            long.webp(80.0),
            Err(PictureError::Webp(20_000, 1))
        ));
    }

    #[test]
    fn transparency_is_seen() {
        assert!(
            Picture {
                pixels: [9, 9, 9, 0].repeat(4),
                width: 2,
                height: 2
            }
            .is_transparent()
        );
        assert!(!picture(1).is_transparent());
    }
}
