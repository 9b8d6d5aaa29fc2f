//! The grid that everything is brought onto.

use grid::bounds::Bounds;
use grid::projection::Projection;
use raster::georeference::GeoReference;

use super::inputs::FoundLook;
use crate::Result;
use crate::recipe::{Grid, RecipeError};

/// Points taken along each edge of a rectangle: edges bend from one map to another.
const EDGE: u32 = 32;
/// Pixels along a side at most: beyond that a resolution was mistyped.
const LONGEST: f64 = 2_000_000.0;
/// Metres of a degree of latitude.
const DEGREE_M: f64 = 111_320.0;

/// The grid of the results: CRS and resolution as wished, else the commonest and the finest of the
/// looks; around all of them, or what of them lies on `area`. Its pixels fall on those of the look
/// it is taken from, so that images of that grid are read as they are.
pub(super) fn common(
    wish: &Grid,
    looks: &[&FoundLook],
    area: Option<Bounds>,
) -> Result<GeoReference> {
    let grids: Vec<&GeoReference> = looks
        .iter()
        .flat_map(|look| look.bands.values())
        .map(|band| &band.grid)
        .collect();
    let pattern = pattern(wish, &grids)?;
    let resolution = wish.resolution.unwrap_or(pattern.resolution);
    if !(resolution.is_finite() && resolution > 0.0) {
        let why = format!("the resolution is {resolution}; give a number above 0");
        return Err(RecipeError::wrong("grid.resolution", &why).into());
    }
    let covered = grids
        .iter()
        .filter_map(|grid| within(grid, &pattern.projection));
    let covered = covered.reduce(|one, other| one.union(&other));
    let wanted = area.and_then(|bounds| project(&bounds, &pattern.projection));
    let bounds = match (covered, wanted) {
        (Some(covered), Some(wanted)) => covered.intersection(&wanted),
        (covered, _) => covered,
    };
    let nowhere = || {
        RecipeError::wrong(
            "area",
            "the images do not lie on this area; choose another area or other images",
        )
    };
    let bounds = bounds
        .filter(|bounds| bounds.width() > 0.0 && bounds.height() > 0.0)
        .ok_or_else(nowhere)?;
    snapped(&pattern, resolution, &bounds)
}

/// What a grid is modelled on.
struct Pattern {
    projection: Projection,
    epsg: Option<u32>,
    resolution: f64,
    /// A corner that pixels begin at.
    origin: (f64, f64),
}

fn pattern(wish: &Grid, grids: &[&GeoReference]) -> Result<Pattern> {
    let finest = grids
        .iter()
        .copied()
        .min_by(|one, other| metres(one).total_cmp(&metres(other)));
    let Some(finest) = finest else {
        return Err(RecipeError::wrong("inputs", "no image has a band").into());
    };
    let (projection, epsg) = if let Some(word) = &wish.crs {
        wished(word)?
    } else {
        let common = commonest(grids).unwrap_or(finest);
        (common.projection.clone(), common.epsg)
    };
    let alike = grids
        .iter()
        .copied()
        .filter(|grid| grid.projection == projection && is_upright(grid));
    let model = alike.min_by(|one, other| one.pixel_size().total_cmp(&other.pixel_size()));
    Ok(match model {
        Some(model) => Pattern {
            resolution: model.pixel_size(),
            origin: (model.transform[0], model.transform[3]),
            projection,
            epsg,
        },
        None => Pattern {
            resolution: resolution_in(&projection, finest),
            origin: (0.0, 0.0),
            projection,
            epsg,
        },
    })
}

fn wished(word: &str) -> Result<(Projection, Option<u32>)> {
    let digits = word.trim().to_ascii_uppercase();
    let code = digits
        .strip_prefix("EPSG:")
        .unwrap_or(&digits)
        .trim()
        .parse()
        .ok();
    let found = code.and_then(|code| Some((Projection::from_epsg(code)?, Some(code))));
    let unknown = || {
        let why = format!(
            "“{word}” is no grid that images can be brought onto; write it as EPSG:32648 (UTM), EPSG:4526 (Gauss-Krüger), EPSG:4490 or EPSG:3857"
        );
        RecipeError::wrong("grid.crs", &why)
    };
    Ok(found.ok_or_else(unknown)?)
}

fn commonest<'grid>(grids: &[&'grid GeoReference]) -> Option<&'grid GeoReference> {
    let count = |grid: &GeoReference| {
        grids
            .iter()
            .filter(|other| other.projection == grid.projection)
            .count()
    };
    // Of equals the first: the oldest image's.
    grids.iter().copied().reduce(|best, grid| {
        if count(grid) > count(best) {
            grid
        } else {
            best
        }
    })
}

fn is_upright(grid: &GeoReference) -> bool {
    let [_, across, turn, _, other_turn, down] = grid.transform;
    turn == 0.0
        && other_turn == 0.0
        && across > 0.0
        && down < 0.0
        && (across + down).abs() < across * 1e-6
}

/// The side of a pixel in metres on the ground, about.
fn metres(grid: &GeoReference) -> f64 {
    match grid.projection {
        Projection::Geographic => grid.pixel_size() * DEGREE_M,
        Projection::WebMercator => grid.pixel_size() * stretch(grid),
        _ => grid.pixel_size(),
    }
}

/// Metres on the ground for a metre of Web Mercator, in the middle of an image.
fn stretch(grid: &GeoReference) -> f64 {
    let (_, latitude) = grid.bounds().centre();
    latitude.to_radians().cos()
}

/// The resolution of an image in the unit of another projection.
fn resolution_in(projection: &Projection, grid: &GeoReference) -> f64 {
    match projection {
        Projection::Geographic => metres(grid) / DEGREE_M,
        Projection::WebMercator => grid.mercator_resolution(),
        _ => metres(grid),
    }
}

/// An image's bounds in the coordinates of a projection.
fn within(grid: &GeoReference, projection: &Projection) -> Option<Bounds> {
    let (width, height) = (f64::from(grid.width), f64::from(grid.height));
    let same = grid.projection == *projection;
    let place = |(across, down): (f64, f64)| {
        let (column, row) = (across * width, down * height);
        if same {
            return grid.map_of_pixel(column, row);
        }
        let (longitude, latitude) = grid.lonlat(column, row);
        projection.forward(longitude, latitude)
    };
    around(place)
}

/// A rectangle of degrees in the coordinates of a projection.
fn project(bounds: &Bounds, projection: &Projection) -> Option<Bounds> {
    around(|(across, down)| {
        let longitude = bounds.west + across * bounds.width();
        let latitude = bounds.north - down * bounds.height();
        projection.forward(longitude, latitude)
    })
}

fn around(place: impl Fn((f64, f64)) -> (f64, f64)) -> Option<Bounds> {
    let edge = (0..=EDGE).flat_map(|step| {
        let part = f64::from(step) / f64::from(EDGE);
        [(part, 0.0), (part, 1.0), (0.0, part), (1.0, part)]
    });
    let places = edge
        .map(place)
        .filter(|(x, y)| x.is_finite() && y.is_finite());
    Bounds::around(places)
}

/// Whole pixels around the bounds. A hair beyond a pixel's edge is rounding and no pixel.
fn snapped(pattern: &Pattern, resolution: f64, bounds: &Bounds) -> Result<GeoReference> {
    const HAIR: f64 = 1e-6;
    let (origin_x, origin_y) = pattern.origin;
    let first = ((bounds.west - origin_x) / resolution + HAIR).floor();
    let last = ((bounds.east - origin_x) / resolution - HAIR).ceil();
    let top = ((origin_y - bounds.north) / resolution + HAIR).floor();
    let bottom = ((origin_y - bounds.south) / resolution - HAIR).ceil();
    let (width, height) = (last - first, bottom - top);
    if width > LONGEST || height > LONGEST || width < 1.0 || height < 1.0 {
        let why =
            format!("a resolution of {resolution} makes {width} × {height} pixels; give another");
        return Err(RecipeError::wrong("grid.resolution", &why).into());
    }
    Ok(GeoReference {
        projection: pattern.projection.clone(),
        epsg: pattern.epsg,
        transform: [
            origin_x + first * resolution,
            resolution,
            0.0,
            origin_y - top * resolution,
            0.0,
            -resolution,
        ],
        width: width as u32,
        height: height as u32,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::NaiveDate;
    use raster::sample::DataType;

    use super::super::inputs::{FoundBand, Numbers};
    use super::*;

    fn look(epsg: u32, x: f64, y: f64, size: f64, pixels: u32) -> FoundLook {
        let grid =
            GeoReference::from_epsg(epsg, [x, size, 0.0, y, 0.0, -size], pixels, pixels).unwrap();
        let numbers = Numbers {
            data_type: DataType::U16,
            nodata: None,
            scale: 1.0,
            offset: 0.0,
        };
        let band = FoundBand {
            source: "object:x".to_owned(),
            band: 0,
            grid,
            numbers,
        };
        FoundLook {
            id: "x".to_owned(),
            date: NaiveDate::default(),
            sensor: String::new(),
            area: None,
            bands: BTreeMap::from([("red".to_owned(), band)]),
            classes: None,
        }
    }

    #[test]
    fn two_scenes_of_a_zone_and_one_of_its_neighbour() {
        let one = look(32648, 600_005.0, 3_450_005.0, 10.0, 100);
        let two = look(32648, 600_505.0, 3_449_505.0, 20.0, 50);
        let neighbour = look(32649, 300_000.0, 3_450_000.0, 10.0, 10);
        let grid = common(&Grid::default(), &[&one, &two], None).unwrap();
        assert_eq!(
            (grid.epsg, grid.width, grid.height),
            (Some(32648), 150, 150)
        );
        assert_eq!(
            grid.transform.map(f64::to_bits),
            [600_005.0, 10.0, 0.0, 3_450_005.0, 0.0, -10.0].map(f64::to_bits)
        );
        let all = common(&Grid::default(), &[&one, &neighbour, &two], None).unwrap();
        assert_eq!(all.epsg, Some(32648));
        assert!(all.width > 150, "the neighbour's ground is covered as well");
    }

    #[test]
    fn an_area_cuts_and_a_wish_is_met() {
        let one = look(32648, 600_000.0, 3_450_000.0, 10.0, 1000);
        let (west, north) = one.grid().unwrap().lonlat(200.0, 200.0);
        let (east, south) = one.grid().unwrap().lonlat(300.0, 300.0);
        let cut = common(
            &Grid::default(),
            &[&one],
            Some(Bounds::new(west, south, east, north)),
        )
        .unwrap();
        assert!(
            (100..110).contains(&cut.width) && (100..110).contains(&cut.height),
            "{cut:?}"
        );
        let off = (cut.transform[0] - 600_000.0) % 10.0;
        assert!(off.abs() < 1e-9, "on the scene's pixels");
        let wish = Grid {
            crs: Some("epsg:3857".to_owned()),
            ..Grid::default()
        };
        let web = common(&wish, &[&one], None).unwrap();
        assert!(
            (11.5..11.8).contains(&web.transform[1]),
            "{}",
            web.transform[1]
        );
        let far = common(
            &Grid::default(),
            &[&one],
            Some(Bounds::new(0.0, 0.0, 1.0, 1.0)),
        );
        assert!(
            far.unwrap_err()
                .to_string()
                .contains("do not lie on this area")
        );
    }
}
