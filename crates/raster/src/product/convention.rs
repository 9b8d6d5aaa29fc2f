//! What a product's numbers mean where the file does not say it.

use chrono::{NaiveDate, NaiveDateTime};

use super::{BandMeaning, Classes, Family, Name, Role};
use crate::foreign::BandDescription;

/// Sentinel-2, MAJA and LEDAPS store reflectance × 10 000.
const TEN_THOUSANDTH: f64 = 0.0001;
/// Since processing baseline 04.00 ESA adds 1000 to every number, so that dark ones stay positive.
const BASELINE_0400: (u16, f64) = (400, -0.1);
/// Landsat Collection 2 surface reflectance and temperature (USGS LSDS-1619).
const LANDSAT_REFLECTANCE: (f64, f64) = (0.000_027_5, -0.2);
const LANDSAT_KELVIN: (f64, f64) = (0.003_418_02, 149.0);

pub(super) fn meaning(
    name: &Name,
    acquired: Option<NaiveDateTime>,
    role: Role,
    band: &BandDescription,
) -> BandMeaning {
    let classes = Classes::of(&role);
    let (scale, offset) = match (band.scale, band.offset) {
        (None, None) => scaling(name, acquired, &role),
        (scale, offset) => (scale.unwrap_or(1.0), offset.unwrap_or(0.0)),
    };
    let nodata = band.nodata.or_else(|| nodata(name, &role)).filter(|value| {
        // Bits and alpha have no number to spare, whatever the file declares for all its bands.
        !matches!(role, Role::QaPixel | Role::CloudMask | Role::Alpha)
            && band.data_type.holds(*value)
    });
    let nodata = nodata.filter(|_| role != Role::Fmask || band.nodata != Some(0.0));
    BandMeaning {
        role,
        nodata,
        scale,
        offset,
        classes,
    }
}

fn scaling(name: &Name, acquired: Option<NaiveDateTime>, role: &Role) -> (f64, f64) {
    if role.is_classes() {
        return (1.0, 0.0);
    }
    match name.family {
        Family::Sentinel2Safe { baseline } if role.is_reflectance() => {
            let raised = baseline.map_or_else(
                || acquired.is_some_and(|moment| moment.date() >= first_raised_day()),
                |baseline| baseline >= BASELINE_0400.0,
            );
            (TEN_THOUSANDTH, if raised { BASELINE_0400.1 } else { 0.0 })
        }
        Family::Maja | Family::Sentinel2Export | Family::LandsatLedaps { .. }
            if role.is_reflectance() =>
        {
            (TEN_THOUSANDTH, 0.0)
        }
        Family::Landsat { level2: true, .. } if *role == Role::Lwir => LANDSAT_KELVIN,
        Family::Landsat { level2: true, .. } if role.is_reflectance() => LANDSAT_REFLECTANCE,
        // LEDAPS stores kelvin × 10, degrees Celsius × 100 in older stacks: left as it is.
        _ => (1.0, 0.0),
    }
}

/// The day ESA switched to baseline 04.00.
fn first_raised_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2022, 1, 25).unwrap_or(NaiveDate::MAX)
}

fn nodata(name: &Name, role: &Role) -> Option<f64> {
    match (name.family, role) {
        (_, Role::Scl) => Some(0.0),
        (_, Role::Fmask) => Some(255.0),
        (Family::Maja, _) => Some(-10_000.0),
        (Family::LandsatLedaps { .. }, _) => Some(-9999.0),
        (Family::Sentinel2Safe { .. } | Family::Sentinel2Export | Family::Landsat { .. }, _) => {
            Some(0.0)
        }
        _ => None,
    }
}
