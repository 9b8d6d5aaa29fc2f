use super::*;
use crate::{Result, Scope, Store};

/// Everything about a report, for those who work on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// As in the queue.
    pub summary: Summary,
    /// Metres, where the phone said so.
    pub accuracy_m: Option<f64>,
    /// How the place was found.
    pub place_source: PlaceSource,
    /// Never shown in public.
    pub phone: Option<String>,
    /// Who sent it.
    pub channel: Channel,
    /// When something last happened.
    pub updated_at: DateTime<Utc>,
    /// In order.
    pub photos: Vec<Photo>,
    /// Oldest first.
    pub history: Vec<Event>,
}

/// A photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// From 0.
    pub position: u8,
    /// The name of its object (JPEG).
    pub object: String,
    /// The name of the object of its thumbnail (JPEG).
    pub thumbnail: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Of the stored picture.
    pub bytes: u64,
    /// SHA-256 of what the client sent.
    pub sha256: [u8; 32],
}

/// Something that happened to a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: DateTime<Utc>,
    /// Who, in words.
    pub actor: String,
    /// `None` for its arrival.
    pub from_state: Option<State>,
    /// Where it stood after.
    pub to_state: State,
    /// The reason, or empty.
    pub note: String,
}

/// What whoever holds the reference may know: no phone number, no officials' names.
#[derive(Debug, Clone, PartialEq)]
pub struct PublicReport {
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
    /// When it came.
    pub created_at: DateTime<Utc>,
    /// How many photos it has.
    pub photo_count: i64,
    /// Oldest first; `actor` is empty.
    pub history: Vec<Event>,
}

/// One report within a scope.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn detail(store: &Store, scope: &Scope, id: Uuid) -> Result<Option<Report>> {
    todo!()
}

/// One photo of a report within a scope.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn photo(store: &Store, scope: &Scope, id: Uuid, position: u8) -> Result<Option<Photo>> {
    todo!()
}

/// What the holder of a reference may know.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn by_reference(store: &Store, reference: &str) -> Result<Option<PublicReport>> {
    todo!()
}
