//! What is made of finished images, and what it has to do with things that are there already.

use std::collections::HashMap;

use raster::classify::Class;
use raster::zonal::Wanted;
use serde::{Deserialize, Serialize};
use store::layer::{self, Kind};
use store::{Scope, Viewer, area};

use crate::recipe::{Parcels, RecipeError, Threshold, Zones, near};
use crate::{Result, Workshop};

/// Something made of images, in one chunk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Derived {
    /// The output's id.
    pub id: String,
    /// What it is.
    pub kind: DerivedKind,
}

/// What is made of images; images by their place in the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DerivedKind {
    /// A ledger of changed land.
    Patches {
        /// How strong the change is.
        change: usize,
        /// The value before.
        before: usize,
        /// The value after.
        after: usize,
        /// From where on land counts as changed.
        threshold: Threshold,
        /// Whether more or less counts.
        increase: bool,
        /// The smallest patch in square metres.
        minimum_m2: f64,
        /// What is looked up for each patch.
        parcels: Option<Parcels>,
    },
    /// Classes as polygons.
    Polygons {
        /// Codes.
        image: usize,
        /// What they mean.
        classes: Vec<Class>,
        /// Only these; all where empty.
        only: Vec<u8>,
        /// Smaller pieces go to their neighbours.
        minimum_m2: f64,
        /// How far outlines may be off.
        simplify_m: f64,
    },
    /// Lines of equal height.
    Contours {
        /// Metres.
        image: usize,
        /// Metres between lines.
        interval: f64,
        /// A height that has a line.
        base: f64,
    },
    /// Statistics of zones.
    Table {
        /// One a date.
        images: Vec<usize>,
        /// Or all dates of a layer.
        layer: Option<String>,
        /// What is counted.
        zones: ZoneSource,
        /// What is computed.
        wanted: Wanted,
        /// Chinese title.
        title_zh: String,
        /// English title.
        title_en: String,
    },
}

/// Where zones come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZoneSource {
    /// Villages under the area.
    Villages,
    /// The area and all under it.
    Areas,
    /// The features of a layer.
    Features(String),
}

/// The layers and areas there are, as far as a recipe may see them.
pub(super) struct Surroundings {
    /// Every layer's kind, and whether the sender may replace it.
    layers: HashMap<String, (Kind, bool)>,
    villages: bool,
}

impl Surroundings {
    pub async fn look(workshop: &Workshop, scope: &Scope) -> Result<Self> {
        let store = &workshop.store;
        let all = layer::list(store, &Viewer::SignedIn(Scope::Everything)).await?;
        let own = area::list(store, scope).await?;
        let may = |area: i64| own.iter().any(|known| known.id == area);
        Ok(Self {
            layers: all
                .into_iter()
                .map(|layer| (layer.id, (layer.kind, may(layer.area_id))))
                .collect(),
            villages: !own.is_empty(),
        })
    }

    /// Whether a new layer may have this id: nobody else's is replaced, nor one of another kind.
    pub fn may_replace(&self, key: &str, id: &str, kind: Kind) -> Result<()> {
        match self.layers.get(id) {
            Some((_, false)) => {
                let why = format!(
                    "the layer “{id}” belongs to an area that is not yours; choose another id"
                );
                Err(RecipeError::wrong(key, &why).into())
            }
            Some((is, true)) if *is != kind => {
                let why = format!(
                    "there is a layer “{id}” of another kind ({is}, not {kind}); choose another id"
                );
                Err(RecipeError::wrong(key, &why).into())
            }
            Some(_) | None => Ok(()),
        }
    }

    /// A layer of features that is there.
    pub fn features(&self, key: &str, id: &str) -> Result<()> {
        self.of_kind(key, id, Kind::Features, "a layer of features")
    }

    /// A layer of numbers that is there.
    pub fn numbers(&self, key: &str, id: &str) -> Result<()> {
        self.of_kind(key, id, Kind::Index, "a layer of numbers")
    }

    fn of_kind(&self, key: &str, id: &str, kind: Kind, what: &str) -> Result<()> {
        let fits = |(_, (is, may)): &(&String, &(Kind, bool))| *is == kind && *may;
        if self
            .layers
            .iter()
            .filter(fits)
            .any(|(known, _)| known == id)
        {
            return Ok(());
        }
        let mut known: Vec<&str> = self
            .layers
            .iter()
            .filter(fits)
            .map(|(id, _)| id.as_str())
            .collect();
        known.sort_unstable();
        Err(RecipeError::wrong(key, &near::unknown(id, &known, what)).into())
    }

    /// Where the zones of a table come from.
    pub fn zones(&self, key: &str, zones: &Zones) -> Result<ZoneSource> {
        match zones {
            Zones::Features(layer) => {
                self.features(key, layer)?;
                Ok(ZoneSource::Features(layer.clone()))
            }
            _ if !self.villages => {
                let why = "there are no areas yet; bring them in with `xiangtu import areas`";
                Err(RecipeError::wrong(key, why).into())
            }
            Zones::Villages => Ok(ZoneSource::Villages),
            Zones::Areas => Ok(ZoneSource::Areas),
        }
    }
}
