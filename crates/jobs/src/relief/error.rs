//! Why no relief could be made.

use std::path::PathBuf;

/// Why no relief could be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReliefError {
    /// An image of something else.
    #[error(
        "{}: has {found} and is no elevation model; that has one band: heights in metres", path.display()
    )]
    NoHeights {
        /// The file.
        path: PathBuf,
        /// What it has, in words.
        found: String,
    },
    /// Heights in a unit nobody knows.
    #[error(
        "{}: its heights are in “{unit}”; metres, decimetres, centimetres and feet are understood, \
         convert it first", path.display()
    )]
    Unit {
        /// The file.
        path: PathBuf,
        /// The unit, as the file says it.
        unit: String,
    },
    /// Not a pixel with a height.
    #[error("{}: has no heights at all: every pixel is “no data”", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// Numbers that cannot be heights.
    #[error(
        "{}: its heights go from {lowest} to {highest} m, which is not on this earth; if one of these \
         numbers stands for “no data”, say so with --nodata", path.display()
    )]
    Range {
        /// The file.
        path: PathBuf,
        /// Metres.
        lowest: f64,
        /// Metres.
        highest: f64,
    },
    /// Files that would become one huge image.
    #[error(
        "the files lie too far apart: together they would be {width} × {height} pixels; import those of \
         one region"
    )]
    Apart {
        /// Columns.
        width: f64,
        /// Rows.
        height: f64,
    },
    /// An interval that makes no sense here.
    #[error(
        "an interval of {interval} m makes no sense between {lowest} and {highest} m; leave --interval \
         out, or give metres such as 10, 20 or 50"
    )]
    Interval {
        /// Metres.
        interval: f64,
        /// Metres.
        lowest: f64,
        /// Metres.
        highest: f64,
    },
}
