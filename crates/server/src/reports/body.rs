//! A report as clients see it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use store::report::{Channel, Event, Photo, PlaceSource, Receipt, Report, State, Summary};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::areas::AreaName;

/// A line of the queue.
#[derive(Debug, Serialize, ToSchema)]
pub struct SummaryBody {
    /// Made by the client that sent it.
    pub id: Uuid,
    /// What the villager holds.
    pub reference: String,
    /// Code of the service catalogue.
    #[schema(example = "road")]
    pub service: String,
    /// What the villager wrote.
    pub description: String,
    /// `new`, `accepted`, `done` or `refused`.
    #[schema(value_type = String, example = "new")]
    pub state: State,
    /// Where it lies.
    pub area: AreaName,
    /// Degrees.
    pub lon: f64,
    /// Degrees.
    pub lat: f64,
    /// When it came.
    pub created_at: DateTime<Utc>,
    /// How many photos it has.
    pub photo_count: i64,
    /// Path of the first photo's thumbnail.
    pub thumbnail: Option<String>,
}

/// Everything about a report, for those who work on it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportBody {
    #[serde(flatten)]
    summary: SummaryBody,
    /// Metres, where the phone said so.
    accuracy: Option<f64>,
    /// `gps`, `map`, `list` or `typed`.
    #[schema(value_type = String, example = "gps")]
    place_source: PlaceSource,
    /// Never shown in public.
    phone: Option<String>,
    /// `web`, or `assisted` when an official sent it for somebody.
    #[schema(value_type = String, example = "web")]
    channel: Channel,
    /// When something last happened.
    updated_at: DateTime<Utc>,
    /// In order.
    photos: Vec<PhotoBody>,
    /// Oldest first.
    history: Vec<EventBody>,
}

/// A photo of a report.
#[derive(Debug, Serialize, ToSchema)]
struct PhotoBody {
    /// From 0.
    position: u8,
    /// Path of the picture (JPEG, long side at most 1600 pixels).
    url: String,
    /// Path of its thumbnail (JPEG, long side at most 400 pixels).
    thumbnail: String,
    /// Pixels.
    width: u32,
    /// Pixels.
    height: u32,
}

/// Something that happened to a report.
#[derive(Debug, Serialize, ToSchema)]
struct EventBody {
    /// When.
    at: DateTime<Utc>,
    /// Who.
    actor: String,
    /// `null` for its arrival.
    #[schema(value_type = Option<String>, example = "new")]
    from_state: Option<State>,
    /// Where it stood after.
    #[schema(value_type = String, example = "accepted")]
    to_state: State,
    /// The reason, or empty.
    note: String,
}

/// What a villager is told when a report has arrived.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceiptBody {
    /// As sent.
    id: Uuid,
    /// To look it up.
    reference: String,
    /// Where it landed.
    area: AreaName,
    /// `new`, unless somebody was quick.
    #[schema(value_type = String, example = "new")]
    state: State,
    /// SHA-256 (hexadecimal) of the photos as sent, in order: what arrived whole.
    photos: Vec<String>,
    /// Path of the page that shows what became of it.
    status_url: String,
}

impl From<Summary> for SummaryBody {
    fn from(summary: Summary) -> Self {
        let thumbnail = (summary.photo_count > 0).then(|| thumbnail_path(summary.id, 0));
        Self {
            id: summary.id,
            reference: summary.reference,
            service: summary.service_code,
            description: summary.description,
            state: summary.state,
            area: summary.area.into(),
            lon: summary.longitude,
            lat: summary.latitude,
            created_at: summary.created_at,
            photo_count: summary.photo_count,
            thumbnail,
        }
    }
}

impl From<Report> for ReportBody {
    fn from(report: Report) -> Self {
        let id = report.summary.id;
        Self {
            summary: report.summary.into(),
            accuracy: report.accuracy_m,
            place_source: report.place_source,
            phone: report.phone,
            channel: report.channel,
            updated_at: report.updated_at,
            photos: report
                .photos
                .iter()
                .map(|photo| PhotoBody::of(id, photo))
                .collect(),
            history: report.history.into_iter().map(EventBody::from).collect(),
        }
    }
}

impl PhotoBody {
    fn of(report: Uuid, photo: &Photo) -> Self {
        Self {
            position: photo.position,
            url: photo_path(report, photo.position),
            thumbnail: thumbnail_path(report, photo.position),
            width: photo.width,
            height: photo.height,
        }
    }
}

impl From<Event> for EventBody {
    fn from(event: Event) -> Self {
        let Event {
            at,
            actor,
            from_state,
            to_state,
            note,
        } = event;
        Self {
            at,
            actor,
            from_state,
            to_state,
            note,
        }
    }
}

impl From<&Receipt> for ReceiptBody {
    fn from(receipt: &Receipt) -> Self {
        Self {
            id: receipt.id,
            reference: receipt.reference.clone(),
            area: receipt.area.clone().into(),
            state: receipt.state,
            photos: receipt.photos.iter().map(hex::encode).collect(),
            status_url: format!("/m/report/{}", receipt.reference),
        }
    }
}

fn photo_path(report: Uuid, position: u8) -> String {
    format!("/api/v1/reports/{report}/photos/{position}")
}

fn thumbnail_path(report: Uuid, position: u8) -> String {
    format!("{}/thumbnail", photo_path(report, position))
}
