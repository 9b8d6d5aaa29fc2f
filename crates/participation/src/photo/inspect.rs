//! Is this a photo we can take? Decided from its first bytes, before anything is decoded.

use std::io::Cursor;

use image::{ImageFormat, ImageReader};

use super::{BYTES_LIMIT, PIXELS_LIMIT};

/// Why a photo cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// More than [`BYTES_LIMIT`].
    #[error("the file is larger than 12 MB; send it smaller")]
    TooLarge,
    /// More than [`PIXELS_LIMIT`].
    #[error("the picture has more than 50 million pixels; send it smaller")]
    TooManyPixels,
    /// HEIC or AVIF, which phones of one maker write.
    #[error("HEIC pictures cannot be read here; set the camera to “most compatible” (JPEG)")]
    Heic,
    /// Anything else, or broken.
    #[error("this is not a picture that can be read; send JPEG, PNG or WebP")]
    NotReadable,
}

impl Refusal {
    /// The lasting code.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "photo-too-large",
            Self::TooManyPixels => "photo-too-many-pixels",
            Self::Heic => "photo-heic",
            Self::NotReadable => "photo-not-readable",
        }
    }
}

/// The format, by content whatever the file was called, of a picture within our limits.
///
/// # Errors
/// The [`Refusal`] that fits.
pub fn inspect(bytes: &[u8]) -> Result<ImageFormat, Refusal> {
    if bytes.len() > BYTES_LIMIT {
        return Err(Refusal::TooLarge);
    }
    if is_heic(bytes) {
        return Err(Refusal::Heic);
    }
    let format = image::guess_format(bytes).map_err(|_unknown| Refusal::NotReadable)?;
    if !matches!(
        format,
        ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP
    ) {
        return Err(Refusal::NotReadable);
    }
    let (width, height) = ImageReader::with_format(Cursor::new(bytes), format)
        .into_dimensions()
        .map_err(|_broken| Refusal::NotReadable)?;
    if u64::from(width) * u64::from(height) > PIXELS_LIMIT {
        return Err(Refusal::TooManyPixels);
    }
    Ok(format)
}

/// An ISO media file whose brand is one of the still-picture ones.
fn is_heic(bytes: &[u8]) -> bool {
    const BRANDS: [&[u8]; 10] = [
        b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis",
    ];
    bytes.get(4..8) == Some(b"ftyp".as_slice())
        && bytes
            .get(8..12)
            .is_some_and(|brand| BRANDS.contains(&brand))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PNG header that declares a size, with no pixels behind it.
    fn declared(width: u32, height: u32) -> Vec<u8> {
        let mut header = b"IHDR".to_vec();
        header.extend(width.to_be_bytes());
        header.extend(height.to_be_bytes());
        header.extend([8, 2, 0, 0, 0]);
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
        bytes.extend(&header);
        bytes.extend(crc(&header).to_be_bytes());
        bytes.extend(b"\0\0\0\0IDAT");
        bytes.extend(crc(b"IDAT").to_be_bytes());
        bytes
    }

    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0_u32, |state, byte| {
            (0..8).fold(state ^ u32::from(*byte), |value, _| {
                (value >> 1) ^ (0xedb8_8320 & (value & 1).wrapping_neg())
            })
        })
    }

    #[test]
    fn a_hundred_megapixels_are_refused_by_the_header_alone() {
        assert_eq!(
            inspect(&declared(10_000, 10_000)),
            Err(Refusal::TooManyPixels)
        );
        assert_eq!(
            inspect(&declared(60_000, 60_000)),
            Err(Refusal::TooManyPixels)
        );
        assert_eq!(inspect(&declared(8_000, 6_000)), Ok(ImageFormat::Png));
    }

    #[test]
    fn too_many_bytes_are_refused_before_they_are_looked_at() {
        assert_eq!(inspect(&vec![0; BYTES_LIMIT + 1]), Err(Refusal::TooLarge));
    }

    #[test]
    fn a_text_called_jpg_is_no_photo() {
        for bytes in [
            b"hello".as_slice(),
            b"",
            b"<svg xmlns='x'/>",
            b"GIF89a\x01\0\x01\0\0\0\0",
        ] {
            assert_eq!(inspect(bytes), Err(Refusal::NotReadable));
        }
    }

    #[test]
    fn heic_is_recognised_and_named() {
        assert_eq!(
            inspect(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
            Err(Refusal::Heic)
        );
        assert_eq!(
            inspect(b"\0\0\0\x18ftypmp42\0\0\0\0"),
            Err(Refusal::NotReadable)
        );
    }
}
