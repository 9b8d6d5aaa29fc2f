//! Time series: statistics of zones over all dates of a layer, as one long table.

use std::io::Write;
use std::sync::Arc;

use geo::MultiPolygon;
use objects::ObjectStore;
use raster::zonal::{self, Wanted, ZoneStatistics};
use store::{Store, coverage};

use crate::table::{Column, Kind, TableError, TableWriter, Value};
use crate::{Error, Result};

/// A zone and what it is called.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedZone {
    /// An area's code or a feature's key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its outline in degrees.
    pub polygons: MultiPolygon<f64>,
}

/// The columns of a table of zones: date, key, name, then the statistics.
pub fn columns(wanted: &Wanted) -> Vec<Column> {
    let mut columns = vec![
        Column::new("date", Kind::Date),
        Column::new("key", Kind::Text),
        Column::new("name", Kind::Text),
    ];
    let mut float = |name: String| columns.push(Column::new(name, Kind::Float));
    for name in ["count", "valid_share", "mean", "std", "min", "max"] {
        float(name.to_owned());
    }
    if wanted.median {
        float("median".to_owned());
    }
    for percentile in &wanted.percentiles {
        float(format!("p{percentile}"));
    }
    if wanted.classes {
        columns.push(Column::new("largest_class", Kind::Integer));
        columns.push(Column::new("largest_share", Kind::Float));
    }
    columns
}

/// The rows of one date in those columns; `found` in the order of the zones.
pub fn row(
    date: chrono::NaiveDate,
    zone: &NamedZone,
    found: &ZoneStatistics,
    wanted: &Wanted,
) -> Vec<Value> {
    let mut row = vec![
        Value::Date(date),
        zone.key.as_str().into(),
        zone.name.as_str().into(),
    ];
    let numbers = [
        Some(found.count),
        Some(found.valid_share),
        found.mean,
        found.std,
        found.min,
        found.max,
    ];
    row.extend(numbers.map(Value::from));
    if wanted.median {
        row.push(found.median.into());
    }
    let percentile = |index: usize| found.percentiles.get(index).copied().into();
    row.extend((0..wanted.percentiles.len()).map(percentile));
    if wanted.classes {
        let largest = found.largest_class();
        row.push(largest.map_or(Value::Missing, |it| Value::Integer(it.class.into())));
        row.push(largest.map(|it| it.share).into());
    }
    row
}

/// Writes the statistics of the first band of every date of a layer, the oldest first; one date is
/// held at a time. Gives back how many dates there were, and what was written to.
///
/// # Errors
/// When an object is missing or damaged, writing fails, or `stop` says so.
pub async fn write<W: Write + Send + 'static>(
    store: &Store,
    objects: &ObjectStore,
    layer: &str,
    zones: Arc<[NamedZone]>,
    wanted: &Wanted,
    out: TableWriter<W>,
    stop: Arc<dyn Fn() -> bool + Send + Sync>,
) -> Result<(usize, W)> {
    let mut coverages = coverage::list(store, layer).await?;
    coverages.sort_by_key(|coverage| coverage.date);
    let dates = coverages.len();
    let (objects, wanted) = (objects.clone(), wanted.clone());
    let outlines: Vec<_> = zones.iter().map(|zone| zone.polygons.clone()).collect();
    let work = move || {
        let mut out = out;
        for coverage in coverages {
            let reader = crate::object_image::open(&objects, &coverage.object, "statistics")?;
            let found = zonal::table(&reader, 0, &outlines, &wanted, &*stop)?;
            for (zone, found) in zones.iter().zip(&found) {
                out.row(row(coverage.date, zone, found, &wanted))?;
            }
        }
        Ok::<W, Error>(out.finish()?)
    };
    let done = tokio::task::spawn_blocking(work).await;
    let out = done.map_err(|source| Error::Interrupted { source })??;
    Ok((dates, out))
}

impl From<TableError> for Error {
    fn from(source: TableError) -> Self {
        Self::Table { source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use raster::zonal::ClassShare;

    #[test]
    fn rows_fit_their_columns() {
        let wanted = Wanted {
            median: true,
            percentiles: vec![10.0, 97.5],
            classes: true,
            ..Wanted::default()
        };
        let columns = columns(&wanted);
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(
            names[9..],
            ["median", "p10", "p97.5", "largest_class", "largest_share"]
        );
        let zone = NamedZone {
            key: "511725104201".to_owned(),
            name: "大河村".to_owned(),
            polygons: MultiPolygon::new(Vec::new()),
        };
        let share = |class, share| ClassShare { class, share };
        let full = ZoneStatistics {
            median: Some(0.5),
            percentiles: vec![0.1, 0.9],
            classes: vec![share(2, 0.4), share(5, 0.6)],
            ..ZoneStatistics::default()
        };
        let date = chrono::NaiveDate::default();
        let mut out = TableWriter::new(Vec::new(), columns, crate::table::Format::Csv).unwrap();
        for found in [full, ZoneStatistics::default()] {
            out.row(row(date, &zone, &found, &wanted)).unwrap();
        }
        let text = String::from_utf8(out.finish().unwrap()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[1],
            "1970-01-01,511725104201,大河村,0,0,,,,,0.5,0.1,0.9,5,0.6"
        );
        assert_eq!(lines[2], "1970-01-01,511725104201,大河村,0,0,,,,,,,,,");
    }
}
