//! What every request passes on its way in and out: one concern a file.

pub mod cross_site;
pub mod headers;
pub mod log;
pub mod reach;
pub mod time_limit;
