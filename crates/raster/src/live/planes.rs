//! Bands of images on one grid.

use std::sync::Arc;

use crate::cog::{CogError, CogReader};
use crate::georeference::GeoReference;
use crate::warp::{self, ControlGrid, Kernel};

/// A band of an open image.
#[derive(Debug, Clone, Copy)]
pub struct Band<'image> {
    /// The image.
    pub image: &'image CogReader,
    /// Which of its bands, from 0.
    pub band: usize,
}

/// Bands over the whole of a grid, in physical values, rows × columns each, NaN for no data; `None`
/// where one of them has nothing there. Images of one grid share their way to the target; without a
/// kernel it is bilinear where the target is finer than the image and averaged where it is coarser.
/// All on this thread.
///
/// # Errors
/// When there is no such band or reading fails.
pub fn planes(
    bands: &[Band<'_>],
    target: &GeoReference,
    kernel: Option<Kernel>,
) -> Result<Option<Vec<Vec<f32>>>, CogError> {
    let mut ways: Vec<(&GeoReference, Arc<ControlGrid>)> = Vec::new();
    let mut planes: Vec<Option<Vec<f32>>> = vec![None; bands.len()];
    for index in 0..bands.len() {
        if planes[index].is_some() {
            continue;
        }
        let image = bands[index].image;
        let own = image.georeference();
        let known = ways.iter().find(|(known, _)| *known == own);
        let way = known.map(|(_, way)| Arc::clone(way));
        let way = way.unwrap_or_else(|| {
            let way = Arc::new(warp::whole(own, target));
            ways.push((own, Arc::clone(&way)));
            way
        });
        // All bands of an image at once: they share its blocks.
        let together: Vec<usize> = (index..bands.len())
            .filter(|&other| std::ptr::eq(bands[other].image, image))
            .collect();
        let numbers: Vec<usize> = together.iter().map(|&other| bands[other].band).collect();
        let Some(values) = warp::onto(image, &numbers, target, way, kernel)? else {
            return Ok(None);
        };
        for (other, values) in together.into_iter().zip(values) {
            planes[other] = Some(values);
        }
    }
    Ok(Some(planes.into_iter().flatten().collect()))
}
