//! One pass over an image: block after block is unpacked once and laid under every zone it touches.

use geo::MultiPolygon;
use rayon::prelude::*;

use super::coverage::{Canvas, Edge, Run, Shape};
use super::quantile::key;
use super::summary::{Piece, Summary};
use super::tally::Tally;
use super::{Weights, ZonalError, cells};
use crate::Window;
use crate::cog::CogReader;

/// Blocks are at least this wide and high: small ones cost more in pieces than in pixels.
const SMALLEST_BLOCK: usize = 256;

/// A zone, ready to be laid over the image.
pub struct Zone {
    shape: Shape,
    /// The pixels it may touch; `None` outside the image.
    pub window: Option<Window>,
}

impl Zone {
    pub fn new(polygons: &MultiPolygon<f64>, reader: &CogReader) -> Self {
        let shape = Shape::of(polygons);
        let georeference = reader.georeference();
        let window = shape.window(georeference.width, georeference.height);
        Self { shape, window }
    }

    /// In pixels, with what lies outside the image.
    pub fn area(&self) -> f64 {
        self.shape.area()
    }

    /// The most pixels it may have in the image.
    pub fn pixels(&self) -> usize {
        self.window.map_or(0, |window| window.width * window.height)
    }
}

/// What one block says of one zone.
pub struct Found {
    pub zone: usize,
    pub summary: Summary,
    /// Its values and their weights, see [`key`]; empty unless asked for.
    pub keys: Vec<u64>,
    /// Its classes and their weights; empty unless asked for.
    pub classes: Vec<(i32, f64)>,
}

/// A pass over one band.
pub struct Sweep<'pass> {
    pub reader: &'pass CogReader,
    pub band: usize,
    pub zones: &'pass [Zone],
    /// The weight of a pixel by its row; `None` where all weigh alike.
    row_weights: Option<Vec<f64>>,
    pub classes: bool,
    block: usize,
    stop: &'pass (dyn Fn() -> bool + Sync),
}

/// The edges of one zone that pass one row of blocks.
struct Slice {
    zone: usize,
    window: Window,
    edges: Vec<Edge>,
}

/// One block and the zones (as places in the list of slices) that may touch it.
struct Task {
    window: Window,
    slices: Vec<usize>,
}

/// What a thread draws on.
#[derive(Default)]
struct Desk {
    canvas: Canvas,
    runs: Vec<Run>,
    tally: Tally,
}

impl<'pass> Sweep<'pass> {
    pub fn new(
        reader: &'pass CogReader,
        band: usize,
        zones: &'pass [Zone],
        weights: Weights,
        stop: &'pass (dyn Fn() -> bool + Sync),
    ) -> Self {
        let tile = reader.tile_size() as usize;
        let row_weights = match weights {
            Weights::Pixels => None,
            Weights::Area => cells::areas(reader.georeference()),
        };
        Self {
            reader,
            band,
            zones,
            row_weights,
            classes: false,
            block: tile * SMALLEST_BLOCK.div_ceil(tile),
            stop,
        }
    }

    /// Goes over the blocks that the zones touch. `with_keys` says of which zones values are wanted.
    /// `absorb` gets what was found in the order of blocks, whatever the number of threads, and hears
    /// with `None` that the blocks down to a row (the first not seen) are done.
    pub fn run(
        &self,
        zones: &[usize],
        with_keys: &(dyn Fn(usize) -> bool + Sync),
        absorb: &mut dyn FnMut(Step),
    ) -> Result<(), ZonalError> {
        let mut waiting: Vec<(usize, Window)> = zones
            .iter()
            .filter_map(|&zone| Some((zone, self.zones[zone].window?)))
            .collect();
        waiting.sort_by_key(|&(zone, window)| (window.row, zone));
        let mut waiting = waiting.into_iter().peekable();
        let mut active: Vec<(usize, Window)> = Vec::new();
        let height = self.reader.georeference().height as usize;
        for top in (0..height).step_by(self.block) {
            let bottom = (top + self.block).min(height);
            while let Some(zone) = waiting.next_if(|(_, window)| window.row < bottom as i64) {
                active.push(zone);
            }
            if !active.is_empty() {
                self.row_of_blocks(top, bottom, &active, with_keys, absorb)?;
            }
            active.retain(|(_, window)| window.row + window.height as i64 > bottom as i64);
            absorb(Step::RowsDone(bottom as i64));
        }
        Ok(())
    }

    fn row_of_blocks(
        &self,
        top: usize,
        bottom: usize,
        active: &[(usize, Window)],
        with_keys: &(dyn Fn(usize) -> bool + Sync),
        absorb: &mut dyn FnMut(Step),
    ) -> Result<(), ZonalError> {
        let slice = |&(zone, window): &(usize, Window)| Slice {
            zone,
            window,
            edges: self.zones[zone].shape.edges(top as f64, bottom as f64),
        };
        let slices: Vec<Slice> = active.par_iter().map(slice).collect();
        let tasks = self.tasks(top, bottom, &slices);
        // A few blocks at a time, so that what was found in them does not pile up.
        for some in tasks.chunks(8 * rayon::current_num_threads()) {
            let found = some
                .par_iter()
                .map_init(Desk::default, |desk, task| {
                    self.block(desk, task, &slices, with_keys)
                })
                .collect::<Result<Vec<_>, ZonalError>>()?;
            found
                .into_iter()
                .flatten()
                .for_each(|found| absorb(Step::Found(found)));
        }
        Ok(())
    }

    fn tasks(&self, top: usize, bottom: usize, slices: &[Slice]) -> Vec<Task> {
        let width = self.reader.georeference().width as usize;
        let blocks = width.div_ceil(self.block);
        let mut touching = vec![Vec::new(); blocks];
        for (index, Slice { window, .. }) in slices.iter().enumerate() {
            let first = window.column as usize / self.block;
            let last = (window.column as usize + window.width).div_ceil(self.block);
            for block in &mut touching[first..last] {
                block.push(index);
            }
        }
        let task = |(column, slices): (usize, Vec<usize>)| {
            let left = column * self.block;
            let right = (left + self.block).min(width);
            Task {
                window: Window::new(left as i64, top as i64, right - left, bottom - top),
                slices,
            }
        };
        let tasks = touching.into_iter().enumerate().map(task);
        tasks.filter(|task| !task.slices.is_empty()).collect()
    }

    fn block(
        &self,
        desk: &mut Desk,
        task: &Task,
        slices: &[Slice],
        with_keys: &(dyn Fn(usize) -> bool + Sync),
    ) -> Result<Vec<Found>, ZonalError> {
        if (self.stop)() {
            return Err(ZonalError::Stopped);
        }
        let mut values = None;
        let mut all = Vec::new();
        for &index in &task.slices {
            let slice = &slices[index];
            let Some(window) = common(task.window, slice.window) else {
                continue;
            };
            desk.canvas.runs(window, &slice.edges, &mut desk.runs);
            if desk.runs.is_empty() {
                continue;
            }
            // Read only when something lies in it.
            let values = match &values {
                Some(values) => values,
                None => values.insert(self.reader.read_physical(0, self.band, task.window)?),
            };
            let block = Pixels {
                values: &values.values,
                width: task.window.width,
                left: (window.column - task.window.column) as usize,
                top: (window.row - task.window.row) as usize,
            };
            let found = self.piece(
                desk,
                &block,
                window.row as usize,
                slice.zone,
                with_keys(slice.zone),
            );
            all.push(found);
        }
        Ok(all)
    }

    /// What the runs on the desk hold.
    fn piece(
        &self,
        desk: &mut Desk,
        pixels: &Pixels,
        first_row: usize,
        zone: usize,
        with_keys: bool,
    ) -> Found {
        let mut piece = Piece::default();
        let mut keys = Vec::new();
        for run in &desk.runs {
            let values = pixels.of(run);
            let weight = self
                .row_weights
                .as_ref()
                .map(|rows| rows[first_row + run.row] * run.share);
            match weight {
                None if run.share >= 1.0 => piece.add_whole(values),
                _ => piece.add_weighted(values, run.share, weight.unwrap_or(run.share)),
            }
            let weight = weight.unwrap_or(run.share);
            let valid = values.iter().filter(|value| value.is_finite());
            if with_keys {
                keys.extend(valid.clone().map(|&value| key(value, weight as f32)));
            }
            if self.classes {
                valid.for_each(|&value| desk.tally.add(value, weight));
            }
        }
        Found {
            zone,
            summary: piece.summary(),
            keys,
            classes: if self.classes {
                desk.tally.take()
            } else {
                Vec::new()
            },
        }
    }
}

/// What [`Sweep::run`] tells.
pub enum Step {
    /// Of one block and zone.
    Found(Found),
    /// Every block above this row was told of.
    RowsDone(i64),
}

/// The pixels of a block, seen from a window's corner.
struct Pixels<'block> {
    values: &'block [f32],
    width: usize,
    left: usize,
    top: usize,
}

impl Pixels<'_> {
    fn of(&self, run: &Run) -> &[f32] {
        let row = (self.top + run.row) * self.width + self.left;
        &self.values[row + run.start..row + run.end]
    }
}

fn common(one: Window, two: Window) -> Option<Window> {
    let left = one.column.max(two.column);
    let top = one.row.max(two.row);
    let right = (one.column + one.width as i64).min(two.column + two.width as i64);
    let bottom = (one.row + one.height as i64).min(two.row + two.height as i64);
    let width = usize::try_from(right - left)
        .ok()
        .filter(|&width| width > 0)?;
    let height = usize::try_from(bottom - top)
        .ok()
        .filter(|&height| height > 0)?;
    Some(Window::new(left, top, width, height))
}
