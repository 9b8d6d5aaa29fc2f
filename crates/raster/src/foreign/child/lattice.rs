//! A system `grid` has no formula for, sampled by PROJ where the image lies.

use gdal::spatial_ref::SpatialRef;
use grid::{bounds::Bounds, lattice::Lattice, projection::Projection};

use super::reference;
use crate::foreign::fault::Fault;

/// Points along each edge of the image from which its extent in degrees is taken.
const EDGE: usize = 65;
/// How far off the lattice may be, in pixels.
const TOLERANCE: f64 = 0.05;
/// Added around the image on each side, as a share of its extent: neighbours' pixels are asked
/// for when tiles are cut.
const MARGIN: f64 = 0.02;

/// The lattice over an image, within 0.05 pixels of PROJ.
pub(super) fn over_image(
    system: &SpatialRef,
    transform: &[f64; 6],
    (width, height): (usize, usize),
) -> Result<Projection, Fault> {
    let failed = |detail: String| Fault::NoPath {
        crs: reference::name(system),
        detail,
    };
    let to_degrees = reference::to_degrees(system)?;
    let from_degrees = reference::from_degrees(system)?;
    let edge = edge(transform, width, height);
    let bounds = around(&reference::transform(&to_degrees, &edge))
        .ok_or_else(|| failed("its edge has no longitude and latitude".to_owned()))?;
    let [_, a, b, _, c, d] = *transform;
    let pixel = a.hypot(c).min(b.hypot(d));
    Lattice::fit(bounds, TOLERANCE * pixel, |points| {
        reference::transform(&from_degrees, points)
    })
    .map(Projection::Lattice)
    .map_err(|error| failed(error.to_string()))
}

fn edge(transform: &[f64; 6], width: usize, height: usize) -> Vec<(f64, f64)> {
    let (width, height) = (width as f64, height as f64);
    let at = |column: f64, row: f64| {
        let [x, a, b, y, c, d] = *transform;
        (x + a * column + b * row, y + c * column + d * row)
    };
    (0..EDGE)
        .map(|index| index as f64 / (EDGE - 1) as f64)
        .flat_map(|part| {
            [
                at(part * width, 0.0),
                at(part * width, height),
                at(0.0, part * height),
                at(width, part * height),
            ]
        })
        .collect()
}

fn around(points: &[(f64, f64)]) -> Option<Bounds> {
    let mut bounds = Bounds {
        west: f64::INFINITY,
        south: f64::INFINITY,
        east: f64::NEG_INFINITY,
        north: f64::NEG_INFINITY,
    };
    for (longitude, latitude) in points.iter().copied() {
        if !longitude.is_finite() || !latitude.is_finite() {
            return None;
        }
        bounds.west = bounds.west.min(longitude);
        bounds.east = bounds.east.max(longitude);
        bounds.south = bounds.south.min(latitude);
        bounds.north = bounds.north.max(latitude);
    }
    let (across, up) = (bounds.east - bounds.west, bounds.north - bounds.south);
    bounds.west -= across * MARGIN;
    bounds.east += across * MARGIN;
    bounds.south = (bounds.south - up * MARGIN).max(-90.0);
    bounds.north = (bounds.north + up * MARGIN).min(90.0);
    Some(bounds)
}
