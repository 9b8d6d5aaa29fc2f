//! How much of a file a window takes, from its head alone.

use super::gather::{columns, planes, touched};
use super::{CogError, CogReader};
use crate::Window;

impl CogReader {
    /// Bytes of the tiles or strips, as they are stored, that reading some bands of a window would read.
    ///
    /// # Errors
    /// When there is no such level.
    pub fn stored_bytes(
        &self,
        level: usize,
        bands: &[usize],
        window: Window,
    ) -> Result<u64, CogError> {
        let found = self.level(level)?;
        let planes = planes(found, bands).into_iter();
        let bytes = planes.flat_map(|(plane, _)| {
            let plane = &found.planes[plane];
            let rows = touched(window.row, window.height, found.height, plane.layout.height);
            rows.flat_map(move |row| {
                let blocks =
                    columns(found, plane, window).map(move |column| row * plane.across + column);
                blocks.map(|block| plane.counts.get(block as usize).copied().unwrap_or(0))
            })
        });
        Ok(bytes.sum())
    }
}
