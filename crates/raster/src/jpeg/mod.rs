//! Baseline JPEG pictures (ITU-T T.81). Chroma is halved before anything is computed of it, and all that
//! is the same for eight samples is done for eight at once.

mod colour;
mod entropy;
mod tables;
mod transform;

use self::colour::{Planes, ROWS};
use self::entropy::Scan;
use self::tables::HUFFMAN;
use self::transform::Quantiser;
use crate::simd::widest;

/// How every picture begins.
pub const START: [u8; 2] = [0xFF, 0xD8];
/// How every picture ends.
pub const END: [u8; 2] = [0xFF, 0xD9];

/// The segments of the tables that a decoder needs for pictures of this quality (1 to 100) and so
/// many bands (1 or 3).
pub fn tables(quality: u8, bands: usize) -> Vec<u8> {
    tables::segments(quality, bands)
}

/// A picture without its tables: one band as grey, three as colours with halved chroma, given as
/// bands × rows × columns. `None` for other numbers of bands, and for sides that are not multiples
/// of 16.
pub fn abbreviated(
    planes: &[u8],
    (width, height): (usize, usize),
    bands: usize,
    quality: u8,
) -> Option<Vec<u8>> {
    let whole = |side: usize| {
        u16::try_from(side)
            .ok()
            .filter(|side| side.is_multiple_of(16) && *side > 0)
    };
    let size = (whole(width)?, whole(height)?);
    matches!(bands, 1 | 3).then(|| {
        let mut bytes = Vec::with_capacity(planes.len() / 8);
        bytes.extend(START);
        write(planes, size, size, bands, quality, &mut bytes);
        bytes
    })
}

/// A whole picture of any size to 65 535 a side from red, green, blue and alpha, row after row;
/// what is not opaque lies on white. `None` for a size that is none.
pub fn picture(pixels: &[u8], (width, height): (u32, u32), quality: u8) -> Option<Vec<u8>> {
    let size = (u16::try_from(width).ok()?, u16::try_from(height).ok()?);
    let filled = (
        size.0.checked_next_multiple_of(16)?,
        size.1.checked_next_multiple_of(16)?,
    );
    if width == 0 || height == 0 || pixels.len() != width as usize * height as usize * 4 {
        return None;
    }
    let planes = planes(pixels, width as usize, filled);
    let mut bytes = Vec::with_capacity(pixels.len() / 8);
    bytes.extend(START);
    bytes.extend(tables(quality, 3));
    write(&planes, filled, size, 3, quality, &mut bytes);
    Some(bytes)
}

/// Red, green and blue one behind the other, going on as they were to the filled size.
fn planes(pixels: &[u8], width: usize, filled: (u16, u16)) -> Vec<u8> {
    let (across, down) = (usize::from(filled.0), usize::from(filled.1));
    let height = pixels.len() / (width * 4);
    let mut planes = vec![0; across * down * 3];
    for (number, row) in pixels.chunks_exact(width * 4).enumerate() {
        let bands = planes.chunks_exact_mut(across * down);
        let rows = bands.map(|band| &mut band[number * across..(number + 1) * across]);
        let mut rows: Vec<&mut [u8]> = rows.collect();
        split(row.as_chunks().0, &mut rows);
        for row in rows {
            let (own, beyond) = row.split_at_mut(width);
            beyond.fill(own.last().copied().unwrap_or_default());
        }
    }
    for band in planes.chunks_exact_mut(across * down) {
        for row in height..down {
            band.copy_within((height - 1) * across..height * across, row * across);
        }
    }
    planes
}

fn split(pixels: &[[u8; 4]], bands: &mut [&mut [u8]]) {
    widest!(over_white(pixels: &[[u8; 4]], bands: &mut [&mut [u8]]));
}

/// The bands of pixels lying on white.
#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn over_white(pixels: &[[u8; 4]], bands: &mut [&mut [u8]]) {
    let opaque = pixels.iter().fold(255, |least, pixel| least & pixel[3]) == 255;
    for (band, out) in bands.iter_mut().enumerate() {
        for (out, pixel) in out.iter_mut().zip(pixels) {
            let number = u32::from_le_bytes(*pixel);
            let value = number >> (8 * band) & 255;
            *out = if opaque {
                value as u8
            } else {
                let alpha = number >> 24;
                ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
            };
        }
    }
}

/// Headers, scan and end. `filled` is the size of the planes, `size` what is shown of them.
fn write(
    planes: &[u8],
    filled: (u16, u16),
    size: (u16, u16),
    bands: usize,
    quality: u8,
    bytes: &mut Vec<u8>,
) {
    bytes.extend(head(size, bands));
    let (width, height) = (usize::from(filled.0), usize::from(filled.1));
    let quantisers = [Quantiser::new(0, quality), Quantiser::new(1, quality)];
    let mut scan = Scan::new(bytes);
    if bands == 1 {
        write_grey(planes, width, &quantisers, &mut scan);
    } else {
        write_colours(planes, (width, height), &quantisers, &mut scan);
    }
    scan.finish();
    bytes.extend(END);
}

/// The headers of frame and scan (T.81, B.2.2 and B.2.3).
fn head((width, height): (u16, u16), bands: usize) -> Vec<u8> {
    let ([left, right], [high, low]) = (width.to_be_bytes(), height.to_be_bytes());
    let count = bands as u8;
    let mut head = vec![
        0xFF,
        0xC0,
        0,
        8 + 3 * count,
        8,
        high,
        low,
        left,
        right,
        count,
    ];
    for component in 1..=count {
        let colours = component == 1 && count == 3;
        head.extend([
            component,
            if colours { 0x22 } else { 0x11 },
            u8::from(component > 1),
        ]);
    }
    head.extend([0xFF, 0xDA, 0, 6 + 2 * count, count]);
    for component in 1..=count {
        head.extend([component, if component > 1 { 0x11 } else { 0 }]);
    }
    head.extend([0, 63, 0]);
    head
}

fn write_grey(block: &[u8], side: usize, quantisers: &[Quantiser; 2], scan: &mut Scan) {
    widest!(grey(block: &[u8], side: usize, quantisers: &[Quantiser; 2], scan: &mut Scan));
}

fn write_colours(block: &[u8], size: (usize, usize), quantisers: &[Quantiser; 2], scan: &mut Scan) {
    widest!(colours(block: &[u8], size: (usize, usize), quantisers: &[Quantiser; 2], scan: &mut Scan));
}

#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn grey(block: &[u8], side: usize, quantisers: &[Quantiser; 2], scan: &mut Scan) {
    let mut before = 0;
    for rows in block.chunks_exact(side * 8) {
        let samples: Vec<i16> = rows.iter().map(|value| i16::from(*value) - 128).collect();
        for column in (0..side).step_by(8) {
            let (coefficients, some) = quantisers[0].coefficients(&samples[column..], side);
            scan.block(&coefficients, some, before, &HUFFMAN[0]);
            before = coefficients[0];
        }
    }
}

#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn colours(
    block: &[u8],
    (side, height): (usize, usize),
    quantisers: &[Quantiser; 2],
    scan: &mut Scan,
) {
    let mut planes = Planes::new(side);
    let mut before = [0; 3];
    let bands = block.chunks_exact(side * height);
    let [red, green, blue] = [0, 1, 2].map(|band| {
        bands
            .clone()
            .nth(band)
            .unwrap_or_default()
            .chunks_exact(side * ROWS)
    });
    for ((red, green), blue) in red.zip(green).zip(blue) {
        planes.fill([red, green, blue], side);
        for column in (0..side).step_by(16) {
            for corner in [0, 8, side * 8, side * 8 + 8] {
                let samples = &planes.luma[column + corner..];
                let (coefficients, some) = quantisers[0].coefficients(samples, side);
                scan.block(&coefficients, some, before[0], &HUFFMAN[0]);
                before[0] = coefficients[0];
            }
            for (plane, before) in planes.chroma.iter().zip(&mut before[1..]) {
                let samples = &plane[column / 2..];
                let (coefficients, some) = quantisers[1].coefficients(samples, side / 2);
                scan.block(&coefficients, some, *before, &HUFFMAN[1]);
                *before = coefficients[0];
            }
        }
    }
}
