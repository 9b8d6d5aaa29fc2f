//! Three planes as a picture.

use crate::picture::Picture;
use crate::visual::Stretch;

/// Red, green and blue (physical values, rows of `width`) as a picture: opaque where all three have a
/// value, nothing elsewhere. `None` where nothing is opaque.
pub fn picture(planes: &[Vec<f32>], stretches: &[Stretch; 3], width: u32) -> Option<Picture> {
    let [red, green, blue, ..] = planes else {
        return None;
    };
    let mut pixels = vec![0; red.len() * 4];
    let mut some = false;
    let values = red.iter().zip(green).zip(blue);
    for (pixel, ((red, green), blue)) in pixels.as_chunks_mut::<4>().0.iter_mut().zip(values) {
        if (red + green + blue).is_nan() {
            continue;
        }
        let [r, g, b] = stretches;
        *pixel = [r.of(*red), g.of(*green), b.of(*blue), 255];
        some = true;
    }
    some.then(|| Picture {
        width,
        height: red.len() as u32 / width.max(1),
        pixels,
    })
}
