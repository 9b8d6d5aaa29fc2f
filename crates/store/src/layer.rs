//! One thing on the map, with dates.

use chrono::{DateTime, Utc};

use crate::word::words;
use crate::{Result, Store, Viewer};

words! {
    /// What a layer is made of.
    Kind ("kind of layer") {
        /// Pictures: the stored bytes are the tile.
        Visual = "visual",
        /// Numbers, coloured when drawn.
        Index = "index",
        /// Points, lines and polygons.
        Features = "features",
    }
}

words! {
    /// Who may see a layer.
    Audience ("audience") {
        /// Anyone.
        Public = "public",
        /// People of the village, signed in.
        Village = "village",
        /// Officials, signed in.
        Officials = "officials",
    }
}

/// A layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// A slug: `a-z0-9-`.
    pub id: String,
    /// The key of the area it is published for.
    pub area_id: i64,
    /// What it is made of.
    pub kind: Kind,
    /// The Chinese title.
    pub title_zh: String,
    /// The English title; may be empty.
    pub title_en: String,
    /// Who may see it.
    pub audience: Audience,
    /// How it is drawn: a `raster::style::Style` as JSON; this crate does not look inside.
    pub style: serde_json::Value,
    /// Whom to thank.
    pub attribution: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A layer to be stored; one with the same id is replaced, its coverages stay.
#[derive(Debug, Clone, PartialEq)]
pub struct NewLayer {
    /// A slug: `a-z0-9-`, at most 63 characters.
    pub id: String,
    /// The key of the area it is published for.
    pub area_id: i64,
    /// What it is made of.
    pub kind: Kind,
    /// The Chinese title.
    pub title_zh: String,
    /// The English title; may be empty.
    pub title_en: String,
    /// Who may see it.
    pub audience: Audience,
    /// How it is drawn.
    pub style: serde_json::Value,
    /// Whom to thank.
    pub attribution: String,
}

/// Stores a layer.
///
/// # Errors
/// [`crate::Error::Database`], for instance when the id is not a slug.
pub async fn upsert(store: &Store, layer: &NewLayer) -> Result<Layer> {
    todo!()
}

/// The layers a viewer may see, by title.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn list(store: &Store, viewer: &Viewer) -> Result<Vec<Layer>> {
    todo!()
}

/// A layer, if it is there and the viewer may see it.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn by_id(store: &Store, viewer: &Viewer, id: &str) -> Result<Option<Layer>> {
    todo!()
}

/// Removes a layer with its coverages and features (the objects stay); whether it was there.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn delete(store: &Store, id: &str) -> Result<bool> {
    todo!()
}
