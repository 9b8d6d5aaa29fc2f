//! HTTP: one module an audience or standard; sessions, permissions, TLS.
//!
//! [`bind`] takes the address (and refuses what must not be reached from outside),
//! [`router`] is everything behind it, [`serve`] runs it until told to stop.

pub mod language;
pub mod password;
pub mod problem;
pub mod session;
pub mod state;
pub mod villager;

mod router;
mod serve;

pub use problem::Problem;
pub use router::router;
pub use serve::{ServeError, bind, serve};
pub use state::{AppState, Settings, Transport};
