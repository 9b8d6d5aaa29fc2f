//! Statistics of many zones over one image, from files to a table: what a planner waits for.
//!
//! usage: cargo bench -p raster --bench zonal -- RASTER ZONES.geojson TABLE.csv [median]
//!
//! Zones are Polygon and `MultiPolygon` features in degrees, one a line or all in one collection.
#![expect(clippy::print_stderr, reason = "a bench says what it measured")]

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use geo::{LineString, MultiPolygon, Polygon};
use raster::cog::CogReader;
use raster::zonal::{Wanted, table};
use serde::Deserialize;

#[derive(Deserialize)]
struct Collection {
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    geometry: Geometry,
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
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    let [raster, zones, out, rest @ ..] = arguments.as_slice() else {
        // Run without files (by `cargo test --benches`): there is nothing to measure.
        return Ok(());
    };
    let began = Instant::now();
    let collection: Collection = serde_json::from_slice(&std::fs::read(zones)?)?;
    let zones: Vec<MultiPolygon<f64>> = collection
        .features
        .into_iter()
        .map(|feature| feature.geometry.into())
        .collect();
    let read = began.elapsed();
    let wanted = Wanted {
        median: rest.iter().any(|word| word == "median"),
        ..Wanted::default()
    };
    let reader = CogReader::open_path(Path::new(raster))?;
    let found = table(&reader, 0, &zones, &wanted, &|| false)?;
    let computed = began.elapsed();
    let mut csv = String::from("zone,count,mean,std,min,max,median\n");
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    for (zone, row) in found.iter().enumerate() {
        let numbers = [row.mean, row.std, row.min, row.max, row.median]
            .map(number)
            .join(",");
        writeln!(csv, "{zone},{},{numbers}", row.count)?;
    }
    std::fs::write(out, csv)?;
    eprintln!(
        "zones read {:.3} s, statistics {:.3} s, all {:.3} s",
        read.as_secs_f64(),
        computed.saturating_sub(read).as_secs_f64(),
        began.elapsed().as_secs_f64()
    );
    Ok(())
}
