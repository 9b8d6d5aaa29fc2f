//! Why a program cannot run.

use thiserror::Error;

use crate::cog::CogError;
use crate::mask::LegendError;

/// Why a program is wrong, or did not run to its end.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// A name that nothing has.
    #[error("“{user}” asks for “{name}”, which is neither an input nor a step; there are {known}")]
    UnknownName {
        /// Who asks.
        user: String,
        /// For what.
        name: String,
        /// What there is.
        known: String,
    },
    /// Two things of one name.
    #[error("the name “{0}” is given twice; give every input, step and output a name of its own")]
    Twice(String),
    /// Something is made of itself.
    #[error("the steps go round in a circle: {0}; one of them must begin from an input")]
    Circular(String),
    /// A band that is not there.
    #[error("“{user}” asks for the band “{band}” of {of}, which has {has}")]
    MissingBand {
        /// Who asks.
        user: String,
        /// For which band.
        band: String,
        /// Of what.
        of: String,
        /// What that has.
        has: String,
    },
    /// An input with nothing in it.
    #[error("the input “{0}” has no images; widen its dates, its area or its cloud limit")]
    NoLooks(String),
    /// Many images where one is needed.
    #[error(
        "“{user}” needs one image and the input “{input}” has {count}; make a composite or a mosaic of it first"
    )]
    SeveralLooks {
        /// Who asks.
        user: String,
        /// For which input.
        input: String,
        /// How many looks it has.
        count: usize,
    },
    /// An input where a step is needed, or the other way round.
    #[error("“{user}” works on the looks of an input, and “{name}” is a step")]
    NotAnInput {
        /// Who asks.
        user: String,
        /// For which step.
        name: String,
    },
    /// Something about an operation is not possible.
    #[error("“{user}” cannot be done: {why}")]
    Operation {
        /// Which node or output.
        user: String,
        /// In words.
        why: String,
    },
    /// A mask that does not tell a class.
    #[error("the mask of “{look}” cannot be used: {source}")]
    Mask {
        /// Which look.
        look: String,
        /// Why.
        source: LegendError,
    },
    /// A source that cannot be read.
    #[error("“{name}” cannot be read: {source}")]
    Read {
        /// The look, or the source.
        name: String,
        /// Why.
        source: CogError,
    },
    /// The caller asked to stop.
    #[error("the work was stopped")]
    Stopped,
}

impl PipelineError {
    /// What is not possible, in the words of whoever found out.
    pub(super) fn operation(user: &str, why: &dyn std::fmt::Display) -> Self {
        Self::Operation {
            user: user.to_owned(),
            why: why.to_string(),
        }
    }
}
