//! What a job said while it was worked on.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::word::words;
use crate::{Result, Scope, Store};

words! {
    /// How much a line matters.
    Level ("level of a log line") {
        /// It goes as it should.
        Info = "info",
        /// Something is not as it should be; the work goes on.
        Warning = "warning",
        /// The work cannot go on.
        Error = "error",
    }
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Line {
    /// Grows with time.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// When it was said.
    #[diesel(sql_type = Timestamptz)]
    pub at: DateTime<Utc>,
    /// How much it matters.
    #[diesel(sql_type = Text)]
    pub level: Level,
    /// What was said.
    #[diesel(sql_type = Text)]
    pub message: String,
}

/// Adds a line; to a job that is gone, nothing.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn add(store: &Store, job: Uuid, level: Level, message: &str) -> Result<()> {
    let mut connection = store.connection().await?;
    sql_query(
        "insert into job_log (job_id, level, message) select id, $2, $3 from job where id = $1",
    )
    .bind::<SqlUuid, _>(job)
    .bind::<Text, _>(level)
    .bind::<Text, _>(message)
    .execute(&mut connection)
    .await?;
    Ok(())
}

/// The lines of a job within a scope, oldest first, at most `limit`; those after the line `after`
/// (0 for all).
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn list(
    store: &Store,
    scope: &Scope,
    job: Uuid,
    after: i64,
    limit: u16,
) -> Result<Vec<Line>> {
    let query = format!(
        "select l.id, l.at, l.level, l.message from job_log as l join job as j on j.id = l.job_id
         where j.id = $2 and l.id > $3 and {} order by l.id limit $4",
        Scope::predicate("j.area_id", 1)
    );
    let mut connection = store.connection().await?;
    let query = sql_query(query)
        .bind::<Nullable<Array<BigInt>>, _>(scope.areas())
        .bind::<SqlUuid, _>(job)
        .bind::<BigInt, _>(after)
        .bind::<BigInt, _>(i64::from(limit));
    Ok(query.load(&mut connection).await?)
}
