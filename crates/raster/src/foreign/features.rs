//! What is read of a foreign vector file.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Which features of a file are wanted, and what the file does not say about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureOptions {
    /// The layer; needed only when the file has several.
    pub layer: Option<String>,
    /// Encoding of a Shapefile's text ("gbk", "utf-8", …), where the guess would be wrong.
    pub encoding: Option<String>,
    /// Reference system ("EPSG:4490") for a file that names none.
    pub crs: Option<String>,
    /// The columns of a table with longitude (or easting) and latitude (or northing).
    pub columns: Option<[String; 2]>,
}

/// What a layer of a file says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeatureLayer {
    /// Its name.
    pub name: String,
    /// Name of the reference system the file is in.
    pub crs_name: String,
    /// Encoding the text was read in.
    pub encoding: String,
    /// Names of the attributes in the file's order; for an `OpenStreetMap` extract only the id.
    pub fields: Vec<String>,
    /// Whether the places of its features are lines of a text, counted from 1.
    pub by_line: bool,
}

/// One answer about a layer: first the layer itself, then its features in the file's order.
#[derive(Debug, Clone, PartialEq)]
pub enum FeatureAnswer {
    /// The layer.
    Layer(FeatureLayer),
    /// A feature.
    Feature(ForeignFeature),
    /// A feature that was not taken.
    Refused(RefusedFeature),
}

/// The features of one layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// The layer's name.
    pub layer: String,
    /// Name of the reference system the file is in.
    pub crs_name: String,
    /// Encoding the text was read in.
    pub encoding: String,
    /// Names of the attributes in the file's order.
    pub fields: Vec<String>,
    /// The features in the file's order.
    pub features: Vec<ForeignFeature>,
    /// The features that were not taken.
    pub refused: Vec<RefusedFeature>,
}

/// One feature.
#[derive(Debug, Clone, PartialEq)]
pub struct ForeignFeature {
    /// Its place in the file, counted from 1.
    pub index: usize,
    /// Its attributes: strings, numbers, booleans or null.
    pub properties: Map<String, Value>,
    /// Its shape in longitude and latitude (EPSG:4326), two-dimensional, never empty.
    pub geometry: geo::Geometry<f64>,
}

/// One feature that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedFeature {
    /// Its place in the file, counted from 1.
    pub index: usize,
    /// Why.
    pub reason: String,
}
