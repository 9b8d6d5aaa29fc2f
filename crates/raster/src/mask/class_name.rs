//! The names of what a mask tells.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// One class of a mask, whatever number or bit a product gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClassName {
    /// Not observed, or outside the mask's image.
    NoData,
    /// Too bright for the sensor, or a broken detector.
    Saturated,
    /// A cloud that hides the ground.
    Cloud,
    /// The seam that the product's maker put around clouds.
    DilatedCloud,
    /// A cloud one can look through.
    ThinCloud,
    /// A high cloud of ice.
    Cirrus,
    /// The shadow of a cloud.
    CloudShadow,
    /// The shadow of a mountain, and other dark ground.
    TopographicShadow,
    /// Snow and ice.
    Snow,
    /// Open water.
    Water,
    /// Plants.
    Vegetation,
    /// Ground without plants.
    Bare,
    /// Nothing known.
    Unclassified,
}

const NAMES: [(ClassName, &str); 13] = [
    (ClassName::NoData, "no_data"),
    (ClassName::Saturated, "saturated"),
    (ClassName::Cloud, "cloud"),
    (ClassName::DilatedCloud, "dilated_cloud"),
    (ClassName::ThinCloud, "thin_cloud"),
    (ClassName::Cirrus, "cirrus"),
    (ClassName::CloudShadow, "cloud_shadow"),
    (ClassName::TopographicShadow, "topographic_shadow"),
    (ClassName::Snow, "snow"),
    (ClassName::Water, "water"),
    (ClassName::Vegetation, "vegetation"),
    (ClassName::Bare, "bare"),
    (ClassName::Unclassified, "unclassified"),
];

/// A word that names no class.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("there is no class “{0}”; classes are {known}", known = all())]
pub struct UnknownClass(pub String);

fn all() -> String {
    NAMES.map(|(_, name)| name).join(", ")
}

impl ClassName {
    /// As recipes write it.
    pub fn name(self) -> &'static str {
        let found = NAMES.iter().find(|(class, _)| *class == self);
        found.map_or("", |(_, name)| name)
    }
}

impl fmt::Display for ClassName {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.name())
    }
}

impl FromStr for ClassName {
    type Err = UnknownClass;

    fn from_str(word: &str) -> Result<Self, UnknownClass> {
        let found = NAMES.iter().find(|(_, name)| *name == word);
        found
            .map(|(class, _)| *class)
            .ok_or_else(|| UnknownClass(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_json() {
        for (class, name) in NAMES {
            assert_eq!(
                serde_json::to_string(&class).expect("to JSON"),
                format!("\"{name}\"")
            );
            assert_eq!(name.parse(), Ok(class));
        }
        let error = "clouds".parse::<ClassName>().expect_err("no such class");
        assert!(error.to_string().contains("cloud_shadow"), "{error}");
    }
}
