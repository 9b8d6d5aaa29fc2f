//! Scenes of a STAC API.

use std::collections::{BTreeMap, BTreeSet};

use grid::bounds::Bounds;
use raster::cog::CogError;
use raster::mask::Legend;

use super::{FoundBand, FoundLook, Meaning, Numbers, nothing, used};
use crate::recipe::Stac;
use crate::sources::Sources;
use crate::stac::{Search, StacBand, StacClient, StacLook};
use crate::{Error, Result, Workshop};

/// The most scenes of one input.
const MOST: usize = 1000;

pub(super) async fn looks(
    workshop: &Workshop,
    key: &str,
    wanted: &Stac,
    named: Option<&BTreeSet<&str>>,
    bounds: Option<Bounds>,
    meanings: &mut BTreeMap<String, Meaning>,
) -> Result<Vec<FoundLook>> {
    let key = format!("{key}.stac");
    let Some(bounds) = bounds else {
        return Err(nothing(
            "area",
            "name the area: a STAC API holds the whole world",
        ));
    };
    let search = Search {
        api: wanted.api.clone(),
        collections: wanted.collections.clone(),
        bounds: Some([bounds.west, bounds.south, bounds.east, bounds.north]),
        from: wanted.from,
        to: wanted.to,
        cloud_below: wanted.cloud_below,
        most: MOST,
    };
    let client = StacClient::new(workshop.hosts.clone())?;
    let mut found = client.search(&search).await?;
    if found.is_empty() {
        return Err(nothing(
            &key,
            "the server has no such scenes on this area; widen the dates, the cloud or the area",
        ));
    }
    // Others need not be opened.
    for look in &mut found {
        let roles: Vec<String> = look
            .bands
            .iter()
            .map(|band| band.role.to_string())
            .collect();
        let used = used(&roles, named);
        look.bands
            .retain(|band| used.contains(&band.role.to_string()));
    }
    for band in found.iter().flat_map(|look| &look.bands) {
        let meaning = Meaning {
            nodata: band.nodata,
            scale: band.scale,
            offset: band.offset,
        };
        meanings.insert(band.href.clone(), meaning);
    }
    let told = meanings.clone();
    let opened = workshop.blocking(move |shop| {
        let sources = Sources::new(shop, told)?;
        found.iter().map(|look| open(&sources, look)).collect()
    });
    opened.await
}

/// Reads the heads of its images: items rarely tell all of a grid.
fn open(sources: &Sources, look: &StacLook) -> Result<FoundLook> {
    let band = |band: &StacBand| {
        let what = || format!("{} of {}", band.role, look.id);
        let reader = sources
            .open(&band.href)
            .map_err(|error| unreadable(what(), error))?;
        let numbers = Numbers {
            data_type: reader.data_type(),
            nodata: reader.nodata(),
            scale: band.scale,
            offset: band.offset,
        };
        let found = FoundBand {
            source: band.href.clone(),
            band: band.band,
            grid: reader.georeference().clone(),
            numbers,
        };
        Ok((band.role.to_string(), found))
    };
    let mask = look
        .masks
        .iter()
        .find_map(|mask| Some((mask.href.clone(), mask.band, Legend::from(mask.classes?))));
    Ok(FoundLook {
        bands: look.bands.iter().map(band).collect::<Result<_>>()?,
        classes: mask,
        ..FoundLook::new(
            look.id.clone(),
            look.datetime.date_naive(),
            look.collection.as_deref().unwrap_or_default(),
        )
    })
}

/// What fails on the way to a server has nothing to do with this machine's disk.
fn unreadable(what: String, error: CogError) -> Error {
    match error {
        CogError::Io(source) => Error::StacImage { what, source },
        source => Error::Cog { what, source },
    }
}
