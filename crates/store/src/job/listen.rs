//! Hearing of jobs as they move.

use uuid::Uuid;

use crate::{Result, Store};

/// The ids of jobs, each time one of them, its chunks or its log changed.
pub type Changes = crate::listen::Changes<Uuid>;

/// Listens for changes of jobs, from now on, on a connection of its own.
///
/// # Errors
/// [`crate::Error::Unreachable`].
pub async fn listen(store: &Store) -> Result<Changes> {
    crate::listen::listen(store, "job").await
}
