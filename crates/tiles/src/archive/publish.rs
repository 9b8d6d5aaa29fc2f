//! An archive as a layer: its tiles are served as they are.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use chrono::{NaiveDate, Utc};
use grid::bounds::Bounds;
use objects::ObjectStore;
use raster::foreign::Foreign;
use serde_json::{Value, json};
use store::coverage::{self, Coverage, NewCoverage};
use store::layer::{self, Audience, Layer, NewLayer};
use store::{Scope, Store, Viewer, area};

use super::read::Archive;
use super::{ArchiveError, Kind, convert};
use crate::{Format, Result};

/// The file, and what its layer shall be; what is left out stays as it is, or comes from the file.
#[derive(Debug)]
pub struct NewArchive {
    /// `PMTiles` or `MBTiles`, of pictures or of vector tiles.
    pub file: PathBuf,
    /// A slug: `a-z0-9-`.
    pub layer: String,
    /// The Chinese title.
    pub title_zh: Option<String>,
    /// The English title.
    pub title_en: Option<String>,
    /// Who may see it: officials.
    pub audience: Option<Audience>,
    /// The code of the area it is for: the smallest around its middle.
    pub area: Option<String>,
    /// Whom to thank.
    pub attribution: Option<String>,
    /// The day it shows: today.
    pub date: Option<NaiveDate>,
}

/// Stores the file and publishes it. Vector tiles have one date: a newer file takes the place of the old.
///
/// # Errors
///
/// [`ArchiveError::Unpublishable`], an unknown area, a layer of another kind; nothing is published then.
pub async fn publish(
    store: &Store,
    objects: &ObjectStore,
    foreign: &Foreign,
    new: NewArchive,
) -> Result<(Layer, Coverage)> {
    let wrong = |reason: String| ArchiveError::Unpublishable {
        what: new.file.display().to_string(),
        reason,
    };
    let name = new.file.file_name().unwrap_or_default().to_string_lossy();
    let converted = match name.parse()? {
        Kind::PmTiles => None,
        Kind::MbTiles => Some(convert::pmtiles(foreign, &new.file)?),
    };
    let (object, fresh) = {
        let file = converted
            .as_ref()
            .map_or(new.file.as_path(), |file| file.path());
        let mut from = File::open(file).map_err(|error| wrong(error.to_string()))?;
        let mut into = objects.create("pmtiles")?;
        io::copy(&mut from, &mut into).map_err(|error| wrong(error.to_string()))?;
        into.finish_fresh()?
    };
    let rows = async {
        let archive = Archive::open(objects.source(&object)?);
        let archive = archive.map_err(|error| wrong(error.to_string()))?;
        rows(store, &new, &archive, &object, &wrong).await
    };
    match rows.await {
        Ok(rows) => Ok(rows),
        Err(error) => {
            if fresh {
                // The first failure is the one to tell.
                let _ = objects.remove(&object);
            }
            Err(error)
        }
    }
}

async fn rows(
    store: &Store,
    new: &NewArchive,
    archive: &Archive,
    object: &objects::ObjectName,
    wrong: &impl Fn(String) -> ArchiveError,
) -> Result<(Layer, Coverage)> {
    let (bounds, min_zoom, max_zoom) = archive.extent();
    let kind = match archive.format {
        Format::Mvt => layer::Kind::Features,
        Format::Png | Format::Jpeg | Format::Webp => layer::Kind::Visual,
    };
    let about = archive.about();
    if kind == layer::Kind::Features && about.vector_layers.is_empty() {
        let reason = "it does not name the layers in its vector tiles";
        return Err(wrong(reason.to_owned()).into());
    }
    let everyone = Viewer::SignedIn(Scope::Everything);
    let known = layer::by_id(store, &everyone, &new.layer).await?;
    if let Some(known) = known.as_ref().filter(|known| known.kind != kind) {
        let reason = format!(
            "the layer “{}” is of the kind {}, and it would be {kind}",
            known.id, known.kind
        );
        return Err(wrong(reason).into());
    }
    let area_id = area_of(store, new, &bounds, known.as_ref()).await?;
    let area_id = area_id
        .ok_or_else(|| wrong("no area lies around its middle: name one with --area".to_owned()))?;
    let text = |told: &Option<String>, known: Option<&String>, own: &str| {
        told.as_ref()
            .or(known)
            .cloned()
            .unwrap_or_else(|| own.to_owned())
    };
    let title = if about.name.is_empty() {
        &new.layer
    } else {
        &about.name
    };
    let layer = NewLayer {
        id: new.layer.clone(),
        area_id,
        kind,
        title_zh: text(
            &new.title_zh,
            known.as_ref().map(|known| &known.title_zh),
            title,
        ),
        title_en: text(
            &new.title_en,
            known.as_ref().map(|known| &known.title_en),
            "",
        ),
        audience: new
            .audience
            .or(known.as_ref().map(|known| known.audience))
            .unwrap_or(Audience::Officials),
        style: json!({"kind": "none"}),
        attribution: text(
            &new.attribution,
            known.as_ref().map(|known| &known.attribution),
            &about.attribution,
        ),
    };
    let today = Utc::now().date_naive();
    let coverage = NewCoverage {
        layer_id: layer.id.clone(),
        area_id,
        scene_id: None,
        date: new.date.unwrap_or(today),
        object: object.to_string(),
        drawing: None,
        georeference: Value::Null,
        bounds,
        min_zoom,
        max_zoom,
        cloud_share: None,
        version: object.hash().chars().take(16).collect(),
        lineage: json!({
            "operation": "archive",
            "vector_layers": about.vector_layers.iter().map(|within| &within.id).collect::<Vec<_>>(),
        }),
    };
    let layer = layer::upsert(store, &layer).await?;
    Ok((layer, coverage::upsert(store, &coverage).await?))
}

/// The area that is told, that the layer has, or that lies around the middle.
async fn area_of(
    store: &Store,
    new: &NewArchive,
    bounds: &Bounds,
    known: Option<&Layer>,
) -> Result<Option<i64>> {
    if let Some(code) = &new.area {
        let area = area::by_code(store, &Scope::Everything, code).await?;
        let unknown = || store::Error::UnknownArea { code: code.clone() };
        return Ok(Some(area.ok_or_else(unknown)?.id));
    }
    if let Some(known) = known {
        return Ok(Some(known.area_id));
    }
    let (longitude, latitude) = bounds.centre();
    let around = area::containing(store, longitude, latitude).await?;
    Ok(around.map(|area| area.id))
}
