//! Features from a file become a layer.

mod read;

use std::path::Path;

use grid::offset_datum::OffsetDatum;
use raster::foreign::{FeatureLayer, FeatureOptions};
use store::{
    Scope, Viewer,
    area::{self, Area},
    feature_import::{self, Filled, FilledLayer, Others, Remark},
    layer::{self, Audience, Layer},
};

use self::read::{Key, key_and_properties};
pub(crate) use self::read::{Reading, is_extract, without_nul};
use crate::{Error, Result, Stage, Workshop};

/// The most remarks that are kept; beyond them it is enough to know how many there are.
const REMARKS: usize = 1000;

/// What to read of a file, and into which layer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeatureRequest {
    /// The layer to make or to update.
    pub layer: String,
    /// Its Chinese title; that of the layer that is there already, else its id.
    pub title_zh: Option<String>,
    /// Its English title.
    pub title_en: Option<String>,
    /// Who may see it; officials, unless it is there already.
    pub audience: Option<Audience>,
    /// The code of its area; else the smallest one around all features.
    pub area: Option<String>,
    /// Whom to thank.
    pub attribution: Option<String>,
    /// The attribute by which features are known again. Without one (and without an id of
    /// `OpenStreetMap`) the file replaces all that was in the layer.
    pub key: Option<String>,
    /// The system the file was drawn on, where that is a shifted one.
    pub from: Option<OffsetDatum>,
    /// Features that are not in the file go.
    pub replace: bool,
    /// The layer of the file, its encoding, its reference system, its columns.
    pub file: FeatureOptions,
}

/// What an import of features did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeaturesImported {
    /// What the file said of itself.
    pub file: FeatureLayer,
    /// The layers that were filled.
    pub layers: Vec<Filled>,
    /// Shapes that were made valid; the first of them.
    pub repaired: Vec<Remark>,
    /// How many there were.
    pub repaired_count: usize,
    /// Features that were not taken; the first of them, by their place in the file.
    pub refused: Vec<Remark>,
    /// How many there were.
    pub refused_count: usize,
}

impl Workshop {
    /// Brings the features of a file into a layer, all in one transaction. Memory does not grow
    /// with the file.
    ///
    /// # Errors
    /// When the file is at fault or has no feature that could be taken, when the key or the area
    /// is unknown, when the layer is of another kind. Nothing is changed then.
    pub async fn import_features(
        &self,
        path: &Path,
        request: &FeatureRequest,
    ) -> Result<FeaturesImported> {
        let known = layer_there(self, &request.layer).await?;
        let area = area_told(self, request.area.as_deref()).await?;
        let filled = filled(request, area.as_ref(), known.as_ref());
        let key = Key::of(path, request.key.clone());
        let others = if request.replace || key == Key::Place {
            Others::Go
        } else {
            Others::Stay
        };
        let from = request.from;
        let reading = Reading {
            path: path.to_owned(),
            options: request.file.clone(),
            key: key.clone(),
        };
        self.fill(reading, vec![filled], others, move |feature| {
            key_and_properties(feature, &key, from).map(|feature| vec![feature])
        })
        .await
    }

    /// Reads and stores at the same time: the reader waits when the database is slower.
    pub(crate) async fn fill(
        &self,
        reading: Reading,
        layers: Vec<FilledLayer>,
        others: Others,
        take: impl Fn(raster::foreign::ForeignFeature) -> read::Taken + Send + 'static,
    ) -> Result<FeaturesImported> {
        self.progress.stage(&Stage::Features);
        let (sender, arrivals) = tokio::sync::mpsc::channel(2);
        let path = reading.path.clone();
        let reader = self.blocking(move |shop| reading.send(shop, &sender, take));
        let storing = feature_import::import(&self.store, &layers, others, arrivals);
        let (read, stored) = tokio::join!(reader, storing);
        let stored = match (read, stored) {
            // The reader stopped because the database refused, or the other way round.
            (Err(Error::Stopped) | Ok(_), Err(error)) => return Err(error.into()),
            (Err(error), _) => return Err(error),
            (Ok(read), Ok(stored)) => (read, stored),
        };
        let (read, stored) = stored;
        let mut refused = read.refused;
        let refused_count = read.refused_count + stored.refused.len();
        refused.extend(stored.refused);
        refused.sort_by_key(|remark| remark.place);
        refused.truncate(REMARKS);
        tracing::info!(path = %path.display(), refused = refused_count, "features imported");
        Ok(FeaturesImported {
            file: read.layer,
            layers: stored.layers,
            repaired_count: stored.repaired.len(),
            repaired: stored.repaired.into_iter().take(REMARKS).collect(),
            refused,
            refused_count,
        })
    }
}

/// The layer of this id, whoever may see it.
pub(crate) async fn layer_there(workshop: &Workshop, id: &str) -> Result<Option<Layer>> {
    let everyone = Viewer::SignedIn(Scope::Everything);
    Ok(layer::by_id(&workshop.store, &everyone, id).await?)
}

/// The area of a code.
pub(crate) async fn area_told(workshop: &Workshop, code: Option<&str>) -> Result<Option<Area>> {
    let Some(code) = code else { return Ok(None) };
    let found = area::by_code(&workshop.store, &Scope::Everything, code).await?;
    let unknown = || store::Error::UnknownArea {
        code: code.to_owned(),
    };
    Ok(Some(found.ok_or_else(unknown)?))
}

/// What the request says of the layer, else what it is already.
fn filled(request: &FeatureRequest, area: Option<&Area>, known: Option<&Layer>) -> FilledLayer {
    let text = |told: &Option<String>, known: Option<&String>| told.as_ref().or(known).cloned();
    let title_zh = text(&request.title_zh, known.map(|known| &known.title_zh));
    let title_en = text(&request.title_en, known.map(|known| &known.title_en));
    let attribution = text(&request.attribution, known.map(|known| &known.attribution));
    FilledLayer {
        id: request.layer.clone(),
        area_id: area
            .map(|area| area.id)
            .or(known.map(|known| known.area_id)),
        title_zh: title_zh.unwrap_or_else(|| request.layer.clone()),
        title_en: title_en.unwrap_or_default(),
        audience: request
            .audience
            .or(known.map(|known| known.audience))
            .unwrap_or(Audience::Officials),
        attribution: attribution.unwrap_or_default(),
    }
}
