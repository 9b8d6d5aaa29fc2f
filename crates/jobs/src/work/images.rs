//! Finished images, opened again for what is made of them.

use std::sync::Arc;

use raster::cog::CogReader;
use raster::{Raster, Window};

use super::{Kept, RecipeCraft};
use crate::engine::Stop;
use crate::object_image::ObjectBytes;
use crate::plan::Stage;
use crate::{Error, Result, Workshop};

/// Pixels read at a time.
const STRIP: usize = 1 << 22;

/// The first band of an image from top to bottom, some rows at a time.
pub(super) fn strips(
    image: &CogReader,
    what: &str,
    stop: &Stop,
    mut take: impl FnMut(&Raster),
) -> Result<()> {
    let (width, height) = (
        image.georeference().width as usize,
        image.georeference().height as usize,
    );
    let rows = (STRIP / width.max(1)).max(1);
    for row in (0..height).step_by(rows) {
        if stop.is_set() {
            return Err(Error::Stopped);
        }
        let window = Window::new(0, row as i64, width, rows.min(height - row));
        let strip = image
            .read_physical(0, 0, window)
            .map_err(|source| Error::Cog {
                what: what.to_owned(),
                source,
            })?;
        take(&strip);
    }
    Ok(())
}

impl RecipeCraft {
    /// Opens an image of the plan.
    pub(super) fn open_image(&self, workshop: &Workshop, image: usize) -> Result<CogReader> {
        let kept: Vec<Kept> = self.results(workshop, Stage::Join)?;
        let kept = kept.get(image).ok_or(Error::NoJob { job: self.job })?;
        open(workshop, &kept.name)
    }

    /// Opens several images at once.
    pub(super) fn open_images(
        &self,
        workshop: &Workshop,
        images: &[usize],
    ) -> Result<Vec<CogReader>> {
        let kept: Vec<Kept> = self.results(workshop, Stage::Join)?;
        let open = |&image: &usize| {
            let kept = kept.get(image).ok_or(Error::NoJob { job: self.job })?;
            open(workshop, &kept.name)
        };
        images.iter().map(open).collect()
    }
}

fn open(workshop: &Workshop, name: &str) -> Result<CogReader> {
    let source = match name.parse::<objects::PartName>() {
        Ok(part) => workshop.objects.part(&part)?,
        Err(_object) => workshop.objects.source(&name.parse()?)?,
    };
    CogReader::from_source(Arc::new(ObjectBytes(source))).map_err(|source| Error::Cog {
        what: name.to_owned(),
        source,
    })
}
