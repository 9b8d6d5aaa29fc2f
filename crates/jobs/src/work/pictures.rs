//! Parts of pictures for the map.

use raster::cog::Samples;
use raster::cog::part::{self, PartGrid};
use raster::pipeline::BandSummary;
use raster::visual::{self, Stretch, VisualOptions};
use serde_json::{Value, json};

use super::RecipeCraft;
use crate::engine::Stop;
use crate::{Error, Result, Workshop};

impl RecipeCraft {
    pub(super) fn picture(
        &self,
        workshop: &Workshop,
        position: u32,
        stop: &Stop,
    ) -> Result<(Value, u64)> {
        let (picture, index) = self
            .plan
            .picture_part(position)
            .ok_or(Error::NoJob { job: self.job })?;
        let planned = &self.plan.pictures[picture];
        let failed = |source| Error::Cog {
            what: planned.layer.clone(),
            source,
        };
        let stretches = self.stretches(workshop, planned.image)?;
        let image = self.open_image(workshop, planned.image)?;
        if stop.is_set() {
            return Err(Error::Stopped);
        }
        let window = PartGrid::of(&planned.options).window(index);
        let bands = visual::part(&image, &stretches, &planned.options.georeference, window)
            .map_err(failed)?;
        let bands = bands.map(Samples::U8);
        let bytes = part::encode(&planned.options, index, &bands).map_err(failed)?;
        workshop
            .objects
            .put_part(&self.part_of_picture(picture, index)?, &bytes)?;
        Ok((json!({}), bytes.len() as u64))
    }

    /// Each band between its own percentiles, over the whole image.
    fn stretches(&self, workshop: &Workshop, image: usize) -> Result<[Stretch; 3]> {
        let summaries = self.summaries(workshop)?;
        let options = VisualOptions::default();
        let stretch = |band: usize| {
            let summary = summaries
                .get(image)
                .and_then(|summary| summary.bands.get(band));
            let at = |share| {
                summary
                    .and_then(|summary: &BandSummary| summary.quantile(share))
                    .unwrap_or(0.0)
            };
            Stretch::new(
                at(options.low) as f32,
                at(options.high) as f32,
                options.gamma,
            )
        };
        Ok([stretch(0), stretch(1), stretch(2)])
    }

    pub(super) fn part_of_picture(&self, picture: usize, index: u32) -> Result<objects::PartName> {
        self.part(&format!("picture-{picture}-{index}.part"))
    }
}
