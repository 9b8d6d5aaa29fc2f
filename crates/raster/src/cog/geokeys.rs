//! Where another program's image lies, from its `GeoTIFF` keys (OGC 19-008r4).

use grid::projection::Projection;
use grid::sinusoidal::Sinusoidal;
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
const SEMI_MAJOR: u64 = 2057;
const SEMI_MINOR: u64 = 2058;
const INVERSE_FLATTENING: u64 = 2059;
const METHOD: u64 = 3075;
const SINUSOIDAL: u64 = 24;
const LINEAR_UNIT: u64 = 3076;
const METRE: u64 = 9001;
const ORIGIN_LONGITUDE: u64 = 3080;
const FALSE_EASTING: u64 = 3082;
const FALSE_NORTHING: u64 = 3083;
const CENTRE_LONGITUDE: u64 = 3088;

/// The georeference of an image of this size.
pub fn read(directory: &Ifd<'_>, width: u32, height: u32) -> Result<GeoReference, CogError> {
    let transform = transform(directory)?;
    let keys = Keys {
        entries: directory.numbers(Tag::GeoKeyDirectoryTag)?,
        doubles: directory.doubles(Tag::GeoDoubleParamsTag)?,
    };
    // The transform is that of the first pixel's centre there, and of its corner here.
    let transform = if keys.short(RASTER_TYPE) == Some(PIXEL_IS_POINT) {
        shifted(transform, -0.5)
    } else {
        transform
    };
    if let Some(projection) = keys.sinusoidal() {
        return Ok(GeoReference {
            projection: Projection::Sinusoidal(projection),
            epsg: None,
            transform,
            width,
            height,
        });
    }
    let code = match keys.short(MODEL_TYPE) {
        Some(PROJECTED) => keys.short(PROJECTED_CODE),
        Some(GEOGRAPHIC) => keys.short(GEOGRAPHIC_CODE),
        _ => None,
    };
    let code = code.ok_or_else(|| {
        CogError::NotOurs("its coordinate reference system has no EPSG code".to_owned())
    })?;
    let unknown = || CogError::NotOurs(format!("we have no formula for its EPSG:{code}"));
    u32::try_from(code)
        .ok()
        .and_then(|code| GeoReference::from_epsg(code, transform, width, height))
        .ok_or_else(unknown)
}

/// The key directory and the numbers it points to.
struct Keys {
    /// Each key is four numbers: its own, where its value stands (0: here), how many, the value.
    entries: Vec<u64>,
    doubles: Vec<f64>,
}

impl Keys {
    fn value(&self, key: u64, stands: u64) -> Option<u64> {
        let mut entries = self.entries.chunks_exact(4).skip(1);
        let found = entries.find(|entry| entry[0] == key && entry[1] == stands);
        found.map(|entry| entry[3])
    }

    fn short(&self, key: u64) -> Option<u64> {
        self.value(key, 0)
    }

    fn double(&self, key: u64) -> Option<f64> {
        let place = self.value(key, u64::from(Tag::GeoDoubleParamsTag.to_u16()))?;
        self.doubles.get(place as usize).copied()
    }

    /// Sinusoidal on a sphere and in metres, as MODIS products come: a projection without a code.
    fn sinusoidal(&self) -> Option<Sinusoidal> {
        let radius = self.double(SEMI_MAJOR)?;
        let round = match (self.double(SEMI_MINOR), self.double(INVERSE_FLATTENING)) {
            (Some(minor), _) => (radius - minor).abs() < 1e-3,
            // GDAL's way to say that there is none.
            (None, Some(inverse)) => inverse == 0.0,
            (None, None) => false,
        };
        let ours = round
            && self.short(MODEL_TYPE) == Some(PROJECTED)
            && self.short(METHOD) == Some(SINUSOIDAL)
            && self.short(LINEAR_UNIT).is_none_or(|unit| unit == METRE);
        let centre = self.double(CENTRE_LONGITUDE);
        ours.then(|| Sinusoidal {
            radius,
            central_meridian: centre.or(self.double(ORIGIN_LONGITUDE)).unwrap_or(0.0),
            false_easting: self.double(FALSE_EASTING).unwrap_or(0.0),
            false_northing: self.double(FALSE_NORTHING).unwrap_or(0.0),
        })
    }
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
