//! What a COG says about itself beside its pixels: `GeoTIFF` keys for every GIS, GDAL's metadata for
//! band names, scales and offsets, and there our own georeference, which also knows the projections
//! that `GeoTIFF` keys cannot name.

use std::fmt::Write;

use grid::projection::Projection;
use grid::sinusoidal::Sinusoidal;
use grid::transverse_mercator::{Parameters, TransverseMercator};
use tiff::tags::Tag;

use super::directory::Directory;
use super::{Band, CogError};
use crate::georeference::GeoReference;

const USER_DEFINED: u16 = 32767;
const GEOREFERENCE: &str = "GEOREFERENCE";
const DOMAIN: &str = "XIANGTU";

/// Sets the tags of the place: the transform, and the CRS by its EPSG code; a transverse Mercator
/// or a sinusoidal projection without a code by its parameters. A CRS without either is only in our own metadata: other
/// programs see an image that has a transform and no CRS.
pub fn set_place(directory: &mut Directory, georeference: &GeoReference) {
    let t = &georeference.transform;
    if t[2] == 0.0 && t[4] == 0.0 && t[5] < 0.0 {
        directory.set(Tag::ModelPixelScaleTag, &[t[1], -t[5], 0.0]);
        directory.set(Tag::ModelTiepointTag, &[0.0, 0.0, 0.0, t[0], t[3], 0.0]);
    } else {
        let matrix = [t[1], t[2], 0.0, t[0], t[4], t[5], 0.0, t[3]];
        let rest = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        directory.set(
            Tag::ModelTransformationTag,
            [matrix, rest].concat().as_slice(),
        );
    }
    let mut keys = Keys::default();
    keys.short(1025, 1); // pixel is area
    match (code(georeference), &georeference.projection) {
        (Some(code), _) if is_geographic(georeference) => {
            keys.short(1024, 2);
            keys.short(2048, code);
        }
        (Some(code), _) => {
            keys.short(1024, 1);
            keys.short(3072, code);
            keys.short(3076, 9001);
        }
        (None, Projection::TransverseMercator(projection)) => keys.transverse_mercator(projection),
        (None, Projection::Sinusoidal(projection)) => keys.sinusoidal(projection),
        _ => {}
    }
    keys.set(directory);
}

fn code(georeference: &GeoReference) -> Option<u16> {
    let fallback = match georeference.projection {
        Projection::Geographic => Some(4326),
        Projection::WebMercator => Some(3857),
        _ => None,
    };
    georeference
        .epsg
        .or(fallback)
        .and_then(|code| u16::try_from(code).ok())
}

fn is_geographic(georeference: &GeoReference) -> bool {
    match &georeference.projection {
        Projection::Geographic => true,
        // A lattice does not say; degrees are small numbers and metres are not.
        Projection::Lattice(lattice) => {
            let (longitude, latitude) = lattice.bounds().centre();
            let (x, y) = lattice.forward(longitude, latitude);
            x.abs() <= 360.0 && y.abs() <= 90.0
        }
        _ => false,
    }
}

/// The `GeoTIFF` key directory while it grows.
#[derive(Default)]
struct Keys {
    entries: Vec<[u16; 4]>,
    doubles: Vec<f64>,
}

impl Keys {
    fn short(&mut self, key: u16, value: u16) {
        self.entries.push([key, 0, 1, value]);
    }

    fn double(&mut self, key: u16, value: f64) {
        self.entries.push([
            key,
            Tag::GeoDoubleParamsTag.to_u16(),
            1,
            self.doubles.len() as u16,
        ]);
        self.doubles.push(value);
    }

    fn transverse_mercator(&mut self, projection: &TransverseMercator) {
        let parameters = Parameters::from(*projection);
        let wgs84 = parameters.ellipsoid.inverse_flattening > 298.257_223;
        self.short(1024, 1);
        self.short(2048, if wgs84 { 4326 } else { 4490 });
        self.short(3072, USER_DEFINED);
        self.short(3074, USER_DEFINED);
        self.short(3075, 1);
        self.short(3076, 9001);
        self.double(3080, parameters.central_meridian);
        self.double(3081, 0.0);
        self.double(3082, parameters.false_easting);
        self.double(3083, parameters.false_northing);
        self.double(3092, parameters.scale);
    }

    fn sinusoidal(&mut self, projection: &Sinusoidal) {
        self.short(1024, 1);
        self.short(2048, USER_DEFINED);
        self.short(2050, USER_DEFINED);
        self.short(2054, 9102);
        self.short(2056, USER_DEFINED);
        self.double(2057, projection.radius);
        self.double(2058, projection.radius);
        self.short(3072, USER_DEFINED);
        self.short(3074, USER_DEFINED);
        self.short(3075, 24);
        self.short(3076, 9001);
        self.double(3082, projection.false_easting);
        self.double(3083, projection.false_northing);
        self.double(3088, projection.central_meridian);
    }

    fn set(mut self, directory: &mut Directory) {
        self.entries.sort_unstable();
        let head = [1, 1, 0, self.entries.len() as u16];
        let shorts: Vec<u16> = head
            .into_iter()
            .chain(self.entries.into_iter().flatten())
            .collect();
        directory.set(Tag::GeoKeyDirectoryTag, shorts.as_slice());
        if !self.doubles.is_empty() {
            directory.set(Tag::GeoDoubleParamsTag, self.doubles.as_slice());
        }
    }
}

/// GDAL's metadata: band names, scales and offsets, and our georeference.
pub fn describe(bands: &[Band], georeference: &GeoReference) -> Result<String, CogError> {
    let json = serde_json::to_string(georeference)
        .map_err(|error| CogError::Options(format!("its georeference has no JSON: {error}")))?;
    let mut xml = String::from("<GDALMetadata>\n");
    let mut item = |name: &str, attributes: &str, value: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(
            xml,
            "  <Item name=\"{name}\"{attributes}>{}</Item>",
            escape(value)
        );
    };
    for (index, band) in bands.iter().enumerate() {
        let role = |role: &str| format!(" sample=\"{index}\" role=\"{role}\"");
        item("DESCRIPTION", &role("description"), &band.description);
        if band.scale.to_bits() != 1_f64.to_bits() || band.offset != 0.0 {
            item("OFFSET", &role("offset"), &band.offset.to_string());
            item("SCALE", &role("scale"), &band.scale.to_string());
        }
    }
    item(GEOREFERENCE, &format!(" domain=\"{DOMAIN}\""), &json);
    xml.push_str("</GDALMetadata>\n");
    Ok(xml)
}

/// Reads [`describe`] back; of another program's metadata what there is of it.
pub fn read(xml: &str, bands: usize) -> (Vec<Band>, Option<GeoReference>) {
    let mut described = vec![Band::new(""); bands];
    let mut georeference = None;
    for item in xml.split("<Item ").skip(1) {
        let Some((head, rest)) = item.split_once('>') else {
            continue;
        };
        let value = unescape(rest.split_once("</Item>").map_or("", |(value, _)| value));
        let number = || value.parse::<f64>();
        let sample = attribute(head, "sample").and_then(|sample| sample.parse::<usize>().ok());
        let band = sample.and_then(|sample| described.get_mut(sample));
        match (attribute(head, "name"), band) {
            (Some("DESCRIPTION"), Some(band)) => band.description.clone_from(&value),
            (Some("SCALE"), Some(band)) => band.scale = number().unwrap_or(1.0),
            (Some("OFFSET"), Some(band)) => band.offset = number().unwrap_or(0.0),
            (Some(GEOREFERENCE), _) if attribute(head, "domain") == Some(DOMAIN) => {
                georeference = serde_json::from_str(&value).ok();
            }
            _ => {}
        }
    }
    (described, georeference)
}

fn attribute<'text>(head: &'text str, name: &str) -> Option<&'text str> {
    let (_, rest) = head.split_once(&format!("{name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn unescape(text: &str) -> String {
    text.replace("&quot;", "\"")
        .replace("&gt;", ">")
        .replace("&lt;", "<")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_described_is_read_back() {
        let georeference =
            GeoReference::from_epsg(32648, [1.5, 10.0, 0.0, 2.5, 0.0, -10.0], 7, 9).expect("known");
        let bands = [
            Band::new("red <&> \"1\""),
            Band::new("nir").scaled(0.0001, -0.1),
        ];
        let xml = describe(&bands, &georeference).expect("describes");
        assert_eq!(read(&xml, 2), (bands.to_vec(), Some(georeference)));
    }

    #[test]
    fn a_foreign_description_says_what_it_says() {
        let xml = "<GDALMetadata><Item name=\"SCALE\" sample=\"1\" role=\"scale\">0.5</Item>\
            <Item name=\"OTHER\">x</Item></GDALMetadata>";
        let (bands, georeference) = read(xml, 2);
        assert_eq!(bands, [Band::new(""), Band::new("").scaled(0.5, 0.0)]);
        assert_eq!(georeference, None);
    }
}
