//! What a job will take, before it is begun.

use std::collections::BTreeMap;

use raster::pipeline::{Input, Operation};
use serde::{Deserialize, Serialize};

use super::Plan;
use crate::Workshop;

/// Nanoseconds of two cores to read, warp and mask a pixel of one band of one look; measured
/// (docs/benchmarks.md).
const LOOK_NS: f64 = 9.0;
/// Nanoseconds to put together, pack and write a pixel of one band of an image.
const PIXEL_NS: f64 = 12.0;
/// Bytes of memory for the program, the database's share and the cache of blocks.
const BASE_BYTES: u64 = 350 << 20;
/// Bytes of an unpacked value.
const VALUE: u64 = 4;
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
    pub(super) fn of(plan: &Plan, workshop: &Workshop) -> Self {
        let grid = &plan.program.grid;
        let area = u64::from(grid.width) * u64::from(grid.height);
        let mut looks: Vec<&str> = plan.program.inputs.iter().flat_map(|input| &input.looks).map(|look| look.id.as_str()).collect();
        looks.sort_unstable();
        looks.dedup();
        let outputs: u64 = plan.program.outputs.iter().map(|output| output.bands.len() as u64).sum();
        let bytes = |output: &raster::pipeline::Output| output.options.data_type.size() as u64 * output.bands.len() as u64;
        let stored: u64 = plan.program.outputs.iter().map(|output| bytes(output) * area).sum();
        let bands_read: u64 = plan.program.nodes.iter().map(|node| bands_read(&node.operation, &plan.program.inputs)).sum();
        let work = area as f64 * (bands_read as f64 * LOOK_NS + outputs as f64 * PIXEL_NS);
        let side = area.min(2048 * 2048);
        Self {
            pixels: area * plan.images.len() as u64,
            looks: looks.len() as u64,
            chunks: plan.chunks().iter().map(|&chunks| u64::from(chunks)).sum(),
            bytes_read: bytes_of_sources(plan, workshop),
            // Parts first, then the files they are joined to.
            bytes_written: (stored as f64 * 4.0 / 3.0 * PACKED * 2.0) as u64,
            memory_bytes: BASE_BYTES + side * outputs * VALUE * 2,
            seconds: work / 1e9,
        }
    }
}

/// Bands times looks that an operation reads of the sources.
fn bands_read(operation: &Operation, inputs: &[Input]) -> u64 {
    let names = super::compile::needs(operation);
    let of_input = |(name, bands): &(String, Vec<String>)| {
        let input = inputs.iter().find(|input| &input.name == name);
        let masks = |look: &raster::pipeline::Look| u64::from(look.mask.is_some());
        input.map_or(0, |input| input.looks.iter().map(|look| bands.len() as u64 + masks(look)).sum())
    };
    names.iter().map(of_input).sum()
}

/// The lengths of the files that are read, by as much of each as the grid takes.
fn bytes_of_sources(plan: &Plan, workshop: &Workshop) -> u64 {
    let looks = plan.program.inputs.iter().flat_map(|input| &input.looks);
    let names = looks.flat_map(|look| {
        let bands = look.bands.iter().map(|band| band.source.as_str());
        bands.chain(look.mask.iter().map(|mask| mask.source.as_str()))
    });
    let mut lengths: BTreeMap<&str, u64> = BTreeMap::new();
    for name in names {
        lengths.entry(name).or_insert_with(|| length(workshop, name));
    }
    lengths.values().sum()
}

/// The bytes of a source; nothing is known of other servers'.
fn length(workshop: &Workshop, name: &str) -> u64 {
    if let Some(object) = name.strip_prefix("object:") {
        let source = object.parse().and_then(|name| workshop.objects.source(&name));
        return source.map_or(0, |source| source.length());
    }
    let path = name.strip_prefix("file:");
    path.and_then(|path| std::fs::metadata(path).ok()).map_or(0, |about| about.len())
}
