//! Vector tiles, encoded here from features in memory.
//!
//! ```text
//! sources ─► Vectors::map ─► VectorMap (version: who sees what of which features)
//!               ├ versions: LISTEN, and asked again after two seconds
//!               └ sights: areas within a scope
//! VectorMap + z/x/y ─► Vectors::tile ─► Encoded (plain and gzip)
//!               ├ kept: encoded tiles, bounded in bytes
//!               └ shelf: layers, bounded in bytes ─► draw (clip, protobuf)
//! ```
//!
//! A layer too large for the shelf, the built-in layers, and tables that somebody else keeps (`tables`)
//! are drawn by PostGIS.

mod build;
mod clip;
mod draw;
mod layer;
mod plane;
mod protobuf;
mod shelf;
mod sight;
mod simplify;
mod tables;
mod tree;
mod versions;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use grid::bounds::Bounds;
use grid::tile::Tile;
use libdeflater::{CompressionLvl, Compressor};
use moka::future::Cache;
use sha2::{Digest, Sha256};
use store::feature_table::FeatureTable;
use store::{Scope, Store, Viewer, vector_tile};
use uuid::Uuid;

pub use self::draw::LeftOut;
use self::layer::Layer;
use self::shelf::{Held, Shelf};
use self::sight::{Sight, Sights};
use self::tables::Tables;
use self::versions::Versions;
use crate::files::{Files, unpublishable};
use crate::pool::Pool;
use crate::{Error, Result};

/// Changes when the same features come to be drawn otherwise: it is part of every version.
const DRAWING: &str = "1";
/// Bytes of a tile, about four times what gzip leaves of them, before the smallest features are
/// left out; its layers share them.
const TILE_BYTES: usize = 2 << 20;
/// Fewer bytes are not worth a second encoding.
const WORTH_PACKING: usize = 256;
/// `libdeflate`'s own measure: the fastest level that still looks for the better match.
const LEVEL: i32 = 3;

/// What a vector tile shows of.
#[derive(Debug, Clone)]
pub enum Source {
    /// The features of a layer that lie within a scope.
    Features {
        /// The layer's id.
        layer: String,
        /// Whose features.
        scope: Scope,
    },
    /// The tiles of an archive, as they are.
    Archive {
        /// The archive.
        object: String,
        /// Changes whenever it does.
        version: Arc<str>,
    },
    /// A table that somebody else keeps, all of it.
    Table(Arc<FeatureTable>),
    /// The built-in layer `areas`.
    Areas(Viewer),
    /// The built-in layer `reports`.
    Reports(Scope),
}

/// Layers drawn into one tile, for one sight: made by [`crate::Tiles::vector_map`] for a request.
#[derive(Debug)]
pub struct VectorMap {
    parts: Vec<Part>,
    version: Option<Arc<str>>,
}

#[derive(Debug)]
enum Part {
    Features {
        layer: String,
        scope: Scope,
        version: Uuid,
        sight: Arc<Sight>,
    },
    Archive(String),
    Table(Arc<FeatureTable>),
    Areas(Viewer),
    Reports(Scope),
}

impl VectorMap {
    /// Changes whenever a tile may: with the features, and with what may be seen of them. `None`
    /// with one of the built-in layers or a table, which have no version.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }
}

/// A tile's bytes.
#[derive(Debug, Clone)]
pub struct Encoded {
    /// As they are.
    pub plain: Bytes,
    /// The same by gzip, where that is smaller and they are kept.
    pub gzip: Option<Bytes>,
    /// What they do not show.
    pub left_out: LeftOut,
}

impl Encoded {
    /// By gzip, whether that is smaller or not, for archives, which have one encoding.
    pub(crate) fn packed(self) -> Option<Bytes> {
        self.gzip
            .or_else(|| gzip(&self.plain, Compressor::gzip_compress_bound))
    }
}

/// What a layer's tiles hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Contents {
    /// Degrees; `None` for a layer without features.
    pub bounds: Option<Bounds>,
    /// The properties and `Number`, `Boolean` or `String`.
    pub fields: BTreeMap<String, &'static str>,
}

impl Contents {
    /// As they were when the table was published.
    pub(crate) fn of_table(table: &FeatureTable) -> Self {
        let columns = table.columns.iter();
        Self {
            bounds: Some(table.bounds),
            fields: columns
                .map(|column| (column.name.clone(), column.content.name()))
                .collect(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    version: Arc<str>,
    tile: Tile,
}

/// The vector tiles of every layer.
#[derive(Debug)]
pub(crate) struct Vectors {
    store: Store,
    versions: Versions,
    sights: Sights,
    shelf: Shelf,
    tables: Tables,
    files: Arc<Files>,
    /// `None` when nothing is to be kept.
    kept: Option<Cache<Key, Option<Encoded>>>,
}

impl Vectors {
    /// At most `layer_bytes` of features and `tile_bytes` of encoded tiles.
    pub fn new(store: &Store, files: Arc<Files>, layer_bytes: u64, tile_bytes: u64) -> Self {
        let weigh = |_key: &Key, tile: &Option<Encoded>| {
            let bytes = tile.as_ref().map_or(0, |tile| {
                tile.plain.len() + tile.gzip.as_ref().map_or(0, Bytes::len)
            });
            // The key, the entry and the cache's own bookkeeping are about 200 bytes.
            u32::try_from(200 + bytes).unwrap_or(u32::MAX)
        };
        let cache = Cache::builder().max_capacity(tile_bytes).weigher(weigh);
        Self {
            store: store.clone(),
            versions: Versions::new(store.clone()),
            sights: Sights::new(store.clone()),
            shelf: Shelf::new(store.clone(), layer_bytes),
            tables: Tables::new(store.clone(), tile_bytes),
            files,
            kept: (tile_bytes > 0).then(|| cache.build()),
        }
    }

    /// What tiles of these sources will show, as of now.
    pub async fn map(&self, sources: Vec<Source>) -> Result<VectorMap> {
        let mut digest = Sha256::new();
        digest.update(DRAWING);
        let mut lasting = true;
        let mut parts = Vec::with_capacity(sources.len());
        for source in sources {
            parts.push(match source {
                Source::Features { layer, scope } => {
                    // A layer that has just gone: nobody has its version.
                    let version = self.versions.of(&layer).await?.unwrap_or_default();
                    let sight = self.sights.of(&scope).await?;
                    digest.update(layer.len().to_le_bytes());
                    digest.update(&layer);
                    digest.update(version);
                    digest.update(sight.digest);
                    Part::Features {
                        layer,
                        scope,
                        version,
                        sight,
                    }
                }
                Source::Archive { object, version } => {
                    digest.update(version.len().to_le_bytes());
                    digest.update(version.as_bytes());
                    Part::Archive(object)
                }
                Source::Table(table) => {
                    lasting = false;
                    Part::Table(table)
                }
                Source::Areas(viewer) => {
                    lasting = false;
                    Part::Areas(viewer)
                }
                Source::Reports(scope) => {
                    lasting = false;
                    Part::Reports(scope)
                }
            });
        }
        let version = lasting.then(|| hex::encode(&digest.finalize()[..12]).into());
        Ok(VectorMap { parts, version })
    }

    /// One tile, drawn once however many ask for it at the same time; `None` where there is
    /// nothing.
    pub async fn tile(&self, pool: &Pool, map: &VectorMap, tile: Tile) -> Result<Option<Encoded>> {
        let (Some(kept), Some(version)) = (&self.kept, &map.version) else {
            return Box::pin(self.draw(pool, map, tile)).await;
        };
        let key = Key {
            version: Arc::clone(version),
            tile,
        };
        if let Some(tile) = kept.get(&key).await {
            return Ok(tile);
        }
        kept.try_get_with(key, Box::pin(self.draw(pool, map, tile)))
            .await
            .map_err(Error::shared)
    }

    /// What the tiles of a layer hold; `None` for one that is drawn by the database, or gone.
    pub async fn contents(&self, layer: &str) -> Result<Option<Contents>> {
        let Some(version) = self.versions.of(layer).await? else {
            return Ok(None);
        };
        let Held::Here(layer) = self.shelf.layer(layer, version).await? else {
            return Ok(None);
        };
        let fields = layer.fields.iter();
        Ok(Some(Contents {
            bounds: layer.bounds(),
            fields: fields
                .map(|(name, content)| (name.clone(), content.name()))
                .collect(),
        }))
    }

    /// Bytes of the features in memory.
    pub fn held_bytes(&self) -> u64 {
        self.shelf.bytes()
    }

    async fn draw(&self, pool: &Pool, map: &VectorMap, tile: Tile) -> Result<Option<Encoded>> {
        let mut pieces = Vec::with_capacity(map.parts.len());
        for part in &map.parts {
            pieces.push(self.piece(part, tile).await?);
        }
        let pack = map.version.is_some();
        let files = Arc::clone(&self.files);
        pool.run(move || compose(&files, pieces, tile, pack)).await
    }

    async fn piece(&self, part: &Part, tile: Tile) -> Result<Piece> {
        let made = match part {
            Part::Features {
                layer,
                scope,
                version,
                sight,
            } => match self.shelf.layer(layer, *version).await? {
                Held::Here(layer) => return Ok(Piece::ToDraw(layer, Arc::clone(sight))),
                Held::InDatabase => vector_tile::features(&self.store, layer, tile, scope).await?,
            },
            Part::Archive(object) => return Ok(Piece::Stored(object.clone())),
            Part::Table(table) => return Ok(Piece::Kept(self.tables.tile(table, tile).await?)),
            Part::Areas(viewer) => vector_tile::areas(&self.store, tile, viewer).await?,
            Part::Reports(scope) => vector_tile::reports(&self.store, tile, scope).await?,
        };
        Ok(Piece::Made(made.unwrap_or_default()))
    }
}

/// One layer's part of a tile.
enum Piece {
    /// Encoded already.
    Made(Vec<u8>),
    /// The same, and kept for others.
    Kept(Arc<[u8]>),
    ToDraw(Arc<Layer>, Arc<Sight>),
    /// In an archive.
    Stored(String),
}

/// Layers are repeated fields of a tile: one after another they are one tile.
fn compose(files: &Files, pieces: Vec<Piece>, tile: Tile, pack: bool) -> Result<Option<Encoded>> {
    let budget = TILE_BYTES / pieces.len().max(1);
    let mut plain = Vec::new();
    let mut all = LeftOut::default();
    for piece in pieces {
        match piece {
            Piece::Made(bytes) => plain.extend(bytes),
            Piece::Kept(bytes) => plain.extend_from_slice(&bytes),
            Piece::Stored(object) => {
                let archive = files.archive(&object)?;
                let stored = archive.tile(tile).map_err(unpublishable(&object))?;
                plain.extend(stored.unwrap_or_default());
            }
            Piece::ToDraw(layer, sight) => {
                let sees = sight.of(&layer);
                let left_out = draw::layer(&mut plain, &layer, tile, sees.as_deref(), budget);
                all.add(left_out);
            }
        }
    }
    if plain.is_empty() {
        return Ok(None);
    }
    // What does not become smaller finds no room.
    let pack = pack && plain.len() >= WORTH_PACKING;
    let gzip = pack.then(|| gzip(&plain, |_, length| length)).flatten();
    Ok(Some(Encoded {
        plain: plain.into(),
        gzip,
        left_out: all,
    }))
}

pub(crate) fn gzip(plain: &[u8], room: impl Fn(&mut Compressor, usize) -> usize) -> Option<Bytes> {
    let mut compressor = Compressor::new(CompressionLvl::new(LEVEL).ok()?);
    let mut packed = vec![0; room(&mut compressor, plain.len())];
    let length = compressor.gzip_compress(plain, &mut packed).ok()?;
    packed.truncate(length);
    Some(packed.into())
}

#[cfg(test)]
mod tests;
