//! What a name in a recipe stands for: one image, or one a date.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use raster::classify::Class;

use super::inputs::Numbers;

/// One image of a step.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// The node of the program, or its input of one look.
    pub of: String,
    /// The day it shows.
    pub date: NaiveDate,
    /// The ids of the scenes it is made of.
    pub scenes: BTreeSet<String>,
}

/// What a band is.
#[derive(Debug, Clone)]
pub(super) enum Nature {
    /// Measured: as the sources store it, where they agree.
    Measured(Option<Numbers>),
    /// An index people know, in this style.
    Index(&'static str),
    /// A formula's.
    Computed,
    /// A difference, a ratio or a length.
    Change,
    /// How many dates.
    Count,
    /// Classes.
    Classes(Vec<Class>),
    /// Light and shade.
    Shade,
    /// An angle in degrees.
    Degrees,
    /// How many masts.
    Visible,
}

/// A band of a step.
#[derive(Debug, Clone)]
pub(super) struct StepBand {
    pub name: String,
    pub nature: Nature,
}

/// What a name stands for.
#[derive(Debug, Clone)]
pub(super) struct Series {
    /// One, or one a date, in the order of time.
    pub entries: Vec<Entry>,
    /// The same of each.
    pub bands: Vec<StepBand>,
}

impl Series {
    /// A band by its name.
    pub fn band(&self, name: &str) -> Option<&StepBand> {
        self.bands.iter().find(|band| band.name == name)
    }

    /// The names of its bands, for messages.
    pub fn names(&self) -> Vec<&str> {
        self.bands.iter().map(|band| band.name.as_str()).collect()
    }
}
