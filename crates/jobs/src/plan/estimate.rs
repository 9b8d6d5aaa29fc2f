//! What a job will take, before it is begun.

use std::collections::BTreeSet;

use raster::Window;
use raster::cog::part::PartGrid;
use raster::pipeline::{Input, Operation, Output};
use serde::{Deserialize, Serialize};

use super::Plan;
use crate::sources::{CACHE, Sources};
use crate::{Result, Workshop};

/// Nanoseconds of two cores to read, warp and mask a pixel of one band of one look; measured
/// (docs/benchmarks.md).
const LOOK_NS: f64 = 9.0;
/// Nanoseconds to put together, pack and write a pixel of one band of an image.
const PIXEL_NS: f64 = 12.0;
/// Bytes of memory for the program and the database beside it.
const BASE_BYTES: u64 = 200 << 20;
/// Of unpacked bytes, what is left when they are packed.
const PACKED: f64 = 0.6;

/// What a job will take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Pixels of all outputs.
    pub pixels: u64,
    /// Images that are read.
    pub looks: u64,
    /// Chunks of all stages.
    pub chunks: u64,
    /// Bytes read, as they are stored.
    pub bytes_read: u64,
    /// Bytes written.
    pub bytes_written: u64,
    /// Bytes of memory at most, about.
    pub memory_bytes: u64,
    /// Seconds on two cores, about.
    pub seconds: f64,
}

impl Estimate {
    /// Reads the heads of the images to know.
    pub(super) fn of(plan: &Plan, workshop: &Workshop) -> Result<Self> {
        let program = &plan.program;
        let chunks = plan.chunks().iter().map(|&chunks| u64::from(chunks)).sum();
        let Some(first) = program.outputs.first() else {
            return Ok(Self {
                chunks,
                memory_bytes: BASE_BYTES,
                ..Self::default()
            });
        };
        let sources = Sources::new(workshop, plan.meanings.clone())?;
        let threads = rayon::current_num_threads();
        let (width, height) = (program.grid.width as usize, program.grid.height as usize);
        let whole = program.cost(&sources, Window::new(0, 0, width, height), threads)?;
        let part = program.cost(&sources, PartGrid::of(&first.options).window(0), threads)?;
        let area = (width * height) as u64;
        // An image that several inputs name is one image.
        let looks = program.inputs.iter().flat_map(|input| &input.looks);
        let looks: BTreeSet<&str> = looks.map(|look| look.id.as_str()).collect();
        let bytes =
            |output: &Output| (output.options.data_type.bytes() * output.bands.len()) as u64;
        let stored: u64 = program
            .outputs
            .iter()
            .map(|output| bytes(output) * area)
            .sum();
        let reads: u64 = program
            .nodes
            .iter()
            .map(|node| bands_read(&node.operation, &program.inputs))
            .sum();
        Ok(Self {
            pixels: whole.pixels,
            looks: looks.len() as u64,
            chunks,
            bytes_read: whole.bytes_read,
            // Parts first, then the files they are joined to; with the coarser levels.
            bytes_written: (stored as f64 * 4.0 / 3.0 * PACKED * 2.0) as u64,
            memory_bytes: BASE_BYTES + CACHE as u64 + 2 * part.memory,
            seconds: (area as f64 * reads as f64 * LOOK_NS + whole.pixels as f64 * PIXEL_NS) / 1e9,
        })
    }
}

/// Bands times looks that an operation reads of the sources, masks counted.
fn bands_read(operation: &Operation, inputs: &[Input]) -> u64 {
    let of_input = |(name, bands): &(String, Vec<String>)| {
        let input = inputs.iter().find(|input| &input.name == name);
        let reads =
            |look: &raster::pipeline::Look| bands.len() as u64 + u64::from(look.mask.is_some());
        input.map_or(0, |input| input.looks.iter().map(reads).sum::<u64>())
    };
    super::compile::needs(operation).iter().map(of_input).sum()
}
