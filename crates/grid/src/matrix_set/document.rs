//! A set as the JSON of OGC 17-083r4 (`tileMatrixSet.json`).

use serde::Serialize;

use super::{AxisOrder, MatrixSet, TILE_SIDE};

/// A tile matrix set, to be written as JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// Its identifier.
    pub id: String,
    /// What it is.
    pub title: String,
    /// Where the OGC's register has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// The CRS, as a web address.
    pub crs: String,
    /// The names of its axes, in their order.
    pub ordered_axes: [&'static str; 2],
    /// The register's name for the scales.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub well_known_scale_set: Option<&'static str>,
    /// From the coarsest to the finest.
    pub tile_matrices: Vec<MatrixDocument>,
}

/// One matrix of a set.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MatrixDocument {
    /// Its identifier.
    pub id: String,
    /// By how much a pixel of 0.28 mm is smaller than its ground.
    pub scale_denominator: f64,
    /// The side of a pixel in the CRS's unit.
    pub cell_size: f64,
    /// `topLeft`.
    pub corner_of_origin: &'static str,
    /// The north-west corner, in the order of the CRS's axes.
    pub point_of_origin: [f64; 2],
    /// Pixels.
    pub tile_width: u32,
    /// Pixels.
    pub tile_height: u32,
    /// Tiles.
    pub matrix_width: u32,
    /// Tiles.
    pub matrix_height: u32,
}

impl MatrixSet {
    /// Where the OGC's register has it; `None` for the sets it does not know.
    pub fn uri(self) -> Option<String> {
        matches!(self, Self::WebMercatorQuad | Self::WorldCrs84Quad).then(|| {
            format!(
                "http://www.opengis.net/def/tilematrixset/OGC/1.0/{}",
                self.id()
            )
        })
    }

    /// The set as a document.
    pub fn document(self) -> Document {
        let ordered_axes = match (self, self.axis_order()) {
            (Self::WebMercatorQuad, _) => ["X", "Y"],
            (Self::GaussKruger(_), _) => ["N", "E"],
            (_, AxisOrder::EastNorth) => ["Lon", "Lat"],
            (_, AxisOrder::NorthEast) => ["Lat", "Lon"],
        };
        let well_known_scale_set = match self {
            Self::WebMercatorQuad => {
                Some("http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible")
            }
            Self::WorldCrs84Quad => Some("http://www.opengis.net/def/wkss/OGC/1.0/GoogleCRS84Quad"),
            Self::Cgcs2000Quad | Self::GaussKruger(_) => None,
        };
        Document {
            id: self.id().into_owned(),
            title: self.title().into_owned(),
            uri: self.uri(),
            crs: self.crs_uri(),
            ordered_axes,
            well_known_scale_set,
            tile_matrices: self.levels().map(|level| self.matrix(level)).collect(),
        }
    }

    fn matrix(self, level: u8) -> MatrixDocument {
        MatrixDocument {
            id: level.to_string(),
            scale_denominator: self.scale_denominator(level),
            cell_size: self.cell_size(level),
            corner_of_origin: "topLeft",
            point_of_origin: self.ordered(self.corner()),
            tile_width: TILE_SIDE,
            tile_height: TILE_SIDE,
            matrix_width: self.columns(level),
            matrix_height: self.rows(level),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_standard_has_it() {
        let document = serde_json::to_value(MatrixSet::Cgcs2000Quad.document()).expect("JSON");
        assert_eq!(document["orderedAxes"], serde_json::json!(["Lat", "Lon"]));
        assert_eq!(
            document["crs"],
            "http://www.opengis.net/def/crs/EPSG/0/4490"
        );
        assert!(document.get("uri").is_none());
        assert_eq!(
            document["tileMatrices"][0],
            serde_json::json!({
                "id": "1", "scaleDenominator": 279_541_132.014_358_9, "cellSize": 0.703_125,
                "cornerOfOrigin": "topLeft", "pointOfOrigin": [90.0, -180.0],
                "tileWidth": 256, "tileHeight": 256, "matrixWidth": 2, "matrixHeight": 1
            })
        );
    }
}
