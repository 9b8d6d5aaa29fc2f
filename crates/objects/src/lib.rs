//! Bytes that are kept: scenes, pictures, photos.
//!
//! An object is written once, whole or not at all, and is named by the SHA-256 of its bytes, so
//! the same bytes are stored once and a name can never come to mean other bytes. What the bytes
//! are is none of this crate's business; the extension is a courtesy to people who look.
//!
//! Today the objects live in a folder. A bucket (S3) comes behind the same functions later: that
//! is why nobody outside builds a path from a name.
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
//! let mut text = String::new();
//! objects.file(&name)?.read_to_string(&mut text)?;
//! assert_eq!(text, "乡图");
//! # Ok(())
//! # }
//! ```

mod error;
mod folder;
mod name;
mod writer;

pub use error::Error;
pub use folder::ObjectStore;
pub use name::ObjectName;
pub use writer::ObjectWriter;

/// What the functions of this crate return.
pub type Result<T> = std::result::Result<T, Error>;
