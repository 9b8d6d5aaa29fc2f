//! What a band shows, in the words of STAC's `eo` extension where it has one.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// What a band shows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub enum Role {
    /// 0.44 µm.
    Coastal,
    /// 0.49 µm.
    Blue,
    /// 0.56 µm.
    Green,
    /// 0.66 µm.
    Red,
    /// 0.705 µm.
    RedEdge071,
    /// 0.74 µm.
    RedEdge075,
    /// 0.78 µm.
    RedEdge078,
    /// 0.84 µm, broad.
    Nir,
    /// 0.865 µm, narrow.
    Nir08,
    /// 0.94 µm, water vapour.
    Nir09,
    /// 1.37 µm.
    Cirrus,
    /// 1.6 µm.
    Swir16,
    /// 2.2 µm.
    Swir22,
    /// Thermal, about 11 µm.
    Lwir,
    /// 0.5–0.7 µm.
    Pan,
    /// Sentinel-2's scene classification.
    Scl,
    /// Classes by the Fmask algorithm.
    Fmask,
    /// Landsat's quality bits.
    QaPixel,
    /// MAJA's cloud bits.
    CloudMask,
    /// 0 where there is no picture.
    Alpha,
    /// Anything else, by its own name.
    Other(String),
}

/// A role's names: the one it is stored under first, then what files and people call it.
const NAMES: [(Role, &[&str]); 20] = [
    (Role::Coastal, &["coastal", "aerosol", "coastal_aerosol"]),
    (Role::Blue, &["blue", "b"]),
    (Role::Green, &["green", "g"]),
    (Role::Red, &["red", "r"]),
    (
        Role::RedEdge071,
        &[
            "rededge071",
            "rededge",
            "rededge1",
            "red_edge",
            "red_edge_1",
            "re1",
            "re",
        ],
    ),
    (
        Role::RedEdge075,
        &["rededge075", "rededge2", "red_edge_2", "re2"],
    ),
    (
        Role::RedEdge078,
        &["rededge078", "rededge3", "red_edge_3", "re3"],
    ),
    (Role::Nir, &["nir", "n", "near_infrared", "nir1"]),
    (Role::Nir08, &["nir08", "narrow_nir", "nir_narrow", "nir2"]),
    (Role::Nir09, &["nir09", "water_vapour", "water_vapor"]),
    (Role::Cirrus, &["cirrus"]),
    (Role::Swir16, &["swir16", "swir1", "swir_1", "swir"]),
    (Role::Swir22, &["swir22", "swir2", "swir_2"]),
    (
        Role::Lwir,
        &["lwir", "lwir11", "thermal", "temperature", "tir"],
    ),
    (Role::Pan, &["pan", "panchromatic"]),
    (Role::Scl, &["scl"]),
    (Role::Fmask, &["fmask", "cfmask"]),
    (Role::QaPixel, &["qa_pixel", "pixel_qa"]),
    (Role::CloudMask, &["cloud_mask", "clm"]),
    (Role::Alpha, &["alpha"]),
];

impl Role {
    /// The name it is stored under: `red`, `swir16`, `scl`.
    pub fn name(&self) -> &str {
        match self {
            Self::Other(name) => name,
            known => NAMES
                .iter()
                .find(|(role, _)| role == known)
                .and_then(|(_, names)| names.first())
                .copied()
                .unwrap_or_default(),
        }
    }

    /// The role a word means, if it is one of the known words.
    pub fn known(word: &str) -> Option<Self> {
        let word = word.trim().to_ascii_lowercase().replace([' ', '-'], "_");
        NAMES
            .iter()
            .find(|(_, names)| names.contains(&word.as_str()))
            .map(|(role, _)| role.clone())
    }

    /// Whether the band holds classes or bits, not measurements.
    pub fn is_classes(&self) -> bool {
        matches!(
            self,
            Self::Scl | Self::Fmask | Self::QaPixel | Self::CloudMask | Self::Alpha
        )
    }

    /// Whether the band measures reflected light.
    pub fn is_reflectance(&self) -> bool {
        !self.is_classes() && !matches!(self, Self::Lwir | Self::Other(_))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.name())
    }
}

/// Never happens for words of letters: an unknown word is a role of its own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{word:?} cannot name a band; use letters, digits and _, for example red, nir, swir16, scl"
)]
pub struct UnknownRole {
    word: String,
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(word: &str) -> Result<Self, UnknownRole> {
        if let Some(role) = Self::known(word) {
            return Ok(role);
        }
        let name = word.trim().to_ascii_lowercase();
        let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        if name.is_empty() || !name.chars().all(plain) {
            return Err(UnknownRole {
                word: word.to_owned(),
            });
        }
        Ok(Self::Other(name))
    }
}

impl From<Role> for String {
    fn from(role: Role) -> Self {
        role.name().to_owned()
    }
}

impl From<String> for Role {
    fn from(name: String) -> Self {
        Self::known(&name).unwrap_or(Self::Other(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_people_use_mean_one_role() {
        for (word, role) in [
            ("red", Role::Red),
            ("SWIR1", Role::Swir16),
            ("Red Edge 2", Role::RedEdge075),
            ("NIR", Role::Nir),
            ("qa_pixel", Role::QaPixel),
            ("chlorophyll", Role::Other("chlorophyll".into())),
        ] {
            assert_eq!(word.parse(), Ok(role), "{word}");
        }
        assert!("近红外".parse::<Role>().is_err());
        assert!(" ".parse::<Role>().is_err());
    }

    #[test]
    fn every_role_survives_json() {
        for (role, names) in &NAMES {
            let text = serde_json::to_string(role).unwrap();
            assert_eq!(text, format!("{:?}", names[0]));
            assert_eq!(&serde_json::from_str::<Role>(&text).unwrap(), role);
        }
    }
}
