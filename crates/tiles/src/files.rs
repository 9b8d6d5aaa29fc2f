//! Images kept open: their directories are parsed once, and the database keeps their beginnings for
//! the next time.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use objects::{ObjectName, ObjectSource, ObjectStore};
use raster::cog::{BlockCache, CogError, CogReader};
use store::Store;

use crate::archive::{Archive, ArchiveError, Unreadable};
use crate::heads::Heads;
use crate::object_bytes::{Elsewhere, ObjectBytes};
use crate::{Error, Result};

/// Bytes of an image that are read at once when nothing is known of it: mostly its whole head.
const AHEAD: u64 = 128 << 10;

/// How long what is elsewhere is not tried again.
const AWAY: Duration = Duration::from_secs(10);

/// Open images by the name of their object. A name never comes to mean other bytes, so nothing
/// here is ever stale.
#[derive(Debug)]
pub struct Files {
    objects: ObjectStore,
    open: Cache<String, Arc<CogReader>>,
    archives: Cache<String, Arc<Archive>>,
    /// What is elsewhere and could not be opened, for a while: nobody waits for it again and again.
    away: Cache<String, Arc<Error>>,
    heads: Heads,
    /// Unpacked blocks of all of them: a tile's neighbours need the same ones.
    blocks: Arc<BlockCache>,
}

impl Files {
    /// Keeps at most `count` files open, and so many bytes of their unpacked blocks.
    pub fn new(store: Store, objects: ObjectStore, count: u64, block_bytes: usize) -> Self {
        Self {
            objects,
            open: Cache::new(count),
            archives: Cache::new(count),
            away: Cache::builder()
                .max_capacity(count)
                .time_to_live(AWAY)
                .build(),
            heads: Heads::new(store, count),
            blocks: Arc::new(BlockCache::new(block_bytes)),
        }
    }

    /// Looks up what is known of images that are not open, before [`Self::image`] blocks on them.
    pub async fn expect(&self, images: impl Iterator<Item = &str>) {
        let own = images.filter(|image| !objects::is_elsewhere(image));
        let closed = own.filter(|image| !self.open.contains_key(*image));
        self.heads.fetch(closed).await;
    }

    /// Keeps what was learnt of images since the last time.
    pub async fn remember(&self) {
        self.heads.keep().await;
    }

    /// The image of an object; opened once however many ask. Blocks.
    pub fn image(&self, object: &str) -> Result<Arc<CogReader>> {
        if let Some(open) = self.open.get(object) {
            return Ok(open);
        }
        self.open
            .try_get_with(object.to_owned(), || self.read(object).map(Arc::new))
            .map_err(Error::shared)
    }

    /// The image of an object, if it is open.
    pub fn open_image(&self, object: &str) -> Option<Arc<CogReader>> {
        self.open.get(object)
    }

    /// The archive of an object; opened once however many ask. Blocks.
    pub fn archive(&self, object: &str) -> Result<Arc<Archive>> {
        let open = || {
            let source = self.objects.source(&object.parse()?)?;
            let archive = Archive::open(source).map_err(unpublishable(object))?;
            Ok::<_, Error>(Arc::new(archive))
        };
        self.archives
            .try_get_with(object.to_owned(), open)
            .map_err(Error::shared)
    }

    fn read(&self, object: &str) -> Result<CogReader> {
        let failed = |source| Error::Image {
            object: object.to_owned(),
            source,
        };
        let opened = if objects::is_elsewhere(object) {
            // Others may put something else there: nothing is kept of it beyond this program.
            CogReader::from_source(Arc::new(Elsewhere(self.elsewhere(object)?)))
        } else {
            let name: ObjectName = object.parse()?;
            let bytes = match self.heads.of(object) {
                Some(head) => ObjectBytes::known(&self.objects, &name, head),
                None => self.learn(&name, failed)?,
            };
            CogReader::from_source(Arc::new(bytes))
        };
        Ok(opened.map_err(failed)?.with_cache(Arc::clone(&self.blocks)))
    }

    fn elsewhere(&self, address: &str) -> Result<ObjectSource> {
        if let Some(error) = self.away.get(address) {
            return Err(Error::Shared(error));
        }
        objects::open_elsewhere(address).map_err(|error| {
            let error = Arc::new(Error::Objects(error));
            self.away.insert(address.to_owned(), Arc::clone(&error));
            Error::Shared(error)
        })
    }

    /// Opens an image of which nothing is known, and finds out how far its head reaches.
    fn learn(&self, name: &ObjectName, failed: impl Fn(CogError) -> Error) -> Result<ObjectBytes> {
        let open = || {
            let source = self.objects.source(name)?;
            ObjectBytes::opened(&self.objects, name, source, AHEAD)
                .map_err(|error| failed(error.into()))
        };
        let bytes = Arc::new(open()?);
        CogReader::from_source(Arc::clone(&bytes) as Arc<_>).map_err(&failed)?;
        match bytes.reached() {
            // Read again from there: what was read beyond the head goes.
            Some(head) => {
                self.heads.learn(name.as_str(), head.clone());
                Ok(ObjectBytes::known(&self.objects, name, head))
            }
            None => open(),
        }
    }
}

/// What is wrong with an archive that was published.
pub fn unpublishable(object: &str) -> impl Fn(Unreadable) -> Error {
    move |error| {
        Error::Archive(ArchiveError::Unpublishable {
            what: object.to_owned(),
            reason: error.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use raster::cog::{Band, CogOptions, CogWriter, DataType};
    use raster::georeference::GeoReference;
    use store::object_head;
    use store::testing::database;

    use super::*;

    const SIDE: u32 = 512;

    /// An image of columns' numbers.
    fn image(objects: &ObjectStore) -> ObjectName {
        let transform = [500_000.0, 10.0, 0.0, 3_400_000.0, 0.0, -10.0];
        let georeference = GeoReference::from_epsg(32_648, transform, SIDE, SIDE).unwrap();
        let options = CogOptions::new(georeference, DataType::I16, Band::new("a"));
        let mut writer = CogWriter::new(options).unwrap();
        let line: Vec<i16> = (0..SIDE as i16).collect();
        for _ in 0..SIDE {
            writer.write_rows(&line).unwrap();
        }
        let mut object = objects.create("tif").unwrap();
        writer.finish(&mut object).unwrap();
        object.finish().unwrap()
    }

    fn pixel(image: &CogReader) -> std::result::Result<i32, CogError> {
        let window = raster::Window::new(300, 7, 1, 1);
        Ok(image.read_physical(0, 0, window)?.get(0, 0, 0) as i32)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_starts_anew_knows_an_image_without_opening_it() {
        let (database, folder) = (database().await, tempfile::tempdir().unwrap());
        let objects = ObjectStore::open(folder.path()).unwrap();
        let name = image(&objects);
        let begin = || Files::new(database.store().clone(), objects.clone(), 9, 1 << 20);

        let first = begin();
        first.expect([name.as_str()].into_iter()).await;
        let known = first.image(name.as_str()).unwrap();
        assert_eq!(pixel(&known).unwrap(), 300);
        first.remember().await;
        let names = [name.to_string()];
        let kept = object_head::read(database.store(), &names).await.unwrap();
        let size = objects.source(&name).unwrap().length();
        assert_eq!(kept[0].length.cast_unsigned(), size);
        assert!(kept[0].head.len() < 8192, "{}", kept[0].head.len());

        let again = begin();
        again.expect([name.as_str()].into_iter()).await;
        assert_eq!(pixel(&again.image(name.as_str()).unwrap()).unwrap(), 300);

        objects.remove(&name).unwrap();
        let closed = begin();
        closed.expect([name.as_str()].into_iter()).await;
        let image = closed.image(name.as_str()).unwrap();
        assert_eq!(image.georeference(), known.georeference());
        let words = pixel(&image).unwrap_err().to_string();
        assert!(words.contains("not in the object store"), "{words}");
        let unknown = begin().image(name.as_str()).unwrap_err().to_string();
        assert!(unknown.contains("not in the object store"), "{unknown}");
    }
}
