use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use diesel::dsl::{array, auto_type};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use postgis_diesel::types::Point;
use uuid::Uuid;

use super::State;
use crate::area::AreaName;
use crate::geometry::coordinates;
use crate::schema::{area, photo, report};
use crate::{Error, Result, Scope, Store};

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

/// A [`Summary`] of reports joined with their areas, as the database has it.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = report, check_for_backend(diesel::pg::Pg))]
pub(super) struct SummaryRow {
    id: Uuid,
    reference: String,
    service_code: String,
    description: String,
    state: State,
    #[diesel(embed)]
    area: AreaName,
    place: Point,
    created_at: DateTime<Utc>,
    #[diesel(select_expression = photo_count())]
    photo_count: i64,
}

#[auto_type]
fn photo_count() -> _ {
    let photos = photo::table.filter(photo::report_id.eq(report::id));
    photos.count().single_value().assume_not_null()
}

impl TryFrom<SummaryRow> for Summary {
    type Error = Error;

    fn try_from(row: SummaryRow) -> Result<Self> {
        let whose = format!("the place of report {:?}", row.reference);
        let (longitude, latitude) = coordinates(&row.place, &whose)?;
        Ok(Self {
            id: row.id,
            reference: row.reference,
            service_code: row.service_code,
            description: row.description,
            state: row.state,
            area: row.area,
            longitude,
            latitude,
            created_at: row.created_at,
            photo_count: row.photo_count,
        })
    }
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

impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}_{}",
            self.created_at.timestamp_micros(),
            self.id
        )
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let read = || {
            let (micros, id) = text.split_once('_')?;
            let created_at = DateTime::from_timestamp_micros(micros.parse().ok()?)?;
            Some(Self {
                created_at,
                id: id.parse().ok()?,
            })
        };
        read().ok_or_else(|| Error::Word {
            what: "end of a page",
            value: text.to_owned(),
            words: "the `next` of an earlier answer".to_owned(),
        })
    }
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
/// [`Error::Database`], [`Error::Geometry`].
pub async fn list(store: &Store, scope: &Scope, filter: &Filter, limit: u16) -> Result<Page> {
    let mut connection = store.connection().await?;
    let mut query = report::table
        .inner_join(area::table)
        .filter(scope.within("report.area_id"))
        .select(SummaryRow::as_select())
        .order((report::created_at.desc(), report::id.desc()))
        // One more than asked for tells whether there is another page.
        .limit(i64::from(limit) + 1)
        .into_boxed();
    if let Some(state) = filter.state {
        query = query.filter(report::state.eq(state));
    }
    if let Some(service) = &filter.service_code {
        query = query.filter(report::service_code.eq(service));
    }
    if let Some(code) = &filter.area {
        let above = diesel::alias!(area as above);
        let named = above.filter(above.field(area::code).eq(code));
        let named = array(named.select(above.field(area::id)));
        query = query.filter(area::ancestors.overlaps_with(named));
    }
    if let Some(Cursor { created_at, id }) = filter.before {
        // The first half is what the index is searched by.
        let older = report::created_at.lt(created_at).or(report::id.lt(id));
        query = query.filter(report::created_at.le(created_at).and(older));
    }
    let rows = query.load(&mut connection).await?;
    page(rows, usize::from(limit))
}

/// The first `limit` of some rows, and where to go on if there are more.
fn page(mut rows: Vec<SummaryRow>, limit: usize) -> Result<Page> {
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| more);
    let next = last.map(|report| Cursor {
        created_at: report.created_at,
        id: report.id,
    });
    let reports = rows
        .into_iter()
        .map(Summary::try_from)
        .collect::<Result<_>>()?;
    Ok(Page { reports, next })
}
