//! Rows of classes as runs of equal pixels.

use rayon::prelude::*;

/// What [`Runs`] keep for a pixel without data.
pub const NO_DATA: i32 = i32::MIN;

/// Pixels compared at a time while nothing changes.
const STRIDE: usize = 32;

/// An image of classes, row by row.
#[derive(Debug, Clone)]
pub struct Runs {
    width: u32,
    starts: Vec<u32>,
    values: Vec<i32>,
    /// The first run of every row, and the number of runs.
    rows: Vec<usize>,
}

impl Runs {
    /// No rows yet.
    pub fn new(width: u32) -> Self {
        Self {
            width,
            starts: Vec::new(),
            values: Vec::new(),
            rows: vec![0],
        }
    }

    /// Adds whole rows below those there are, on all cores; pixels short of a whole row are left out.
    pub fn push<T>(&mut self, pixels: &[T], nodata: Option<T>)
    where
        T: Copy + PartialEq + Sync + Into<i32>,
    {
        let width = (self.width as usize).max(1);
        let rows = pixels.par_chunks_exact(width);
        // One list for some rows at a time, so that a narrow image does not make a list a row.
        let pieces: Vec<Self> = rows
            .fold(
                || Self::new(self.width),
                |mut piece, row| {
                    piece.push_row(row, nodata);
                    piece
                },
            )
            .collect();
        for piece in &pieces {
            self.append(piece);
        }
    }

    /// Gives every run another value; equal neighbours become one.
    pub(super) fn revalue(&mut self, value: impl Fn(usize) -> i32) {
        let (mut kept, mut run) = (0, 0);
        for row in 1..self.rows.len() {
            let first = kept;
            for run in run..self.rows[row] {
                let value = value(run);
                if kept == first || self.values[kept - 1] != value {
                    self.starts[kept] = self.starts[run];
                    self.values[kept] = value;
                    kept += 1;
                }
            }
            run = self.rows[row];
            self.rows[row] = kept;
        }
        self.starts.truncate(kept);
        self.values.truncate(kept);
    }

    fn push_row<T>(&mut self, row: &[T], nodata: Option<T>)
    where
        T: Copy + PartialEq + Into<i32>,
    {
        let mut at = 0;
        while at < row.len() {
            let current = row[at];
            self.starts.push(at as u32);
            self.values.push(if nodata == Some(current) {
                NO_DATA
            } else {
                current.into()
            });
            at += length_of_run(&row[at..], current);
        }
        self.rows.push(self.starts.len());
    }

    fn append(&mut self, below: &Self) {
        let offset = self.starts.len();
        self.starts.extend_from_slice(&below.starts);
        self.values.extend_from_slice(&below.values);
        self.rows
            .extend(below.rows[1..].iter().map(|row| row + offset));
    }

    /// How many runs there are.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is no pixel.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// How many rows there are.
    pub fn height(&self) -> usize {
        self.rows.len() - 1
    }

    pub(super) fn width(&self) -> u32 {
        self.width
    }

    /// The runs of a row; none beyond the last.
    pub(super) fn row(&self, row: usize) -> std::ops::Range<usize> {
        match (self.rows.get(row), self.rows.get(row + 1)) {
            (Some(&start), Some(&end)) => start..end,
            _ => 0..0,
        }
    }

    pub(super) fn start(&self, run: usize) -> u32 {
        self.starts[run]
    }

    pub(super) fn value(&self, run: usize) -> i32 {
        self.values[run]
    }

    /// The column behind a run of a row of runs that ends at `row_end`.
    pub(super) fn end(&self, run: usize, row_end: usize) -> u32 {
        if run + 1 < row_end {
            self.starts[run + 1]
        } else {
            self.width
        }
    }
}

/// How many pixels from the first on are `current`.
fn length_of_run<T: Copy + PartialEq>(row: &[T], current: T) -> usize {
    let same = |pixel: &T| *pixel == current;
    let strides = row.chunks_exact(STRIDE);
    // `fold` in place of `all`: without early leaving it becomes vector instructions.
    let whole = strides
        .take_while(|stride| stride.iter().fold(true, |all, pixel| all & same(pixel)))
        .count()
        * STRIDE;
    let rest = row[whole..].iter().take_while(|pixel| same(pixel));
    whole + rest.count()
}
