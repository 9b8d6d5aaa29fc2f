//! Layers that are drawn when they are asked for: any three bands, any formula; nothing is stored.

use raster::{
    expression::Expression,
    georeference::GeoReference,
    live::{Drawing, DrawnBand, Of},
    product::Role,
    style::Style,
    visual::{self, VisualOptions},
};
use serde_json::json;
use store::layer::Kind;

use super::{IndexRequest, Publication, Published, elsewhere, index, layer, scene, style};
use crate::{
    Error, Result, SceneBand, Workshop,
    kept::Kept,
    scene_band::{self, CloudBand},
};

/// What is drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum LiveRequest {
    /// Red, green and blue from three bands by their roles.
    Picture {
        /// The roles.
        roles: [String; 3],
        /// The physical values that become black and white, the same for all; measured on each band
        /// without.
        stretch: Option<[f32; 2]>,
        /// Mid-tones are raised to 1/gamma; that of true-colour pictures without.
        gamma: Option<f64>,
    },
    /// A known index, or one of two bands.
    Index(IndexRequest),
    /// A formula over bands by their roles.
    Formula(String),
}

/// What is drawn, and of which bands.
struct Plan {
    draft: layer::Draft,
    roles: Vec<Role>,
    formula: Option<Expression>,
}

fn read(role: &str) -> Result<Role> {
    Ok(role.parse()?)
}

impl LiveRequest {
    fn plan(&self, wanted_style: Option<&str>) -> Result<Plan> {
        match self {
            Self::Picture { roles, .. } => Ok(Plan {
                draft: layer::Draft {
                    kind: Kind::Visual,
                    slug: format!("live-{}", roles.join("-")),
                    title_zh: format!("合成影像 {}", roles.join("、")),
                    title_en: format!("Composite of {}", roles.join(", ")),
                    style: Style::none(),
                },
                roles: roles.iter().map(|role| read(role)).collect::<Result<_>>()?,
                formula: None,
            }),
            Self::Index(request) => {
                let index = index::find(request)?;
                let draft = layer::Draft {
                    kind: Kind::Index,
                    slug: format!("live-{}", index.name),
                    title_zh: index.title_zh.clone(),
                    title_en: index.title_en.clone(),
                    style: style(wanted_style.unwrap_or(index.style))?,
                };
                Ok(Plan {
                    draft,
                    roles: index.roles(),
                    formula: Some(index.formula),
                })
            }
            Self::Formula(text) => {
                let formula = text
                    .parse::<Expression>()
                    .map_err(|source| Error::Formula { source })?;
                let roles = formula.names().into_iter().map(read);
                Ok(Plan {
                    draft: layer::Draft {
                        kind: Kind::Index,
                        slug: "live-formula".to_owned(),
                        title_zh: format!("公式 {text}"),
                        title_en: format!("Formula {text}"),
                        style: style(wanted_style.unwrap_or("greenness"))?,
                    },
                    roles: roles.collect::<Result<_>>()?,
                    formula: Some(formula),
                })
            }
        }
    }
}

impl Workshop {
    /// Publishes what is drawn of a scene's bands when it is asked for; the same date again replaces
    /// the drawing.
    ///
    /// # Errors
    /// When the scene is unknown or lacks a band, the formula cannot be read, or the layer is of another
    /// kind.
    pub async fn publish_live(
        &self,
        publication: Publication,
        request: LiveRequest,
    ) -> Result<Published> {
        let plan = request.plan(publication.style.as_deref())?;
        if plan.roles.is_empty() {
            let formula = plan.draft.title_en;
            return Err(Error::NoBandNamed { formula });
        }
        let inputs = if objects::is_elsewhere(&publication.scene) {
            elsewhere::inputs(self, &publication, &plan.roles).await?
        } else {
            of_scene(self, &publication.scene, &plan).await?
        };
        let target = layer::prepare(self, &plan.draft, &publication, &inputs.origin).await?;
        let of = match plan.formula {
            Some(formula) => Of::Formula(formula),
            None => {
                self.stretched(&request, &publication.scene, &inputs)
                    .await?
            }
        };
        let drawing = Drawing {
            bands: inputs.bands,
            of,
        };
        let (min_zoom, max_zoom) = inputs.georeference.zooms();
        let image = layer::Image {
            bounds: inputs.georeference.bounds(),
            min_zoom,
            max_zoom,
            lineage: json!({
                "operation": "live",
                "inputs": drawing.bands.iter().map(|band| &band.object).collect::<Vec<_>>(),
                "drawing": drawing,
                "software": concat!("xiangtu ", env!("CARGO_PKG_VERSION")),
            }),
            shown: layer::Shown::Drawn(drawing),
            georeference: inputs.georeference,
        };
        layer::record(self, target, inputs.origin, image, Kept::new(&self.objects)).await
    }

    /// How three bands become a picture: as asked for, or as a true-colour picture is.
    async fn stretched(&self, request: &LiveRequest, scene: &str, inputs: &Inputs) -> Result<Of> {
        let usual = VisualOptions::default().gamma;
        let (stretch, gamma) = match request {
            LiveRequest::Picture { stretch, gamma, .. } => (*stretch, gamma.unwrap_or(usual)),
            LiveRequest::Index(_) | LiveRequest::Formula(_) => (None, usual),
        };
        let stretch = match (stretch, &inputs.measurable) {
            (Some(same), _) => [same; 3],
            (None, Some((used, all))) => {
                let (id, used, all) = (scene.to_owned(), used.clone(), all.clone());
                self.blocking(move |shop| measured(shop, &id, &used, &all))
                    .await?
            }
            (None, None) => return Err(elsewhere::unmeasured(scene)),
        };
        Ok(Of::Picture { stretch, gamma })
    }
}

/// What is drawn from.
pub(super) struct Inputs {
    pub origin: layer::Origin,
    pub bands: Vec<DrawnBand>,
    /// Of the finest band.
    pub georeference: GeoReference,
    /// The bands in use and all of the scene, where their values can be measured.
    pub measurable: Option<(Vec<SceneBand>, Vec<SceneBand>)>,
}

async fn of_scene(workshop: &Workshop, id: &str, plan: &Plan) -> Result<Inputs> {
    let (scene, bands) = scene(workshop, id).await?;
    let what = &plan.draft.title_en;
    let roles = plan.roles.iter();
    let used: Vec<SceneBand> = roles
        .map(|role| measurement(&bands, role, &scene.id, what))
        .collect::<Result<_>>()?;
    let drawn = used.iter().map(|band| DrawnBand {
        name: band.role.to_string(),
        object: band.object.clone(),
        band: 0,
    });
    let finest = used.iter().map(|band| &band.georeference);
    let finest = finest.max_by_key(|grid| u64::from(grid.width) * u64::from(grid.height));
    Ok(Inputs {
        origin: layer::Origin::from(&scene),
        bands: drawn.collect(),
        georeference: finest.unwrap_or(&used[0].georeference).clone(),
        measurable: Some((used, bands)),
    })
}

fn measurement(bands: &[SceneBand], role: &Role, scene: &str, what: &str) -> Result<SceneBand> {
    if role.is_classes() {
        return Err(Error::Classes {
            role: role.to_string(),
        });
    }
    scene_band::band(bands, role, scene, what).cloned()
}

/// Between percentiles of each band, clouds left out.
fn measured(
    workshop: &Workshop,
    scene: &str,
    used: &[SceneBand],
    all: &[SceneBand],
) -> Result<[[f32; 2]; 3]> {
    let failed = |source| Error::Visual {
        scene: scene.to_owned(),
        source,
    };
    let bands = used.iter().map(|band| band.open(&workshop.objects));
    let bands = bands.collect::<Result<Vec<_>>>()?;
    let [red, green, blue] = bands.as_slice() else {
        return Err(Error::NoBandNamed {
            formula: "a picture".to_owned(),
        });
    };
    let mask = CloudBand::open(all, &workshop.objects)?;
    let clouds = mask.as_ref().map(CloudBand::clouds);
    let options = VisualOptions::default();
    visual::stretches([red, green, blue], clouds, &options).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_read_and_its_bands_are_known() {
        let plan = LiveRequest::Formula("(nir - red) / (nir + red + 0.5)".to_owned())
            .plan(None)
            .unwrap();
        assert_eq!(plan.roles, [Role::Nir, Role::Red]);
        assert_eq!(plan.draft.kind, Kind::Index);
        let wrong = LiveRequest::Formula("(nir -".to_owned()).plan(None);
        assert!(matches!(wrong.err(), Some(Error::Formula { .. })));
        let named = LiveRequest::Index(IndexRequest::Named("ndvi".to_owned()));
        let plan = named.plan(Some("water")).unwrap();
        assert_eq!(plan.draft.slug, "live-ndvi");
        assert_eq!(plan.draft.style, style("water").unwrap());
    }
}
