//! Starts the built program for the end-to-end tests: a home of its own, a free port, a client.

mod command;
mod program;
mod real_data;

pub use command::{Home, Outcome};
pub use program::{Credentials, Program};
pub use real_data::{note_skipped, oracle, real_data};
