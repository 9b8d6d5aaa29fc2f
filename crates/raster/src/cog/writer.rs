//! One pass from rows to a COG.
use std::io::Write;
use std::path::Path;

use super::{CogError, CogOptions, Sample};

/// Takes an image from top to bottom and leaves a COG.
pub struct CogWriter {
    #[expect(dead_code, reason = "in the making")]
    options: CogOptions,
}

impl CogWriter {
    /// A writer that keeps its temporary files in the system's temporary folder.
    ///
    /// # Errors
    /// When the options contradict each other, or no temporary file can be made.
    pub fn new(options: CogOptions) -> Result<Self, CogError> {
        Ok(Self { options })
    }
    /// A writer that keeps its temporary files in `folder`.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn new_in(options: CogOptions, _folder: &Path) -> Result<Self, CogError> {
        Ok(Self { options })
    }
    /// The next rows: rows × columns × bands (pixel-interleaved), any number of whole rows.
    ///
    /// # Errors
    /// When the number type is not the image's, the rows are not whole or too many, or writing fails.
    pub fn write_rows<S: Sample>(&mut self, _rows: &[S]) -> Result<(), CogError> {
        Err(CogError::Missing("writer yet".to_owned()))
    }
    /// Puts the file together.
    ///
    /// # Errors
    /// When rows are missing or writing fails.
    pub fn finish(self, _out: &mut impl Write) -> Result<(), CogError> {
        Err(CogError::Missing("writer yet".to_owned()))
    }
}
