//! Stored samples in, computed or drawn pixels out, without anything in between in memory.

#![expect(
    clippy::inline_always,
    reason = "loading must become part of the function that is compiled for AVX2"
)]
#![expect(clippy::float_cmp, reason = "nodata is one exact number")]

use rayon::prelude::*;

use super::block::Workspace;
use super::program::Compiled;
use crate::sample::Samples;

/// Pixels of one band as they are stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pixels<'a> {
    /// 0 to 255.
    U8(&'a [u8]),
    /// 0 to 65 535.
    U16(&'a [u16]),
    /// −32 768 to 32 767.
    I16(&'a [i16]),
    /// Single precision.
    F32(&'a [f32]),
}

/// One band: its pixels and what they mean, value = stored × scale + offset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Column<'a> {
    /// As stored.
    pub pixels: Pixels<'a>,
    /// The stored number that means no data; NaN always does.
    pub nodata: Option<f64>,
    /// 1 where the stored numbers are the values.
    pub scale: f64,
    /// 0 where the stored numbers are the values.
    pub offset: f64,
}

/// What becomes of the result.
#[derive(Debug, PartialEq)]
pub enum Output<'a> {
    /// The values, NaN for no data.
    F32(&'a mut [f32]),
    /// A colour index: `low` and below is 1, `high` and above 255, linear and rounded to nearest
    /// between them; 0 for no data.
    Stretched {
        /// The pixels.
        pixels: &'a mut [u8],
        /// The value of index 1.
        low: f32,
        /// The value of index 255.
        high: f32,
    },
}

/// Pixels one thread takes at a time: long enough to be worth handing over, short enough that many
/// threads end together.
const SHARE: usize = 1 << 16;

impl Pixels<'_> {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Self::U8(pixels) => pixels.len(),
            Self::U16(pixels) => pixels.len(),
            Self::I16(pixels) => pixels.len(),
            Self::F32(pixels) => pixels.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<'a> Column<'a> {
    /// Pixels that are their own values, without nodata (other than NaN).
    pub fn new(pixels: Pixels<'a>) -> Self {
        Self {
            pixels,
            nodata: None,
            scale: 1.0,
            offset: 0.0,
        }
    }

    /// With the stored number that means no data.
    #[must_use]
    pub fn with_nodata(self, nodata: Option<f64>) -> Self {
        Self { nodata, ..self }
    }

    /// With the way from stored numbers to values.
    #[must_use]
    pub fn scaled(self, scale: f64, offset: f64) -> Self {
        Self {
            scale,
            offset,
            ..self
        }
    }

    fn is_identity(&self) -> bool {
        self.scale.to_bits() == 1_f64.to_bits() && self.offset == 0.0
    }

    /// The pixels, where they need no conversion.
    #[inline(always)]
    pub(super) fn as_is(&self) -> Option<&'a [f32]> {
        match self.pixels {
            Pixels::F32(pixels) if self.is_identity() && self.nodata.is_none_or(f64::is_nan) => {
                Some(pixels)
            }
            _ => None,
        }
    }

    /// Values from `first` on.
    #[inline(always)]
    pub(super) fn load(&self, first: usize, to: &mut [f32]) {
        let range = first..first + to.len();
        match self.pixels {
            Pixels::U8(pixels) => self.convert(&pixels[range], to),
            Pixels::U16(pixels) => self.convert(&pixels[range], to),
            Pixels::I16(pixels) => self.convert(&pixels[range], to),
            Pixels::F32(pixels) => self.convert(&pixels[range], to),
        }
    }

    #[inline(always)]
    fn convert<S: Copy + Into<f32>>(&self, pixels: &[S], to: &mut [f32]) {
        // Every stored type fits into single precision; a nodata value that does not is never met.
        let nodata = self.nodata.map_or(f32::NAN, |nodata| nodata as f32);
        let stored = |pixel: S| {
            let stored = pixel.into();
            if stored == nodata { f32::NAN } else { stored }
        };
        if self.is_identity() {
            for (to, pixel) in to.iter_mut().zip(pixels) {
                *to = stored(*pixel);
            }
        } else {
            for (to, pixel) in to.iter_mut().zip(pixels) {
                *to = (f64::from(stored(*pixel)) * self.scale + self.offset) as f32;
            }
        }
    }
}

impl<'a> From<&'a [f32]> for Column<'a> {
    fn from(values: &'a [f32]) -> Self {
        Self::new(Pixels::F32(values))
    }
}

impl<'a> Output<'a> {
    fn len(&self) -> usize {
        match self {
            Self::F32(out) => out.len(),
            Self::Stretched { pixels, .. } => pixels.len(),
        }
    }

    /// The first pixels, and no data in the others.
    fn up_to(self, reach: usize) -> Self {
        match self {
            Self::F32(out) => {
                let (out, beyond) = out.split_at_mut(reach);
                beyond.fill(f32::NAN);
                Self::F32(out)
            }
            Self::Stretched { pixels, low, high } => {
                let (pixels, beyond) = pixels.split_at_mut(reach);
                beyond.fill(0);
                Self::Stretched { pixels, low, high }
            }
        }
    }

    /// Pieces of so many pixels, each with the place of its first one.
    fn pieces(self, size: usize) -> impl IndexedParallelIterator<Item = (usize, Output<'a>)> {
        use rayon::iter::Either;
        let pieces = match self {
            Self::F32(out) => Either::Left(out.par_chunks_mut(size).map(Output::F32)),
            Self::Stretched { pixels, low, high } => Either::Right(
                pixels
                    .par_chunks_mut(size)
                    .map(move |pixels| Output::Stretched { pixels, low, high }),
            ),
        };
        pieces
            .enumerate()
            .map(move |(index, piece)| (index * size, piece))
    }
}

impl Compiled {
    /// Computes every pixel from the columns, in the order of the bands it was compiled for; NaN is
    /// no data. Pixels that one of the columns does not reach have no data. On the calling thread.
    pub fn evaluate(&self, inputs: &[&[f32]], out: &mut [f32]) {
        let columns: Vec<Column> = inputs.iter().map(|input| Column::from(*input)).collect();
        let reach = self.reach(&columns, out.len());
        let out = Output::F32(out).up_to(reach);
        if reach > 0 {
            Workspace::new(self, &columns[..self.inputs]).run(0, out);
        }
    }

    /// As [`Self::evaluate`] from stored samples, on all threads of the pool.
    pub fn evaluate_samples(&self, inputs: &[Column<'_>], out: Output<'_>) {
        let reach = self.reach(inputs, out.len());
        let out = out.up_to(reach);
        if reach == 0 {
            return;
        }
        let columns = &inputs[..self.inputs];
        out.pieces(SHARE).for_each_init(
            || Workspace::new(self, columns),
            |workspace, (first, piece)| workspace.run(first, piece),
        );
    }

    /// How many pixels all columns have.
    fn reach(&self, columns: &[Column<'_>], wanted: usize) -> usize {
        if columns.len() < self.inputs {
            return 0;
        }
        let reach = columns[..self.inputs]
            .iter()
            .map(|column| column.pixels.len());
        reach.fold(wanted, usize::min)
    }
}

impl<'a> From<&'a Samples> for Pixels<'a> {
    fn from(samples: &'a Samples) -> Self {
        match samples {
            Samples::U8(samples) => Self::U8(samples),
            Samples::U16(samples) => Self::U16(samples),
            Samples::I16(samples) => Self::I16(samples),
            Samples::F32(samples) => Self::F32(samples),
        }
    }
}
