//! Statistics of many zones over one image, from files to a table: what a planner waits for.
//!
//! usage: `zonal RASTER ZONES.geojson TABLE.csv [median]`
//!
//! Zones are Polygon and `MultiPolygon` features with an `id`, in the raster's reference system.
#![expect(clippy::print_stdout, reason = "it says what it measured")]

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use geo::{Coord, LineString, MapCoords as _, MultiPolygon, Polygon, coord};
use raster::cog::CogReader;
use raster::zonal::{Wanted, table_in_pixels};
use serde::Deserialize;

#[derive(Deserialize)]
struct Collection {
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    geometry: Geometry,
    properties: Properties,
}

#[derive(Deserialize)]
struct Properties {
    id: u64,
}

type Rings = Vec<Vec<[f64; 2]>>;

#[derive(Deserialize)]
#[serde(tag = "type", content = "coordinates")]
enum Geometry {
    Polygon(Rings),
    MultiPolygon(Vec<Rings>),
}

impl From<Geometry> for MultiPolygon<f64> {
    fn from(geometry: Geometry) -> Self {
        let parts = match geometry {
            Geometry::Polygon(rings) => vec![rings],
            Geometry::MultiPolygon(parts) => parts,
        };
        parts.into_iter().map(polygon).collect()
    }
}

fn polygon(rings: Rings) -> Polygon<f64> {
    let mut rings = rings.into_iter().map(LineString::from);
    let exterior = rings.next().unwrap_or_else(|| LineString::new(Vec::new()));
    Polygon::new(exterior, rings.collect())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [raster, zones, out, rest @ ..] = arguments.as_slice() else {
        return Err("usage: zonal RASTER ZONES.geojson TABLE.csv [median]".into());
    };
    let began = Instant::now();
    let reader = CogReader::open_path(Path::new(raster))?;
    let collection: Collection = serde_json::from_slice(&std::fs::read(zones)?)?;
    let [west, width, _, north, _, height] = reader.georeference().transform;
    let (ids, zones): (Vec<u64>, Vec<MultiPolygon<f64>>) = collection
        .features
        .into_iter()
        .map(|feature| {
            let zone = MultiPolygon::from(feature.geometry);
            let pixel = |place: Coord<f64>| coord! { x: (place.x - west) / width, y: (place.y - north) / height };
            (feature.properties.id, zone.map_coords(pixel))
        })
        .unzip();
    let wanted = Wanted {
        median: rest.iter().any(|word| word == "median"),
        ..Wanted::default()
    };
    let found = table_in_pixels(&reader, 0, &zones, &wanted, &|| false)?;
    let mut csv = String::from("id,mean,count,stdev,min,max\n");
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    for (id, row) in ids.iter().zip(&found) {
        let [mean, std, min, max] = [row.mean, row.std, row.min, row.max].map(number);
        writeln!(csv, "{id},{mean},{},{std},{min},{max}", row.count)?;
    }
    std::fs::write(out, csv)?;
    println!("took {:.3} s", began.elapsed().as_secs_f64());
    Ok(())
}
