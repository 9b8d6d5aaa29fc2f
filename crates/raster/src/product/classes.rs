//! Bands of classes: which numbers are cloud, and which are no data.

use serde::{Deserialize, Serialize};

use super::Role;

/// How the numbers of a class band are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Classes {
    /// Sentinel-2 scene classification: 8 and 9 cloud, 10 cirrus, 0 no data
    /// (Sentinel-2 Level-2A product specification).
    Scl,
    /// Fmask: 4 cloud, 255 no data (Zhu and Woodcock 2012, as LEDAPS writes it).
    Fmask,
    /// Landsat Collection 2 quality bits: 0 fill, 1 dilated cloud, 2 cirrus, 3 cloud
    /// (USGS LSDS-1619).
    QaPixel,
    /// MAJA's CLM bits: 1 all clouds but the thinnest (Theia product format, MUSCATE).
    MajaClouds,
}

impl Classes {
    /// How a role's numbers are read.
    pub fn of(role: &Role) -> Option<Self> {
        match role {
            Role::Scl => Some(Self::Scl),
            Role::Fmask => Some(Self::Fmask),
            Role::QaPixel => Some(Self::QaPixel),
            Role::CloudMask => Some(Self::MajaClouds),
            _ => None,
        }
    }

    /// Whether there is an observation at all.
    pub fn is_observed(self, class: u16) -> bool {
        match self {
            Self::Scl => class != 0,
            Self::Fmask => class < 255,
            Self::QaPixel => class & 1 == 0,
            Self::MajaClouds => true,
        }
    }

    /// Whether a cloud hides the ground. Shadows do not count.
    pub fn is_cloud(self, class: u16) -> bool {
        match self {
            Self::Scl => matches!(class, 8..=10),
            Self::Fmask => class == 4,
            Self::QaPixel => self.is_observed(class) && class & 0b1110 != 0,
            Self::MajaClouds => class & 0b10 != 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clouds_by_the_products_own_rules() {
        let clouds = |classes: Classes, numbers: &[u16]| -> Vec<u16> {
            numbers
                .iter()
                .copied()
                .filter(|class| classes.is_cloud(*class))
                .collect()
        };
        assert_eq!(
            clouds(Classes::Scl, &[0, 3, 4, 7, 8, 9, 10, 11]),
            [8, 9, 10]
        );
        assert_eq!(clouds(Classes::Fmask, &[0, 1, 2, 3, 4, 255]), [4]);
        // 21824 clear, 22280 cloud, 1 fill, 54596 cirrus.
        assert_eq!(
            clouds(Classes::QaPixel, &[21_824, 22_280, 1, 54_596]),
            [22_280, 54_596]
        );
        assert_eq!(clouds(Classes::MajaClouds, &[0, 4, 5, 11]), [11]);
    }

    #[test]
    fn pixels_that_were_not_observed() {
        assert!(!Classes::Scl.is_observed(0));
        assert!(!Classes::Fmask.is_observed(255));
        assert!(!Classes::QaPixel.is_observed(1));
        assert!(Classes::MajaClouds.is_observed(0));
    }
}
