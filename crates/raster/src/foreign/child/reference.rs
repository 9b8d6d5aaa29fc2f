//! Reference systems: which one a file is in, and the way from it to longitude and latitude.

use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
use grid::sinusoidal::Sinusoidal;

use super::ogr;
use crate::foreign::fault::Fault;

/// How sure PROJ must be (per cent) that a definition without a code is a known one.
const SURE: i32 = 90;

/// The EPSG code of a system: the one it names, else the one PROJ is sure it equals.
pub(super) fn epsg(system: &SpatialRef) -> Option<u32> {
    let named = match (system.auth_name(), system.auth_code()) {
        (Some(authority), Ok(code)) if authority.eq_ignore_ascii_case("EPSG") => Some(code),
        _ => ogr::best_match(system, SURE)
            .filter(|found| found.auth_name().as_deref() == Some("EPSG"))
            .and_then(|found| found.auth_code().ok()),
    };
    named.and_then(|code| u32::try_from(code).ok())
}

/// The system somebody wrote down: `EPSG:4490`, WKT, PROJJSON.
pub(super) fn named(value: &str) -> Result<SpatialRef, Fault> {
    SpatialRef::from_definition(value).map_err(|_unknown| Fault::Option {
        value: value.to_owned(),
        what: "coordinate reference system; write it as EPSG:4490".to_owned(),
    })
}

/// A name a person knows it by.
pub(super) fn name(system: &SpatialRef) -> String {
    system
        .name()
        .unwrap_or_else(|| "an unnamed reference system".to_owned())
}

/// The projection of MODIS products, which has no code: sinusoidal on a sphere, in metres.
pub(super) fn sinusoidal(system: &SpatialRef) -> Option<Sinusoidal> {
    let method = system.get_attr_value("PROJECTION", 0).ok().flatten()?;
    let (radius, minor) = (system.semi_major().ok()?, system.semi_minor().ok()?);
    let number = |name: &str| system.get_proj_param(name).ok().flatten().unwrap_or(0.0);
    let ours = method == "Sinusoidal"
        && (radius - minor).abs() < 1e-3
        && (system.linear_units() - 1.0).abs() < 1e-9;
    ours.then(|| Sinusoidal {
        radius,
        central_meridian: number("longitude_of_center"),
        false_easting: number("false_easting"),
        false_northing: number("false_northing"),
    })
}

/// From `system` to EPSG:4326. Both sides in the order x, y (longitude, latitude): without that,
/// PROJ swaps the coordinates of systems like EPSG:4490 and says nothing.
pub(super) fn to_degrees(system: &SpatialRef) -> Result<CoordTransform, Fault> {
    path(system, true)
}

/// From EPSG:4326 to `system`, in the same order.
pub(super) fn from_degrees(system: &SpatialRef) -> Result<CoordTransform, Fault> {
    path(system, false)
}

fn path(system: &SpatialRef, to_degrees: bool) -> Result<CoordTransform, Fault> {
    let failed = |error: gdal::errors::GdalError| Fault::NoPath {
        crs: name(system),
        detail: error.to_string(),
    };
    let mut system = system.clone();
    let mut degrees = SpatialRef::from_epsg(4326).map_err(failed)?;
    system.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    degrees.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    let (from, to) = if to_degrees {
        (&system, &degrees)
    } else {
        (&degrees, &system)
    };
    CoordTransform::new(from, to).map_err(failed)
}

/// Transforms points in place; those without an answer become NaN.
pub(super) fn transform(along: &CoordTransform, points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let (mut x, mut y): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
    // One point without an answer makes the whole batch an error, though the others are done and
    // it alone is infinite.
    let _ = along.transform_coords(&mut x, &mut y, &mut []);
    let whole = |value: f64| if value.is_finite() { value } else { f64::NAN };
    x.into_iter()
        .zip(y)
        .map(|(x, y)| (whole(x), whole(y)))
        .collect()
}
