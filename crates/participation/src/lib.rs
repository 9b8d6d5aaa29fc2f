//! A report's life: what a villager may report, whether it can be taken, which village it belongs
//! to, its photos, its reference number and its states. Knows nothing of HTTP.
//!
//! ```text
//! Draft (text as written) ──check──► Submission ──submit──► Receipt
//!                            │                       │
//!                     Vec<Invalid>              photos → objects, then one transaction
//! ```

mod content;
mod draft;
mod language;
mod phone;
pub mod photo;
mod place;
pub mod reference;
mod service;
mod step;
mod submit;
mod transition;

pub use draft::{Draft, Field, Invalid, Problem, Submission};
pub use language::Language;
pub use place::Place;
pub use service::{Service, service, services};
pub use step::{StepError, next, step};
pub use store::report::{PlaceSource, State};
pub use submit::{Outcome, Sender, SubmitError, submit};
pub use transition::{Actor, TransitionError, transition};

/// Most characters a description may have.
pub const DESCRIPTION_LIMIT: usize = 2000;
/// Most photos a report may have.
pub const PHOTO_LIMIT: usize = 3;
