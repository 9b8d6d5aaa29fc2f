use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl};
use postgis_diesel::types::Point;
use uuid::Uuid;

use super::{Channel, PlaceSource, State};
use crate::area::AreaName;
use crate::geometry;
use crate::schema::{area, photo, report as reports, report_event};
use crate::{Error, Result, Store};

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
/// [`crate::Error::Taken`] when the reference is in use (choose another and try again),
/// [`crate::Error::Geometry`] when the place is not a number.
pub async fn insert(store: &Store, report: &NewReport) -> Result<Inserted> {
    let place = geometry::place(report.longitude, report.latitude)?;
    let mut connection = store.connection().await?;
    let inserted = connection
        .transaction(async |connection| {
            let created = write(connection, report, place).await?;
            if created {
                write_photos(connection, report).await?;
                write_arrival(connection, report).await?;
            }
            let (receipt, same) = receipt(connection, report.id, &report.content_hash).await?;
            Ok::<_, diesel::result::Error>(match (created, same) {
                (true, _) => Inserted::Created(receipt),
                (false, true) => Inserted::Same(receipt),
                (false, false) => Inserted::Different,
            })
        })
        .await;
    inserted.map_err(|error| {
        if Error::is_unique_violation(&error, "report_reference_key") {
            Error::Taken {
                what: "reference",
                value: report.reference.clone(),
            }
        } else {
            error.into()
        }
    })
}

/// Whether it was not there before. A second sender of the same id waits here for the first.
async fn write(
    connection: &mut AsyncPgConnection,
    report: &NewReport,
    place: Point,
) -> QueryResult<bool> {
    let written = diesel::insert_into(reports::table)
        .values((
            reports::id.eq(report.id),
            reports::reference.eq(&report.reference),
            reports::area_id.eq(report.area_id),
            reports::service_code.eq(&report.service_code),
            reports::description.eq(&report.description),
            reports::place.eq(place),
            reports::accuracy_m.eq(report.accuracy_m),
            reports::place_source.eq(report.place_source),
            reports::phone.eq(report.phone.as_ref()),
            reports::state.eq(State::New),
            reports::channel.eq(report.channel),
            reports::content_hash.eq(report.content_hash.as_slice()),
        ))
        .on_conflict(reports::id)
        .do_nothing()
        .execute(connection)
        .await?;
    Ok(written == 1)
}

async fn write_photos(connection: &mut AsyncPgConnection, report: &NewReport) -> QueryResult<()> {
    let rows: Vec<_> = report
        .photos
        .iter()
        .zip(0_i16..)
        .map(|(new, position)| {
            (
                photo::report_id.eq(report.id),
                photo::position.eq(position),
                photo::area_id.eq(report.area_id),
                photo::object.eq(&new.object),
                photo::thumbnail.eq(&new.thumbnail),
                photo::width.eq(new.width as i32),
                photo::height.eq(new.height as i32),
                photo::bytes.eq(new.bytes as i64),
                photo::sha256.eq(new.sha256.as_slice()),
            )
        })
        .collect();
    diesel::insert_into(photo::table)
        .values(rows)
        .execute(connection)
        .await?;
    Ok(())
}

async fn write_arrival(connection: &mut AsyncPgConnection, report: &NewReport) -> QueryResult<()> {
    diesel::insert_into(report_event::table)
        .values((
            report_event::report_id.eq(report.id),
            report_event::area_id.eq(report.area_id),
            report_event::account_id.eq(report.account_id),
            report_event::actor.eq(&report.actor),
            report_event::to_state.eq(State::New.as_str()),
        ))
        .execute(connection)
        .await?;
    Ok(())
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = reports, check_for_backend(diesel::pg::Pg))]
struct Stored {
    reference: String,
    #[diesel(embed)]
    area: AreaName,
    state: State,
    created_at: DateTime<Utc>,
    content_hash: Vec<u8>,
}

/// What is stored under the id, and whether it is what was sent.
pub(super) async fn receipt(
    connection: &mut AsyncPgConnection,
    id: Uuid,
    content_hash: &[u8; 32],
) -> QueryResult<(Receipt, bool)> {
    let stored = reports::table
        .inner_join(area::table)
        .filter(reports::id.eq(id))
        .select(Stored::as_select())
        .first(connection)
        .await?;
    let photos: Vec<Vec<u8>> = photo::table
        .filter(photo::report_id.eq(id))
        .order(photo::position)
        .select(photo::sha256)
        .load(connection)
        .await?;
    let receipt = Receipt {
        id,
        reference: stored.reference,
        area: stored.area,
        state: stored.state,
        created_at: stored.created_at,
        // The table's check keeps them at 32 bytes.
        photos: photos
            .iter()
            .filter_map(|hash| hash.as_slice().try_into().ok())
            .collect(),
    };
    Ok((receipt, stored.content_hash == content_hash))
}
