//! Statistics of zones, a row for each zone and date.

use std::io::BufWriter;

use chrono::NaiveDate;
use objects::ObjectWriter;
use raster::cog::CogReader;
use raster::zonal;
use serde_json::{Value, json};
use store::coverage;

use super::{DerivedResult, Kept, RecipeCraft};
use crate::engine::Stop;
use crate::plan::{Derived, DerivedKind};
use crate::series;
use crate::table::{Format, TableWriter};
use crate::{Error, Result, Workshop, object_image};

impl RecipeCraft {
    pub(super) fn table(
        &self,
        workshop: &Workshop,
        derived: &Derived,
        stop: &Stop,
    ) -> Result<DerivedResult> {
        let DerivedKind::Table {
            images,
            layer,
            zones,
            wanted,
            ..
        } = &derived.kind
        else {
            return Err(Error::NoJob { job: self.job });
        };
        let zones = self.zones(workshop, zones)?;
        let outlines: Vec<_> = zones.iter().map(|zone| zone.polygons.clone()).collect();
        let columns = series::columns(wanted);
        let begin = |format: Format| {
            let object = workshop.objects.create(format.extension())?;
            Ok::<_, Error>(TableWriter::new(
                BufWriter::new(object),
                columns.clone(),
                format,
            )?)
        };
        let (mut csv, mut parquet) = (begin(Format::Csv)?, begin(Format::Parquet)?);
        let mut rows = 0;
        for (date, image) in self.dates(workshop, images, layer.as_deref())? {
            let found = zonal::table(&image, 0, &outlines, wanted, &|| stop.is_set())?;
            for (zone, found) in zones.iter().zip(&found) {
                csv.row(series::row(date, zone, found, wanted))?;
                parquet.row(series::row(date, zone, found, wanted))?;
                rows += 1;
            }
        }
        let files = vec![keep(csv.finish()?)?, keep(parquet.finish()?)?];
        Ok(DerivedResult {
            features: None,
            count: rows,
            files,
            details: json!({ "rows": rows, "zones": zones.len() }),
        })
    }

    /// The images of a step by date, or all dates of a layer; those without any value are left out.
    fn dates(
        &self,
        workshop: &Workshop,
        images: &[usize],
        layer: Option<&str>,
    ) -> Result<Vec<(NaiveDate, CogReader)>> {
        if let Some(layer) = layer {
            let mut coverages = self
                .runtime
                .block_on(coverage::list(&workshop.store, layer))?;
            coverages.sort_by_key(|coverage| coverage.date);
            let open = |coverage: &coverage::Coverage| {
                Ok((
                    coverage.date,
                    object_image::open(&workshop.objects, &coverage.object, layer)?,
                ))
            };
            return coverages.iter().map(open).collect();
        }
        let summaries = self.summaries(workshop)?;
        let seen = |image: &&usize| {
            summaries
                .get(**image)
                .is_some_and(super::publish::has_values)
        };
        let seen: Vec<usize> = images.iter().filter(seen).copied().collect();
        let dates = seen.iter().map(|&image| self.plan.images[image].date);
        Ok(dates.zip(self.open_images(workshop, &seen)?).collect())
    }
}

fn keep(writer: BufWriter<ObjectWriter>) -> Result<Kept> {
    let mut object = writer.into_inner().map_err(|error| Error::Cog {
        what: "the table".to_owned(),
        source: error.into_error().into(),
    })?;
    let bytes = std::io::Seek::stream_position(&mut object).unwrap_or_default();
    let (name, fresh) = object.finish_fresh()?;
    Ok(Kept {
        name: name.to_string(),
        fresh,
        bytes,
    })
}

/// What a table's output says of its files.
pub(super) fn files(derived: &DerivedResult) -> Value {
    let file = |kept: &Kept| {
        let format = kept.name.rsplit('.').next().unwrap_or_default();
        json!({ "format": format, "object": kept.name, "bytes": kept.bytes })
    };
    Value::Array(derived.files.iter().map(file).collect())
}
