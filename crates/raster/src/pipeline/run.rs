//! One chunk of a program.

use rayon::prelude::*;

use super::evaluate::Evaluator;
use super::looks::Sources;
use super::program::{Output, Program};
use super::store::{meant, stored};
use super::summary::{BandSummary, Summary};
use super::{PipelineError, Readers};
use crate::Window;
use crate::sample::{Sample, Samples};

/// The side of the pieces that threads take.
const PIECE: usize = 512;

/// A block of an output: what the caller packs.
#[derive(Debug, Clone, PartialEq)]
pub struct OutputBlock {
    /// One for each band: rows of the chunk's window, as the output stores them.
    pub samples: Vec<Samples>,
    /// What the values are like.
    pub summary: Summary,
}

/// One block for every output of a program, over a window of its grid. Pieces of 512 × 512 pixels are
/// worked on all threads; `stop` is asked before each image of each piece.
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
    let pieces = pieces(chunk);
    let made = pieces
        .par_iter()
        .map(|&piece| work(program, &sources, piece, stop))
        .collect::<Result<Vec<_>, PipelineError>>()?;
    let mut blocks: Vec<OutputBlock> = program
        .outputs
        .iter()
        .map(|output| empty(output, chunk))
        .collect();
    for (piece, parts) in pieces.iter().zip(made) {
        for (block, part) in blocks.iter_mut().zip(parts) {
            block.summary.merge(&part.summary);
            for (samples, part) in block.samples.iter_mut().zip(&part.samples) {
                paste(samples, chunk, part, *piece);
            }
        }
    }
    Ok(blocks)
}

fn pieces(chunk: Window) -> Vec<Window> {
    let rows = (0..chunk.height).step_by(PIECE);
    rows.flat_map(|row| {
        (0..chunk.width).step_by(PIECE).map(move |column| {
            Window::new(
                chunk.column + column as i64,
                chunk.row + row as i64,
                PIECE.min(chunk.width - column),
                PIECE.min(chunk.height - row),
            )
        })
    })
    .collect()
}

fn work(
    program: &Program,
    sources: &Sources,
    piece: Window,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<OutputBlock>, PipelineError> {
    if stop() {
        return Err(PipelineError::Stopped);
    }
    let mut evaluator = Evaluator::new(program, sources, stop, piece);
    let outputs = program.outputs.iter();
    outputs
        .map(|output| {
            let field = evaluator.field(&output.of, 0)?;
            let options = &output.options;
            let mut block = OutputBlock {
                samples: Vec::new(),
                summary: Summary::default(),
            };
            for (name, band) in output.bands.iter().zip(&options.bands) {
                let samples = stored(field.plane(name), band, options);
                let mut summary = BandSummary::default();
                summary.count(meant(&samples, band, options.nodata).into_iter());
                block.summary.bands.push(summary);
                block.samples.push(samples);
            }
            Ok(block)
        })
        .collect()
}

fn empty(output: &Output, chunk: Window) -> OutputBlock {
    let size = chunk.width * chunk.height;
    let samples = || Samples::filled(output.options.data_type, size, 0.0);
    OutputBlock {
        samples: output.bands.iter().map(|_| samples()).collect(),
        summary: Summary::default(),
    }
}

/// Puts a piece where it belongs.
fn paste(all: &mut Samples, chunk: Window, part: &Samples, piece: Window) {
    fn rows<S: Sample>(all: &mut [S], chunk: Window, part: &[S], piece: Window) {
        let across = (piece.column - chunk.column) as usize;
        let down = (piece.row - chunk.row) as usize;
        let lines = all.chunks_exact_mut(chunk.width).skip(down);
        for (line, part) in lines.zip(part.chunks_exact(piece.width)) {
            line[across..across + piece.width].copy_from_slice(part);
        }
    }
    match (all, part) {
        (Samples::U8(all), Samples::U8(part)) => rows(all, chunk, part, piece),
        (Samples::U16(all), Samples::U16(part)) => rows(all, chunk, part, piece),
        (Samples::I16(all), Samples::I16(part)) => rows(all, chunk, part, piece),
        (Samples::F32(all), Samples::F32(part)) => rows(all, chunk, part, piece),
        // Both are of the output's type.
        _ => {}
    }
}
