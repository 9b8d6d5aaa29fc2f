//! Tile matrix sets (OGC 17-083r4): the grids of tiles that map programs know.
//!
//! Every set here is a quadtree of 256-pixel tiles counted from its north-west corner: a level has
//! twice the columns and rows of the one before, and a pixel half as long. Pure arithmetic.

mod covering;
mod document;
mod tile;

use std::borrow::Cow;
use std::ops::RangeInclusive;

use crate::mercator::HALF_WORLD;
use crate::projection::Projection;

pub use covering::MatrixRange;
pub use document::{Document, MatrixDocument};
pub use tile::{MatrixTile, MatrixTileError};

/// Pixels of a tile's side.
pub const TILE_SIDE: u32 = 256;

/// The side of a pixel on paper that scale denominators are counted with (OGC 06-042), in metres.
const PAPER_PIXEL: f64 = 0.000_28;

/// Metres a degree in scale denominators: the equator of WGS 84 by 360.
const METRES_PER_DEGREE: f64 = 6_378_137.0 * std::f64::consts::PI / 180.0;

/// From the equator over the pole to the equator on WGS 84, in metres. Half of it on each side of
/// the central meridian is as far as transverse Mercator reaches.
const HALF_MERIDIAN: f64 = 20_003_931.458_625_5;

/// The deepest level, as that of web tiles.
const LAST_LEVEL: u8 = 24;

/// The 3° zones of CGCS2000: with the zone's number before the easting, and without.
const ZONES: RangeInclusive<u16> = 4513..=4554;
const ZONES_WITH_NUMBER: RangeInclusive<u16> = 4513..=4533;

/// What the names of the zones' sets begin with.
const ZONE_NAME: &str = "CGCS2000_GK_";

/// A grid of tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MatrixSet {
    /// EPSG:3857, the XYZ tiles of web maps; Tianditu's `w`.
    WebMercatorQuad,
    /// OGC:CRS84: level 0 is two tiles wide.
    WorldCrs84Quad,
    /// EPSG:4490, Tianditu's `c`: the tiles of `WorldCRS84Quad`, level 1 being its level 0.
    Cgcs2000Quad,
    /// A 3° Gauss-Krüger zone of CGCS2000, laid out as the OGC's sets of the UTM zones are.
    GaussKruger(Zone),
}

/// A 3° zone of CGCS2000: EPSG:4513 to 4533 with the zone's number in the easting, 4534 to 4554
/// without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Zone(u16);

/// In which order a CRS writes its two coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AxisOrder {
    /// x, y: east first.
    EastNorth,
    /// y, x: north first.
    NorthEast,
}

impl Zone {
    /// The zone of an EPSG code; `None` for any other CRS.
    pub fn from_epsg(code: u32) -> Option<Self> {
        let code = u16::try_from(code).ok()?;
        ZONES.contains(&code).then_some(Self(code))
    }

    /// All of them, by code.
    pub fn all() -> impl Iterator<Item = Self> {
        ZONES.map(Self)
    }

    /// Degrees: 75 to 135 in steps of 3.
    pub fn central_meridian(self) -> f64 {
        75.0 + 3.0 * f64::from(self.steps())
    }

    /// Metres.
    fn false_easting(self) -> f64 {
        // Zones are counted from Greenwich: 75° is the 25th.
        let number = if ZONES_WITH_NUMBER.contains(&self.0) {
            25.0 + f64::from(self.steps())
        } else {
            0.0
        };
        number * 1_000_000.0 + 500_000.0
    }

    fn steps(self) -> u16 {
        (self.0 - ZONES.start()) % 21
    }
}

impl MatrixSet {
    /// Every set, the most used first.
    pub fn all() -> impl Iterator<Item = Self> {
        [
            Self::WebMercatorQuad,
            Self::WorldCrs84Quad,
            Self::Cgcs2000Quad,
        ]
        .into_iter()
        .chain(Zone::all().map(Self::GaussKruger))
    }

    /// The set of an identifier, or of Tianditu's `c` and `w`.
    pub fn from_id(id: &str) -> Option<Self> {
        match id {
            "WebMercatorQuad" | "w" => Some(Self::WebMercatorQuad),
            "WorldCRS84Quad" => Some(Self::WorldCrs84Quad),
            "CGCS2000Quad" | "c" => Some(Self::Cgcs2000Quad),
            _ => {
                let code = id.strip_prefix(ZONE_NAME)?;
                let plain = code.len() == 4 && code.bytes().all(|byte| byte.is_ascii_digit());
                let zone = plain.then(|| code.parse().ok()).flatten()?;
                Zone::from_epsg(zone).map(Self::GaussKruger)
            }
        }
    }

    /// Its identifier.
    pub fn id(self) -> Cow<'static, str> {
        match self {
            Self::WebMercatorQuad => "WebMercatorQuad".into(),
            Self::WorldCrs84Quad => "WorldCRS84Quad".into(),
            Self::Cgcs2000Quad => "CGCS2000Quad".into(),
            Self::GaussKruger(Zone(code)) => format!("{ZONE_NAME}{code}").into(),
        }
    }

    /// What it is, in English, as the OGC's register has its titles.
    pub fn title(self) -> Cow<'static, str> {
        match self {
            Self::WebMercatorQuad => "Google Maps Compatible for the World".into(),
            Self::WorldCrs84Quad => "CRS84 for the World".into(),
            Self::Cgcs2000Quad => "CGCS2000 for the World, levels as Tianditu counts them".into(),
            Self::GaussKruger(zone) => format!(
                "CGCS2000 Gauss-Krüger 3° zone of {}° E{}",
                zone.central_meridian(),
                if zone.false_easting() > 1e6 {
                    ", the zone's number in the easting"
                } else {
                    ""
                }
            )
            .into(),
        }
    }

    /// The EPSG code of its CRS; `None` for OGC:CRS84.
    pub fn epsg(self) -> Option<u32> {
        match self {
            Self::WebMercatorQuad => Some(3857),
            Self::WorldCrs84Quad => None,
            Self::Cgcs2000Quad => Some(4490),
            Self::GaussKruger(Zone(code)) => Some(u32::from(code)),
        }
    }

    /// The CRS as a web address.
    pub fn crs_uri(self) -> String {
        match self.epsg() {
            Some(code) => format!("http://www.opengis.net/def/crs/EPSG/0/{code}"),
            None => "http://www.opengis.net/def/crs/OGC/1.3/CRS84".to_owned(),
        }
    }

    /// The CRS as a uniform resource name, which WMTS 1.0.0 writes.
    pub fn crs_urn(self) -> String {
        match self.epsg() {
            Some(code) => format!("urn:ogc:def:crs:EPSG::{code}"),
            None => "urn:ogc:def:crs:OGC:1.3:CRS84".to_owned(),
        }
    }

    /// In which order its CRS writes coordinates.
    pub fn axis_order(self) -> AxisOrder {
        match self {
            Self::WebMercatorQuad | Self::WorldCrs84Quad => AxisOrder::EastNorth,
            Self::Cgcs2000Quad | Self::GaussKruger(_) => AxisOrder::NorthEast,
        }
    }

    /// Two numbers (x to the east, y to the north) in the order of its CRS.
    pub fn ordered(self, (x, y): (f64, f64)) -> [f64; 2] {
        match self.axis_order() {
            AxisOrder::EastNorth => [x, y],
            AxisOrder::NorthEast => [y, x],
        }
    }

    /// From degrees to its map coordinates and back.
    pub fn projection(self) -> Projection {
        // Every code above is one with a formula.
        self.epsg()
            .and_then(Projection::from_epsg)
            .unwrap_or(Projection::Geographic)
    }

    /// Its north-west corner, x to the east and y to the north, in the unit of its CRS.
    pub fn corner(self) -> (f64, f64) {
        match self {
            Self::WebMercatorQuad => (-HALF_WORLD, HALF_WORLD),
            Self::WorldCrs84Quad | Self::Cgcs2000Quad => (-180.0, 90.0),
            Self::GaussKruger(zone) => (zone.false_easting() - HALF_MERIDIAN / 2.0, HALF_MERIDIAN),
        }
    }

    /// The levels there are; their numbers are the identifiers of the matrices.
    pub fn levels(self) -> RangeInclusive<u8> {
        match self {
            Self::WebMercatorQuad => 0..=LAST_LEVEL,
            Self::WorldCrs84Quad => 0..=LAST_LEVEL - 1,
            Self::Cgcs2000Quad | Self::GaussKruger(_) => 1..=LAST_LEVEL,
        }
    }

    /// The levels whose pixels are about as long as those of some zooms of web tiles. Web Mercator
    /// is drawn larger the farther north a place lies; the others need a level more for its detail.
    pub fn levels_of_zooms(self, first: u8, last: u8) -> RangeInclusive<u8> {
        let (less, more) = match self {
            Self::WebMercatorQuad => (0, 0),
            Self::WorldCrs84Quad => (1, 0),
            Self::Cgcs2000Quad | Self::GaussKruger(_) => (0, 1),
        };
        let levels = self.levels();
        let within = |level: u8| level.clamp(*levels.start(), *levels.end());
        within(first.saturating_sub(less))..=within(last.saturating_add(more))
    }

    /// Columns of a level's matrix.
    pub fn columns(self, level: u8) -> u32 {
        match self {
            Self::WebMercatorQuad | Self::Cgcs2000Quad => doubled(level),
            Self::WorldCrs84Quad => doubled(level + 1),
            Self::GaussKruger(_) => doubled(level.saturating_sub(1)),
        }
    }

    /// Rows of a level's matrix.
    pub fn rows(self, level: u8) -> u32 {
        match self {
            Self::Cgcs2000Quad => doubled(level.saturating_sub(1)),
            Self::WebMercatorQuad | Self::WorldCrs84Quad | Self::GaussKruger(_) => doubled(level),
        }
    }

    /// The side of a tile of a level, in the unit of its CRS.
    pub fn span(self, level: u8) -> f64 {
        let height = match self {
            Self::WebMercatorQuad => 2.0 * HALF_WORLD,
            Self::WorldCrs84Quad | Self::Cgcs2000Quad => 180.0,
            Self::GaussKruger(_) => 2.0 * HALF_MERIDIAN,
        };
        // Halving is exact.
        height / f64::from(self.rows(level))
    }

    /// The side of a pixel of a level, in the unit of its CRS.
    pub fn cell_size(self, level: u8) -> f64 {
        self.span(level) / f64::from(TILE_SIDE)
    }

    /// The scale denominator of a level: by how much a pixel of 0.28 mm is smaller than its ground.
    pub fn scale_denominator(self, level: u8) -> f64 {
        let metres = match self {
            Self::WebMercatorQuad | Self::GaussKruger(_) => 1.0,
            Self::WorldCrs84Quad | Self::Cgcs2000Quad => METRES_PER_DEGREE,
        };
        self.cell_size(level) * metres / PAPER_PIXEL
    }
}

fn doubled(times: u8) -> u32 {
    1_u32 << times.min(31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(code: u32) -> MatrixSet {
        MatrixSet::GaussKruger(Zone::from_epsg(code).expect("a zone"))
    }

    #[test]
    fn names_and_back() {
        assert_eq!(MatrixSet::all().count(), 45);
        for set in MatrixSet::all() {
            assert_eq!(MatrixSet::from_id(&set.id()), Some(set));
        }
        assert_eq!(MatrixSet::from_id("c"), Some(MatrixSet::Cgcs2000Quad));
        assert_eq!(MatrixSet::from_id("w"), Some(MatrixSet::WebMercatorQuad));
        for wrong in [
            "",
            "C",
            "webmercatorquad",
            "CGCS2000_GK_4512",
            "CGCS2000_GK_4555",
            "CGCS2000_GK_04513",
        ] {
            assert_eq!(MatrixSet::from_id(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn zones_lie_where_their_projection_says() {
        for each in Zone::all() {
            let set = MatrixSet::GaussKruger(each);
            let (x, y) = set.projection().forward(each.central_meridian(), 0.0);
            assert!((x - each.false_easting()).abs() < 1e-6 && y.abs() < 1e-6);
        }
        // The equator to the pole is a quarter of the meridian; the two ellipsoids differ by 0.08 mm.
        let (_, pole) = zone(4549).projection().forward(120.0, 90.0);
        assert!((pole - HALF_MERIDIAN / 2.0).abs() < 1e-4, "{pole}");
    }

    #[test]
    fn the_first_level_of_tianditu_is_two_tiles() {
        let set = MatrixSet::Cgcs2000Quad;
        assert_eq!((set.columns(1), set.rows(1)), (2, 1));
        for level in 1..=LAST_LEVEL {
            let world = MatrixSet::WorldCrs84Quad;
            assert_eq!(set.columns(level), world.columns(level - 1));
            assert_eq!(set.rows(level), world.rows(level - 1));
            let (own, same) = (set.cell_size(level), world.cell_size(level - 1));
            assert!((own - same).abs() < f64::EPSILON * own);
        }
        // 0.703125° × 111 319.490 793 27 m ÷ 0.28 mm.
        assert!((set.scale_denominator(1) - 279_541_132.014_358_8).abs() < 1e-6);
    }

    #[test]
    fn every_set_is_covered_by_whole_tiles() {
        for set in MatrixSet::all() {
            let (west, north) = set.corner();
            for level in set.levels() {
                let span = set.span(level);
                let east = west + span * f64::from(set.columns(level));
                let south = north - span * f64::from(set.rows(level));
                let (middle_x, middle_y) = match set {
                    MatrixSet::GaussKruger(zone) => (zone.false_easting(), 0.0),
                    _ => (0.0, 0.0),
                };
                assert!((east + west - 2.0 * middle_x).abs() < 1e-6, "{set:?}");
                assert!((north + south - 2.0 * middle_y).abs() < 1e-6, "{set:?}");
            }
        }
    }

    #[test]
    fn levels_beside_zooms() {
        assert_eq!(MatrixSet::WebMercatorQuad.levels_of_zooms(8, 13), 8..=13);
        assert_eq!(MatrixSet::WorldCrs84Quad.levels_of_zooms(8, 13), 7..=13);
        assert_eq!(MatrixSet::Cgcs2000Quad.levels_of_zooms(0, 24), 1..=24);
        assert_eq!(zone(4549).levels_of_zooms(8, 13), 8..=14);
    }
}
