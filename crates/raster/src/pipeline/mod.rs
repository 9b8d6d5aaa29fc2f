//! The engine's pixel work: looks at the ground go in, finished blocks come out.
//!
//! A [`Program`] is data (it lies in a job's plan as JSON): inputs of one or many looks, nodes that
//! make something of them, outputs that are kept. [`run`] works one window of its grid: reads what
//! it needs, warps, masks, composites and computes in pieces that fit the processor's caches, and
//! answers blocks ready to be packed. The same program over the same pixels gives the same bytes,
//! whatever the window, the order and the number of threads.

mod check;
mod cost;
mod error;
mod evaluate;
mod field;
mod looks;
mod mosaic;
mod pixelwise;
mod program;
mod run;
mod store;
mod summary;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use self::{
    cost::Cost,
    error::PipelineError,
    mosaic::balance,
    program::{
        BandOf, Input, Look, LookBand, LookMask, Node, Operation, Output, Program, Variable,
    },
    run::{OutputBlock, run},
    summary::{BandSummary, Bin, Summary},
};
use crate::cog::{CogError, CogReader};

/// Opens the sources that looks name; called once a source and run.
pub trait Readers: Send + Sync {
    /// A source by its name.
    ///
    /// # Errors
    /// When it is missing or cannot be read.
    fn reader(&self, source: &str) -> Result<Arc<CogReader>, CogError>;
}

impl<F: Fn(&str) -> Result<Arc<CogReader>, CogError> + Send + Sync> Readers for F {
    fn reader(&self, source: &str) -> Result<Arc<CogReader>, CogError> {
        self(source)
    }
}
