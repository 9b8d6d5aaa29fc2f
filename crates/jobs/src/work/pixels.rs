//! One part of every image.

use raster::cog::part::{self, PartGrid};
use raster::pipeline::{self, OutputBlock, PipelineError};
use rayon::prelude::*;
use serde_json::Value;

use super::{PartResult, RecipeCraft, to_json};
use crate::engine::Stop;
use crate::{Error, Result, Workshop};

impl RecipeCraft {
    pub(super) fn pixels(
        &self,
        workshop: &Workshop,
        position: u32,
        stop: &Stop,
    ) -> Result<(Value, u64)> {
        let program = &self.plan.program;
        let first = program
            .outputs
            .first()
            .ok_or(Error::NoJob { job: self.job })?;
        let window = PartGrid::of(&first.options).window(position);
        let stopped = || stop.is_set();
        let blocks =
            pipeline::run(program, &self.sources, window, &stopped).map_err(
                |error| match error {
                    PipelineError::Stopped => Error::Stopped,
                    error => Error::Pipeline(error),
                },
            )?;
        let pack = |(image, block): (usize, &OutputBlock)| {
            let options = &program.outputs[image].options;
            let bytes =
                part::encode(options, position, &block.samples).map_err(|source| Error::Cog {
                    what: program.outputs[image].name.clone(),
                    source,
                })?;
            workshop
                .objects
                .put_part(&self.part_of_image(image, position)?, &bytes)?;
            Ok(bytes.len() as u64)
        };
        let written: Vec<u64> = blocks
            .par_iter()
            .enumerate()
            .map(|(image, block)| pack((image, block)))
            .collect::<Result<_>>()?;
        let result = PartResult {
            summaries: blocks.into_iter().map(|block| block.summary).collect(),
        };
        Ok((to_json(&result)?, written.iter().sum()))
    }

    pub(super) fn part_of_image(&self, image: usize, position: u32) -> Result<objects::PartName> {
        self.part(&format!("image-{image}-{position}.part"))
    }
}
