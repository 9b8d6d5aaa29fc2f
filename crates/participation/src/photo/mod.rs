//! Photos: looked at before they are decoded, turned upright, made small, and written anew, so that
//! nothing of what the camera noted (place, time, owner) is left in them.

mod inspect;
mod process;

pub use inspect::{Refusal, inspect};
pub use process::{Processed, process};

/// Most bytes a photo may have as it is sent.
pub const BYTES_LIMIT: usize = 12 * 1024 * 1024;
/// Most pixels a photo may declare.
pub const PIXELS_LIMIT: u64 = 50_000_000;
/// Long edge of a kept photo, in pixels.
pub const LONG_EDGE: u32 = 1600;
/// Long edge of a thumbnail, in pixels.
pub const THUMBNAIL_EDGE: u32 = 400;
