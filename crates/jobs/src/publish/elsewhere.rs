//! An image that stays where it is, on a web server or in somebody's bucket: read by ranges when a tile
//! of it is asked for.

use chrono::Utc;
use raster::{cog::CogReader, live::DrawnBand, product::Role};
use store::{Scope, area};

use super::{Publication, layer, live::Inputs};
use crate::{Error, Result, Workshop, object_image};

/// Finds the bands by what the image calls them, or by their numbers: `b1`, `b2`, …
///
/// # Errors
/// When nothing can be read there, it has no such band, or lies in no area.
pub(super) async fn inputs(
    workshop: &Workshop,
    publication: &Publication,
    roles: &[Role],
) -> Result<Inputs> {
    let (address, roles) = (publication.scene.clone(), roles.to_vec());
    let opened = workshop.blocking(move |_| {
        let image = object_image::open_elsewhere(&address)?;
        let bands = roles.iter().map(|role| band(&image, role, &address));
        let bands = bands.collect::<Result<Vec<_>>>()?;
        Ok((image.georeference().clone(), bands))
    });
    let (georeference, bands) = opened.await?;
    let store = &workshop.store;
    let area = if let Some(code) = &publication.area {
        let code = code.clone();
        let found = area::by_code(store, &Scope::Everything, &code).await?;
        found.ok_or(store::Error::UnknownArea { code })?
    } else {
        let (longitude, latitude) = georeference.bounds().centre();
        let found = area::containing(store, longitude, latitude).await?;
        let reason = "it lies in no area; name one with --area";
        found.ok_or_else(|| wrong(&publication.scene, reason))?
    };
    Ok(Inputs {
        origin: layer::Origin {
            scene: None,
            area_id: area.id,
            date: Utc::now().date_naive(),
            sensor: String::new(),
            cloud_share: None,
        },
        bands,
        georeference,
        measurable: None,
    })
}

/// The whole image would have to be fetched.
pub(super) fn unmeasured(address: &str) -> Error {
    let how = "say with --stretch LOW,HIGH which of its values become black and white";
    wrong(address, how)
}

fn band(image: &CogReader, role: &Role, address: &str) -> Result<DrawnBand> {
    let name = role.to_string();
    let bands = image.bands();
    let described = |description: &str| {
        let theirs = description.parse::<Role>();
        theirs.is_ok_and(|theirs| theirs == *role)
    };
    let number = name
        .strip_prefix('b')
        .and_then(|digits| digits.parse().ok());
    let band = bands
        .iter()
        .position(|band| described(&band.description))
        .or_else(|| {
            (1..=bands.len())
                .find(|band| Some(*band) == number)
                .map(|band| band - 1)
        })
        .ok_or_else(|| {
            let known = (1..).zip(bands);
            let known = known.map(|(number, band)| format!("b{number} {}", band.description));
            let known: Vec<String> = known.collect();
            let reason = format!("there is no band {name}; it has: {}", known.join(", "));
            wrong(address, &reason)
        })?;
    Ok(DrawnBand {
        name,
        object: address.to_owned(),
        band,
    })
}

fn wrong(address: &str, reason: &str) -> Error {
    Error::Elsewhere {
        address: address.to_owned(),
        reason: reason.to_owned(),
    }
}
