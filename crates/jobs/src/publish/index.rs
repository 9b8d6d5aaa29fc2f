//! Indices: normalised differences of two bands.

use std::io::BufWriter;

use raster::{
    index::{self, IndexError, IndexSummary},
    product::Role,
};
use serde_json::json;
use store::layer::Kind;

use super::{Publication, Published, layer, scene, style};
use crate::{
    Error, Result, SceneBand, Stage, Workshop,
    kept::Kept,
    scene_band::{self, CloudBand},
    zonal,
};

/// An index people know by a name: (a − b) / (a + b).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Its name, a slug: `ndvi`.
    pub name: String,
    /// The band that makes it grow.
    pub a: Role,
    /// The band that makes it shrink.
    pub b: Role,
    title_zh: String,
    title_en: String,
    style: &'static str,
}

/// Which index is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexRequest {
    /// One people know: `ndvi`, `ndwi`, `mndwi`, `ndbi`, `ndmi`, `nbr`, `ndsi`.
    Named(String),
    /// Any two bands by their roles.
    Bands(String, String),
}

/// The indices with names. Sources: Rouse 1974 (NDVI), `McFeeters` 1996 (NDWI), Xu 2006 (MNDWI),
/// Zha 2003 (NDBI), Gao 1996 (NDMI), Key and Benson 1999 (NBR), Hall 1995 (NDSI).
pub fn presets() -> Vec<Index> {
    [
        (
            "ndvi",
            Role::Nir,
            Role::Red,
            "植被指数 NDVI",
            "Vegetation index NDVI",
            "greenness",
        ),
        (
            "ndwi",
            Role::Green,
            Role::Nir,
            "水体指数 NDWI",
            "Water index NDWI",
            "water",
        ),
        (
            "mndwi",
            Role::Green,
            Role::Swir16,
            "改进水体指数 MNDWI",
            "Modified water index MNDWI",
            "water",
        ),
        (
            "ndbi",
            Role::Swir16,
            Role::Nir,
            "建筑指数 NDBI",
            "Built-up index NDBI",
            "built-up",
        ),
        (
            "ndmi",
            Role::Nir,
            Role::Swir16,
            "湿度指数 NDMI",
            "Moisture index NDMI",
            "water",
        ),
        (
            "nbr",
            Role::Nir,
            Role::Swir22,
            "燃烧指数 NBR",
            "Burn ratio NBR",
            "greenness",
        ),
        (
            "ndsi",
            Role::Green,
            Role::Swir16,
            "积雪指数 NDSI",
            "Snow index NDSI",
            "water",
        ),
    ]
    .map(|(name, a, b, title_zh, title_en, style)| Index {
        name: name.to_owned(),
        a,
        b,
        title_zh: title_zh.to_owned(),
        title_en: title_en.to_owned(),
        style,
    })
    .to_vec()
}

impl Index {
    fn find(request: &IndexRequest) -> Result<Self> {
        match request {
            IndexRequest::Named(name) => {
                let wanted = name.trim().to_lowercase();
                presets()
                    .into_iter()
                    .find(|index| index.name == wanted)
                    .ok_or_else(|| {
                        let known: Vec<String> =
                            presets().into_iter().map(|index| index.name).collect();
                        Error::UnknownIndex {
                            name: name.clone(),
                            known: known.join(", "),
                        }
                    })
            }
            IndexRequest::Bands(a, b) => {
                let (a, b): (Role, Role) = (a.parse()?, b.parse()?);
                Ok(Self {
                    name: format!("{a}-{b}").replace('_', "-"),
                    title_zh: format!("归一化差值 {a}/{b}"),
                    title_en: format!("Normalised difference {a}/{b}"),
                    style: "change",
                    a,
                    b,
                })
            }
        }
    }

    fn formula(&self) -> String {
        let (a, b) = (&self.a, &self.b);
        format!("({a} - {b}) / ({a} + {b})")
    }
}

impl Workshop {
    /// Publishes an index of the scene as a layer of numbers, with its statistics by village; the
    /// same date again replaces it.
    ///
    /// # Errors
    /// When the scene or index is unknown, the scene lacks a band, or the layer is of another
    /// kind.
    pub async fn publish_index(
        &self,
        publication: Publication,
        request: IndexRequest,
    ) -> Result<Published> {
        let index = Index::find(&request)?;
        let drawn = style(publication.style.as_deref().unwrap_or(index.style))?;
        let (scene, bands) = scene(self, &publication.scene).await?;
        let a = measurement(&bands, &index.a, &scene.id, &index)?;
        let b = measurement(&bands, &index.b, &scene.id, &index)?;
        let draft = layer::Draft {
            kind: Kind::Index,
            slug: index.name.clone(),
            title_zh: index.title_zh.clone(),
            title_en: index.title_en.clone(),
            style: drawn,
        };
        if publication.hide_clouds && bands.iter().all(|band| band.classes.is_none()) {
            return Err(Error::NoClouds { scene: scene.id });
        }
        let target = layer::prepare(self, &draft, &publication, &scene).await?;
        self.progress.stage(&Stage::Index {
            name: index.name.clone(),
        });
        let lineage = json!({
            "operation": "normalised_difference",
            "formula": index.formula(),
            "inputs": [a.object, b.object],
            "clouds_hidden": publication.hide_clouds,
            "software": concat!("xiangtu ", env!("CARGO_PKG_VERSION")),
        });
        let id = scene.id.clone();
        let cloudy = if publication.hide_clouds {
            bands
        } else {
            Vec::new()
        };
        let (kept, object, summary) = self
            .blocking(move |shop| compute(shop, &id, &index, [&a, &b], &cloudy))
            .await?;
        let (min_zoom, max_zoom) = summary.georeference.zooms();
        let bounds = summary.georeference.bounds();
        let georeference = summary.georeference;
        let image = layer::Image {
            object,
            georeference,
            bounds,
            min_zoom,
            max_zoom,
            lineage,
        };
        let published = layer::record(self, target, &scene, image, kept).await?;
        let areas = zonal::fill(
            &self.store,
            &self.objects,
            &published.coverage,
            &*self.progress,
        )
        .await?;
        Ok(Published { areas, ..published })
    }
}

fn measurement(bands: &[SceneBand], role: &Role, scene: &str, index: &Index) -> Result<SceneBand> {
    if role.is_classes() {
        return Err(Error::Classes {
            role: role.to_string(),
        });
    }
    let what = format!("{} = {}", index.name.to_uppercase(), index.formula());
    scene_band::band(bands, role, scene, &what).cloned()
}

fn compute(
    workshop: &Workshop,
    scene: &str,
    index: &Index,
    [a, b]: [&SceneBand; 2],
    cloudy: &[SceneBand],
) -> Result<(Kept, objects::ObjectName, IndexSummary)> {
    let failed = |source: IndexError| Error::Index {
        name: index.name.clone(),
        scene: scene.to_owned(),
        source,
    };
    let (a, b) = (a.open(&workshop.objects)?, b.open(&workshop.objects)?);
    let mask = CloudBand::open(cloudy, &workshop.objects)?;
    let clouds = mask.as_ref().map(CloudBand::clouds);
    let mut object = workshop.objects.create("tif")?;
    let mut out = BufWriter::new(&mut object);
    let scratch = workshop.objects.root();
    let summary = index::write(&a, &b, clouds, &index.name, scratch, &mut out).map_err(failed)?;
    layer::flush(out, &index.name)?;
    let mut kept = Kept::new(&workshop.objects);
    let name = kept.finish(object)?;
    Ok((kept, name, summary))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_index_has_two_bands_and_a_style() {
        for index in presets() {
            assert!(style(index.style).is_ok(), "{}", index.name);
            assert_ne!(index.a, index.b);
        }
        let ndvi = Index::find(&IndexRequest::Named(" NDVI ".into())).unwrap();
        assert_eq!(ndvi.formula(), "(nir - red) / (nir + red)");
    }

    #[test]
    fn any_two_bands_make_an_index_with_a_slug() {
        let request = IndexRequest::Bands("NIR".into(), "my_band".into());
        let index = Index::find(&request).unwrap();
        assert_eq!(index.name, "nir-my-band");
        assert_eq!(index.formula(), "(nir - my_band) / (nir + my_band)");
    }

    #[test]
    fn an_unknown_index_is_answered_with_the_known_ones() {
        let error = Index::find(&IndexRequest::Named("evi".into()))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("evi") && error.contains("ndvi, ndwi"),
            "{error}"
        );
    }
}
