//! How the numbers of a mask are read.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::ClassName;
use crate::product::Classes;

/// How the numbers of a mask are read: a product's convention, or bit fields told one by one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Legend {
    /// A product that is known: `scl`, `fmask`, `qa_pixel`, `maja_clouds`.
    Product(Classes),
    /// Bit fields, as MODIS and VIIRS products have them.
    Fields(Vec<Field>),
}

/// The values of some bits that mean a class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// What they mean.
    pub class: ClassName,
    /// The lowest bit, counted from 0.
    pub start: u8,
    /// How many bits.
    pub length: u8,
    /// What these bits are worth where the class is present; any of them.
    pub values: Vec<u16>,
}

/// Why a mask cannot tell what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LegendError {
    /// The product has no such class.
    #[error("{product} does not tell “{class}”; it has {has}")]
    Missing {
        /// What was asked for.
        class: ClassName,
        /// Which product, in words.
        product: &'static str,
        /// What it can tell.
        has: String,
    },
    /// A bit field that does not fit in sixteen bits.
    #[error(
        "the bits {start} to {last} of “{class}” do not fit a mask of sixteen bits; start + length is at most 16 and length at least 1"
    )]
    Bits {
        /// The class of the field.
        class: ClassName,
        /// The first bit.
        start: u8,
        /// The last bit.
        last: u16,
    },
}

impl From<Classes> for Legend {
    fn from(classes: Classes) -> Self {
        Self::Product(classes)
    }
}

/// A set of the numbers that a mask may hold: whether it has each of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers(Box<[bool]>);

impl Numbers {
    fn of(belongs: impl Fn(u16) -> bool) -> Self {
        Self((0..=u16::MAX).map(belongs).collect())
    }

    /// Whether the set has this number.
    pub fn contains(&self, number: u16) -> bool {
        self.0.get(usize::from(number)).is_some_and(|has| *has)
    }

    /// Whether it has none at all.
    pub fn is_empty(&self) -> bool {
        !self.0.contains(&true)
    }
}

impl Legend {
    /// The classes it tells.
    pub fn classes(&self) -> Vec<ClassName> {
        match self {
            Self::Product(classes) => {
                let rules = rules(*classes).iter();
                rules.map(|(class, _)| *class).collect()
            }
            Self::Fields(fields) => {
                let mut classes: Vec<_> = fields.iter().map(|field| field.class).collect();
                classes.push(ClassName::NoData);
                classes.sort_unstable();
                classes.dedup();
                classes
            }
        }
    }

    /// The numbers of any of these classes.
    ///
    /// # Errors
    /// When it does not tell one of them, or one of its bit fields does not fit sixteen bits.
    pub fn numbers(&self, of: &[ClassName]) -> Result<Numbers, LegendError> {
        let has = self.classes();
        if let Some(&class) = of.iter().find(|class| !has.contains(class)) {
            let has: Vec<_> = has.iter().map(|class| class.name()).collect();
            return Err(LegendError::Missing {
                class,
                product: self.product(),
                has: has.join(", "),
            });
        }
        match self {
            Self::Product(classes) => Ok(of_product(*classes, of)),
            Self::Fields(fields) => of_fields(fields, of),
        }
    }

    fn product(&self) -> &'static str {
        match self {
            Self::Product(Classes::Scl) => "Sentinel-2's scene classification",
            Self::Product(Classes::Fmask) => "Fmask",
            Self::Product(Classes::QaPixel) => "Landsat's QA_PIXEL",
            Self::Product(Classes::MajaClouds) => "MAJA's cloud mask",
            Self::Fields(_) => "the mask described by bit fields",
        }
    }
}

/// A class by its numbers, or by any of some bits.
enum Rule {
    Numbers(&'static [u16]),
    Bits(u16),
}

/// Sentinel-2 Level-2A product specification (SCL); Zhu and Woodcock 2012 (Fmask); USGS LSDS-1619
/// (`QA_PIXEL`); Theia product format, MUSCATE (CLM).
fn rules(classes: Classes) -> &'static [(ClassName, Rule)] {
    use ClassName as Name;
    match classes {
        Classes::Scl => &[
            (Name::NoData, Rule::Numbers(&[0])),
            (Name::Saturated, Rule::Numbers(&[1])),
            (Name::TopographicShadow, Rule::Numbers(&[2])),
            (Name::CloudShadow, Rule::Numbers(&[3])),
            (Name::Vegetation, Rule::Numbers(&[4])),
            (Name::Bare, Rule::Numbers(&[5])),
            (Name::Water, Rule::Numbers(&[6])),
            (Name::Unclassified, Rule::Numbers(&[7])),
            (Name::Cloud, Rule::Numbers(&[8, 9])),
            (Name::ThinCloud, Rule::Numbers(&[10])),
            (Name::Cirrus, Rule::Numbers(&[10])),
            (Name::Snow, Rule::Numbers(&[11])),
        ],
        Classes::Fmask => &[
            (Name::Water, Rule::Numbers(&[1])),
            (Name::CloudShadow, Rule::Numbers(&[2])),
            (Name::Snow, Rule::Numbers(&[3])),
            (Name::Cloud, Rule::Numbers(&[4])),
            (Name::NoData, Rule::Numbers(&[255])),
        ],
        Classes::QaPixel => &[
            (Name::NoData, Rule::Bits(1)),
            (Name::DilatedCloud, Rule::Bits(1 << 1)),
            (Name::Cirrus, Rule::Bits(1 << 2)),
            (Name::Cloud, Rule::Bits(1 << 3)),
            (Name::CloudShadow, Rule::Bits(1 << 4)),
            (Name::Snow, Rule::Bits(1 << 5)),
            (Name::Water, Rule::Bits(1 << 7)),
        ],
        Classes::MajaClouds => &[
            // It has no number for this; outside its image nothing was observed.
            (Name::NoData, Rule::Numbers(&[])),
            (Name::Cloud, Rule::Bits(1 << 1)),
            (Name::CloudShadow, Rule::Bits(1 << 2 | 1 << 3)),
            (Name::ThinCloud, Rule::Bits(1 << 6)),
            (Name::Cirrus, Rule::Bits(1 << 7)),
        ],
    }
}

fn of_product(classes: Classes, of: &[ClassName]) -> Numbers {
    let wanted = || {
        rules(classes)
            .iter()
            .filter(|(class, _)| of.contains(class))
    };
    Numbers::of(|number| {
        // Where nothing was observed the other bits say nothing.
        let observed = classes.is_observed(number);
        wanted().any(|(class, rule)| match rule {
            Rule::Numbers(numbers) => numbers.contains(&number),
            Rule::Bits(bits) => number & bits != 0 && (observed || *class == ClassName::NoData),
        })
    })
}

fn of_fields(fields: &[Field], of: &[ClassName]) -> Result<Numbers, LegendError> {
    for field in fields {
        if field.length == 0 || u16::from(field.start) + u16::from(field.length) > 16 {
            return Err(LegendError::Bits {
                class: field.class,
                start: field.start,
                last: (u16::from(field.start) + u16::from(field.length)).saturating_sub(1),
            });
        }
    }
    Ok(Numbers::of(|number| {
        fields.iter().any(|field| {
            let all = u16::MAX >> (16 - u16::from(field.length));
            let value = number >> field.start & all;
            of.contains(&field.class) && field.values.contains(&value)
        })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(legend: &Legend, of: &[ClassName], among: &[u16]) -> Vec<u16> {
        let numbers = legend.numbers(of).expect("the product has these");
        let found = among.iter().filter(|number| numbers.contains(**number));
        found.copied().collect()
    }

    #[test]
    fn products_by_their_own_rules() {
        let all: Vec<u16> = (0..12).collect();
        let scl = Classes::Scl.into();
        assert_eq!(found(&scl, &[ClassName::Cloud], &all), [8, 9]);
        let several = [ClassName::CloudShadow, ClassName::Cirrus, ClassName::Snow];
        assert_eq!(found(&scl, &several, &all), [3, 10, 11]);
        let fmask = Classes::Fmask.into();
        assert_eq!(found(&fmask, &[ClassName::Water], &[0, 1, 4, 255]), [1]);
        // 21824 clear, 22280 cloud, 23888 cloud shadow, 54596 cirrus, 1 fill, 9 fill and a stray bit.
        let quality = Classes::QaPixel.into();
        let numbers = [21_824, 22_280, 23_888, 54_596, 1, 9];
        assert_eq!(found(&quality, &[ClassName::Cloud], &numbers), [22_280]);
        assert_eq!(
            found(&quality, &[ClassName::CloudShadow], &numbers),
            [23_888]
        );
        assert_eq!(found(&quality, &[ClassName::NoData], &numbers), [1, 9]);
        let maja = Classes::MajaClouds.into();
        assert_eq!(
            found(&maja, &[ClassName::CloudShadow], &[0, 2, 5, 9, 66]),
            [5, 9]
        );
        assert_eq!(
            found(&maja, &[ClassName::ThinCloud], &[0, 2, 5, 9, 66]),
            [66]
        );
    }

    #[test]
    fn what_clouds_are_agrees_with_the_cloud_switch() {
        let hidden = |classes: Classes, names: &[ClassName]| {
            let legend = Legend::from(classes).numbers(names).expect("has these");
            for number in 0..=u16::MAX {
                assert_eq!(
                    legend.contains(number),
                    classes.is_cloud(number),
                    "{number}"
                );
            }
        };
        hidden(Classes::Scl, &[ClassName::Cloud, ClassName::Cirrus]);
        hidden(Classes::Fmask, &[ClassName::Cloud]);
        let clouds = [ClassName::Cloud, ClassName::DilatedCloud, ClassName::Cirrus];
        hidden(Classes::QaPixel, &clouds);
        hidden(Classes::MajaClouds, &[ClassName::Cloud]);
    }

    #[test]
    fn bit_fields_of_ones_own() {
        // MOD09 state_1km: bits 0-1 cloud state (1 cloudy, 2 mixed), bit 2 shadow.
        let json = r#"[{"class": "cloud", "start": 0, "length": 2, "values": [1, 2]},
                       {"class": "cloud_shadow", "start": 2, "length": 1, "values": [1]}]"#;
        let legend: Legend = serde_json::from_str(json).expect("reads");
        let numbers = [0, 1, 2, 3, 4, 5, 8];
        assert_eq!(found(&legend, &[ClassName::Cloud], &numbers), [1, 2, 5]);
        assert_eq!(found(&legend, &[ClassName::CloudShadow], &numbers), [4, 5]);
        let whole = Legend::Fields(vec![Field {
            class: ClassName::Snow,
            start: 0,
            length: 16,
            values: vec![65_535],
        }]);
        assert_eq!(
            found(&whole, &[ClassName::Snow], &[65_535, 32_767]),
            [65_535]
        );
    }

    #[test]
    fn what_a_product_cannot_tell() {
        let error = Legend::from(Classes::Fmask).numbers(&[ClassName::Cirrus]);
        let words = error.expect_err("Fmask has no cirrus").to_string();
        assert_eq!(
            words,
            "Fmask does not tell “cirrus”; it has water, cloud_shadow, snow, cloud, no_data"
        );
        let broken = Legend::Fields(vec![Field {
            class: ClassName::Cloud,
            start: 14,
            length: 3,
            values: vec![1],
        }]);
        assert!(matches!(
            broken.numbers(&[]),
            Err(LegendError::Bits { last: 16, .. })
        ));
        let product: Legend = serde_json::from_str("\"qa_pixel\"").expect("reads");
        assert_eq!(product, Legend::Product(Classes::QaPixel));
    }
}
