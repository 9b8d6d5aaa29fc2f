use diesel::dsl::now;
use diesel::prelude::*;
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::State;
use crate::schema::{report, report_event};
use crate::{Result, Scope, Store};

/// A step in a report's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// Where the person saw it standing.
    pub from: State,
    /// Where it goes.
    pub to: State,
    /// The reason, or empty.
    pub note: String,
    /// Who does it.
    pub account_id: i64,
    /// Their name.
    pub actor: String,
}

/// What became of a [`transition`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transitioned {
    /// It stands there now.
    Moved,
    /// Somebody was faster: it stands here.
    Stale(State),
    /// There is no such report within the scope.
    Unknown,
}

/// Moves a report within a scope if it still stands where the person saw it, and writes that
/// into its history, both or neither.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn transition(
    store: &Store,
    scope: &Scope,
    id: Uuid,
    step: &Transition,
) -> Result<Transitioned> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| {
            let Some(found) = lock(connection, scope, id).await? else {
                return Ok(Transitioned::Unknown);
            };
            if found.state != step.from {
                return Ok(Transitioned::Stale(found.state));
            }
            diesel::update(report::table.find(id))
                .set((report::state.eq(step.to), report::updated_at.eq(now)))
                .execute(connection)
                .await?;
            diesel::insert_into(report_event::table)
                .values((
                    report_event::report_id.eq(id),
                    report_event::area_id.eq(found.area_id),
                    report_event::account_id.eq(step.account_id),
                    report_event::actor.eq(&step.actor),
                    report_event::from_state.eq(step.from.as_str()),
                    report_event::to_state.eq(step.to.as_str()),
                    report_event::note.eq(&step.note),
                ))
                .execute(connection)
                .await?;
            Ok(Transitioned::Moved)
        })
        .await
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = report, check_for_backend(diesel::pg::Pg))]
struct Found {
    area_id: i64,
    state: State,
}

/// The report as it stands, held until the transaction ends.
async fn lock(
    connection: &mut AsyncPgConnection,
    scope: &Scope,
    id: Uuid,
) -> QueryResult<Option<Found>> {
    report::table
        .find(id)
        .filter(scope.within("report.area_id"))
        .for_update()
        .select(Found::as_select())
        .first(connection)
        .await
        .optional()
}
