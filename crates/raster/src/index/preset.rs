//! The indices people know by a name.

use crate::expression::{Compiled, Expression, ExpressionError};
use crate::product::Role;

/// An index: a formula over bands named by their roles, in reflectance (0 to 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// A slug: `ndvi`.
    pub name: String,
    /// Its formula over [`Self::roles`].
    pub formula: Expression,
    /// Chinese title.
    pub title_zh: String,
    /// English title.
    pub title_en: String,
    /// The name of the style it is drawn in.
    pub style: &'static str,
    /// Who proposed it; empty for one of the user's own.
    pub source: &'static str,
}

struct Preset {
    name: &'static str,
    formula: &'static str,
    title_zh: &'static str,
    title_en: &'static str,
    style: &'static str,
    source: &'static str,
}

const PRESETS: [Preset; 10] = [
    Preset {
        name: "ndvi",
        formula: "(nir - red) / (nir + red)",
        title_zh: "植被指数 NDVI",
        title_en: "Vegetation index NDVI",
        style: "greenness",
        source: "Rouse et al. 1974, Monitoring vegetation systems in the Great Plains with ERTS",
    },
    Preset {
        name: "evi",
        formula: "2.5 * (nir - red) / (nir + 6 * red - 7.5 * blue + 1)",
        title_zh: "增强植被指数 EVI",
        title_en: "Enhanced vegetation index EVI",
        style: "greenness",
        source: "Huete et al. 2002, Remote Sensing of Environment 83, 195-213",
    },
    Preset {
        name: "savi",
        formula: "1.5 * (nir - red) / (nir + red + 0.5)",
        title_zh: "土壤调节植被指数 SAVI",
        title_en: "Soil-adjusted vegetation index SAVI",
        style: "greenness",
        source: "Huete 1988, Remote Sensing of Environment 25, 295-309 (L = 0.5)",
    },
    Preset {
        name: "ndwi",
        formula: "(green - nir) / (green + nir)",
        title_zh: "水体指数 NDWI",
        title_en: "Water index NDWI",
        style: "water",
        source: "McFeeters 1996, International Journal of Remote Sensing 17, 1425-1432",
    },
    Preset {
        name: "mndwi",
        formula: "(green - swir16) / (green + swir16)",
        title_zh: "改进水体指数 MNDWI",
        title_en: "Modified water index MNDWI",
        style: "water",
        source: "Xu 2006, International Journal of Remote Sensing 27, 3025-3033",
    },
    Preset {
        name: "ndbi",
        formula: "(swir16 - nir) / (swir16 + nir)",
        title_zh: "建筑指数 NDBI",
        title_en: "Built-up index NDBI",
        style: "built-up",
        source: "Zha et al. 2003, International Journal of Remote Sensing 24, 583-594",
    },
    Preset {
        name: "bsi",
        formula: "((swir16 + red) - (nir + blue)) / ((swir16 + red) + (nir + blue))",
        title_zh: "裸土指数 BSI",
        title_en: "Bare soil index BSI",
        style: "built-up",
        source: "Rikimaru et al. 2002, Tropical Ecology 43, 39-47",
    },
    Preset {
        name: "ndmi",
        formula: "(nir - swir16) / (nir + swir16)",
        title_zh: "湿度指数 NDMI",
        title_en: "Moisture index NDMI",
        style: "water",
        source: "Gao 1996, Remote Sensing of Environment 58, 257-266",
    },
    Preset {
        name: "nbr",
        formula: "(nir - swir22) / (nir + swir22)",
        title_zh: "燃烧指数 NBR",
        title_en: "Burn ratio NBR",
        style: "greenness",
        source: "Key and Benson 1999, Measuring and remote sensing of burn severity",
    },
    Preset {
        name: "ndsi",
        formula: "(green - swir16) / (green + swir16)",
        title_zh: "积雪指数 NDSI",
        title_en: "Snow index NDSI",
        style: "water",
        source: "Hall et al. 1995, Remote Sensing of Environment 54, 127-140",
    },
];

/// The names of all presets.
pub fn names() -> impl Iterator<Item = &'static str> {
    PRESETS.iter().map(|preset| preset.name)
}

/// An index by its name, however its letters are written; `None` when there is none.
pub fn preset(name: &str) -> Option<Index> {
    let found = PRESETS
        .iter()
        .find(|preset| preset.name.eq_ignore_ascii_case(name.trim()))?;
    Some(Index {
        name: found.name.to_owned(),
        formula: Expression::parse(found.formula).ok()?,
        title_zh: found.title_zh.to_owned(),
        title_en: found.title_en.to_owned(),
        style: found.style,
        source: found.source,
    })
}

impl Index {
    /// (a − b) / (a + b) of any two bands.
    ///
    /// # Errors
    /// When a role's name cannot stand in a formula.
    pub fn normalised_difference(a: &Role, b: &Role) -> Result<Self, ExpressionError> {
        Ok(Self {
            name: format!("{a}-{b}").replace('_', "-"),
            formula: Expression::parse(&format!("({a} - {b}) / ({a} + {b})"))?,
            title_zh: format!("归一化差值 {a}/{b}"),
            title_en: format!("Normalised difference {a}/{b}"),
            style: "change",
            source: "",
        })
    }

    /// The bands it needs, in the order in which [`Self::compile`] takes them.
    pub fn roles(&self) -> Vec<Role> {
        let names = self.formula.names().into_iter();
        names.map(|name| Role::from(name.to_owned())).collect()
    }

    /// Its program over columns that are [`Self::roles`].
    ///
    /// # Errors
    /// Never: the formula's own names are known.
    pub fn compile(&self) -> Result<Compiled, ExpressionError> {
        self.formula.compile(&self.formula.names())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_sound_and_of_known_roles() {
        assert_eq!(names().count(), 10);
        for name in names() {
            let index = preset(name).unwrap_or_else(|| panic!("{name}"));
            assert!(
                index.compile().is_ok() && !index.source.is_empty(),
                "{name}"
            );
            for (role, written) in index.roles().iter().zip(index.formula.names()) {
                assert!(role.is_reflectance() && role.name() == written, "{name}");
            }
        }
        assert!(preset("lai").is_none());
    }

    #[test]
    fn values_by_hand() {
        // One pixel of leaves: blue, green, red, nir, swir16, swir22.
        let bands = ["blue", "green", "red", "nir", "swir16", "swir22"];
        let pixel = [0.03_f32, 0.06, 0.04, 0.40, 0.20, 0.10];
        let columns: Vec<&[f32]> = pixel.iter().map(std::slice::from_ref).collect();
        for (name, expected) in [
            ("NDVI", 0.36 / 0.44),
            ("evi", 2.5 * 0.36 / (0.40 + 0.24 - 0.225 + 1.0)),
            ("savi", 1.5 * 0.36 / 0.94),
            ("ndwi", -0.34 / 0.46),
            ("mndwi", -0.14 / 0.26),
            ("ndbi", -0.20 / 0.60),
            ("bsi", (0.24 - 0.43) / 0.67),
            ("ndmi", 0.20 / 0.60),
            ("nbr", 0.30 / 0.50),
            ("ndsi", -0.14 / 0.26),
        ] {
            let index = preset(name).expect("a preset");
            let mut found = [0.0];
            let program = index.formula.compile(&bands).expect("known bands");
            program.evaluate(&columns, &mut found);
            assert!(
                (found[0] - expected as f32).abs() < 1e-6,
                "{name}: {found:?}"
            );
        }
    }

    #[test]
    fn any_two_bands() {
        let roles = (Role::Nir, Role::Other("my_band".into()));
        let index = Index::normalised_difference(&roles.0, &roles.1).expect("sound");
        assert_eq!(index.name, "nir-my-band");
        assert_eq!(index.formula.text(), "(nir - my_band) / (nir + my_band)");
        assert_eq!(index.roles(), [roles.0, roles.1]);
        assert!(Index::normalised_difference(&Role::Nir, &Role::Other("8a".into())).is_err());
    }
}
