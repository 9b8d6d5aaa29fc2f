//! The work on imagery with a real database, real objects and the real child for foreign files.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::float_cmp,
    reason = "a test fails by panicking, says what it skips, and compares exact values"
)]

mod areas;
mod features;
mod gers;
mod scenes;
mod table;
mod workshop;
