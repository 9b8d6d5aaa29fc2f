//! Running a program block by block.

#![expect(
    clippy::inline_always,
    reason = "what is called must become part of the function that is compiled for AVX2"
)]

use std::mem;

use super::operation::{choose_columns, finite};
use super::program::{Compiled, Operation, Step};
use super::samples::{Column, Output};

/// Pixels of a block: its registers (2 KB each) stay in the first cache, and a step over it takes
/// several times as long as finding out which step comes next.
const BLOCK: usize = 512;

/// A program, its columns, and one thread's room for a block.
pub(super) struct Workspace<'a> {
    program: &'a Compiled,
    columns: &'a [Column<'a>],
    /// Inputs as computed with; empty where the column can be read as it is.
    loaded: Vec<Vec<f32>>,
    constants: Vec<Vec<f32>>,
    registers: Vec<Vec<f32>>,
}

impl<'a> Workspace<'a> {
    pub fn new(program: &'a Compiled, columns: &'a [Column<'a>]) -> Self {
        let room = |column: &Column| match column.as_is() {
            Some(_) => Vec::new(),
            None => vec![0.0; BLOCK],
        };
        let constants = program.constants.iter();
        Self {
            program,
            columns,
            loaded: columns.iter().map(room).collect(),
            constants: constants.map(|value| vec![*value; BLOCK]).collect(),
            registers: vec![vec![0.0; BLOCK]; program.registers],
        }
    }

    /// Computes the pixels from `first` on, as many as `out` has; every column reaches that far.
    pub fn run(&mut self, first: usize, out: Output<'_>) {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has AVX2, as was asked just now. Without it the same loops run on
            // four values at a time instead of eight, with the same result.
            return unsafe { self.blocks_avx2(first, out) };
        }
        self.blocks(first, out);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn blocks_avx2(&mut self, first: usize, out: Output<'_>) {
        self.blocks(first, out);
    }

    #[inline(always)]
    pub(super) fn blocks(&mut self, first: usize, out: Output<'_>) {
        match out {
            Output::F32(out) => {
                for (index, out) in out.chunks_mut(BLOCK).enumerate() {
                    let result = self.block(first + index * BLOCK, out.len());
                    for (out, value) in out.iter_mut().zip(result) {
                        *out = finite(*value);
                    }
                }
            }
            Output::Stretched { pixels, low, high } => {
                let per_unit = Some(254.0 / (high - low)).filter(|per_unit| per_unit.is_finite());
                let per_unit = per_unit.unwrap_or(0.0);
                for (index, out) in pixels.chunks_mut(BLOCK).enumerate() {
                    let result = self.block(first + index * BLOCK, out.len());
                    for (out, value) in out.iter_mut().zip(result) {
                        *out = stretched(*value, low, per_unit);
                    }
                }
            }
        }
    }

    /// The result for one block.
    #[inline(always)]
    fn block(&mut self, first: usize, length: usize) -> &[f32] {
        for (column, to) in self.columns.iter().zip(&mut self.loaded) {
            if !to.is_empty() {
                column.load(first, &mut to[..length]);
            }
        }
        for step in &self.program.steps {
            self.step(*step, first, length);
        }
        self.slot(self.program.result, first, length)
    }

    #[inline(always)]
    fn step(&mut self, Step { operation, to }: Step, first: usize, length: usize) {
        // A step never reads the register it fills.
        let mut filled = mem::take(&mut self.registers[to]);
        let out = &mut filled[..length];
        match operation {
            Operation::Unary(operation, a) => operation.column(self.slot(a, first, length), out),
            Operation::Binary(operation, a, b) => operation.columns(
                self.slot(a, first, length),
                self.slot(b, first, length),
                out,
            ),
            Operation::Choose(condition, a, b) => choose_columns(
                self.slot(condition, first, length),
                self.slot(a, first, length),
                self.slot(b, first, length),
                out,
            ),
        }
        self.registers[to] = filled;
    }

    /// The column of a slot: an input, a constant, or a register.
    #[inline(always)]
    fn slot(&self, slot: usize, first: usize, length: usize) -> &[f32] {
        let inputs = self.columns.len();
        if slot >= inputs + self.constants.len() {
            &self.registers[slot - inputs - self.constants.len()][..length]
        } else if slot >= inputs {
            &self.constants[slot - inputs][..length]
        } else if let Some(column) = self.columns[slot].as_is() {
            &column[first..first + length]
        } else {
            &self.loaded[slot][..length]
        }
    }
}

/// 1 to 255, 0 for no data.
#[inline(always)]
fn stretched(value: f32, low: f32, per_unit: f32) -> u8 {
    // From here on the last bits of a float count ones: rounds to nearest, half to even, and unlike a
    // cast it is done eight at a time.
    const WHOLE: f32 = 8_388_608.0;
    let level = ((value - low) * per_unit + 1.0).clamp(1.0, 255.0);
    if finite(value).is_nan() {
        0
    } else {
        (level + WHOLE).to_bits() as u8
    }
}
