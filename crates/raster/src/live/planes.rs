//! Bands of images on one grid.

use crate::cog::{CogError, CogReader};
use crate::georeference::GeoReference;
use crate::warp::{self, Bands, Kernel};

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
        // All that lie together at once: they share the way to their pixels, and those of an image its
        // blocks too.
        let mut together: Vec<Together<'_>> = Vec::new();
        for other in index..bands.len() {
            let Band { image, band } = bands[other];
            let known = together
                .iter_mut()
                .find(|known| std::ptr::eq(known.image, image));
            if let Some(known) = known {
                known.numbers.push(band);
                known.places.push(other);
            } else if warp::lie_together(bands[index].image, image) {
                together.push(Together {
                    image,
                    numbers: vec![band],
                    places: vec![other],
                });
            }
        }
        let images = together.iter().map(|one| Bands {
            reader: one.image,
            bands: &one.numbers,
        });
        let images: Vec<Bands<'_>> = images.collect();
        let values = warp::planes(&images, target, kernel)?;
        let places = together.iter().flat_map(|one| &one.places);
        for (&other, values) in places.zip(values) {
            if values.iter().all(|value| value.is_nan()) {
                return Ok(None);
            }
            planes[other] = values;
        }
    }
    Ok(Some(planes))
}

/// Bands of one image, and which of all the bands they are.
struct Together<'image> {
    image: &'image CogReader,
    numbers: Vec<usize>,
    places: Vec<usize>,
}
