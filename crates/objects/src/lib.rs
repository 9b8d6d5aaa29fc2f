//! Bytes that are kept: scenes, pictures, photos.
//!
//! An object is written once, whole or not at all, and is named by the SHA-256 of its bytes, so
//! the same bytes are stored once and a name can never come to mean other bytes. What the bytes
//! are is none of this crate's business; the extension is a courtesy to people who look.
//!
//! A part is of use only until the work it belongs to is done: it has the name that work gives it
//! and goes away with its group, so that two works never share one.
//!
//! Objects live in a folder, or in a bucket of an S3 service when several machines share them:
//! the same functions, so nobody outside builds a path from a name.
//!
//! ```
//! # use std::io::{Read as _, Write as _};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let objects = objects::ObjectStore::open(folder.path())?;
//! let mut writer = objects.create("txt")?;
//! writer.write_all("乡图".as_bytes())?;
//! let name = writer.finish()?;
//!
//! let source = objects.source(&name)?;
//! let mut second = [0; 3];
//! source.read_at(3, &mut second)?;
//! assert_eq!(std::str::from_utf8(&second)?, "图");
//! # Ok(())
//! # }
//! ```

mod bucket;
mod elsewhere;
mod error;
mod folder;
mod name;
mod part;
mod source;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod unfinished;
mod writer;

pub use elsewhere::{ReadOnlyBucket, is_elsewhere, open_elsewhere};
pub use error::{Error, is_outage};
pub use name::ObjectName;
pub use part::PartName;
pub use source::ObjectSource;
pub use store::ObjectStore;
pub use writer::ObjectWriter;

/// What the functions of this crate return.
pub type Result<T> = std::result::Result<T, Error>;
