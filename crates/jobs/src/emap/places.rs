//! Names of places, and points that matter to a village.

use super::{Part, Shown, Tags};

/// `class`, `rank` (1 the most important), `capital`.
pub(super) fn place(tags: &Tags) -> Option<Shown> {
    let name = tags.get("name");
    name?;
    let (class, rank, minzoom) = match tags.get("place")? {
        "country" => ("country", 1, 2),
        "state" | "province" => ("province", 2, 4),
        "city" => ("city", 2, 5),
        "town" => ("town", 3, 8),
        "village" => ("village", 4, 11),
        "suburb" | "quarter" => ("suburb", 5, 12),
        "hamlet" | "neighbourhood" => ("hamlet", 6, 13),
        "isolated_dwelling" | "farm" | "locality" => ("locality", 7, 14),
        _ => return None,
    };
    // A capital is known from further away, however small it is.
    let capital = tags
        .get("capital")
        .is_some_and(|capital| capital == "yes" || capital == "2");
    let (rank, minzoom) = if capital {
        (1, minzoom.min(5))
    } else {
        (rank, minzoom)
    };
    Some(
        Shown::new(Part::Place, class, minzoom)
            .with("rank", rank)
            .with_if("capital", capital.then_some(true)),
    )
}

/// `class`, `icon`, `rank`, `ele` (metres, of peaks and passes).
pub(super) fn poi(tags: &Tags) -> Option<Shown> {
    let (class, icon, rank, minzoom) = nature(tags)
        .or_else(|| service(tags))
        .or_else(|| leisure(tags))?;
    let metres = tags.get("ele").and_then(|text| {
        let number = text.trim_end_matches('m').trim().parse::<f64>().ok()?;
        (number.is_finite() && number.abs() < 9000.0).then(|| number.round() as i64)
    });
    Some(
        Shown::new(Part::Poi, class, minzoom)
            .with("icon", icon)
            .with("rank", rank)
            .with_if("ele", metres.filter(|_| icon == "peak")),
    )
}

/// Class, icon, rank, first zoom.
type Point = (&'static str, &'static str, u8, u8);

/// Peaks and passes with a name; springs.
fn nature(tags: &Tags) -> Option<Point> {
    let named = tags.has("name");
    match tags.get("natural") {
        Some("peak" | "volcano") if named => Some(("peak", "peak", 2, 11)),
        Some("saddle") if named => Some(("pass", "peak", 4, 13)),
        Some("spring") => Some(("spring", "spring", 6, 15)),
        Some("cave_entrance") if named => Some(("cave", "cave", 6, 15)),
        _ if tags.get("mountain_pass") == Some("yes") && named => Some(("pass", "peak", 3, 12)),
        _ => None,
    }
}

/// What villagers go to.
fn service(tags: &Tags) -> Option<Point> {
    let amenity = tags.get("amenity").and_then(|amenity| match amenity {
        "hospital" => Some(("hospital", "clinic", 1, 13)),
        "clinic" | "doctors" | "health_post" => Some(("clinic", "clinic", 1, 14)),
        "pharmacy" => Some(("pharmacy", "pharmacy", 3, 15)),
        "school" | "college" | "university" => Some(("school", "school", 1, 14)),
        "kindergarten" => Some(("kindergarten", "school", 2, 15)),
        "townhall" => Some(("townhall", "townhall", 1, 14)),
        "community_centre" => Some(("community_centre", "townhall", 3, 15)),
        "police" => Some(("police", "police", 2, 14)),
        "fire_station" => Some(("fire_station", "fire", 2, 14)),
        "post_office" => Some(("post_office", "post", 3, 15)),
        "bank" => Some(("bank", "bank", 4, 16)),
        "fuel" => Some(("fuel", "fuel", 3, 15)),
        "toilets" => Some(("toilets", "toilets", 5, 16)),
        "marketplace" => Some(("market", "shop", 2, 15)),
        "place_of_worship" => Some(("worship", "worship", 4, 15)),
        "social_facility" | "nursing_home" => Some(("care", "care", 3, 15)),
        "bus_station" => Some(("bus_station", "bus", 2, 14)),
        "drinking_water" => Some(("drinking_water", "spring", 6, 16)),
        "shelter" => Some(("shelter", "hut", 6, 16)),
        "recycling" | "waste_disposal" => Some(("waste", "waste", 7, 17)),
        "parking" if tags.has("name") => Some(("parking", "parking", 6, 16)),
        _ => None,
    });
    let stop = (tags.get("highway") == Some("bus_stop")).then_some(("bus_stop", "bus", 5, 16));
    let shop = tags.get("shop").map(|shop| match shop {
        "supermarket" | "convenience" | "general" | "department_store" | "mall" => {
            (("shop"), "shop", 3, 15)
        }
        "agrarian" | "farm" => ("farm_shop", "shop", 3, 15),
        _ => ("shop", "shop", 7, 17),
    });
    amenity.or(stop).or(shop)
}

/// Where guests sleep, and what they come for.
fn leisure(tags: &Tags) -> Option<Point> {
    match tags.get("tourism")? {
        "alpine_hut" | "wilderness_hut" => Some(("hut", "hut", 3, 13)),
        "hotel" | "guest_house" | "hostel" | "motel" => Some(("hotel", "hotel", 6, 16)),
        "camp_site" | "caravan_site" => Some(("camp", "camp", 4, 15)),
        "viewpoint" => Some(("viewpoint", "viewpoint", 5, 15)),
        "museum" => Some(("museum", "museum", 4, 15)),
        "information" if tags.get("information") == Some("office") => {
            Some(("information", "information", 5, 16))
        }
        _ => None,
    }
}
