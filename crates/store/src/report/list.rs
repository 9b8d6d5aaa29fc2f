use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Double, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::State;
use crate::area::AreaName;
use crate::{Error, Result, Scope, Store};

/// A line of the queue.
#[derive(Debug, Clone, PartialEq, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Summary {
    /// The key.
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    pub id: Uuid,
    /// What the villager holds.
    #[diesel(sql_type = Text)]
    pub reference: String,
    /// Of the service catalogue.
    #[diesel(sql_type = Text)]
    pub service_code: String,
    /// What the villager wrote.
    #[diesel(sql_type = Text)]
    pub description: String,
    /// Where it stands.
    #[diesel(sql_type = Text)]
    pub state: State,
    /// Where it lies.
    #[diesel(embed)]
    pub area: AreaName,
    /// Degrees.
    #[diesel(sql_type = Double)]
    pub longitude: f64,
    /// Degrees.
    #[diesel(sql_type = Double)]
    pub latitude: f64,
    /// When it came.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// How many photos it has.
    #[diesel(sql_type = BigInt)]
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

/// SQL for the columns of a [`Summary`] of reports `r`.
pub(super) const SUMMARY: &str = "
    r.id, r.reference, r.service_code, r.description, r.state, a.code, a.name_zh, a.name_en,
    st_x(r.place) as longitude, st_y(r.place) as latitude, r.created_at,
    (select count(*) from photo as p where p.report_id = r.id) as photo_count";

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
    let query = format!(
        "select {SUMMARY} from report as r join area as a on a.id = r.area_id
         where {within}
             and ($2 is null or r.state = $2)
             and ($3 is null or r.service_code = $3)
             and ($4 is null or a.ancestors && (
                 select array_agg(named.id) from area as named where named.code = $4))
             and ($5 is null or (r.created_at, r.id) < ($5, $6))
         order by r.created_at desc, r.id desc limit $7",
        within = Scope::predicate("r.area_id", 1)
    );
    let mut connection = store.connection().await?;
    let mut reports: Vec<Summary> = sql_query(query)
        .bind::<Nullable<Array<BigInt>>, _>(scope.areas())
        .bind::<Nullable<Text>, _>(filter.state)
        .bind::<Nullable<Text>, _>(filter.service_code.as_ref())
        .bind::<Nullable<Text>, _>(filter.area.as_ref())
        .bind::<Nullable<Timestamptz>, _>(filter.before.map(|cursor| cursor.created_at))
        .bind::<Nullable<diesel::sql_types::Uuid>, _>(filter.before.map(|cursor| cursor.id))
        // One more than asked for tells whether there is another page.
        .bind::<BigInt, _>(i64::from(limit) + 1)
        .load(&mut connection)
        .await?;
    let more = reports.len() > usize::from(limit);
    reports.truncate(usize::from(limit));
    let last = reports.last().filter(|_| more);
    let next = last.map(|report| Cursor {
        created_at: report.created_at,
        id: report.id,
    });
    Ok(Page { reports, next })
}
