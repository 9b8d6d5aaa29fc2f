use super::*;
use crate::{Result, Scope, Store};

/// A line of the queue.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The key.
    pub id: Uuid,
    /// What the villager holds.
    pub reference: String,
    /// Of the service catalogue.
    pub service_code: String,
    /// What the villager wrote.
    pub description: String,
    /// Where it stands.
    pub state: State,
    /// Where it lies.
    pub area: AreaName,
    /// Degrees.
    pub longitude: f64,
    /// Degrees.
    pub latitude: f64,
    /// When it came.
    pub created_at: DateTime<Utc>,
    /// How many photos it has.
    pub photo_count: i64,
}

/// Which reports.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Only in this state.
    pub state: Option<State>,
    /// Only of this service.
    pub service_code: Option<String>,
    /// Only in or under the area of this code.
    pub area: Option<String>,
    /// Only older than the end of an earlier page.
    pub before: Option<Cursor>,
}

/// The end of a page: as text in an address, and back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    created_at: DateTime<Utc>,
    id: Uuid,
}

/// Some reports, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The reports.
    pub reports: Vec<Summary>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
}

/// The reports within a scope, newest first, at most `limit`.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn list(store: &Store, scope: &Scope, filter: &Filter, limit: u16) -> Result<Page> {
    todo!()
}
