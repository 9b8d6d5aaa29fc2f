//! The document of one or several vector layers.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::http::request::Parts;
use grid::bounds::Bounds;
use store::layer::Layer;

use super::{TileJson, VectorLayer, empty, escape};
use crate::areas::corners;
use crate::language::Language;
use crate::map_tiles::answer::Reach;
use crate::map_tiles::vector::{AREAS, Asked, REPORTS, asked};
use crate::problem::Problem;
use crate::state::AppState;

/// The document of the layers that `names` names, and whether anybody may keep it.
pub async fn document(
    state: &AppState,
    parts: &Parts,
    origin: &str,
    names: &str,
    language: Language,
) -> Result<(TileJson, bool), Problem> {
    let asked = asked(state, parts, names).await?;
    let map = state
        .tiles
        .vector_map(asked.iter().map(Asked::source).collect())
        .await?;
    let version = map.version().map(|version| format!("?v={version}"));
    let mut document = TileJson {
        tiles: vec![format!(
            "{origin}/tiles/{names}/{{z}}/{{x}}/{{y}}.mvt{}",
            version.unwrap_or_default()
        )],
        ..empty()
    };
    let mut layers = Vec::with_capacity(asked.len());
    let (mut titles, mut thanks) = (Vec::new(), Vec::new());
    // Of the whole only when it is known of each.
    let mut bounds: Option<Option<Bounds>> = Some(None);
    let mut public = true;
    for one in &asked {
        match one {
            Asked::Areas(_) => {
                titles.push(language.pick("行政区划", "Areas"));
                layers.push(built_in(AREAS));
                bounds = None;
            }
            Asked::Reports(_) => {
                titles.push(language.pick("事件", "Reports"));
                layers.push(built_in(REPORTS));
                bounds = None;
                public = false;
            }
            Asked::Features(published, _) => {
                let Layer {
                    id,
                    title_zh,
                    title_en,
                    attribution,
                    ..
                } = &published.layer;
                titles.push(language.pick(title_zh, title_en));
                if !attribution.is_empty() && !thanks.contains(&attribution.as_str()) {
                    thanks.push(attribution);
                }
                public &= one.reach() == Reach::Public;
                if let Some(about) = state.tiles.archived(published).await? {
                    let own = published.bounds();
                    bounds = bounds.map(|known| union(known, own));
                    layers.extend(about.vector_layers.into_iter().map(VectorLayer::from));
                    continue;
                }
                let contents = state.tiles.contents(published).await?;
                bounds = match (bounds, &contents) {
                    (Some(known), Some(contents)) => Some(union(known, contents.bounds)),
                    _ => None,
                };
                let fields = contents.map(|contents| contents.fields).unwrap_or_default();
                layers.push(VectorLayer {
                    id: id.clone(),
                    fields: fields
                        .into_iter()
                        .map(|(name, content)| (name, content.into()))
                        .collect(),
                });
            }
        }
    }
    // Beyond the last zoom of one, clients enlarge all.
    let zooms = asked.iter().map(Asked::zooms);
    let zooms = zooms.reduce(|one, other| (one.0.min(other.0), one.1.min(other.1)));
    (document.minzoom, document.maxzoom) = zooms.unwrap_or((document.minzoom, document.maxzoom));
    document.name = titles.join(" · ");
    document.attribution = escape(&thanks.join(" · "));
    document.bounds = bounds.flatten().as_ref().map(corners);
    document.vector_layers = Some(layers);
    Ok((document, public))
}

fn union(one: Option<Bounds>, other: Option<Bounds>) -> Option<Bounds> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.union(&other)),
        (one, other) => one.or(other),
    }
}

fn built_in(id: &str) -> VectorLayer {
    let fields: &[(&str, &str)] = match id {
        AREAS => &[
            ("code", "区划代码"),
            ("name_zh", "名称"),
            ("name_en", "English name"),
            ("level", "province, city, county, township, village, group"),
        ],
        _ => &[
            ("id", "UUID"),
            ("reference", "受理编号"),
            ("state", "new, accepted, done, refused"),
            ("service", "服务类别"),
        ],
    };
    let field =
        |(name, meaning): &(&str, &'static str)| ((*name).to_owned(), Cow::Borrowed(*meaning));
    VectorLayer {
        id: id.to_owned(),
        fields: fields.iter().map(field).collect::<BTreeMap<_, _>>(),
    }
}
