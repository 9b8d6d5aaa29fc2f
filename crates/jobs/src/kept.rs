//! Objects that go away again unless the work they belong to is done.

use objects::{ObjectName, ObjectStore, ObjectWriter};

use crate::Result;

/// New objects; dropped without [`Kept::commit`], they are removed.
pub(crate) struct Kept {
    objects: ObjectStore,
    fresh: Vec<ObjectName>,
}

impl Kept {
    pub fn new(objects: &ObjectStore) -> Self {
        Self {
            objects: objects.clone(),
            fresh: Vec::new(),
        }
    }

    /// Finishes an object. One whose bytes were there before may belong to others and stays.
    pub fn finish(&mut self, writer: ObjectWriter) -> Result<ObjectName> {
        let (name, fresh) = writer.finish_fresh()?;
        if fresh {
            self.fresh.push(name.clone());
        }
        Ok(name)
    }

    /// The rows that refer to the objects are in the database.
    pub fn commit(mut self) {
        self.fresh.clear();
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        for name in &self.fresh {
            if let Err(error) = self.objects.remove(name) {
                tracing::warn!(%name, %error, "an object of failed work could not be removed");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn writer(objects: &ObjectStore, bytes: &[u8]) -> ObjectWriter {
        let mut writer = objects.create("tif").unwrap();
        writer.write_all(bytes).unwrap();
        writer
    }

    #[test]
    fn failed_work_leaves_what_was_there_before_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let objects = ObjectStore::open(folder.path()).unwrap();
        let old = objects.put(b"old", "tif").unwrap();
        let mut kept = Kept::new(&objects);
        assert_eq!(kept.finish(writer(&objects, b"old")).unwrap(), old);
        let new = kept.finish(writer(&objects, b"new")).unwrap();
        assert!(objects.exists(&new).unwrap());
        drop(kept);
        assert_eq!(objects.names().unwrap(), [old]);
    }

    #[test]
    fn done_work_stays() {
        let folder = tempfile::tempdir().unwrap();
        let objects = ObjectStore::open(folder.path()).unwrap();
        let mut kept = Kept::new(&objects);
        let new = kept.finish(writer(&objects, b"new")).unwrap();
        kept.commit();
        assert!(objects.exists(&new).unwrap());
    }
}
