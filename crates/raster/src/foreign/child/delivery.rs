//! Features on their way to the parent: turned into degrees, made two-dimensional, checked.

use std::io;

use gdal::{spatial_ref::CoordTransform, vector::Geometry};
use serde_json::{Map, Value};

use super::{answers::Answers, ogr};
use crate::foreign::{
    features::RefusedFeature,
    protocol::{Frame, LARGEST_GEOMETRY},
};

/// Sends the features of one layer.
pub(super) struct Delivery<'a> {
    pub answers: &'a mut Answers,
    /// From the layer's system to longitude and latitude.
    pub to_degrees: CoordTransform,
}

impl Delivery<'_> {
    /// Sends one feature, or why it is not taken.
    pub fn send(
        &mut self,
        index: usize,
        shape: Result<&Geometry, String>,
        properties: impl FnOnce() -> Map<String, Value>,
    ) -> io::Result<()> {
        match shape.and_then(|shape| degrees(shape, &self.to_degrees)) {
            Ok(wkb) => {
                let frame = Frame::Feature {
                    index,
                    properties: properties(),
                    bytes: wkb.len(),
                };
                self.answers.send_with(&frame, &wkb)
            }
            Err(reason) => self.refuse(index, reason),
        }
    }

    pub fn refuse(&mut self, index: usize, reason: String) -> io::Result<()> {
        let refused = RefusedFeature { index, reason };
        self.answers.send(&Frame::Refused(refused))
    }
}

/// The shape in longitude and latitude as WKB, or why it is not taken.
fn degrees(shape: &Geometry, to_degrees: &CoordTransform) -> Result<Vec<u8>, String> {
    if shape.is_empty() {
        return Err("its geometry is empty".to_owned());
    }
    let shape = shape.transform(to_degrees).map_err(|_outside| {
        "its coordinates have no longitude and latitude in the file's reference system".to_owned()
    })?;
    if !on_earth(&shape) {
        return Err(
            "its coordinates are not on the earth; is the reference system right?".to_owned(),
        );
    }
    let wkb = ogr::flat_wkb(&shape).ok_or("its geometry is of a kind that cannot be stored")?;
    if wkb.len() > LARGEST_GEOMETRY {
        Err("its geometry is too large".to_owned())
    } else {
        Ok(wkb)
    }
}

fn on_earth(shape: &Geometry) -> bool {
    let envelope = shape.envelope();
    let (longitudes, latitudes) = (-180.000_001..=180.000_001, -90.000_001..=90.000_001);
    longitudes.contains(&envelope.MinX)
        && longitudes.contains(&envelope.MaxX)
        && latitudes.contains(&envelope.MinY)
        && latitudes.contains(&envelope.MaxY)
}
