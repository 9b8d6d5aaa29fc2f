//! Drawing the tiles of an archive, some at a time, in its order.

use std::path::{Path, PathBuf};

use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::walk::{Numbered, Walk};
use super::work::{Drawn, Work};
use super::{ArchiveError, Kind, Order, Subject, Summary, beside};
use crate::vector::LeftOut;
use crate::{Result, Tiles};

/// Tiles that are drawn at the same time or wait to be stored.
const AT_A_TIME: usize = 32;
/// Tiles stored at once: what a killed program has to draw again at most.
const BATCH: usize = 512;

impl Tiles {
    /// Makes an archive, going on where an earlier call with the same order stopped; `progress`
    /// hears how many of how many tiles are done.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Archive`], and those of drawing a tile.
    pub async fn archive(
        &self,
        order: Order,
        out: &Path,
        progress: impl Fn(u64, u64),
    ) -> Result<Summary> {
        let kind = out.to_string_lossy().parse::<Kind>()?;
        let Order {
            bounds,
            first_zoom,
            last_zoom,
            ..
        } = order;
        let total = Walk::count(&bounds, first_zoom, last_zoom);
        let (path, request) = (beside(out, "work"), order.request());
        let mut work = aside(out, move || Work::open(&path, &request)).await?;
        let last = work.last()?;
        let known = |one: &Numbered| last.is_some_and(|last| one.id <= last);
        let walk = || Walk::new(bounds, first_zoom, last_zoom);
        let mut done = walk().take_while(known).count() as u64;
        let mut batches = stream::iter(walk().skip_while(known))
            .map(|next| self.drawn(&order, next))
            .buffered(AT_A_TIME)
            .try_chunks(BATCH);
        while let Some(batch) = batches.next().await {
            let batch = batch.map_err(|cut| cut.1)?;
            done += batch.len() as u64;
            let mut growing = work;
            work = aside(out, move || {
                growing.add(&batch)?;
                Ok(growing)
            })
            .await?;
            progress(done, total);
        }
        drop(batches);
        let summary = work.summary()?;
        let path = out.to_owned();
        aside(out, move || order.deliver(work, kind, &path)).await?;
        Ok(summary)
    }

    async fn drawn(&self, order: &Order, next: Numbered) -> Result<Drawn> {
        match &order.subject {
            Subject::Vector(map) => {
                let encoded = self.vector(map, next.tile).await?;
                let left_out = encoded
                    .as_ref()
                    .map_or(LeftOut::default(), |one| one.left_out);
                Ok((
                    next,
                    encoded.and_then(super::super::vector::Encoded::packed),
                    left_out,
                ))
            }
            Subject::Raster(layer, date) => {
                let dated = &layer.dates[*date];
                let bytes = self.raster(layer, dated, next.tile, order.format).await?;
                Ok((next, bytes, LeftOut::default()))
            }
        }
    }
}

/// Files are worked on beside the asynchronous threads.
async fn aside<T: Send + 'static>(
    out: &Path,
    work: impl FnOnce() -> std::result::Result<T, ArchiveError> + Send + 'static,
) -> Result<T> {
    let out: PathBuf = out.to_owned();
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|_panic| ArchiveError::CutOff(out))??)
}
