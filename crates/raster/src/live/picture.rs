//! Three planes as a picture.

use crate::picture::Picture;
use crate::simd::widest;
use crate::visual::Stretch;

/// Pixels that are coloured at a time: their levels stay at hand.
const STRIP: usize = 4096;

/// Red, green and blue (physical values, rows of `width`) as a picture: opaque where all three have a
/// value, nothing elsewhere. `None` where nothing is opaque.
pub fn picture(planes: &[Vec<f32>], stretches: &[Stretch; 3], width: u32) -> Option<Picture> {
    let [red, green, blue, ..] = planes else {
        return None;
    };
    let mut pixels = vec![0; red.len() * 4];
    let mut levels = vec![[0; STRIP]; 3];
    let strips = red
        .chunks(STRIP)
        .zip(green.chunks(STRIP))
        .zip(blue.chunks(STRIP));
    for (pixels, ((red, green), blue)) in pixels.chunks_mut(STRIP * 4).zip(strips) {
        let values = [red, green, blue];
        for ((stretch, values), levels) in stretches.iter().zip(values).zip(&mut levels) {
            stretch.levels(values, levels);
        }
        put_together(values, &levels, pixels.as_chunks_mut().0);
    }
    let some = pixels.as_chunks::<4>().0.iter().any(|pixel| pixel[3] != 0);
    some.then(|| Picture {
        width,
        height: red.len() as u32 / width.max(1),
        pixels,
    })
}

fn put_together(values: [&[f32]; 3], levels: &[[u8; STRIP]], pixels: &mut [[u8; 4]]) {
    widest!(opaque_where_whole(values: [&[f32]; 3], levels: &[[u8; STRIP]], pixels: &mut [[u8; 4]]));
}

#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn opaque_where_whole([r, g, b]: [&[f32]; 3], levels: &[[u8; STRIP]], pixels: &mut [[u8; 4]]) {
    let [red, green, blue] = levels else { return };
    let levels = red.iter().zip(green).zip(blue);
    let values = r.iter().zip(g).zip(b);
    for ((pixel, ((red, green), blue)), ((r, g), b)) in pixels.iter_mut().zip(levels).zip(values) {
        let colour = u32::from_le_bytes([*red, *green, *blue, 255]);
        let some = if (r + g + b).is_nan() { 0 } else { u32::MAX };
        *pixel = (colour & some).to_le_bytes();
    }
}
