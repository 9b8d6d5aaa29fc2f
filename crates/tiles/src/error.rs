use std::sync::Arc;

use raster::cog::CogError;
use raster::picture::PictureError;
use thiserror::Error;

/// Why there is no tile.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The object store.
    #[error(transparent)]
    Objects(#[from] objects::Error),
    /// The image of a coverage cannot be read.
    #[error("the object {object} cannot be read as an image: {source}")]
    Image {
        /// The object.
        object: String,
        /// Why.
        source: CogError,
    },
    /// A stored tile cannot be decoded.
    #[error("a stored tile of {object} cannot be decoded: {source}; publish the layer again")]
    Decode {
        /// The object.
        object: String,
        /// Why.
        source: image::ImageError,
    },
    /// A tile cannot be encoded.
    #[error(transparent)]
    Encode(#[from] PictureError),
    /// A layer's style is not one.
    #[error("the style of layer {layer:?} cannot be used: {reason}; publish the layer again")]
    Style {
        /// The layer.
        layer: String,
        /// What is wrong.
        reason: String,
    },
    /// An archive cannot be made.
    #[error(transparent)]
    Archive(#[from] crate::archive::ArchiveError),
    /// More tiles wait than the queue holds.
    #[error("too many tiles are waiting to be drawn; try again in a moment")]
    Busy,
    /// The pool could not be made.
    #[error("the threads that draw tiles could not be started: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// A drawing thread gave up.
    #[error("a tile could not be drawn: the drawing thread gave no answer")]
    Lost,
    /// Somebody else asked for the same at the same time, and this is why it failed.
    #[error(transparent)]
    Shared(Arc<Error>),
}

impl Error {
    /// The error behind a [`Error::Shared`].
    pub fn root(&self) -> &Self {
        match self {
            Self::Shared(inner) => inner.root(),
            other => other,
        }
    }

    /// An error that several wait for.
    pub(crate) fn shared(error: Arc<Self>) -> Self {
        Arc::try_unwrap(error).unwrap_or_else(Self::Shared)
    }
}
