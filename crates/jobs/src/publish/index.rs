//! Indices: formulas over the bands of a scene.

use std::io::BufWriter;

use raster::{
    index::{self, Index, IndexError, IndexSummary},
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

/// Which index is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexRequest {
    /// One people know (see [`raster::index::names`]).
    Named(String),
    /// Any two bands by their roles.
    Bands(String, String),
}

pub(super) fn find(request: &IndexRequest) -> Result<Index> {
    match request {
        IndexRequest::Named(name) => index::preset(name).ok_or_else(|| Error::UnknownIndex {
            name: name.clone(),
            known: index::names().collect::<Vec<_>>().join(", "),
        }),
        IndexRequest::Bands(a, b) => {
            let (a, b): (Role, Role) = (a.parse()?, b.parse()?);
            Index::normalised_difference(&a, &b).map_err(|source| Error::Formula { source })
        }
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
        let index = find(&request)?;
        let drawn = style(publication.style.as_deref().unwrap_or(index.style))?;
        let (scene, bands) = scene(self, &publication.scene).await?;
        let roles = index.roles().into_iter();
        let measured: Vec<SceneBand> = roles
            .map(|role| measurement(&bands, &role, &scene.id, &index))
            .collect::<Result<_>>()?;
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
        let origin = layer::Origin::from(&scene);
        let target = layer::prepare(self, &draft, &publication, &origin).await?;
        self.progress.stage(&Stage::Index {
            name: index.name.clone(),
        });
        let lineage = json!({
            "operation": "index",
            "formula": index.formula,
            "inputs": measured.iter().map(|band| &band.object).collect::<Vec<_>>(),
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
            .blocking(move |shop| compute(shop, &id, &index, &measured, &cloudy))
            .await?;
        let (min_zoom, max_zoom) = summary.georeference.zooms();
        let bounds = summary.georeference.bounds();
        let georeference = summary.georeference;
        let image = layer::Image {
            shown: layer::Shown::Stored(object),
            georeference,
            bounds,
            min_zoom,
            max_zoom,
            lineage,
        };
        let published = layer::record(self, target, origin, image, kept).await?;
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
    let what = format!("{} = {}", index.name.to_uppercase(), index.formula);
    scene_band::band(bands, role, scene, &what).cloned()
}

fn compute(
    workshop: &Workshop,
    scene: &str,
    index: &Index,
    bands: &[SceneBand],
    cloudy: &[SceneBand],
) -> Result<(Kept, objects::ObjectName, IndexSummary)> {
    let failed = |source: IndexError| Error::Index {
        name: index.name.clone(),
        scene: scene.to_owned(),
        source,
    };
    let program = index
        .compile()
        .map_err(|source| Error::Formula { source })?;
    let bands = bands.iter().map(|band| band.open(&workshop.objects));
    let bands = bands.collect::<Result<Vec<_>>>()?;
    let bands: Vec<_> = bands.iter().collect();
    let mask = CloudBand::open(cloudy, &workshop.objects)?;
    let clouds = mask.as_ref().map(CloudBand::clouds);
    let mut object = workshop.objects.create("tif")?;
    let mut out = BufWriter::new(&mut object);
    let scratch = workshop.objects.scratch();
    let summary =
        index::write(&program, &bands, clouds, &index.name, scratch, &mut out).map_err(failed)?;
    layer::flush(out, &index.name)?;
    let mut kept = Kept::new(&workshop.objects);
    let name = kept.finish(object)?;
    Ok((kept, name, summary))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_index_has_a_style() {
        for name in index::names() {
            let index = find(&IndexRequest::Named(name.to_uppercase())).unwrap();
            assert!(style(index.style).is_ok(), "{name}");
        }
    }

    #[test]
    fn any_two_bands_make_an_index_with_a_slug() {
        let request = IndexRequest::Bands("NIR".into(), "my_band".into());
        let index = find(&request).unwrap();
        assert_eq!(index.name, "nir-my-band");
        assert_eq!(index.formula.text(), "(nir - my_band) / (nir + my_band)");
    }

    #[test]
    fn an_unknown_index_is_answered_with_the_known_ones() {
        let error = find(&IndexRequest::Named("lai".into()))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("lai") && error.contains("ndvi, evi, savi"),
            "{error}"
        );
    }
}
