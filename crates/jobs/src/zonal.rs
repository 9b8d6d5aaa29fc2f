//! Statistics of an index by village.
//!
//! They are computed when an index is published, when areas are imported, and when a table is
//! asked for that lacks some; a table that is complete costs one query.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use objects::ObjectStore;
use raster::zonal::{self as pixels, Wanted};
use store::{
    Scope, Store, Viewer,
    area::{self, Level, Outline},
    coverage::{self, Coverage},
    layer::{self, Kind},
    zonal::{self, Row, Statistics},
};

use crate::{Error, Progress, Result, Silent, Stage, Workshop, object_image};

/// The statistics of one date of a layer for the villages within a scope.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The date they are of.
    pub date: NaiveDate,
    /// One row a village, by name in Chinese order.
    pub rows: Vec<Row>,
}

/// The table of a layer's date (the newest where none is given) for the villages within a scope.
/// Statistics that are missing are computed on the way. Whether the viewer may see the layer is
/// the caller's to decide (`store::layer::by_id`).
///
/// # Errors
/// When the layer is not one of numbers, or has no such date, or its object is damaged.
pub async fn table(
    store: &Store,
    objects: &ObjectStore,
    layer: &str,
    date: Option<NaiveDate>,
    scope: &Scope,
) -> Result<Table> {
    let known = layer::by_id(store, &Viewer::SignedIn(Scope::Everything), layer).await?;
    let known = known.ok_or_else(|| store::Error::UnknownLayer {
        id: layer.to_owned(),
    })?;
    let without = |why: String| Error::NoStatistics {
        id: layer.to_owned(),
        why,
    };
    if known.kind != Kind::Index {
        return Err(without(format!(
            ": it is of the kind {}, not of numbers",
            known.kind
        )));
    }
    let coverage = match date {
        Some(date) => coverage::by_date(store, layer, date).await?,
        None => coverage::latest(store, layer).await?,
    };
    let coverage = coverage.ok_or_else(|| match date {
        Some(date) => without(format!(": nothing is published for {date}")),
        None => without(": nothing is published yet".to_owned()),
    })?;
    fill(store, objects, &coverage, &Silent).await?;
    Ok(Table {
        date: coverage.date,
        rows: zonal::table(store, scope, coverage.id).await?,
    })
}

/// Computes what a coverage lacks; for how many areas.
///
/// # Errors
/// When its object is missing or damaged, or the database fails.
pub async fn fill(
    store: &Store,
    objects: &ObjectStore,
    coverage: &Coverage,
    progress: &dyn Progress,
) -> Result<usize> {
    // Nothing of a drawn date is stored that statistics could be of.
    let missing = match coverage.drawing {
        Some(_) => Vec::new(),
        None => zonal::missing(store, coverage.id).await?,
    };
    if missing.is_empty() {
        return Ok(0);
    }
    let villages = villages(store, missing).await?;
    if villages.is_empty() {
        return Ok(0);
    }
    progress.stage(&Stage::Statistics);
    let (objects, coverage_id, object) = (objects.clone(), coverage.id, coverage.object.clone());
    let computed = tokio::task::spawn_blocking(move || compute(&objects, &object, villages));
    let rows = computed
        .await
        .map_err(|source| Error::Interrupted { source })??;
    zonal::upsert(store, coverage_id, &rows).await?;
    progress.advance(rows.len() as u64, rows.len() as u64);
    Ok(rows.len())
}

/// Computes what is missing for every published index: areas were imported.
pub(crate) async fn fill_all(workshop: &Workshop) -> Result<()> {
    let store = &workshop.store;
    for layer in layer::list(store, &Viewer::SignedIn(Scope::Everything)).await? {
        if layer.kind == Kind::Index {
            for coverage in coverage::list(store, &layer.id).await? {
                fill(store, &workshop.objects, &coverage, &*workshop.progress).await?;
            }
        }
    }
    Ok(())
}

/// The villages among areas, and areas above the villages that have nothing below them.
async fn villages(store: &Store, outlines: Vec<Outline>) -> Result<Vec<Outline>> {
    let all = area::list(store, &Scope::Everything).await?;
    let parents: BTreeSet<String> = all.into_iter().filter_map(|area| area.parent).collect();
    let counts = |outline: &Outline| {
        let Outline { area, .. } = outline;
        area.level == Level::Village
            || (area.level < Level::Village && !parents.contains(&area.code))
    };
    Ok(outlines.into_iter().filter(counts).collect())
}

fn compute(
    objects: &ObjectStore,
    object: &str,
    villages: Vec<Outline>,
) -> Result<Vec<(i64, Statistics)>> {
    let reader = object_image::open(objects, object, "statistics")?;
    let (ids, outlines): (Vec<i64>, Vec<_>) = villages
        .into_iter()
        .map(|village| (village.area.id, village.polygons))
        .unzip();
    let found = pixels::table(&reader, 0, &outlines, &Wanted::default(), &|| false)?;
    let statistics = found.into_iter().map(|found| Statistics {
        count: found.count,
        valid_share: found.valid_share,
        mean: found.mean,
        std: found.std,
        min: found.min,
        max: found.max,
    });
    Ok(ids.into_iter().zip(statistics).collect())
}
