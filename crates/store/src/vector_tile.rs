//! Mapbox vector tiles made by PostGIS.

use grid::tile::Tile;

use crate::{Result, Scope, Store, Viewer};

/// The areas of a tile, MVT layer `areas` (`code`, `name_zh`, `name_en`, `level`): all of them for
/// the anonymous (boundaries are public), those within their scope for people signed in.
/// `None` where there is nothing.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn areas(store: &Store, tile: Tile, viewer: &Viewer) -> Result<Option<Vec<u8>>> {
    todo!()
}

/// The reports of a tile within a scope, MVT layer `reports` (`id`, `reference`, `state`,
/// `service`). `None` where there is nothing.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn reports(store: &Store, tile: Tile, scope: &Scope) -> Result<Option<Vec<u8>>> {
    todo!()
}

/// The features of a layer in a tile, MVT layer named as the layer: `key` and the scalar
/// properties. Whoever may see the layer may see its features. `None` where there is nothing.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn features(store: &Store, layer: &str, tile: Tile) -> Result<Option<Vec<u8>>> {
    todo!()
}
