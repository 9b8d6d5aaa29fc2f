//! What is known: places, people, imagery, reports, in PostgreSQL with PostGIS.
//!
//! A [`Store`] is a pool of connections. The modules hold free functions over it, one module a
//! noun. Whoever reads or changes rows that belong to a place does it with a [`Scope`]: what a
//! person may see is decided there and nowhere else ([`scope`]).
//!
//! Coordinates are degrees of longitude and latitude (EPSG:4326; CGCS2000 is taken as equal),
//! geometries are `geo` types, times are UTC.

pub mod access_token;
pub mod account;
pub mod area;
pub mod backup;
pub mod chunk;
pub mod cluster;
mod connection;
pub mod coverage;
mod error;
pub mod feature;
pub mod feature_import;
pub mod feature_table;
mod geometry;
pub mod job;
pub mod job_log;
pub mod job_output;
pub mod layer;
mod listen;
pub mod object_head;
pub mod patch;
pub mod publication;
pub mod report;
pub mod scene;
mod schema;
pub mod scope;
pub mod session;
#[cfg(feature = "testing")]
pub mod testing;
pub mod vector_tile;
mod word;
pub mod zonal;

pub use connection::Store;
pub use error::Error;
pub use listen::Changes;
pub use scope::{Scope, Viewer};

/// What the functions of this crate return.
pub type Result<T> = std::result::Result<T, Error>;
