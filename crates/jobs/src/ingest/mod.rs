//! A scene from foreign files: each band a COG in its own grid, all described by a STAC item.

mod item;
mod pixels;
mod place;
mod plan;

use std::path::PathBuf;

use chrono::NaiveDate;
use raster::product::Role;
use store::scene::{NewScene, Scene};

pub(crate) use self::place::at as area_at;
use self::plan::Plan;
pub(crate) use self::plan::georeference;
use crate::{Error, Result, SceneBand, Stage, Workshop, kept::Kept};

/// What to ingest, and what the files do not say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IngestRequest {
    /// One file, one file a band, or a product's folder.
    pub paths: Vec<PathBuf>,
    /// The scene's id; from the files' names.
    pub id: Option<String>,
    /// The day it was taken; from the names.
    pub date: Option<NaiveDate>,
    /// Who took it ("sentinel-2b", "drone"); from the names.
    pub sensor: Option<String>,
    /// The role of every band of every file, in order, `-` for one to leave out; from
    /// descriptions and names where empty.
    pub bands: Vec<String>,
    /// The number that stands for "nothing here" in every band of measurements; from the files,
    /// else the product's convention.
    pub nodata: Option<f64>,
    /// The share under cloud, 0 to 1; counted from the scene's classes.
    pub cloud_share: Option<f64>,
    /// The code of the area it is for; the largest one it touches.
    pub area: Option<String>,
}

/// A scene that came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Ingested {
    /// As it is stored.
    pub scene: Scene,
    /// Its bands.
    pub bands: Vec<SceneBand>,
    /// The code of its area.
    pub area: String,
    /// Whether it took the place of a scene of the same id.
    pub replaced: bool,
}

impl Workshop {
    /// Brings in a scene. One of the same id is replaced.
    ///
    /// # Errors
    /// When a file is at fault or not one scene's, when nobody knows its bands, date or sensor,
    /// or when it lies outside every area. Nothing is left behind.
    pub async fn ingest(&self, request: IngestRequest) -> Result<Ingested> {
        self.progress.stage(&Stage::Look);
        let wanted_area = request.area.clone();
        let plan = self
            .blocking(move |shop| Plan::make(&shop.foreign, &request))
            .await?;
        let area = place::area(&self.store, wanted_area.as_deref(), &plan).await?;
        let (kept, bands, plan) = self.blocking(move |shop| take_in(shop, plan)).await?;
        self.progress.stage(&Stage::Record);
        let everything = store::Scope::Everything;
        let replaced = store::scene::by_id(&self.store, &everything, &plan.id)
            .await?
            .is_some();
        let scene = NewScene {
            id: plan.id.clone(),
            area_id: area.id,
            acquired_at: plan.acquired,
            sensor: plan.sensor.clone(),
            cloud_share: plan.cloud_share,
            footprint: place::footprint(&bands),
            item: item::stac(&plan, &bands),
            bands: serde_json::to_value(&bands).map_err(|source| Error::Stored {
                what: format!("the scene “{}”", plan.id),
                source,
            })?,
        };
        let scene = store::scene::upsert(&self.store, &scene).await?;
        kept.commit();
        Ok(Ingested {
            scene,
            bands,
            area: area.code,
            replaced,
        })
    }
}

/// Every band into its COG. Objects are finished only when all of them could be read.
fn take_in(workshop: &Workshop, mut plan: Plan) -> Result<(Kept, Vec<SceneBand>, Plan)> {
    let mask = pixels::alpha_mask(workshop, &plan)?;
    let mut read = Vec::new();
    for band in &plan.bands {
        if band.meaning.role != Role::Alpha {
            workshop.progress.stage(&Stage::Band {
                role: band.meaning.role.to_string(),
            });
            read.push(pixels::read(workshop, band, mask.as_ref())?);
        }
    }
    let counted = read
        .iter()
        .filter_map(|band| band.clouds.map(|clouds| (band.rank, clouds)));
    let counted = counted
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, clouds)| clouds);
    plan.cloud_share = plan.cloud_share.or(counted);
    let mut kept = Kept::new(&workshop.objects);
    let mut bands = Vec::new();
    for band in read {
        let object = kept.finish(band.object)?;
        bands.push(SceneBand {
            object: object.to_string(),
            ..band.band
        });
    }
    Ok((kept, bands, plan))
}
