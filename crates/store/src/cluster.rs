//! The private PostgreSQL.

use std::path::Path;

/// Why the private PostgreSQL could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {}

/// How a program uses the private PostgreSQL of a home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// For a long time, as `xiangtu up` does: start it, or wait until whoever holds it is done.
    Own,
    /// For a short command: use the running one, or start it for as long as the command lasts.
    Share,
}

/// A running PostgreSQL; stopped when dropped, if this program started it.
#[derive(Debug)]
pub struct Cluster {
    url: String,
}

impl Cluster {
    /// The address of the database `xiangtu`, for [`crate::Store::connect`].
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops it, if this program started it, and waits until it has stopped.
    ///
    /// # Errors
    /// When it does not stop.
    pub fn stop(self) -> Result<(), Error> {
        todo!()
    }
}

/// Opens the cluster below `home` (`postgres/` for the data, `run/` for the socket), making it
/// when there is none. `waiting` is called once if another program has to be waited for.
///
/// Blocks (seconds at the first start): call it from `spawn_blocking` or before the runtime.
///
/// # Errors
/// See [`Error`].
pub fn open(home: &Path, mode: Mode, waiting: impl FnOnce()) -> Result<Cluster, Error> {
    todo!()
}
