//! Where another program's image lies, from its `GeoTIFF` keys (OGC 19-008r4).

use tiff::tags::Tag;

use super::CogError;
use super::ifd::Ifd;
use crate::georeference::GeoReference;

const MODEL_TYPE: u64 = 1024;
const RASTER_TYPE: u64 = 1025;
const GEOGRAPHIC_CODE: u64 = 2048;
const PROJECTED_CODE: u64 = 3072;
const PROJECTED: u64 = 1;
const GEOGRAPHIC: u64 = 2;
const PIXEL_IS_POINT: u64 = 2;

/// The georeference of an image of this size.
pub fn read(directory: &Ifd<'_>, width: u32, height: u32) -> Result<GeoReference, CogError> {
    let transform = transform(directory)?;
    let keys = directory.numbers(Tag::GeoKeyDirectoryTag)?;
    let value = |key: u64| {
        // Each key is four numbers: its own, where its value stands (0: here), how many, the value.
        keys.chunks_exact(4)
            .skip(1)
            .find(|entry| entry[0] == key && entry[1] == 0)
            .map(|entry| entry[3])
    };
    let code = match value(MODEL_TYPE) {
        Some(PROJECTED) => value(PROJECTED_CODE),
        Some(GEOGRAPHIC) => value(GEOGRAPHIC_CODE),
        _ => None,
    };
    let code = code.ok_or_else(|| {
        CogError::NotOurs("its coordinate reference system has no EPSG code".to_owned())
    })?;
    // The transform is that of the first pixel's centre there, and of its corner here.
    let transform = if value(RASTER_TYPE) == Some(PIXEL_IS_POINT) {
        shifted(transform, -0.5)
    } else {
        transform
    };
    let unknown = || CogError::NotOurs(format!("we have no formula for its EPSG:{code}"));
    u32::try_from(code)
        .ok()
        .and_then(|code| GeoReference::from_epsg(code, transform, width, height))
        .ok_or_else(unknown)
}

fn transform(directory: &Ifd<'_>) -> Result<[f64; 6], CogError> {
    let matrix = directory.doubles(Tag::ModelTransformationTag)?;
    let scale = directory.doubles(Tag::ModelPixelScaleTag)?;
    let tie = directory.doubles(Tag::ModelTiepointTag)?;
    let transform = match (matrix.as_slice(), scale.as_slice(), tie.as_slice()) {
        (&[a, b, _, c, d, e, _, f, ..], _, _) => [c, a, b, f, d, e],
        (_, &[across, down, ..], &[column, row, _, x, y, ..]) if tie.len() == 6 => {
            let corner = [x, across, 0.0, y, 0.0, -down];
            let t = &corner;
            [
                t[0] - column * t[1],
                t[1],
                0.0,
                t[3] - row * t[5],
                0.0,
                t[5],
            ]
        }
        _ => {
            return Err(CogError::NotOurs(
                "it does not say where it lies".to_owned(),
            ));
        }
    };
    let area = transform[1] * transform[5] - transform[2] * transform[4];
    if !area.is_normal() || transform.iter().any(|number| !number.is_finite()) {
        return Err(CogError::Damaged("its pixels have no size".to_owned()));
    }
    Ok(transform)
}

/// The transform of the same image with its first pixel's coordinates moved by some pixels.
fn shifted(t: [f64; 6], by: f64) -> [f64; 6] {
    let (x, y) = (t[0] + by * (t[1] + t[2]), t[3] + by * (t[4] + t[5]));
    [x, t[1], t[2], y, t[4], t[5]]
}
