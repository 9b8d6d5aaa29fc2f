//! From a layer and z/x/y to encoded bytes: raster tiles, vector tiles, the value at a place.
//!
//! ```text
//! Tiles::layer(viewer, id) ─► Published ─► date ─► Tiles::raster(…) ─► Some(bytes) or nothing there
//!        └ catalogue (seconds old)                   ├ rendered tiles, bounded in bytes
//!                                                    ├ open files, bounded in number
//!                                                    └ CPU pool, bounded in threads and queue
//! ```
//!
//! Whether somebody may see a layer is asked of the store, with the viewer, at [`Tiles::layer`]:
//! whoever holds a [`Published`] layer may see its tiles. Knows nothing of HTTP.

pub mod archive;
mod catalogue;
mod draw;
mod error;
mod files;
mod format;
mod heads;
mod object_bytes;
mod pool;
mod published;
pub mod vector;

use std::sync::Arc;

use bytes::Bytes;
use chrono::NaiveDate;
use grid::matrix_set::MatrixTile;
use grid::tile::Tile;
use moka::future::Cache;
use objects::ObjectStore;
use raster::georeference::GeoReference;
use store::{Store, Viewer};

use catalogue::Catalogue;
pub use draw::MOST_PIXELS;
pub use error::Error;
use files::Files;
pub use format::Format;
use pool::Pool;
use published::Shown;
pub use published::{Dated, Published};
use vector::{Contents, Encoded, Source, VectorMap, Vectors};

/// What the functions of this crate return.
pub type Result<T> = std::result::Result<T, Error>;

/// How much of the machine tiles may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of encoded tiles kept.
    pub rendered_bytes: u64,
    /// Files kept open.
    pub open_files: u64,
    /// Bytes of unpacked blocks of images kept for a tile's neighbours.
    pub block_bytes: usize,
    /// Threads that draw.
    pub threads: usize,
    /// Tiles that may wait for a thread; more are turned away.
    pub queue: usize,
    /// Bytes of features kept for vector tiles.
    pub feature_bytes: u64,
    /// Bytes of encoded vector tiles kept; 0 keeps none.
    pub vector_tile_bytes: u64,
}

impl Default for Limits {
    /// 128 MB, 256 files, 96 MB of blocks, a thread a core, 512 waiting; 256 MB of features, 64 MB of
    /// their tiles.
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            rendered_bytes: 128 << 20,
            open_files: 256,
            block_bytes: 96 << 20,
            threads,
            queue: 512,
            feature_bytes: 256 << 20,
            vector_tile_bytes: 64 << 20,
        }
    }
}

/// What one drawn tile is: the layer's picture of a day, a place and a format.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    version: Arc<str>,
    tile: MatrixTile,
    format: Format,
}

/// The tiles of every layer.
#[derive(Debug)]
pub struct Tiles {
    vectors: Vectors,
    catalogue: Catalogue,
    files: Arc<Files>,
    pool: Pool,
    rendered: Cache<Key, Option<Bytes>>,
}

impl Tiles {
    /// Tiles of the layers in a store, whose files are in an object store.
    ///
    /// # Errors
    ///
    /// [`Error::Threads`] when the system gives none.
    pub fn new(store: Store, objects: ObjectStore, limits: Limits) -> Result<Self> {
        let weigh = |_key: &Key, tile: &Option<Bytes>| {
            // The key, the entry and the cache's own bookkeeping are about 200 bytes.
            200 + tile
                .as_ref()
                .map_or(0, |bytes| u32::try_from(bytes.len()).unwrap_or(u32::MAX))
        };
        let files = Files::new(
            store.clone(),
            objects,
            limits.open_files,
            limits.block_bytes,
        );
        let files = Arc::new(files);
        let vectors = Vectors::new(
            &store,
            Arc::clone(&files),
            limits.feature_bytes,
            limits.vector_tile_bytes,
        );
        Ok(Self {
            vectors,
            catalogue: Catalogue::new(store),
            files,
            pool: Pool::new(limits.threads, limits.queue)?,
            rendered: Cache::builder()
                .max_capacity(limits.rendered_bytes)
                .weigher(weigh)
                .build(),
        })
    }

    /// A layer that the viewer may see, at most two seconds old.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn layer(&self, viewer: &Viewer, id: &str) -> Result<Option<Arc<Published>>> {
        self.catalogue.layer(viewer, id).await
    }

    /// The layers that the viewer may see, by title.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn layers(&self, viewer: &Viewer) -> Result<Vec<Published>> {
        self.catalogue.layers(viewer).await
    }

    /// One raster tile of any matrix set, encoded; `None` where the image has nothing.
    ///
    /// The tile is drawn once, however many ask for it at the same time.
    ///
    /// # Errors
    ///
    /// A file that is missing or damaged; [`Error::Busy`] when too many wait.
    pub async fn raster(
        &self,
        layer: &Published,
        dated: &Dated,
        tile: impl Into<MatrixTile>,
        format: Format,
    ) -> Result<Option<Bytes>> {
        let tile = tile.into();
        let key = Key {
            version: Arc::clone(&dated.version),
            tile,
            format,
        };
        // A hit costs no coordination, and is not moved about with what a miss needs: that is in a box.
        if let Some(kept) = self.rendered.get(&key).await {
            return Ok(kept);
        }
        let shown = dated.shown(layer)?;
        // What has only to be sent does not wait behind what has to be drawn.
        if let Some(bytes) = draw::at_hand(&self.files, &shown, tile, format) {
            self.rendered.insert(key, Some(bytes.clone())).await;
            return Ok(Some(bytes));
        }
        let draw = self.draw([shown], move |files, [shown]| {
            draw::tile(files, &shown, tile, format)
        });
        let kept = self.rendered.try_get_with(key, draw);
        Box::pin(kept).await.map_err(Error::shared)
    }

    /// One picture of a layer on any grid, encoded; `None` where the image has nothing. Not kept.
    ///
    /// # Errors
    ///
    /// As [`Self::raster`]. How many pixels are too many is for the caller to say: [`MOST_PIXELS`].
    pub async fn map(
        &self,
        layer: &Published,
        dated: &Dated,
        target: GeoReference,
        format: Format,
    ) -> Result<Option<Bytes>> {
        let shown = dated.shown(layer)?;
        self.draw([shown], move |files, [shown]| {
            draw::map(files, &shown, &target, format)
        })
        .await
    }

    /// The physical value of an index layer under a place (degrees), from the image's own pixel;
    /// `None` outside, where there is no data, and for layers without numbers.
    ///
    /// # Errors
    ///
    /// A file that is missing or damaged; [`Error::Busy`] when too many wait.
    pub async fn value(
        &self,
        layer: &Published,
        dated: &Dated,
        longitude: f64,
        latitude: f64,
    ) -> Result<Option<f32>> {
        if layer.layer.kind != store::layer::Kind::Index {
            return Ok(None);
        }
        let shown = dated.shown(layer)?;
        self.draw([shown], move |files, [shown]| {
            draw::value(files, &shown, longitude, latitude)
        })
        .await
    }

    /// What [`Tiles::value`] gives for every date of the layer, oldest first.
    ///
    /// # Errors
    ///
    /// As [`Tiles::value`].
    pub async fn history(
        &self,
        layer: &Published,
        longitude: f64,
        latitude: f64,
    ) -> Result<Vec<(NaiveDate, Option<f32>)>> {
        if layer.layer.kind != store::layer::Kind::Index {
            return Ok(Vec::new());
        }
        let dates = layer.dates.iter().rev();
        let shown = dates.clone().map(|dated| dated.shown(layer));
        let shown = shown.collect::<Result<Vec<_>>>()?;
        let look = move |files: &Files, shown: Vec<Shown>| {
            let values = shown.iter();
            let values = values.map(|shown| draw::value(files, shown, longitude, latitude));
            values.collect::<Result<Vec<_>>>()
        };
        let values = self.draw(shown, look).await?;
        Ok(dates.map(|dated| dated.coverage.date).zip(values).collect())
    }

    /// Work on images in the pool; what is known of them is looked up before, and kept after.
    async fn draw<S, T>(
        &self,
        shown: S,
        work: impl FnOnce(&Files, S) -> Result<T> + Send + 'static,
    ) -> Result<T>
    where
        S: AsRef<[Shown]> + Send + 'static,
        T: Send + 'static,
    {
        let images = shown.as_ref().iter().flat_map(Shown::images);
        self.files.expect(images).await;
        let files = Arc::clone(&self.files);
        let done = self.pool.run(move || work(&files, shown)).await;
        self.files.remember().await;
        done
    }

    /// What vector tiles of these sources show, as of now.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn vector_map(&self, sources: Vec<Source>) -> Result<VectorMap> {
        self.vectors.map(sources).await
    }

    /// One vector tile; `None` where there is nothing.
    ///
    /// The tile is drawn once, however many ask for it at the same time.
    ///
    /// # Errors
    ///
    /// The database; [`Error::Busy`] when too many wait.
    pub async fn vector(&self, map: &VectorMap, tile: Tile) -> Result<Option<Encoded>> {
        self.vectors.tile(&self.pool, map, tile).await
    }

    /// What the tiles of a features layer hold; `None` for one too large to be kept in memory.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn contents(&self, layer: &Published) -> Result<Option<Contents>> {
        if let Some(table) = &layer.table {
            return Ok(Some(Contents::of_table(table)));
        }
        self.vectors.contents(&layer.layer.id).await
    }

    /// What an archive says of the layers in its vector tiles; `None` for a layer that is drawn here.
    ///
    /// # Errors
    ///
    /// A file that is missing or damaged.
    pub async fn archived(&self, layer: &Published) -> Result<Option<archive::About>> {
        let Some(dated) = layer.archive() else {
            return Ok(None);
        };
        let (files, object) = (Arc::clone(&self.files), dated.coverage.object.clone());
        let look = move || Ok(Some(files.archive(&object)?.about()));
        self.pool.run(look).await
    }

    /// Bytes of the features kept for vector tiles.
    pub fn feature_bytes(&self) -> u64 {
        self.vectors.held_bytes()
    }
}
