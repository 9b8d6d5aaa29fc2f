//! Scenes of the catalogue.

use grid::bounds::Bounds;
use raster::mask::Legend;
use store::Scope;
use store::scene::{self, Scene};

use super::{FoundBand, FoundLook, Numbers, nothing, touches};
use crate::recipe::{Scenes, near};
use crate::scene_band::{SceneBand, bands_of};
use crate::{Result, Workshop};

pub(super) async fn looks(
    workshop: &Workshop,
    key: &str,
    wanted: &Scenes,
    bounds: Option<Bounds>,
    scope: &Scope,
) -> Result<Vec<FoundLook>> {
    let scenes = scene::list(&workshop.store, scope).await?;
    let known: Vec<&str> = scenes.iter().map(|scene| scene.id.as_str()).collect();
    if let Some(id) = wanted.ids.iter().find(|id| !known.contains(&id.as_str())) {
        let some: Vec<&str> = known.iter().copied().take(10).collect();
        return Err(nothing(
            &format!("{key}.scenes.ids"),
            &near::unknown(id, &some, "a scene of yours"),
        ));
    }
    if scenes.is_empty() {
        return Err(nothing(
            key,
            "the catalogue holds no scene yet; bring one in with `xiangtu ingest`",
        ));
    }
    let newest = scenes.first().map(|scene| scene.acquired_at.date_naive());
    let oldest = scenes.last().map(|scene| scene.acquired_at.date_naive());
    let mut looks = Vec::new();
    for scene in scenes.iter().filter(|scene| fits(scene, wanted)) {
        let look = look(scene)?;
        if look.grid().is_some_and(|grid| touches(grid, bounds)) {
            looks.push(look);
        }
    }
    if looks.is_empty() {
        let days = match (oldest, newest) {
            (Some(oldest), Some(newest)) => format!(
                "; the catalogue has {} from {oldest} to {newest}",
                known.len()
            ),
            _ => String::new(),
        };
        let why = format!(
            "no scene meets every condition and lies on the area{days}: widen the dates, the cloud or the area"
        );
        return Err(nothing(&format!("{key}.scenes"), &why));
    }
    Ok(looks)
}

fn fits(scene: &Scene, wanted: &Scenes) -> bool {
    let day = scene.acquired_at.date_naive();
    let begins = |prefix: &String| {
        scene
            .sensor
            .to_lowercase()
            .starts_with(&prefix.to_lowercase())
    };
    let cloudy = matches!((scene.cloud_share, wanted.cloud_below), (Some(share), Some(most)) if share > most);
    (wanted.ids.is_empty() || wanted.ids.contains(&scene.id))
        && wanted.from.is_none_or(|from| day >= from)
        && wanted.to.is_none_or(|to| day <= to)
        && (wanted.sensors.is_empty() || wanted.sensors.iter().any(begins))
        && !cloudy
}

fn look(scene: &Scene) -> Result<FoundLook> {
    let bands = bands_of(scene)?;
    let classes = bands.iter().find_map(|band| {
        let classes = band.classes?;
        Some((source(band), 0, Legend::from(classes)))
    });
    let measured = bands
        .iter()
        .filter(|band| band.classes.is_none() && !band.role.is_classes());
    Ok(FoundLook {
        id: scene.id.clone(),
        date: scene.acquired_at.date_naive(),
        sensor: scene.sensor.clone(),
        area: Some(scene.area_id),
        bands: measured
            .map(|band| (band.role.to_string(), found(band)))
            .collect(),
        classes,
    })
}

fn source(band: &SceneBand) -> String {
    format!("object:{}", band.object)
}

fn found(band: &SceneBand) -> FoundBand {
    FoundBand {
        source: source(band),
        band: 0,
        grid: band.georeference.clone(),
        numbers: Numbers {
            data_type: band.data_type,
            nodata: band.nodata,
            scale: band.scale,
            offset: band.offset,
        },
    }
}
