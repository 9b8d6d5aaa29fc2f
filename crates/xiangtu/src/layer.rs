//! `xiangtu layer`: a layer from a scene, or from a table of the database, published; or taken away.

use jobs::publish::{HeightsOf, HillshadeRequest, IndexRequest, LiveRequest, Publication};
use raster::style::Shaded;
use raster::terrain::Hillshade;

use crate::cli::{Layer, Publish, Shade};
use crate::failure::Failure;
use crate::office::Office;
use crate::terminal::say;
use crate::{layer_remove, layer_table};

/// Publishes a layer, or another date of it.
pub fn run(office: &Office, what: Layer) -> Result<(), Failure> {
    let workshop = office.workshop();
    let published = match what {
        Layer::Table(options) => return layer_table::run(office, options),
        Layer::Remove { layers } => return layer_remove::run(office, &layers),
        Layer::TrueColour(options) => {
            let publication = publication(options)?;
            office
                .runtime
                .block_on(workshop.publish_true_colour(publication))?
        }
        Layer::Index {
            index,
            bands,
            hide_clouds,
            publish,
        } => {
            let request = match <[String; 2]>::try_from(bands) {
                Ok([a, b]) => IndexRequest::Bands(a, b),
                Err(none) if none.is_empty() => IndexRequest::Named(index),
                Err(other) => {
                    return Err(Failure::words(format!(
                        "an index needs two bands, and --bands names {}: write --bands nir,red",
                        other.len()
                    )));
                }
            };
            let publication = Publication {
                hide_clouds,
                ..publication(publish)?
            };
            office
                .runtime
                .block_on(workshop.publish_index(publication, request))?
        }
        Layer::Live {
            bands,
            stretch,
            gamma,
            index,
            formula,
            publish,
        } => {
            let request = match (index, formula) {
                (Some(index), _) => LiveRequest::Index(IndexRequest::Named(index)),
                (None, Some(formula)) => LiveRequest::Formula(formula),
                (None, None) => picture(bands, &stretch, gamma)?,
            };
            let publication = publication(publish)?;
            office
                .runtime
                .block_on(workshop.publish_live(publication, request))?
        }
    };
    drop(workshop);
    let layer = published.layer;
    let done = if published.replaced {
        "已更新 Replaced"
    } else {
        "已发布 Published"
    };
    say(format_args!(
        "{done} {} {} · {} · {}",
        layer.id, layer.title_zh, published.coverage.date, layer.audience
    ));
    if published.areas > 0 {
        say(format_args!(
            "  {} 个村的统计 areas with statistics",
            published.areas
        ));
    }
    Ok(())
}

fn picture(
    bands: Vec<String>,
    stretch: &[f32],
    gamma: Option<f64>,
) -> Result<LiveRequest, Failure> {
    let roles = <[String; 3]>::try_from(bands).map_err(|other| {
        let count = other.len();
        Failure::words(format!(
            "a picture needs three bands, and --bands names {count}: write --bands nir,red,green"
        ))
    })?;
    let stretch = match stretch {
        [] => None,
        [low, high] if low < high => Some([*low, *high]),
        _ => {
            let how = "--stretch needs two values, the lower one first: --stretch 0,0.3";
            return Err(Failure::words(how.to_owned()));
        }
    };
    if gamma.is_some_and(|gamma| !(0.1..=10.0).contains(&gamma)) {
        return Err(Failure::words("--gamma lies between 0.1 and 10".to_owned()));
    }
    Ok(LiveRequest::Picture {
        roles,
        stretch,
        gamma,
    })
}

fn publication(options: Publish) -> Result<Publication, Failure> {
    Ok(Publication {
        scene: options.scene,
        id: options.id,
        title_zh: options.title,
        title_en: options.title_en,
        style: options.style,
        audience: options
            .audience
            .map(|audience| audience.parse())
            .transpose()?,
        area: options.area,
        date: options.date,
        attribution: options.attribution,
        hide_clouds: false,
        hillshade: hillshade(options.hillshade),
    })
}

fn hillshade(options: Shade) -> Option<HillshadeRequest> {
    let heights = match options.hillshade?.as_str() {
        "self" => HeightsOf::Itself,
        id => HeightsOf::Named(id.to_owned()),
    };
    let (usual, light) = (Shaded::default(), Hillshade::default());
    Some(HillshadeRequest {
        heights,
        strength: options.hillshade_strength.unwrap_or(usual.strength),
        light: Hillshade {
            azimuth: options.azimuth.unwrap_or(light.azimuth),
            altitude: options.altitude.unwrap_or(light.altitude),
            z_factor: options.z_factor.unwrap_or(light.z_factor),
            ..light
        },
    })
}
