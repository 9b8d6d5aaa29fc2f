use super::*;
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
    todo!()
}
