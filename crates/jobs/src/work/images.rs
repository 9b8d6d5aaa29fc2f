//! Finished images, opened again for what is made of them.

use std::sync::Arc;

use raster::cog::CogReader;

use super::{Kept, RecipeCraft};
use crate::object_image::ObjectBytes;
use crate::plan::Stage;
use crate::{Error, Result, Workshop};

impl RecipeCraft {
    /// Opens an image of the plan.
    pub(super) fn open_image(&self, workshop: &Workshop, image: usize) -> Result<CogReader> {
        let kept: Vec<Kept> = self.results(workshop, Stage::Join)?;
        let kept = kept.get(image).ok_or(Error::NoJob { job: self.job })?;
        open(workshop, &kept.name)
    }

    /// Opens several images at once.
    pub(super) fn open_images(&self, workshop: &Workshop, images: &[usize]) -> Result<Vec<CogReader>> {
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
