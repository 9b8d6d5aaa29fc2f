//! Products: what file names and band descriptions tell about imagery.
//!
//! Satellite files say in their names who took them and when, and by convention what their
//! numbers mean. [`recognise`] reads the name and the description of one file; [`inputs`] picks
//! the useful files of a product's folder. Whatever is not told can be given by hand by the
//! caller; nothing is guessed from pixel values.

mod band_name;
mod classes;
mod convention;
mod family;
mod inputs;
mod role;

use std::path::Path;

use chrono::NaiveDateTime;

pub use self::{
    classes::Classes,
    family::{Family, Name},
    inputs::{InputError, inputs},
    role::{Role, UnknownRole},
};
use crate::foreign::RasterDescription;

/// What one file is.
#[derive(Debug, Clone, PartialEq)]
pub struct Product {
    /// The kind of product.
    pub family: Family,
    /// Who took it, in STAC's words ("sentinel-2b", "landsat-8"), where the name tells.
    pub sensor: Option<String>,
    /// When it was taken (UTC; midnight where only the day is known).
    pub acquired: Option<NaiveDateTime>,
    /// One for each band of the file, in its order; `None` for a band nobody can name.
    pub bands: Vec<Option<BandMeaning>>,
}

/// What the numbers of one band mean.
#[derive(Debug, Clone, PartialEq)]
pub struct BandMeaning {
    /// What the band shows.
    pub role: Role,
    /// The number that stands for "nothing here": the file's own, else the product's convention.
    pub nodata: Option<f64>,
    /// value = number × scale + offset (reflectance 0 to 1, kelvin).
    pub scale: f64,
    /// See `scale`.
    pub offset: f64,
    /// How to read the numbers when they are classes.
    pub classes: Option<Classes>,
}

/// Reads a file's name and description.
pub fn recognise(path: &Path, description: &RasterDescription) -> Product {
    let name = Name::read(path);
    let acquired = name.acquired.or_else(|| told_date(description));
    let roles = band_name::roles(path, &name, description);
    let bands = roles.into_iter().zip(&description.bands);
    let bands = bands
        .map(|(role, band)| Some(convention::meaning(&name, acquired, role?, band)))
        .collect();
    Product {
        family: name.family,
        sensor: name.sensor,
        acquired,
        bands,
    }
}

/// What the numbers of a band mean whose role was given by hand.
pub fn meaning_of(
    path: &Path,
    description: &RasterDescription,
    band: usize,
    role: Role,
) -> Option<BandMeaning> {
    let name = Name::read(path);
    let acquired = name.acquired.or_else(|| told_date(description));
    let band = description.bands.get(band.checked_sub(1)?)?;
    Some(convention::meaning(&name, acquired, role, band))
}

/// A date in the file's own metadata.
fn told_date(description: &RasterDescription) -> Option<NaiveDateTime> {
    let keys = [
        "DATETIME_ACQ",
        "ACQUISITION_DATE",
        "SENSING_TIME",
        "datetime",
    ];
    keys.iter().find_map(|key| {
        let digits: String = description
            .metadata
            .get(*key)?
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        family::date(digits.get(..8)?)
    })
}

#[cfg(test)]
mod tests;
