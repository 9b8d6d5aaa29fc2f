//! The relief of the e-map, from an elevation model: light and shade below it, contours on it, and the
//! heights themselves as a layer.
//!
//! The heights are stored once. The shade is drawn from them when somebody looks, so that it is right at
//! every zoom; the contours are features.

mod contours;
mod error;
mod land;
mod layers;
mod model;

use std::path::PathBuf;

use chrono::NaiveDate;
use store::area::Area;
use store::coverage;
use store::feature::NewFeature;
use store::layer::{Audience, Kind};
use store::publication;

use self::land::{Land, Lines};
use self::model::{Model, ModelFile};
use crate::emap::EmapLayer;
use crate::features::{area_told, layer_there};
use crate::{Error, Result, Stage, Workshop, ingest, zonal};

pub use self::error::ReliefError;

/// Light and shade.
pub const SHADE: EmapLayer = EmapLayer {
    id: "emap-relief",
    title_zh: "电子地图·地貌晕渲",
    title_en: "E-map: shaded relief",
};
/// Lines of equal height.
pub const CONTOURS: EmapLayer = EmapLayer {
    id: "emap-contour",
    title_zh: "电子地图·等高线",
    title_en: "E-map: contours",
};
/// The heights, a layer of its own.
pub const ELEVATION: EmapLayer = EmapLayer {
    id: "elevation",
    title_zh: "高程",
    title_en: "Elevation",
};

/// What an import of a relief needs to know besides its files.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReliefRequest {
    /// One file or several that lie side by side; of what two of them show, the first is taken.
    pub paths: Vec<PathBuf>,
    /// Metres from one contour to the next; chosen by the land.
    pub interval: Option<f64>,
    /// The number that stands for "no data"; as the files say.
    pub nodata: Option<f64>,
    /// Who may see it; everybody, unless it is there already.
    pub audience: Option<Audience>,
    /// The code of its area; that of the relief or the e-map there is, else the largest it touches.
    pub area: Option<String>,
    /// Whom to thank.
    pub attribution: Option<String>,
    /// The day of the model; today.
    pub date: Option<NaiveDate>,
}

/// What an import of a relief did.
#[derive(Debug, Clone, PartialEq)]
pub struct ReliefImported {
    /// Pieces of contours.
    pub lines: usize,
    /// Metres from one contour to the next.
    pub interval: f64,
    /// The zoom each fifth contour, and the zoom every one is drawn from.
    pub first_zooms: [u8; 2],
    /// The lowest height, metres.
    pub lowest: f64,
    /// The highest height, metres.
    pub highest: f64,
}

impl Workshop {
    /// Makes the relief of the e-map, or replaces it, all in one transaction.
    ///
    /// # Errors
    /// When a file is at fault or no elevation model, when it lies outside every area and none is told,
    /// when the interval makes no sense, when a layer of these ids is of another kind. Nothing is changed
    /// then.
    pub async fn import_relief(&self, request: &ReliefRequest) -> Result<ReliefImported> {
        self.progress.stage(&Stage::Look);
        for (layer, kind) in [
            (SHADE, Kind::Index),
            (CONTOURS, Kind::Features),
            (ELEVATION, Kind::Index),
        ] {
            of_kind(self, layer, kind).await?;
        }
        let (paths, nodata) = (request.paths.clone(), request.nodata);
        let files = self
            .blocking(move |shop| model::look(shop, &paths, nodata))
            .await?;
        let area = area(self, request, &files).await?;
        let interval = request.interval;
        let work = move |shop: &Self| work(shop, &files, interval, area.id);
        let made = self.blocking(work).await?;
        self.progress.stage(&Stage::Record);
        let imported = ReliefImported {
            lines: made.contours.len(),
            interval: made.lines.levels.interval,
            first_zooms: [made.lines.index_zoom, made.lines.zoom],
            lowest: made.land.lowest,
            highest: made.land.highest,
        };
        let (publication, kept) = layers::publication(self, request, area.id, made).await?;
        publication::replace(&self.store, &publication).await?;
        kept.commit();
        if let Some(heights) = coverage::latest(&self.store, ELEVATION.id).await? {
            zonal::fill(&self.store, &self.objects, &heights, &*self.progress).await?;
        }
        Ok(imported)
    }
}

/// What was made of the files.
struct Made {
    model: Model,
    files: Vec<String>,
    land: Land,
    lines: Lines,
    contours: Vec<NewFeature>,
}

fn work(
    workshop: &Workshop,
    files: &[ModelFile],
    interval: Option<f64>,
    area: i64,
) -> Result<Made> {
    let model = model::take_in(workshop, files)?;
    let image = model.open(workshop)?;
    workshop.progress.stage(&Stage::Contours);
    let land = Land::of(&image)?;
    let lines = land.lines(interval)?;
    let contours = contours::features(workshop, &image, &land, lines, area)?;
    let name = |file: &ModelFile| {
        let name = file.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    Ok(Made {
        model,
        files: files.iter().map(name).collect(),
        land,
        lines,
        contours,
    })
}

/// A layer of another kind is not replaced.
async fn of_kind(workshop: &Workshop, layer: EmapLayer, wanted: Kind) -> Result<()> {
    match layer_there(workshop, layer.id).await? {
        Some(known) if known.kind != wanted => Err(Error::LayerKind {
            id: known.id,
            is: known.kind,
            wanted,
        }),
        _ => Ok(()),
    }
}

/// The area told; else that of the relief there is, or of the e-map; else the largest one touched.
async fn area(workshop: &Workshop, request: &ReliefRequest, files: &[ModelFile]) -> Result<Area> {
    if let Some(area) = area_told(workshop, request.area.as_deref()).await? {
        return Ok(area);
    }
    let bounds = files.iter().map(|file| file.georeference.bounds());
    let bounds = bounds
        .reduce(|all, more| all.union(&more))
        .ok_or(Error::NoBands)?;
    // Whatever it is for, it has to lie somewhere we know.
    let touched = ingest::area_at(&workshop.store, &bounds).await?;
    for id in [SHADE.id, crate::emap::LAYERS[0].id] {
        if let Some(known) = layer_there(workshop, id).await? {
            let areas = store::area::by_ids(&workshop.store, &[known.area_id]).await?;
            return Ok(areas.into_iter().next().unwrap_or(touched));
        }
    }
    Ok(touched)
}
