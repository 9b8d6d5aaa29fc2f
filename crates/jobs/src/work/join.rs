//! Parts become images.

use std::io::{self, BufWriter, Write as _};
use std::sync::Arc;

use raster::cog::{CogError, CogOptions, Source, part};
use serde_json::Value;

use super::{Kept, RecipeCraft, to_json};
use crate::object_image::ObjectBytes;
use crate::{Error, Result, Workshop};

impl RecipeCraft {
    /// Joins the parts of an image. One that becomes a date of a layer is an object, named by its
    /// content; others stay this job's own.
    pub(super) fn join(&self, workshop: &Workshop, image: usize) -> Result<(Value, u64)> {
        let output = self
            .plan
            .program
            .outputs
            .get(image)
            .ok_or(Error::NoJob { job: self.job })?;
        let parts = |position| self.part_of_image(image, position);
        let visible = self
            .plan
            .images
            .get(image)
            .is_some_and(|image| image.layer.is_some());
        let own = if visible {
            None
        } else {
            Some(self.part(&format!("image-{image}.tif"))?)
        };
        let kept = assemble(workshop, &output.options, &output.name, parts, own.as_ref())?;
        let bytes = kept.bytes;
        Ok((to_json(&kept)?, bytes))
    }

    pub(super) fn join_picture(&self, workshop: &Workshop, picture: usize) -> Result<(Value, u64)> {
        let planned = self
            .plan
            .pictures
            .get(picture)
            .ok_or(Error::NoJob { job: self.job })?;
        let parts = |position| self.part_of_picture(picture, position);
        let kept = assemble(workshop, &planned.options, &planned.layer, parts, None)?;
        let bytes = kept.bytes;
        Ok((to_json(&kept)?, bytes))
    }
}

fn assemble(
    workshop: &Workshop,
    options: &CogOptions,
    what: &str,
    part: impl Fn(u32) -> Result<objects::PartName>,
    own: Option<&objects::PartName>,
) -> Result<Kept> {
    let failed = |source: CogError| Error::Cog {
        what: what.to_owned(),
        source,
    };
    let objects = &workshop.objects;
    let open = |position| {
        let name = part(position).map_err(io::Error::other)?;
        Ok(Arc::new(ObjectBytes(objects.part(&name)?)) as Arc<dyn Source>)
    };
    let mut object = objects.create("tif")?;
    let mut out = BufWriter::with_capacity(1 << 20, &mut object);
    part::assemble(options, open, objects.scratch(), &mut out).map_err(failed)?;
    out.flush().map_err(|error| failed(error.into()))?;
    drop(out);
    let bytes = io::Seek::stream_position(&mut object).map_err(|error| failed(error.into()))?;
    if let Some(name) = own {
        object.finish_part(name)?;
        return Ok(Kept {
            name: name.to_string(),
            fresh: false,
            bytes,
        });
    }
    let (name, fresh) = object.finish_fresh()?;
    Ok(Kept {
        name: name.to_string(),
        fresh,
        bytes,
    })
}
