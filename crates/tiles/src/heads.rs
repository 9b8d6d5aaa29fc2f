//! The beginnings of images, from the database and for it.

use std::sync::{Mutex, PoisonError};

use moka::sync::Cache;
use store::Store;
use store::object_head::{self, ObjectHead};

use crate::object_bytes::Head;

/// What is known of images before they are opened.
#[derive(Debug)]
pub struct Heads {
    store: Store,
    known: Cache<String, Head>,
    /// Not yet in the database.
    learnt: Mutex<Vec<ObjectHead>>,
}

impl Heads {
    pub fn new(store: Store, count: u64) -> Self {
        Self {
            store,
            known: Cache::new(count),
            learnt: Mutex::default(),
        }
    }

    /// The beginning of an object, where it was fetched.
    pub fn of(&self, object: &str) -> Option<Head> {
        self.known.get(object)
    }

    /// Fetches what the database knows of these objects. Where it fails, they are opened as if nothing
    /// were known.
    pub async fn fetch(&self, objects: impl Iterator<Item = &str>) {
        let unknown = objects.filter(|object| !self.known.contains_key(*object));
        let unknown: Vec<String> = unknown.map(str::to_owned).collect();
        if unknown.is_empty() {
            return;
        }
        match object_head::read(&self.store, &unknown).await {
            Ok(heads) => {
                for head in heads {
                    let known = Head {
                        length: head.length.cast_unsigned(),
                        bytes: head.head.into(),
                    };
                    self.known.insert(head.object, known);
                }
            }
            Err(error) => tracing::warn!(%error, "what is known of images cannot be read"),
        }
    }

    /// Notes what the database is to know.
    pub fn learn(&self, object: &str, head: Head) {
        let row = ObjectHead {
            object: object.to_owned(),
            length: head.length.cast_signed(),
            head: head.bytes.to_vec(),
        };
        self.known.insert(object.to_owned(), head);
        self.learnt
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(row);
    }

    /// Tells the database what was noted.
    pub async fn keep(&self) {
        let learnt =
            std::mem::take(&mut *self.learnt.lock().unwrap_or_else(PoisonError::into_inner));
        if learnt.is_empty() {
            return;
        }
        if let Err(error) = object_head::keep(&self.store, &learnt).await {
            tracing::warn!(%error, "what is known of images cannot be kept");
        }
    }
}
