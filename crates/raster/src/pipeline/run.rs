//! One chunk of a program.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::evaluate::Evaluator;
use super::looks::Sources;
use super::program::{Input, Output, Program};
use super::store::stored;
use super::summary::{BandSummary, Summary};
use super::{PipelineError, Readers};
use crate::Window;
use crate::sample::{Sample, Samples};
use crate::warp::{Frame, SIDE, frames};

/// Bytes of looks that a thread may hold at a time: what all threads hold stays in the processor's cache.
const LOOKS: usize = 6 << 20;
/// Rows below which a strip only reads its sources' blocks more often.
const FEWEST_ROWS: usize = 16;

/// A block of an output: what the caller packs.
#[derive(Debug, Clone, PartialEq)]
pub struct OutputBlock {
    /// One for each band: rows of the chunk's window, as the output stores them.
    pub samples: Vec<Samples>,
    /// What the values are like.
    pub summary: Summary,
}

/// One block for every output of a program, over a window of its grid: the same bytes whatever windows
/// the grid is divided into. Squares of 512 pixels are worked on all threads in strips low enough
/// that the looks of all dates fit in 6 MiB (the sources' blocks should fit in a cache); `stop` is
/// asked before each image of each strip.
///
/// # Errors
/// When the program is wrong, a source cannot be read, or the caller asked to stop.
pub fn run(
    program: &Program,
    readers: &dyn Readers,
    chunk: Window,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<OutputBlock>, PipelineError> {
    program.check()?;
    let sources = Sources::open(program, readers)?;
    let empty = |output: &Output| empty(output, chunk);
    let blocks: Vec<OutputBlock> = program.outputs.iter().map(empty).collect();
    let blocks = Mutex::new(blocks);
    let height = strip_height(program);
    in_order(&strips(chunk, height), &|strip| {
        let made = work(program, &sources, strip, stop)?;
        // A thread that panicked has already failed the whole.
        let mut blocks = blocks.lock().unwrap_or_else(PoisonError::into_inner);
        put(&mut blocks, chunk, &made, strip);
        Ok(())
    })?;
    let mut blocks = blocks.into_inner().unwrap_or_else(PoisonError::into_inner);
    summarise(&mut blocks, &program.outputs);
    Ok(blocks)
}

/// How many rows of 512 pixels of the largest input's looks fit.
fn strip_height(program: &Program) -> usize {
    let planes = |input: &Input| {
        let looks = input.looks.iter();
        looks.map(|look| look.bands.len()).sum::<usize>()
    };
    let planes = program.inputs.iter().map(planes).max().unwrap_or(0);
    let row = planes.max(1) * SIDE * size_of::<f32>();
    (LOOKS / row).clamp(FEWEST_ROWS, SIDE)
}

/// The strips of all squares, from north to south and each row of them from west to east: the blocks
/// of twelve dates under a row fit in a cache, those under two squares from top to bottom do not.
fn strips(chunk: Window, height: usize) -> Vec<Window> {
    let mut strips: Vec<Window> = frames(chunk)
        .iter()
        .flat_map(|square| strips_of(square, height))
        .collect();
    strips.sort_by_key(|strip| (strip.row, strip.column));
    strips
}

fn strips_of(square: &Frame, height: usize) -> impl Iterator<Item = Window> {
    let column = square.window.column + square.columns.start as i64;
    let (width, rows) = (square.columns.len(), square.rows.clone());
    let first = square.window.row;
    rows.clone().step_by(height).map(move |row| {
        let height = height.min(rows.end - row);
        Window::new(column, first + row as i64, width, height)
    })
}

/// On all threads, the first ones first; after a failure none is begun any more.
fn in_order(
    strips: &[Window],
    work: &(dyn Fn(Window) -> Result<(), PipelineError> + Sync),
) -> Result<(), PipelineError> {
    let next = AtomicUsize::new(0);
    let failure = Mutex::new(None);
    rayon::scope(|scope| {
        for _ in 0..rayon::current_num_threads() {
            scope.spawn(|_| {
                while let Some(strip) = strips.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(error) = work(*strip) {
                        next.store(strips.len(), Ordering::Relaxed);
                        let mut failure = failure.lock().unwrap_or_else(PoisonError::into_inner);
                        failure.get_or_insert(error);
                    }
                }
            });
        }
    });
    let failure = failure.into_inner().unwrap_or_else(PoisonError::into_inner);
    failure.map_or(Ok(()), Err)
}

/// Puts a strip's samples where they belong.
fn put(blocks: &mut [OutputBlock], chunk: Window, made: &[Vec<Samples>], strip: Window) {
    for (block, part) in blocks.iter_mut().zip(made) {
        for (samples, part) in block.samples.iter_mut().zip(part) {
            paste(samples, chunk, part, strip);
        }
    }
}

/// The samples of every output over a strip.
fn work(
    program: &Program,
    sources: &Sources,
    strip: Window,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<Vec<Samples>>, PipelineError> {
    if stop() {
        return Err(PipelineError::Stopped);
    }
    let mut evaluator = Evaluator::new(program, sources, stop, strip);
    let outputs = program.outputs.iter();
    outputs
        .map(|output| {
            let field = evaluator.field(&output.of, 0)?;
            let bands = output.bands.iter().zip(&output.options.bands);
            let bands = bands.map(|(name, band)| stored(field.plane(name), band, &output.options));
            Ok(bands.collect())
        })
        .collect()
}

fn summarise(blocks: &mut [OutputBlock], outputs: &[Output]) {
    blocks
        .par_iter_mut()
        .zip(outputs)
        .for_each(|(block, output)| {
            let options = &output.options;
            let bands = block.samples.par_iter().zip(&options.bands);
            let bands = bands.map(|(samples, band)| BandSummary::of(samples, band, options.nodata));
            block.summary.bands = bands.collect();
        });
}

fn empty(output: &Output, chunk: Window) -> OutputBlock {
    let size = chunk.width * chunk.height;
    let samples = || Samples::filled(output.options.data_type, size, 0.0);
    OutputBlock {
        samples: output.bands.iter().map(|_| samples()).collect(),
        summary: Summary::default(),
    }
}

/// Puts a strip where it belongs.
fn paste(all: &mut Samples, chunk: Window, part: &Samples, strip: Window) {
    fn rows<S: Sample>(all: &mut [S], chunk: Window, part: &[S], strip: Window) {
        let across = (strip.column - chunk.column) as usize;
        let down = (strip.row - chunk.row) as usize;
        let lines = all.chunks_exact_mut(chunk.width).skip(down);
        for (line, part) in lines.zip(part.chunks_exact(strip.width)) {
            line[across..across + strip.width].copy_from_slice(part);
        }
    }
    match (all, part) {
        (Samples::U8(all), Samples::U8(part)) => rows(all, chunk, part, strip),
        (Samples::U16(all), Samples::U16(part)) => rows(all, chunk, part, strip),
        (Samples::I16(all), Samples::I16(part)) => rows(all, chunk, part, strip),
        (Samples::F32(all), Samples::F32(part)) => rows(all, chunk, part, strip),
        // Both are of the output's type.
        _ => {}
    }
}
