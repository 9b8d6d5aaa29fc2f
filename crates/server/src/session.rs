//! Who is asking: sign-in, the session's cookie, and the two extractors behind every handler.
//!
//! [`Session`] never refuses: it is for what anyone may see, where an account shows more.
//! [`SignedIn`] refuses with `not-signed-in` or `session-expired`. What an account may see is
//! not decided here: both hand a [`store::Scope`] to the functions of the store.

pub mod cookie;
mod gate;
mod routes;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use store::account::{self, Account};
use store::{Scope, Viewer};

pub use gate::SignInGate;
pub use routes::{AccountBody, SessionBody, routes};

use crate::edge::reach::Reach;
use crate::problem::{Kind, Problem, kinds};
use crate::state::AppState;

/// Somebody signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The account.
    pub account: Account,
    /// What they may see and change.
    pub scope: Scope,
    /// SHA-256 of their token.
    token: [u8; 32],
}

/// A browser with or without a session.
#[derive(Debug, Clone)]
pub enum Session {
    /// No cookie, or one that this transport may not carry.
    Nobody,
    /// A cookie whose session ended.
    Ended,
    /// Somebody signed in.
    Live(Box<SignedIn>),
}

impl SignedIn {
    /// Whether their session still lives; asking does not keep it alive.
    ///
    /// # Errors
    ///
    /// The database does not answer.
    pub async fn still(&self, state: &AppState) -> Result<bool, Problem> {
        Ok(store::session::lives(&state.store, &self.token).await?)
    }
}

/// A planner or an administrator: who may send work to the machine.
#[derive(Debug, Clone)]
pub struct Planner(pub SignedIn);

impl FromRequestParts<AppState> for Planner {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let person = SignedIn::from_request_parts(parts, state).await?;
        if person.account.role == account::Role::Official {
            return Err(Problem::new(&kinds::PLANNERS_ONLY));
        }
        Ok(Self(person))
    }
}

impl Session {
    /// The session of a request.
    ///
    /// # Errors
    ///
    /// The database does not answer.
    pub async fn of(
        state: &AppState,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Result<Self, Problem> {
        if Reach::of(&state.settings, headers, extensions) == Reach::Exposed {
            return Ok(Self::Nobody);
        }
        let Some(token) = cookie::session_digest(&state.settings, headers) else {
            return Ok(Self::Nobody);
        };
        let Some(account) = store::session::lookup(&state.store, &token).await? else {
            return Ok(Self::Ended);
        };
        let scope = account::scope(&state.store, &account).await?;
        Ok(Self::Live(Box::new(SignedIn {
            account,
            scope,
            token,
        })))
    }

    /// The same person as the store knows them.
    pub fn viewer(&self) -> Viewer {
        match self {
            Self::Nobody | Self::Ended => Viewer::Anonymous,
            Self::Live(person) => Viewer::SignedIn(person.scope.clone()),
        }
    }

    /// Whether anybody is signed in.
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Live(_))
    }

    /// Somebody signed in, or the reason why not.
    ///
    /// # Errors
    ///
    /// `not-signed-in`, `session-expired`.
    pub fn require(self) -> Result<SignedIn, Problem> {
        match self {
            Self::Live(person) => Ok(*person),
            Self::Ended => Err(Problem::new(&kinds::SESSION_EXPIRED)),
            Self::Nobody => Err(Problem::new(&kinds::NOT_SIGNED_IN)),
        }
    }

    /// Why something is not shown: a session that ended is a better reason than "not there".
    pub fn refuse(&self, kind: &'static Kind) -> Problem {
        match self {
            Self::Ended => Problem::new(&kinds::SESSION_EXPIRED),
            Self::Nobody | Self::Live(_) => Problem::new(kind),
        }
    }
}

impl FromRequestParts<AppState> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        Self::of(state, &parts.headers, &parts.extensions).await
    }
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        Session::of(state, &parts.headers, &parts.extensions)
            .await?
            .require()
    }
}
