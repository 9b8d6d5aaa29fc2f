//! An item as a look: which of its assets are which bands.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use raster::product::{Classes, Role};
use reqwest::Url;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One scene of a STAC API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StacLook {
    /// The item's id.
    pub id: String,
    /// Its collection.
    pub collection: Option<String>,
    /// When it was taken.
    pub datetime: DateTime<Utc>,
    /// The share under cloud, 0 to 1, where the item says it.
    pub cloud_share: Option<f64>,
    /// The EPSG code, where the item or asset says it.
    pub epsg: Option<u32>,
    /// Its measurements, one a role.
    pub bands: Vec<StacBand>,
    /// Its classes: clouds and quality.
    pub masks: Vec<StacBand>,
}

/// One band of a scene of a STAC API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StacBand {
    /// What it shows.
    pub role: Role,
    /// Where its image lies: `https://…` or `s3://…`.
    pub href: String,
    /// The band in the image, from 0.
    pub band: usize,
    /// The number that stands for "nothing here", where the item says it.
    pub nodata: Option<f64>,
    /// value = number × scale + offset.
    pub scale: f64,
    /// See `scale`.
    pub offset: f64,
    /// How to read its numbers when they are classes.
    pub classes: Option<Classes>,
    /// Metres a pixel, where the item says it.
    pub resolution: Option<f64>,
}

/// The look; `None` when the item has no date or no image of a known band.
pub(super) fn look(item: &Value, page: &Url) -> Option<StacLook> {
    let properties = item.get("properties")?;
    let when = ["datetime", "start_datetime"]
        .iter()
        .find_map(|key| properties.get(key)?.as_str())?;
    let datetime = DateTime::parse_from_rfc3339(when).ok()?.to_utc();
    let base = own_address(item, page);
    let mut found: BTreeMap<Role, StacBand> = BTreeMap::new();
    for (key, asset) in item.get("assets")?.as_object()? {
        for band in bands(key, asset, properties, &base) {
            let better = |other: &StacBand| {
                let size = |band: &StacBand| band.resolution.unwrap_or(f64::INFINITY);
                size(&band) < size(other)
            };
            if found.get(&band.role).is_none_or(better) {
                found.insert(band.role.clone(), band);
            }
        }
    }
    let (masks, bands): (Vec<_>, Vec<_>) =
        found.into_values().partition(|band| band.classes.is_some());
    if bands.is_empty() {
        return None;
    }
    let cloud = properties.get("eo:cloud_cover").and_then(Value::as_f64);
    Some(StacLook {
        id: item.get("id")?.as_str()?.to_owned(),
        collection: item
            .get("collection")
            .and_then(Value::as_str)
            .map(str::to_owned),
        datetime,
        cloud_share: cloud.map(|percent| percent / 100.0),
        epsg: epsg(properties),
        bands,
        masks,
    })
}

/// Relative hrefs are relative to the item's own address.
fn own_address(item: &Value, page: &Url) -> Url {
    let links = item.get("links").and_then(Value::as_array);
    let own = links
        .into_iter()
        .flatten()
        .find(|link| link["rel"] == "self");
    let href = own.and_then(|link| link["href"].as_str());
    href.and_then(|href| page.join(href).ok())
        .unwrap_or_else(|| page.clone())
}

/// `proj:epsg`, or `proj:code` as of version 2 of the extension.
fn epsg(properties: &Value) -> Option<u32> {
    let code = || {
        properties
            .get("proj:code")?
            .as_str()?
            .strip_prefix("EPSG:")?
            .parse()
            .ok()
    };
    let number = properties.get("proj:epsg").and_then(Value::as_u64);
    number.map(|number| number as u32).or_else(code)
}

/// The bands of an asset whose role is known; none of what is a picture, a preview or no GeoTIFF.
fn bands(key: &str, asset: &Value, properties: &Value, base: &Url) -> Vec<StacBand> {
    let Some(href) = asset["href"]
        .as_str()
        .filter(|href| is_geotiff(asset, href))
    else {
        return Vec::new();
    };
    let roles: Vec<&str> = asset["roles"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if ["overview", "thumbnail", "visual", "metadata"]
        .iter()
        .any(|role| roles.contains(role))
    {
        return Vec::new();
    }
    let list = |name: &str| asset[name].as_array().cloned().unwrap_or_default();
    // STAC 1.1 has one list, 1.0 one of each extension.
    let (common, eo, numbers) = (list("bands"), list("eo:bands"), list("raster:bands"));
    let count = common.len().max(eo.len()).max(numbers.len()).max(1);
    let href = base
        .join(href)
        .map_or_else(|_| href.to_owned(), |url| url.to_string());
    let none = Value::Null;
    let band = |index: usize| {
        let about = [&common, &eo, &numbers].map(|list| list.get(index).unwrap_or(&none));
        let role = role(key, about, count)?;
        // What all bands share stands at the asset, or with the item.
        let number = |name: &str| {
            let places = about.into_iter().chain([asset, properties]);
            let names = [name.to_owned(), format!("raster:{name}")];
            let mut values =
                places.flat_map(|place| names.iter().filter_map(|name| place.get(name)));
            values.find_map(number)
        };
        Some(StacBand {
            classes: Classes::of(&role),
            role,
            href: href.clone(),
            band: index,
            nodata: number("nodata"),
            scale: number("scale").unwrap_or(1.0),
            offset: number("offset").unwrap_or(0.0),
            resolution: number("spatial_resolution").or_else(|| number("gsd")),
        })
    };
    (0..count).filter_map(band).collect()
}

fn is_geotiff(asset: &Value, href: &str) -> bool {
    if let Some(kind) = asset["type"].as_str() {
        return kind.starts_with("image/tiff") || kind.starts_with("image/vnd.stac.geotiff");
    }
    let path = href.split('?').next().unwrap_or_default();
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    ["tif", "tiff"]
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known))
}

/// The role by the common name, the band's name, or the asset's key where it has one band.
fn role(key: &str, about: [&Value; 3], count: usize) -> Option<Role> {
    let text = |names: &[&str]| {
        let mut all = about
            .iter()
            .flat_map(|about| names.iter().filter_map(|name| about[*name].as_str()));
        all.next().map(str::to_owned)
    };
    let common = text(&["common_name", "eo:common_name"]);
    if common.as_deref() == Some("rededge") {
        let wavelength = about.iter().find_map(|about| {
            about
                .get("center_wavelength")
                .or_else(|| about.get("eo:center_wavelength"))?
                .as_f64()
        });
        // One common name for three bands of Sentinel-2.
        return Some(match wavelength {
            Some(micrometres) if micrometres > 0.76 => Role::RedEdge078,
            Some(micrometres) if micrometres > 0.72 => Role::RedEdge075,
            _ => Role::RedEdge071,
        });
    }
    let key = (count == 1).then(|| key.to_owned());
    let words = [common, text(&["name", "description"]), key];
    words.iter().flatten().find_map(|word| Role::known(word))
}

/// A number, or the words JSON has none for.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) if text.eq_ignore_ascii_case("nan") => Some(f64::NAN),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn page() -> Url {
        Url::parse("https://stac.example.org/v1/search").unwrap()
    }

    #[test]
    fn a_sentinel_item_of_version_1_0() {
        let item = json!({
            "id": "S2A_T32", "collection": "s2", "links": [{"rel": "self", "href": "https://stac.example.org/items/S2A_T32"}],
            "properties": {"datetime": "2022-06-12T10:10:31.024Z", "eo:cloud_cover": 12.5, "proj:epsg": 32632},
            "assets": {
                "visual": {"href": "TCI.tif", "type": "image/tiff; application=geotiff", "roles": ["visual"],
                    "eo:bands": [{"common_name": "red"}, {"common_name": "green"}, {"common_name": "blue"}]},
                "red": {"href": "../B04.tif", "type": "image/tiff; application=geotiff; profile=cloud-optimized", "gsd": 10,
                    "eo:bands": [{"name": "B04", "common_name": "red"}],
                    "raster:bands": [{"nodata": 0, "scale": 0.0001, "offset": -0.1, "spatial_resolution": 10}]},
                "red-jp2": {"href": "B04.jp2", "type": "image/jp2", "eo:bands": [{"common_name": "red"}]},
                "rededge2": {"href": "s3://bucket/B06.tif", "type": "image/tiff", "eo:bands": [{"name": "B06", "common_name": "rededge", "center_wavelength": 0.74}]},
                "scl": {"href": "SCL.tif", "type": "image/tiff", "raster:bands": [{"nodata": 0}]},
                "thumbnail": {"href": "preview.jpg", "type": "image/jpeg"},
            },
        });
        let look = look(&item, &page()).unwrap();
        assert_eq!(look.epsg, Some(32632));
        assert!((look.cloud_share.unwrap() - 0.125).abs() < 1e-12);
        let roles: Vec<&str> = look.bands.iter().map(|band| band.role.name()).collect();
        assert_eq!(roles, ["red", "rededge075"]);
        let red = &look.bands[0];
        assert_eq!(red.href, "https://stac.example.org/B04.tif");
        assert_eq!(
            (red.nodata, red.scale, red.offset),
            (Some(0.0), 0.0001, -0.1)
        );
        assert_eq!(look.bands[1].href, "s3://bucket/B06.tif");
        assert_eq!(look.masks[0].classes, Some(Classes::Scl));
    }

    #[test]
    fn one_file_of_several_bands_of_version_1_1() {
        let item = json!({
            "id": "drone", "properties": {"datetime": null, "start_datetime": "2024-05-01T00:00:00Z", "proj:code": "EPSG:32648"},
            "assets": {"image": {"href": "https://data.example.org/a.tif?key=1", "nodata": "nan", "bands": [
                {"name": "b1", "eo:common_name": "green"}, {"name": "b2", "eo:common_name": "nir", "raster:scale": 0.5}]}},
        });
        let look = look(&item, &page()).unwrap();
        assert_eq!(look.epsg, Some(32648));
        let nir = look
            .bands
            .iter()
            .find(|band| band.role == Role::Nir)
            .unwrap();
        assert_eq!((nir.band, nir.scale), (1, 0.5));
        assert!(nir.nodata.unwrap().is_nan());
    }

    #[test]
    fn what_has_no_known_band_is_no_look() {
        let item = json!({"id": "x", "properties": {"datetime": "2024-05-01T00:00:00Z"},
            "assets": {"pdf": {"href": "a.pdf", "type": "application/pdf"}}});
        assert_eq!(look(&item, &page()), None);
    }
}
