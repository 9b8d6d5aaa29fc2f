//! The photos of the sample reports, painted: a landslip, a lamp that is out, a flooded path.

mod flood;
mod lamp;
mod landslip;
mod view;

use image::RgbImage;

use super::definition::Picture;

/// The file a picture is written to.
pub(super) fn file_name(picture: Picture) -> &'static str {
    match picture {
        Picture::Landslip => "landslip.jpg",
        Picture::Lamp => "lamp.jpg",
        Picture::Flood => "flood.jpg",
    }
}

/// Paints a picture of 800 × 600 pixels.
pub(super) fn paint(picture: Picture) -> RgbImage {
    match picture {
        Picture::Landslip => view::paint(&landslip::Landslip),
        Picture::Lamp => view::paint(&lamp::Lamp),
        Picture::Flood => view::paint(&flood::Flood),
    }
}
