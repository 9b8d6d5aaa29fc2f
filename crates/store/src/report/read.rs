use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::list::SummaryRow;
use super::{Channel, PlaceSource, State, Summary};
use crate::area::AreaName;
use crate::schema::{area, photo as photos, report, report_event};
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

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = photos, check_for_backend(diesel::pg::Pg))]
struct PhotoRow {
    position: i16,
    object: String,
    thumbnail: String,
    width: i32,
    height: i32,
    bytes: i64,
    sha256: Vec<u8>,
}

impl From<PhotoRow> for Photo {
    /// The table's checks keep the numbers positive and the hash at 32 bytes.
    fn from(row: PhotoRow) -> Self {
        Self {
            position: row.position as u8,
            object: row.object,
            thumbnail: row.thumbnail,
            width: row.width as u32,
            height: row.height as u32,
            bytes: row.bytes as u64,
            sha256: row.sha256.try_into().unwrap_or_default(),
        }
    }
}

/// Something that happened to a report.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = report_event, check_for_backend(diesel::pg::Pg))]
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

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = report, check_for_backend(diesel::pg::Pg))]
struct Row {
    #[diesel(embed)]
    summary: SummaryRow,
    accuracy_m: Option<f64>,
    place_source: PlaceSource,
    phone: Option<String>,
    channel: Channel,
    updated_at: DateTime<Utc>,
}

/// One report, by either of its names.
#[derive(Debug, Clone, Copy)]
enum Wanted<'name> {
    Id(Uuid),
    Reference(&'name str),
}

async fn row(
    connection: &mut AsyncPgConnection,
    scope: &Scope,
    wanted: Wanted<'_>,
) -> QueryResult<Option<Row>> {
    let query = report::table
        .inner_join(area::table)
        .filter(scope.within("report.area_id"))
        .select(Row::as_select())
        .into_boxed();
    let query = match wanted {
        Wanted::Id(id) => query.filter(report::id.eq(id)),
        Wanted::Reference(reference) => query.filter(report::reference.eq(reference)),
    };
    query.first(connection).await.optional()
}

async fn photos_of(connection: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Vec<Photo>> {
    let rows: Vec<PhotoRow> = photos::table
        .filter(photos::report_id.eq(id))
        .order(photos::position)
        .select(PhotoRow::as_select())
        .load(connection)
        .await?;
    Ok(rows.into_iter().map(Photo::from).collect())
}

async fn history_of(connection: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Vec<Event>> {
    report_event::table
        .filter(report_event::report_id.eq(id))
        .order(report_event::id)
        .select(Event::as_select())
        .load(connection)
        .await
}

/// One report within a scope.
///
/// # Errors
/// [`crate::Error::Database`], [`crate::Error::Geometry`].
pub async fn detail(store: &Store, scope: &Scope, id: Uuid) -> Result<Option<Report>> {
    let mut connection = store.connection().await?;
    let Some(row) = row(&mut connection, scope, Wanted::Id(id)).await? else {
        return Ok(None);
    };
    Ok(Some(Report {
        photos: photos_of(&mut connection, id).await?,
        history: history_of(&mut connection, id).await?,
        summary: row.summary.try_into()?,
        accuracy_m: row.accuracy_m,
        place_source: row.place_source,
        phone: row.phone,
        channel: row.channel,
        updated_at: row.updated_at,
    }))
}

/// One photo of a report within a scope.
///
/// # Errors
/// [`crate::Error::Database`], [`crate::Error::Geometry`].
pub async fn photo(store: &Store, scope: &Scope, id: Uuid, position: u8) -> Result<Option<Photo>> {
    let report = detail(store, scope, id).await?;
    let photos = report.map(|report| report.photos).unwrap_or_default();
    Ok(photos.into_iter().find(|photo| photo.position == position))
}

/// What the holder of a reference may know.
///
/// # Errors
/// [`crate::Error::Database`], [`crate::Error::Geometry`].
pub async fn by_reference(store: &Store, reference: &str) -> Result<Option<PublicReport>> {
    let mut connection = store.connection().await?;
    let everything = Scope::Everything;
    let found = row(&mut connection, &everything, Wanted::Reference(reference)).await?;
    let Some(Row { summary, .. }) = found else {
        return Ok(None);
    };
    let summary = Summary::try_from(summary)?;
    let mut history = history_of(&mut connection, summary.id).await?;
    for event in &mut history {
        event.actor.clear();
    }
    Ok(Some(PublicReport {
        reference: summary.reference,
        service_code: summary.service_code,
        description: summary.description,
        state: summary.state,
        area: summary.area,
        created_at: summary.created_at,
        photo_count: summary.photo_count,
        history,
    }))
}
