//! Moving a report one step on, by somebody who may.

use store::report::{self, State, Transition, Transitioned};
use store::{Scope, Store};
use uuid::Uuid;

use crate::{StepError, step};

/// Who moves a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Their account.
    pub account_id: i64,
    /// Their name, for the history the office keeps.
    pub name: String,
}

/// Why a report was not moved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransitionError {
    /// There is none, or it lies outside the person's areas.
    #[error("there is no report {0} in your areas")]
    Unknown(Uuid),
    /// The step does not exist, or lacks its reason.
    #[error(transparent)]
    Step(#[from] StepError),
    /// Somebody else moved it between our reading and our writing.
    #[error("somebody else has just moved the report {id} to {now}; look at it again")]
    Overtaken {
        /// The report.
        id: Uuid,
        /// Where it stands now.
        now: State,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Moves a report within a scope to a state and writes that into its history.
///
/// # Errors
/// [`TransitionError`]; the report is then as it was.
pub async fn transition(
    store: &Store,
    scope: &Scope,
    id: Uuid,
    to: State,
    note: &str,
    actor: Actor,
) -> Result<(), TransitionError> {
    let report = report::detail(store, scope, id)
        .await?
        .ok_or(TransitionError::Unknown(id))?;
    let from = report.summary.state;
    step(from, to, note)?;
    let change = Transition {
        from,
        to,
        note: note.trim().to_owned(),
        account_id: actor.account_id,
        actor: actor.name,
    };
    match report::transition(store, scope, id, &change).await? {
        Transitioned::Moved => Ok(()),
        Transitioned::Stale(now) => Err(TransitionError::Overtaken { id, now }),
        Transitioned::Unknown => Err(TransitionError::Unknown(id)),
    }
}
