//! What is written down about the demo township; everything else grows from it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;
use store::account::Role;
use store::layer::Audience;
use store::report::State;

use super::Error;

const VILLAGE: &str = include_str!("../../../../data/demo/village.yaml");

/// The definition of the demo township (`data/demo/village.yaml`).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// The start of all chance.
    pub seed: u64,
    /// The county around the township.
    pub county: Named,
    /// The township.
    pub township: Named,
    /// The villages that make up the township; the first is the main one.
    pub villages: Vec<Village>,
    /// Names of hamlets, given out in order.
    pub hamlets: Vec<String>,
    /// The river.
    pub river: Course,
    /// The field that becomes a building site.
    pub site: Site,
    /// The days of the images, in order.
    pub dates: Vec<Day>,
    /// The layers to publish.
    pub layers: Vec<LayerTitle>,
    /// Who can sign in.
    pub accounts: Vec<DemoAccount>,
    /// What villagers have pinned.
    pub reports: Vec<SampleReport>,
}

/// An administrative unit by code and names.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Twelve digits; 500999 is no real county.
    pub code: String,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
}

/// A village: one bank of the river between two shares of its course.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Village {
    /// Twelve digits.
    pub code: String,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// The bank, looking downstream.
    pub bank: Bank,
    /// Where it begins, as a share of the river's course.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// How many hamlets it has.
    pub hamlets: usize,
}

/// A side of the river, looking downstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bank {
    /// The left.
    Left,
    /// The right.
    Right,
}

/// The course of the river.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Course {
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// Places it winds through, downstream, in metres.
    pub through: Vec<[f64; 2]>,
}

/// The field that becomes a building site.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Its middle, in metres.
    pub centre: [f64; 2],
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// The first date on which it is bare ground.
    pub begins: NaiveDate,
    /// The first date on which there is a roof.
    pub roofed: NaiveDate,
}

/// One day of imagery.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Day {
    /// The date.
    pub date: NaiveDate,
    /// The state of land and air.
    pub season: Season,
    /// Where the sun stands.
    pub sun: Sun,
    /// Clouds, if there are any.
    pub clouds: Option<Clouds>,
    /// Whether the image ends in a slanting edge of the swath.
    #[serde(default)]
    pub corner: bool,
    /// The state of each crop.
    pub crops: BTreeMap<Crop, Growth>,
}

/// The state of land and air on a day; every value 0..1.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Season {
    /// Leaves on the trees.
    pub leaves: f64,
    /// Share of the bed under water.
    pub river: f64,
    /// Mud in the water.
    pub mud: f64,
    /// Haze in the air.
    pub haze: f64,
    /// Damp in bare soil.
    pub damp: f64,
}

/// Where the sun stands, degrees from north and above the horizon.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sun {
    /// Degrees clockwise from north.
    pub azimuth: f64,
    /// Degrees above the horizon.
    pub elevation: f64,
}

/// Clouds over the image.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clouds {
    /// Share of the image they cover, about.
    pub share: f64,
    /// Metres above the ground.
    pub height: f64,
    /// The start of their chance.
    pub seed: u64,
}

/// What grows on a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Crop {
    /// Paddy under water through the winter.
    Rice,
    /// Paddy with rape in winter.
    RiceRape,
    /// Maize and sweet potato on terraces.
    Maize,
    /// Wheat on terraces.
    Wheat,
    /// Vegetables.
    Vegetables,
    /// Citrus orchard.
    Citrus,
    /// Meadow and fallow.
    Grass,
    /// A pond.
    Pond,
}

impl Crop {
    /// The land use word and the Chinese name, as in `fields.geojson`.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Rice => ("paddy", "水田"),
            Self::RiceRape => ("paddy_rape", "水田（稻油轮作）"),
            Self::Maize => ("dryland_maize", "旱地（玉米）"),
            Self::Wheat => ("dryland_wheat", "旱地（小麦）"),
            Self::Vegetables => ("vegetables", "菜地"),
            Self::Citrus => ("orchard", "果园（柑橘）"),
            Self::Grass => ("grass", "草地"),
            Self::Pond => ("pond", "坑塘"),
        }
    }
}

/// How far a crop is on a day.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Growth {
    /// Share of the ground under green leaves.
    pub cover: f64,
    /// Share of the ground under water.
    pub water: f64,
    /// Share of the rest under straw or stubble.
    #[serde(default)]
    pub straw: f64,
}

/// A layer to publish.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerTitle {
    /// Its id in addresses.
    pub id: String,
    /// What it is made of.
    pub kind: LayerKind,
    /// Chinese title.
    pub title: String,
    /// English title.
    pub title_en: String,
    /// Who may see it.
    pub audience: Audience,
}

/// What a layer is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayerKind {
    /// Pictures from every date.
    TrueColour,
    /// The vegetation index of every date.
    Ndvi,
    /// Roads.
    Roads,
    /// The river and its brooks.
    River,
    /// Fields.
    Fields,
    /// Houses.
    Houses,
}

/// Somebody who can sign in to the demo.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoAccount {
    /// What is typed to sign in.
    pub login: String,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// What they are here for.
    pub role: Role,
    /// Codes of the areas the account is for.
    #[serde(default)]
    pub areas: Vec<String>,
}

/// Something a villager pinned.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleReport {
    /// The service category.
    pub service: String,
    /// What the villager wrote.
    pub text: String,
    /// The same in English, for those who try the program in English.
    pub text_en: String,
    /// Where it is.
    pub spot: Spot,
    /// The picture that goes with it.
    #[serde(default)]
    pub photo: Option<Picture>,
    /// A made-up phone number.
    #[serde(default)]
    pub phone: Option<String>,
    /// What became of it, in order.
    #[serde(default)]
    pub history: Vec<HistoryStep>,
}

/// A place of a certain kind in a village.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spot {
    /// Code of the village.
    pub village: String,
    /// What it is at.
    pub by: Feature,
    /// Which of the places of that kind in the village: 0 the first, 1 the last.
    pub share: f64,
}

/// A kind of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// On a road.
    Road,
    /// At a house.
    House,
    /// In a field.
    Field,
    /// By the river.
    River,
    /// At the building site.
    Site,
}

/// A drawn picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Picture {
    /// Earth and rocks on a mountain road.
    Landslip,
    /// A street lamp that is out.
    Lamp,
    /// A path under water.
    Flood,
}

/// A step in a report's history.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryStep {
    /// Login of the account that did it.
    pub by: String,
    /// The state it got.
    pub to: State,
    /// What was noted.
    pub note: String,
}

impl Definition {
    /// Reads the definition that is built into the program.
    ///
    /// # Errors
    /// When the definition is not as described here.
    pub fn load() -> Result<Self, Error> {
        serde_yaml_ng::from_str(VILLAGE).map_err(Error::Definition)
    }

    /// The number of a village by its code: 1 for the first.
    pub(super) fn village_number(&self, code: &str) -> Option<u32> {
        self.villages
            .iter()
            .position(|village| village.code == code)
            .map(|index| index as u32 + 1)
    }
}
