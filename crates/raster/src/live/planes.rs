//! Bands of images on one grid.

use crate::cog::{CogError, CogReader};
use crate::georeference::GeoReference;
use crate::warp::{self, Kernel};

/// A band of an open image.
#[derive(Debug, Clone, Copy)]
pub struct Band<'image> {
    /// The image.
    pub image: &'image CogReader,
    /// Which of its bands, from 0.
    pub band: usize,
}

/// Bands over the whole of a grid, in physical values, rows × columns each, NaN for no data; `None`
/// where one of them has nothing there. Without a kernel it is bilinear where the target is finer than
/// the image and averaged where it is coarser. All on this thread.
///
/// # Errors
/// When there is no such band or reading fails.
pub fn planes(
    bands: &[Band<'_>],
    target: &GeoReference,
    kernel: Option<Kernel>,
) -> Result<Option<Vec<Vec<f32>>>, CogError> {
    let mut planes: Vec<Vec<f32>> = vec![Vec::new(); bands.len()];
    for index in 0..bands.len() {
        if !planes[index].is_empty() {
            continue;
        }
        let image = bands[index].image;
        // All bands of an image at once: they share its blocks and the way to them.
        let together: Vec<usize> = (index..bands.len())
            .filter(|&other| std::ptr::eq(bands[other].image, image))
            .collect();
        let numbers: Vec<usize> = together.iter().map(|&other| bands[other].band).collect();
        let values = warp::planes(image, &numbers, target, kernel)?;
        for (other, values) in together.into_iter().zip(values) {
            if values.iter().all(|value| value.is_nan()) {
                return Ok(None);
            }
            planes[other] = values;
        }
    }
    Ok(Some(planes))
}
