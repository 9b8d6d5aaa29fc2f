use super::*;
use crate::{Result, Store};

/// A report to be stored, its photos already in the object store.
#[derive(Debug, Clone, PartialEq)]
pub struct NewReport {
    /// Made by the client: sending twice makes one report.
    pub id: Uuid,
    /// What the villager is given to look it up; unique and hard to guess.
    pub reference: String,
    /// The key of the area that contains the place.
    pub area_id: i64,
    /// Of the service catalogue.
    pub service_code: String,
    /// What the villager wrote.
    pub description: String,
    /// Degrees.
    pub longitude: f64,
    /// Degrees.
    pub latitude: f64,
    /// Metres, where the phone said so.
    pub accuracy_m: Option<f64>,
    /// How the place was found.
    pub place_source: PlaceSource,
    /// Never shown in public.
    pub phone: Option<String>,
    /// Who sent it.
    pub channel: Channel,
    /// SHA-256 over what the client sent.
    pub content_hash: [u8; 32],
    /// Who sent it, in words, for the history (`villager`, or an official's name).
    pub actor: String,
    /// The account that sent it, when assisted.
    pub account_id: Option<i64>,
    /// In order.
    pub photos: Vec<NewPhoto>,
}

/// A photo of a new report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPhoto {
    /// The name of its object.
    pub object: String,
    /// The name of the object of its thumbnail.
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

/// What the villager is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// As sent.
    pub id: Uuid,
    /// To look it up.
    pub reference: String,
    /// Where it landed.
    pub area: AreaName,
    /// Where it stands.
    pub state: State,
    /// When it came.
    pub created_at: DateTime<Utc>,
    /// SHA-256 of the photos as sent, in order.
    pub photos: Vec<[u8; 32]>,
}

/// What became of an [`insert`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inserted {
    /// It is stored now.
    Created(Receipt),
    /// It was stored before, with the same content.
    Same(Receipt),
    /// Another report has this id.
    Different,
}

/// Stores a report with its photos and the first event of its history, all or none.
///
/// # Errors
/// [`crate::Error::Taken`] when the reference is in use (choose another and try again).
pub async fn insert(store: &Store, report: &NewReport) -> Result<Inserted> {
    todo!()
}
