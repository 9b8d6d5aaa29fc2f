//! What covers the ground: land, water, buildings.

use geo::{Area as _, BoundingRect as _, Geometry};

use super::{Part, Shown, Tags};

/// Metres of a degree of latitude.
const DEGREE: f64 = 111_320.0;
/// Metres of a pixel at zoom 0 on the equator, tiles of 512 pixels.
const PIXEL: f64 = 78_271.517;
/// Pixels that a polygon covers where it is first drawn.
const COVERED: f64 = 40.0;

/// `class`, `height` where it is known.
pub(super) fn building(tags: &Tags) -> Option<Shown> {
    let building = tags.get("building")?;
    let class = match building {
        "church" | "chapel" | "mosque" | "temple" | "cathedral" => "worship",
        "school" | "university" | "college" | "kindergarten" | "hospital" | "public" | "civic" => {
            "public"
        }
        _ => "building",
    };
    Some(Shown::new(Part::Building, class, 14))
}

/// `class`, `intermittent`.
pub(super) fn water(tags: &Tags, shape: &Geometry) -> Option<Shown> {
    let class = match (
        tags.get("natural"),
        tags.get("waterway"),
        tags.get("landuse"),
    ) {
        (Some("water"), ..) => match tags.get("water") {
            Some("river" | "canal" | "stream") => "river",
            Some("reservoir" | "basin") => "reservoir",
            Some("pond" | "fishpond") => "pond",
            _ => "lake",
        },
        (_, Some("riverbank" | "dock"), _) => "river",
        (_, _, Some("reservoir" | "basin")) => "reservoir",
        (_, _, Some("aquaculture")) => "pond",
        _ => return None,
    };
    let intermittent = tags.has("intermittent").then_some(true);
    let first = first_zoom(shape, 4, 14);
    Some(Shown::new(Part::Water, class, first).with_if("intermittent", intermittent))
}

/// `class`.
pub(super) fn land(tags: &Tags, shape: &Geometry) -> Option<Shown> {
    let natural = tags.get("natural").and_then(|natural| match natural {
        "wood" => Some("forest"),
        "scrub" | "heath" => Some("scrub"),
        "grassland" | "fell" | "meadow" => Some("grass"),
        "bare_rock" | "scree" | "shingle" | "rock" | "cliff" => Some("rock"),
        "sand" | "beach" => Some("sand"),
        "glacier" => Some("glacier"),
        "wetland" => Some("wetland"),
        _ => None,
    });
    let landuse = tags.get("landuse").and_then(|landuse| match landuse {
        "forest" => Some("forest"),
        "farmland" if tags.get("crop") == Some("rice") => Some("paddy"),
        "paddy" => Some("paddy"),
        "farmland" | "allotments" | "greenhouse_horticulture" => Some("farmland"),
        "orchard" | "vineyard" | "plant_nursery" => Some("orchard"),
        "meadow" | "grass" | "village_green" => Some("grass"),
        "residential" | "farmyard" => Some("residential"),
        "industrial" | "commercial" | "retail" | "railway" | "quarry" | "landfill"
        | "construction" | "brownfield" => Some("industrial"),
        "cemetery" => Some("cemetery"),
        "recreation_ground" => Some("park"),
        _ => None,
    });
    let leisure = tags.get("leisure").and_then(|leisure| match leisure {
        "park" | "garden" | "golf_course" => Some("park"),
        "pitch" | "sports_centre" | "stadium" | "track" => Some("pitch"),
        _ => None,
    });
    let amenity = tags.get("amenity").and_then(|amenity| match amenity {
        "grave_yard" => Some("cemetery"),
        "school" | "hospital" | "college" | "university" | "kindergarten" => Some("public"),
        "parking" => Some("parking"),
        _ => None,
    });
    let class = natural.or(landuse).or(leisure).or(amenity)?;
    let earliest = if class == "parking" { 15 } else { 7 };
    Some(Shown::new(
        Part::Land,
        class,
        first_zoom(shape, earliest, 15),
    ))
}

/// The zoom at which a polygon covers enough pixels to be seen.
fn first_zoom(shape: &Geometry, earliest: u8, latest: u8) -> u8 {
    let middle = shape
        .bounding_rect()
        .map_or(0.0, |around| around.center().y);
    let narrow = middle.to_radians().cos();
    let metres = (shape.unsigned_area() * narrow).sqrt() * DEGREE;
    let pixel = PIXEL * narrow;
    let zoom = (pixel * COVERED.sqrt() / metres.max(f64::MIN_POSITIVE))
        .log2()
        .ceil();
    zoom.clamp(f64::from(earliest), f64::from(latest)) as u8
}

#[cfg(test)]
mod tests {
    use geo::{Rect, polygon};

    use super::*;

    #[test]
    fn large_things_are_seen_from_further_away() {
        let square =
            |side: f64| Geometry::from(Rect::new((1.5, 0.0), (1.5 + side, side)).to_polygon());
        // 0.1° are 11 132 m on the equator: 72.8 pixels of 152.9 m at zoom 9, 9.1 at zoom 6, where
        // a square of 6.3 is enough.
        assert_eq!(first_zoom(&square(0.1), 4, 14), 6);
        assert_eq!(first_zoom(&square(0.05), 4, 14), 7);
        assert_eq!(first_zoom(&square(0.0001), 4, 14), 14);
        let flat = polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: 0.0, y: 0.0)];
        assert_eq!(first_zoom(&flat.into(), 4, 14), 14);
    }
}
