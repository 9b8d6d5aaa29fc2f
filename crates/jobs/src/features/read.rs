//! From the file to the database's waiting table.

use std::path::{Path, PathBuf};

use geo::{Coord, MapCoordsInPlace as _};
use grid::offset_datum::OffsetDatum;
use raster::foreign::{FeatureAnswer, FeatureLayer, FeatureOptions, ForeignFeature};
use serde_json::Value;
use store::feature_import::{Arrival, Incoming, Remark};
use tokio::sync::mpsc::Sender;

use super::REMARKS;
use crate::{Error, Result, Workshop, areas};

/// Features sent at once.
const BATCH: usize = 1000;
/// The id the reader of `OpenStreetMap` gives.
const OSM_ID: &str = "osm_id";
/// Where a feature's properties say that its coordinates were shifted back.
const DATUM: &str = "source_datum";

/// What is made of a feature, or why nothing is.
pub(crate) type Taken = std::result::Result<Vec<Incoming>, String>;

/// By what features are known again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// An attribute.
    Attribute(String),
    /// The place in the file.
    Place,
}

impl Key {
    /// The attribute that was named; the id of `OpenStreetMap` in its extracts.
    pub fn of(path: &Path, named: Option<String>) -> Self {
        match named {
            Some(named) => Self::Attribute(named),
            None if is_extract(path) => Self::Attribute(OSM_ID.to_owned()),
            None => Self::Place,
        }
    }
}

/// Whether a file is an extract of `OpenStreetMap` by its name.
pub(crate) fn is_extract(path: &Path) -> bool {
    path.extension().is_some_and(|ending| {
        ["pbf", "osm"]
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    })
}

/// One file to be read.
pub(crate) struct Reading {
    pub path: PathBuf,
    pub options: FeatureOptions,
    pub key: Key,
}

/// What was seen of it.
#[derive(Default)]
pub(crate) struct Read {
    pub layer: FeatureLayer,
    pub refused: Vec<Remark>,
    pub refused_count: usize,
    taken: usize,
}

impl Reading {
    /// An extract of `OpenStreetMap`, whose features have ids.
    pub fn extract(path: &Path, options: FeatureOptions) -> Self {
        Self {
            path: path.to_owned(),
            options,
            key: Key::Attribute(OSM_ID.to_owned()),
        }
    }

    /// Reads the file to its end, sending batches; waits while two of them wait.
    ///
    /// # Errors
    /// [`Error::Stopped`] when nobody listens any more.
    pub fn send(
        self,
        workshop: &Workshop,
        to: &Sender<Arrival>,
        take: impl Fn(ForeignFeature) -> Taken,
    ) -> Result<Read> {
        let mut read = Read::default();
        let mut batch = Vec::with_capacity(BATCH);
        let send = |arrival| to.blocking_send(arrival).map_err(|_gone| Error::Stopped);
        workshop
            .foreign
            .read_features(&self.path, &self.options, |answer| {
                match answer {
                    FeatureAnswer::Layer(layer) => {
                        read.layer = self.with_key(layer)?;
                    }
                    FeatureAnswer::Refused(refused) => read.refuse(refused.index, refused.reason),
                    FeatureAnswer::Feature(feature) => {
                        let index = feature.index;
                        match take(feature) {
                            Ok(taken) => {
                                read.taken += taken.len();
                                batch.extend(taken);
                            }
                            Err(reason) => read.refuse(index, reason),
                        }
                    }
                }
                if batch.len() >= BATCH {
                    send(Arrival::Features(std::mem::take(&mut batch)))?;
                }
                Ok::<(), Error>(())
            })?;
        if read.taken == 0 {
            return Err(self.nothing(&read));
        }
        send(Arrival::Features(batch))?;
        send(Arrival::End)?;
        Ok(read)
    }

    /// The layer, if it has the attribute that is to be the key.
    fn with_key(&self, layer: FeatureLayer) -> Result<FeatureLayer> {
        match &self.key {
            Key::Attribute(field)
                if !layer.fields.iter().any(|known| known == OSM_ID)
                    && !layer.fields.contains(field) =>
            {
                Err(Error::UnknownField {
                    path: self.path.clone(),
                    field: field.clone(),
                    fields: layer.fields,
                })
            }
            _ => Ok(layer),
        }
    }

    fn nothing(&self, read: &Read) -> Error {
        let path = self.path.clone();
        match read.refused.first() {
            Some(first) => Error::AllRefused {
                path,
                count: read.refused_count,
                first: first.words.clone(),
            },
            None => Error::NoFeatures { path },
        }
    }
}

impl Read {
    fn refuse(&mut self, index: usize, words: String) {
        self.refused_count += 1;
        if self.refused.len() < REMARKS {
            let place = index as i64;
            self.refused.push(Remark { place, words });
        }
    }
}

/// A feature of the one layer, shifted back where it was drawn on a shifted map.
pub(super) fn key_and_properties(
    mut feature: ForeignFeature,
    key: &Key,
    from: Option<OffsetDatum>,
) -> std::result::Result<Incoming, String> {
    let place = feature.index as i64;
    let key = match key {
        Key::Place => place.to_string(),
        Key::Attribute(field) => {
            areas::text(&feature, field).ok_or_else(|| format!("its key ({field}) is empty"))?
        }
    };
    if let Some(datum) = from {
        feature.geometry.map_coords_in_place(|at| {
            let (x, y) = datum.to_wgs84(at.x, at.y);
            Coord { x, y }
        });
        let name = datum.name().into();
        feature.properties.insert(DATUM.to_owned(), name);
    }
    feature.properties.values_mut().for_each(without_nul);
    Ok(Incoming {
        layer: 0,
        place,
        key: key.replace('\0', ""),
        geometry: feature.geometry,
        properties: Value::Object(feature.properties),
    })
}

/// The database takes no NUL in a text.
pub(crate) fn without_nul(value: &mut Value) {
    if let Value::String(text) = value
        && text.contains('\0')
    {
        *text = text.replace('\0', "");
    }
}

#[cfg(test)]
mod tests {
    use geo::point;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_shifted_place_is_shifted_back_and_says_so() {
        let Value::Object(properties) = json!({"id": 7, "name": "井\u{0}"}) else {
            panic!("an object")
        };
        let feature = ForeignFeature {
            index: 3,
            properties,
            geometry: point!(x: 121.531_541_859_215, y: 31.175_303_983_645_97).into(),
        };
        let key = Key::Attribute("id".to_owned());
        let made = key_and_properties(feature, &key, Some(OffsetDatum::Gcj02)).unwrap();
        assert_eq!((made.key.as_str(), made.place), ("7", 3));
        assert_eq!(
            made.properties,
            json!({"id": 7, "name": "井", "source_datum": "GCJ-02"})
        );
        let geo::Geometry::Point(at) = made.geometry else {
            panic!("a point")
        };
        assert!((at.x() - 121.527_210_6).abs() < 1e-8 && (at.y() - 31.177_427_6).abs() < 1e-8);
    }

    #[test]
    fn extracts_have_a_key_of_their_own() {
        let key =
            |name: &str, named: Option<&str>| Key::of(Path::new(name), named.map(str::to_owned));
        assert_eq!(key("a.osm.pbf", None), Key::Attribute("osm_id".into()));
        assert_eq!(key("a.shp", None), Key::Place);
        assert_eq!(key("a.shp", Some("TBBH")), Key::Attribute("TBBH".into()));
    }
}
