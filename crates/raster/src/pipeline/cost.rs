//! What a program will read and hold, from the heads of its sources.

use std::collections::BTreeMap;

use super::evaluate::grown;
use super::looks::Sources;
use super::program::{Look, Operation, Program};
use super::{PipelineError, Readers, mosaic};
use crate::Window;
use crate::cog::CogReader;
use crate::georeference::GeoReference;
use crate::viewshed::View;
use crate::warp::{Kernel, SIDE};

/// Points along a side of a window that are followed into a source.
const POINTS: usize = 32;
/// What a thread holds of looks, at least (see [`super::run`]).
const LOOKS: u64 = 16 << 20;
/// Rows of a strip at the least.
const FEWEST_ROWS: u64 = 16;

/// What a window of a program takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Images that have something there.
    pub looks: u64,
    /// Bytes of their tiles as they are stored, each tile counted once.
    pub bytes_read: u64,
    /// Pixels of all bands of all outputs.
    pub pixels: u64,
    /// The most bytes held while the window is worked on `threads`, beside caches: outputs, and for each
    /// thread looks, results of steps, and the heights between masts and ground.
    pub memory: u64,
}

impl Program {
    /// What a window takes on so many threads; with the grid itself as the window, what the whole takes
    /// (but for the memory, which is that of the window).
    ///
    /// # Errors
    /// When the program is wrong, or a source cannot be opened.
    pub fn cost(
        &self,
        readers: &dyn Readers,
        window: Window,
        threads: usize,
    ) -> Result<Cost, PipelineError> {
        self.check()?;
        let sources = Sources::open(self, readers)?;
        let mut needs = BTreeMap::new();
        for output in &self.outputs {
            self.need(&output.of, window, &mut needs);
        }
        let mut cost = Cost::default();
        for input in &self.inputs {
            let Some(&part) = needs.get(input.name.as_str()) else {
                continue;
            };
            for look in &input.looks {
                let (touches, bytes) = self.reads(look, &sources, part)?;
                cost.looks += u64::from(touches);
                cost.bytes_read += bytes;
            }
        }
        let size = (window.width * window.height) as u64;
        for output in &self.outputs {
            let bands = output.bands.len() as u64;
            cost.pixels += bands * size;
            cost.memory += bands * size * output.options.data_type.bytes() as u64;
        }
        cost.memory += threads.max(1) as u64 * self.held_by_a_thread(window);
        Ok(cost)
    }

    /// Which windows of inputs a window of a node is made of.
    fn need<'a>(&'a self, name: &'a str, window: Window, needs: &mut BTreeMap<&'a str, Window>) {
        let Some(node) = self.node(name) else {
            let known = needs.entry(name).or_insert(window);
            *known = join(*known, window);
            return;
        };
        let window = match &node.operation {
            Operation::Mosaic { blend, .. } => grown(window, mosaic::margin(*blend, &self.grid)),
            Operation::Viewshed { masts, sight, .. } => (0..masts.len())
                .filter_map(|index| View::of(&self.grid, masts, index, *sight).needs(window))
                .fold(window, join),
            operation => grown(window, Self::margin(operation)),
        };
        for source in super::check::sources_of(&node.operation) {
            self.need(source, window, needs);
        }
    }

    /// Whether a look has anything in a window of the grid, and how much is read of it.
    fn reads(
        &self,
        look: &Look,
        sources: &Sources,
        window: Window,
    ) -> Result<(bool, u64), PipelineError> {
        // The bands of one source that are read alike share their tiles.
        let mut alike: BTreeMap<(&str, usize), (Window, Vec<usize>)> = BTreeMap::new();
        let bands = look.bands.iter();
        let bands = bands.map(|band| (&band.source, band.band, Some(band.kernel)));
        let mask = look.mask.iter().map(|mask| (&mask.source, mask.band, None));
        for (source, band, kernel) in bands.chain(mask) {
            let reader = sources.get(source);
            if let Some((level, part)) = reader.and_then(|it| part(it, &self.grid, window, kernel))
            {
                let known = alike.entry((source, level)).or_insert((part, Vec::new()));
                known.0 = join(known.0, part);
                known.1.push(band);
            }
        }
        let mut bytes = 0;
        for ((source, level), (part, bands)) in &alike {
            if let Some(reader) = sources.get(source) {
                let stored = reader.stored_bytes(*level, bands, *part);
                bytes += stored.map_err(|source| PipelineError::Read {
                    name: look.id.clone(),
                    source,
                })?;
            }
        }
        Ok((!alike.is_empty(), bytes))
    }

    fn held_by_a_thread(&self, window: Window) -> u64 {
        let plane = (SIDE * SIDE * size_of::<f32>()) as u64;
        let looks = self.inputs.iter().map(|input| {
            let planes: usize = input.looks.iter().map(|look| look.bands.len()).sum();
            planes as u64 * FEWEST_ROWS * (SIDE * size_of::<f32>()) as u64
        });
        let strip = Window::new(window.column, window.row, SIDE, SIDE);
        let steps = self.nodes.iter().map(|node| {
            let bands = node.operation.bands().len() as u64;
            let more = match &node.operation {
                // Values, weights and sums in double precision, with the margin.
                Operation::Mosaic { blend, .. } => {
                    let margin = mosaic::margin(*blend, &self.grid);
                    let wider = area(grown(strip, margin));
                    bands * (4 * wider + 8 * area(strip)) + 9 * wider
                }
                Operation::Viewshed { masts, sight, .. } => {
                    let views = (0..masts.len()).map(|at| View::of(&self.grid, masts, at, *sight));
                    let most = views.map(|view| view.farthest(strip)).max();
                    4 * most.unwrap_or(0)
                }
                _ => 0,
            };
            bands * plane + more
        });
        looks.max().unwrap_or(0).max(LOOKS) + steps.sum::<u64>()
    }
}

fn area(window: Window) -> u64 {
    window.width as u64 * window.height as u64
}

fn join(one: Window, two: Window) -> Window {
    let side = |one: i64, length: usize, two: i64, other: usize| {
        let (low, high) = (one.min(two), (one + length as i64).max(two + other as i64));
        (low, (high - low) as usize)
    };
    let (column, width) = side(one.column, one.width, two.column, two.width);
    let (row, height) = side(one.row, one.height, two.row, two.height);
    Window::new(column, row, width, height)
}

/// The level and the part of a source that a window of the grid is read from; of masks (no kernel) always
/// the finest. `None` where it has nothing.
fn part(
    reader: &CogReader,
    grid: &GeoReference,
    window: Window,
    kernel: Option<Kernel>,
) -> Option<(usize, Window)> {
    let source = reader.georeference();
    if source.same_grid(grid) {
        return clip(reader, 0, [0, 1].map(|side| edges(window)[side])).map(|part| (0, part));
    }
    let place = |column: f64, row: f64| {
        let (longitude, latitude) = grid.lonlat(column, row);
        source.pixel(longitude, latitude)
    };
    let along = |start: i64, length: usize, at: usize| {
        start as f64 + length as f64 * at as f64 / POINTS as f64
    };
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for at in 0..(POINTS + 1).pow(2) {
        let (x, y) = place(
            along(window.column, window.width, at % (POINTS + 1)),
            along(window.row, window.height, at / (POINTS + 1)),
        );
        if x.is_finite() && y.is_finite() {
            for (side, value) in [x, y].into_iter().enumerate() {
                low[side] = low[side].min(value);
                high[side] = high[side].max(value);
            }
        }
    }
    let scale = scale(source, grid);
    let level = match kernel {
        Some(_) => scale
            .log2()
            .floor()
            .clamp(0.0, reader.levels().len() as f64 - 1.0) as usize,
        None => 0,
    };
    let finer = (level as f64).exp2();
    let reach = kernel.map_or(2.0, |kernel| kernel.reach(scale / finer));
    let sides = [0, 1].map(|side| (low[side] / finer - reach, high[side] / finer + reach));
    clip(reader, level, sides).map(|part| (level, part))
}

fn edges(window: Window) -> [(f64, f64); 2] {
    let (width, height) = (window.width as f64, window.height as f64);
    let (column, row) = (window.column as f64, window.row as f64);
    [(column, column + width), (row, row + height)]
}

/// A rectangle within the image of a level.
fn clip(reader: &CogReader, level: usize, [across, down]: [(f64, f64); 2]) -> Option<Window> {
    let size = reader.levels().get(level)?;
    let within = |(low, high): (f64, f64), length: u32| {
        let low = low.floor().clamp(0.0, f64::from(length));
        let high = high.ceil().clamp(0.0, f64::from(length));
        (high > low).then_some((low as i64, (high - low) as usize))
    };
    let (column, width) = within(across, size.width)?;
    let (row, height) = within(down, size.height)?;
    Some(Window::new(column, row, width, height))
}

/// Source pixels a pixel of the grid, in the middle of the source; a hundredth more, as the warp has it.
fn scale(source: &GeoReference, grid: &GeoReference) -> f64 {
    let middle = (
        f64::from(source.width) / 2.0,
        f64::from(source.height) / 2.0,
    );
    let place = |column: f64, row: f64| {
        let (longitude, latitude) = source.lonlat(column, row);
        grid.pixel(longitude, latitude)
    };
    let (here, east, south) = (
        place(middle.0, middle.1),
        place(middle.0 + 1.0, middle.1),
        place(middle.0, middle.1 + 1.0),
    );
    let across = (east.0 - here.0, east.1 - here.1);
    let down = (south.0 - here.0, south.1 - here.1);
    let pixels = (across.0 * down.1 - across.1 * down.0).abs();
    let scale = 1.01 / pixels.sqrt();
    if scale.is_finite() { scale } else { 1.0 }
}
