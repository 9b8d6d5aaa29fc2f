//! OGC API – Maps – Part 1: Core (OGC 20-058): one picture of any part of a raster layer.

use axum::extract::{Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use grid::bounds::Bounds;
use grid::matrix_set::{AxisOrder, MatrixSet, Zone};
use grid::projection::Projection;
use raster::georeference::GeoReference;
use raster::picture::Picture;
use serde::Deserialize;
use store::layer::{Audience, Kind};
use tiles::{Format, MOST_PIXELS};

use super::ask::Ask;
use crate::map_tiles::answer::{self, Answer, Reach};
use crate::map_tiles::visible;
use crate::problem::{Problem, kinds};
use crate::state::AppState;

/// Pixels of the longer side when no size is said.
const SIDE: u32 = 1024;

/// Which part, in which coordinates, how large.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct MapQuery {
    bbox: Option<String>,
    bbox_crs: Option<String>,
    crs: Option<String>,
    width: Option<u32>,
    height: Option<u32>,
    f: Option<String>,
    datetime: Option<String>,
}

/// A CRS as a request names it.
#[derive(Debug, Clone, PartialEq)]
struct Crs {
    projection: Projection,
    epsg: Option<u32>,
    axes: AxisOrder,
    uri: String,
}

/// The picture.
pub async fn map(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Query(query): Query<MapQuery>,
    parts: Parts,
) -> Result<Response, Problem> {
    let layer = visible(&state, &parts, &id).await?;
    if layer.layer.kind == Kind::Features {
        return Err(Problem::new(&kinds::NOT_FOUND).with_detail(
            "矢量图层没有地图图片，请用其瓦片。",
            "A layer of features has no map: use its tiles.",
        ));
    }
    let ask: Ask = query.ask();
    let dated = ask.date(&layer)?;
    let format = ask.picture(&parts.headers)?;
    let crs = Crs::named(query.crs.as_deref())?;
    let bounds = query.bounds(&crs, &dated.coverage.bounds)?;
    let target = query.target(&crs, &bounds)?;
    let etag = format!(
        "\"{}-{}-{bounds:?}-{}-{}-{}\"",
        dated.version,
        crs.uri,
        target.width,
        target.height,
        format.extension()
    )
    .replace([' ', ','], "_");
    let reach = Reach::of(layer.layer.audience == Audience::Public);
    if Answer::new(&parts.headers).knows(&etag) {
        return Ok(answer::unchanged(&etag, reach, false));
    }
    let (width, height) = (target.width, target.height);
    let drawn = state.tiles.map(&layer, dated, target, format).await?;
    let bytes = match drawn {
        Some(bytes) => bytes,
        None => transparent(width, height, format)?.into(),
    };
    let mut response = answer::tile(bytes, format, &etag, reach, false);
    let [west, south, east, north] = match crs.axes {
        AxisOrder::EastNorth => [bounds.west, bounds.south, bounds.east, bounds.north],
        AxisOrder::NorthEast => [bounds.south, bounds.west, bounds.north, bounds.east],
    };
    let said = [
        ("content-crs", format!("<{}>", crs.uri)),
        ("content-bbox", format!("{west},{south},{east},{north}")),
    ];
    for (name, value) in said {
        if let Ok(value) = HeaderValue::try_from(value) {
            let name = HeaderName::from_static(name);
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

fn transparent(width: u32, height: u32, format: Format) -> Result<Vec<u8>, Problem> {
    let pixels = vec![0; width as usize * height as usize * 4];
    let picture = Picture {
        width,
        height,
        pixels,
    };
    let bytes = match format {
        Format::Webp => picture.webp_lossless(),
        Format::Jpeg => picture.jpeg(80),
        Format::Png | Format::Mvt => picture.png(),
    };
    bytes.map_err(|cause| Problem::internal(&cause))
}

impl MapQuery {
    fn ask(&self) -> Ask {
        Ask {
            f: self.f.clone(),
            datetime: self.datetime.clone(),
        }
    }

    /// The part in the map's CRS, x to the east; the whole layer when none is said.
    fn bounds(&self, crs: &Crs, whole: &Bounds) -> Result<Bounds, Problem> {
        let degrees = Crs::named(None)?;
        let (from, part) = match &self.bbox {
            None => (degrees, *whole),
            Some(text) => {
                let from = Crs::named(self.bbox_crs.as_deref())?;
                let part = read_bbox(text, from.axes).ok_or_else(|| {
                    wrong(
                        format!("bbox“{text}”须为四个数，左下角在前、右上角在后。"),
                        format!("bbox “{text}” must be four numbers: lower corner, upper corner."),
                    )
                })?;
                (from, part)
            }
        };
        if from.projection == crs.projection {
            return Ok(part);
        }
        from.around(&part, crs).ok_or_else(|| {
            wrong(
                "此范围不能用所请求的坐标系表示。",
                "This part has no place in the CRS that is asked for.",
            )
        })
    }

    /// The grid of the picture: a side that is not said follows from the other.
    fn target(&self, crs: &Crs, bounds: &Bounds) -> Result<GeoReference, Problem> {
        let shape = bounds.width() / bounds.height();
        let side = |length: f64| length.round().clamp(1.0, f64::from(u32::MAX)) as u32;
        let (width, height) = match (self.width, self.height) {
            (Some(width), Some(height)) => (width, height),
            (Some(width), None) => (width, side(f64::from(width) / shape)),
            (None, Some(height)) => (side(f64::from(height) * shape), height),
            (None, None) if shape >= 1.0 => (SIDE, side(f64::from(SIDE) / shape)),
            (None, None) => (side(f64::from(SIDE) * shape), SIDE),
        };
        let pixels = u64::from(width) * u64::from(height);
        if pixels == 0 || pixels > MOST_PIXELS || width.max(height) > 8192 {
            return Err(wrong(
                format!(
                    "图片须有 1 到 {MOST_PIXELS} 个像素，每边不超过 8192，请求的是 {width} × {height}。"
                ),
                format!(
                    "A map has 1 to {MOST_PIXELS} pixels and sides of up to 8192: {width} × {height} were asked for."
                ),
            ));
        }
        Ok(GeoReference {
            projection: crs.projection.clone(),
            epsg: crs.epsg,
            transform: [
                bounds.west,
                bounds.width() / f64::from(width),
                0.0,
                bounds.north,
                0.0,
                -bounds.height() / f64::from(height),
            ],
            width,
            height,
        })
    }
}

impl Crs {
    /// By address (`http://www.opengis.net/def/crs/EPSG/0/4490`), name or CURIE (`[EPSG:4490]`);
    /// CRS84 when none is said.
    fn named(name: Option<&str>) -> Result<Self, Problem> {
        let Some(text) = name.filter(|name| !name.is_empty()) else {
            return Ok(Self::crs84());
        };
        let bare = text.trim_start_matches('[').trim_end_matches(']');
        if bare.ends_with("CRS84") && bare.contains("OGC") {
            return Ok(Self::crs84());
        }
        let code = bare
            .rsplit(['/', ':'])
            .next()
            .and_then(|code| code.parse().ok());
        let known = code.filter(|_| bare.contains("EPSG")).and_then(Self::epsg);
        known.ok_or_else(|| {
            wrong(
                format!("没有坐标系“{text}”，可用 CRS84、EPSG:4326、4490、3857、UTM 带和 CGCS2000 的高斯-克吕格带。"),
                format!("The CRS “{text}” is not known: use CRS84, EPSG:4326, 4490, 3857, a UTM zone or a Gauss-Krüger zone of CGCS2000."),
            )
        })
    }

    fn crs84() -> Self {
        Self {
            projection: Projection::Geographic,
            epsg: None,
            axes: AxisOrder::EastNorth,
            uri: MatrixSet::WorldCrs84Quad.crs_uri(),
        }
    }

    fn epsg(code: u32) -> Option<Self> {
        let north_first = matches!(code, 4326 | 4490 | 4269)
            || Zone::from_epsg(code).is_some()
            || (4491..=4512).contains(&code);
        Some(Self {
            projection: Projection::from_epsg(code)?,
            epsg: Some(code),
            axes: if north_first {
                AxisOrder::NorthEast
            } else {
                AxisOrder::EastNorth
            },
            uri: format!("http://www.opengis.net/def/crs/EPSG/0/{code}"),
        })
    }

    /// The rectangle in another CRS around one in this, from points along its edges.
    fn around(&self, bounds: &Bounds, other: &Self) -> Option<Bounds> {
        let edge = (0..=32).flat_map(|step| {
            let part = f64::from(step) / 32.0;
            let x = bounds.west + bounds.width() * part;
            let y = bounds.south + bounds.height() * part;
            [
                (x, bounds.south),
                (x, bounds.north),
                (bounds.west, y),
                (bounds.east, y),
            ]
        });
        let points = edge.map(|(x, y)| {
            let (longitude, latitude) = self.projection.inverse(x, y);
            other.projection.forward(longitude, latitude)
        });
        Bounds::around(points).filter(|around| around.width() > 0.0 && around.height() > 0.0)
    }
}

/// Four numbers in the order of the CRS's axes; `None` for what is no rectangle.
fn read_bbox(text: &str, axes: AxisOrder) -> Option<Bounds> {
    let numbers: Vec<f64> = text
        .split(',')
        .map(|number| number.trim().parse().ok())
        .collect::<Option<_>>()?;
    let [first, second, third, fourth] = numbers[..] else {
        return None;
    };
    let bounds = match axes {
        AxisOrder::EastNorth => Bounds::new(first, second, third, fourth),
        AxisOrder::NorthEast => Bounds::new(second, first, fourth, third),
    };
    let is_rectangle = numbers.iter().all(|number| number.is_finite())
        && bounds.width() > 0.0
        && bounds.height() > 0.0;
    is_rectangle.then_some(bounds)
}

fn wrong(chinese: impl Into<String>, english: impl Into<String>) -> Problem {
    Problem::new(&kinds::BAD_REQUEST).with_detail(chinese, english)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_reference_systems() {
        for (name, epsg, axes) in [
            (
                "http://www.opengis.net/def/crs/EPSG/0/4490",
                Some(4490),
                AxisOrder::NorthEast,
            ),
            ("[EPSG:3857]", Some(3857), AxisOrder::EastNorth),
            (
                "urn:ogc:def:crs:EPSG::4545",
                Some(4545),
                AxisOrder::NorthEast,
            ),
            ("EPSG:32649", Some(32649), AxisOrder::EastNorth),
            ("[OGC:CRS84]", None, AxisOrder::EastNorth),
            (
                "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
                None,
                AxisOrder::EastNorth,
            ),
        ] {
            let crs = Crs::named(Some(name)).unwrap();
            assert_eq!((crs.epsg, crs.axes), (epsg, axes), "{name}");
        }
        for wrong in ["EPSG:2056", "4490", "EPSG:", "IAU:4490"] {
            assert!(Crs::named(Some(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn boxes_follow_the_axes() {
        let wanted = Bounds::new(108.0, 31.0, 109.0, 32.0);
        assert_eq!(
            read_bbox("108,31, 109,32", AxisOrder::EastNorth),
            Some(wanted)
        );
        assert_eq!(
            read_bbox("31,108,32,109", AxisOrder::NorthEast),
            Some(wanted)
        );
        for wrong in [
            "",
            "1,2,3",
            "1,2,3,x",
            "3,2,1,4",
            "1,2,3,4,5",
            "NaN,2,3,4",
            "0,0,inf,1",
        ] {
            assert_eq!(read_bbox(wrong, AxisOrder::EastNorth), None, "{wrong}");
        }
    }
}
