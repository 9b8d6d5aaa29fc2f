//! HTTP: one module an audience or standard; sessions, permissions, TLS.
//!
//! [`bind`] takes the address (and refuses what must not be reached from outside),
//! [`router`] is everything behind it, [`serve`] runs it until told to stop.
//!
//! ```text
//! edge   what every request passes: log, headers, compression, problems in words, cross-site
//!        lock, time limit
//! session who is asking         access   tokens of programs
//! problem  the one error type         language  中文 or English
//! areas · layers · statistics · patches · recipes · jobs · map_tiles · styles · services · reports · health ·
//! openapi   the API
//! base_maps  of outside hosts, where they are configured
//! ogc   landing page, collections, OGC API Tiles and Maps      processes   OGC API Processes
//! wmts  WMTS 1.0.0
//! home · app · villager · tls   pages
//! ```

mod access;
mod app;
mod areas;
mod base_maps;
pub mod edge;
mod health;
mod home;
mod jobs;
pub mod language;
mod layers;
mod map_tiles;
mod ogc;
mod openapi;
pub mod password;
mod patches;
pub mod problem;
mod processes;
mod recipes;
mod reports;
mod router;
mod serve;
mod services;
pub mod session;
pub mod state;
mod statistics;
mod styles;
pub mod tls;
pub mod villager;
mod wmts;

pub use self::jobs::Intake;
pub use base_maps::{BaseMaps, BaseMapsError};
pub use openapi::document as openapi_document;
pub use problem::Problem;
pub use router::router;
pub use serve::{ServeError, bind, serve};
pub use state::{AppState, Settings, Transport};
