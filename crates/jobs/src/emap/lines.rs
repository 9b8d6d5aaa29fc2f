//! Roads, paths, rails, rivers and boundaries.

use super::{Part, Shown, Tags};

/// `class`, `link`, `bridge`, `tunnel`, `unpaved`, `ref`.
pub(super) fn road(tags: &Tags) -> Option<Shown> {
    let highway = tags.get("highway").or_else(|| rail(tags))?;
    let (highway, link) = match highway.strip_suffix("_link") {
        Some(road) => (road, true),
        None => (highway, false),
    };
    let (class, minzoom) = match highway {
        "motorway" => ("motorway", 5),
        "trunk" => ("trunk", 6),
        "primary" => ("primary", 8),
        "secondary" => ("secondary", 9),
        "tertiary" => ("tertiary", 11),
        "unclassified" | "residential" | "living_street" | "road" => ("minor", 12),
        "pedestrian" => ("pedestrian", 13),
        "service" | "busway" => ("service", if tags.has("service") { 15 } else { 14 }),
        "track" => ("track", 13),
        "path" | "footway" | "bridleway" | "cycleway" | "corridor" => {
            // Pavements beside a road say nothing that the road does not.
            let pavement = matches!(tags.get("footway"), Some("sidewalk" | "crossing"));
            ("path", if pavement { 16 } else { 13 })
        }
        "steps" => ("steps", 15),
        "rail" => ("rail", 8),
        "cable" => ("cable", 12),
        _ => return None,
    };
    let minzoom = if link { minzoom.max(11) } else { minzoom };
    let flag = |key| tags.has(key).then_some(true);
    Some(
        Shown::new(Part::Road, class, minzoom)
            .with_if("link", link.then_some(true))
            .with_if("bridge", flag("bridge"))
            .with_if("tunnel", flag("tunnel"))
            .with_if("unpaved", is_unpaved(tags).then_some(true))
            .with_if("ref", tags.get("ref")),
    )
}

/// Rails that trains use, and what hangs on a cable.
fn rail(tags: &Tags) -> Option<&'static str> {
    let rail = matches!(
        tags.get("railway"),
        Some("rail" | "narrow_gauge" | "light_rail" | "tram" | "funicular")
    );
    let cable = matches!(
        tags.get("aerialway"),
        Some("cable_car" | "gondola" | "chair_lift" | "mixed_lift" | "goods")
    );
    match (rail, cable) {
        (true, _) if !tags.has("service") => Some("rail"),
        (_, true) => Some("cable"),
        _ => None,
    }
}

fn is_unpaved(tags: &Tags) -> bool {
    const UNPAVED: [&str; 12] = [
        "unpaved",
        "gravel",
        "fine_gravel",
        "compacted",
        "dirt",
        "earth",
        "ground",
        "grass",
        "sand",
        "mud",
        "pebblestone",
        "rock",
    ];
    tags.get("surface")
        .is_some_and(|surface| UNPAVED.contains(&surface))
}

/// A square that people walk on is drawn as ground of the road.
pub(super) fn square(tags: &Tags) -> Option<Shown> {
    let square = matches!(
        tags.get("highway"),
        Some("pedestrian" | "footway" | "platform")
    );
    square.then(|| Shown::new(Part::Road, "square", 14))
}

/// `class`, `intermittent`, `tunnel`.
pub(super) fn waterway(tags: &Tags) -> Option<Shown> {
    let (class, minzoom) = match tags.get("waterway")? {
        "river" => ("river", 8),
        "canal" => ("canal", 10),
        "stream" => ("stream", if tags.has("name") { 12 } else { 13 }),
        "ditch" | "drain" => ("ditch", 15),
        _ => return None,
    };
    let flag = |key| tags.has(key).then_some(true);
    Some(
        Shown::new(Part::Waterway, class, minzoom)
            .with_if("intermittent", flag("intermittent"))
            .with_if("tunnel", flag("tunnel")),
    )
}

/// `level`: 2 a country, 4 a province, 6 a county, 8 a township or municipality, 10 a village.
pub(super) fn boundary(tags: &Tags) -> Option<Shown> {
    if tags.get("boundary") != Some("administrative") {
        return None;
    }
    let level: u8 = tags.get("admin_level")?.parse().ok()?;
    let minzoom = match level {
        2 => 3,
        3 | 4 => 5,
        5 | 6 => 8,
        7 | 8 => 10,
        9 | 10 => 12,
        _ => return None,
    };
    Some(Shown::new(Part::Boundary, "administrative", minzoom).with("level", level))
}
