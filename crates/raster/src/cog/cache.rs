//! Unpacked blocks kept in memory, shared by many images, bounded by bytes.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::CogError;
use crate::sample::Samples;

/// Enough that threads seldom meet at one lock, few enough that a shard still holds many blocks.
const SHARDS: usize = 16;

/// What an entry costs beside its samples.
const ENTRY_BYTES: usize = 128;

/// Which block of which image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub reader: u64,
    pub level: u16,
    pub plane: u16,
    pub block: u32,
}

/// Unpacked blocks of any number of images. When many ask for the same block at once, one unpacks it
/// and the others wait for it. The least recently used go first (by second chance).
#[derive(Debug)]
pub struct BlockCache {
    shards: Vec<Mutex<Shard>>,
    shard_bytes: usize,
    hasher: RandomState,
    unpacked: AtomicU64,
}

#[derive(Debug, Default)]
struct Shard {
    entries: HashMap<Key, Entry>,
    /// From the oldest on; every key of `entries` once.
    queue: VecDeque<Key>,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    cell: Arc<Cell>,
    bytes: usize,
    used: bool,
}

/// Locked by whoever unpacks the block, so that others wait.
type Cell = Mutex<Option<Arc<Samples>>>;

impl BlockCache {
    /// A cache of at most this many bytes of unpacked pixels.
    pub fn new(bytes: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            shard_bytes: bytes / SHARDS,
            hasher: RandomState::new(),
            unpacked: AtomicU64::new(0),
        }
    }

    /// How many bytes are kept now.
    pub fn bytes(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).bytes).sum()
    }

    /// How many blocks were unpacked because they were not here.
    pub fn unpacked(&self) -> u64 {
        self.unpacked.load(Ordering::Relaxed)
    }

    /// The block of this key, unpacked by `unpack` if it is not here. An error is not kept: the next
    /// one tries again.
    pub(super) fn get(
        &self,
        key: Key,
        unpack: impl FnOnce() -> Result<Samples, CogError>,
    ) -> Result<Arc<Samples>, CogError> {
        let shard = &self.shards[self.hasher.hash_one(key) as usize % SHARDS];
        let cell = lock(shard).cell(key);
        let mut content = lock(&cell);
        if let Some(block) = &*content {
            return Ok(Arc::clone(block));
        }
        self.unpacked.fetch_add(1, Ordering::Relaxed);
        let block = match unpack() {
            Ok(block) => Arc::new(block),
            Err(error) => {
                lock(shard).forget(key, &cell);
                return Err(error);
            }
        };
        *content = Some(Arc::clone(&block));
        drop(content);
        lock(shard).account(key, &cell, block.bytes() + ENTRY_BYTES, self.shard_bytes);
        Ok(block)
    }
}

impl Shard {
    fn cell(&mut self, key: Key) -> Arc<Cell> {
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.used = true;
            return Arc::clone(&entry.cell);
        }
        let entry = Entry {
            cell: Arc::default(),
            bytes: 0,
            used: false,
        };
        let cell = Arc::clone(&entry.cell);
        self.entries.insert(key, entry);
        self.queue.push_back(key);
        cell
    }

    /// Books a block that was just unpacked, and lets others go until there is room for it.
    fn account(&mut self, key: Key, cell: &Arc<Cell>, bytes: usize, most: usize) {
        // It may have been let go while it was unpacked.
        if let Some(entry) = self.entries.get_mut(&key)
            && Arc::ptr_eq(&entry.cell, cell)
        {
            self.bytes += bytes - entry.bytes;
            entry.bytes = bytes;
        }
        while self.bytes > most {
            let Some(oldest) = self.queue.pop_front() else {
                return;
            };
            match self.entries.get_mut(&oldest) {
                // Without bytes, somebody is unpacking it just now.
                Some(entry) if entry.used || entry.bytes == 0 => {
                    entry.used = false;
                    self.queue.push_back(oldest);
                }
                Some(_) => self.remove(oldest),
                None => {}
            }
        }
    }

    fn forget(&mut self, key: Key, cell: &Arc<Cell>) {
        if self
            .entries
            .get(&key)
            .is_some_and(|entry| Arc::ptr_eq(&entry.cell, cell))
        {
            self.remove(key);
            self.queue.retain(|other| *other != key);
        }
    }

    fn remove(&mut self, key: Key) {
        if let Some(entry) = self.entries.remove(&key) {
            self.bytes -= entry.bytes;
        }
    }
}

/// What is under these locks is whole at every moment, so a panic elsewhere does not spoil it.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    fn key(block: u32) -> Key {
        Key {
            reader: 1,
            level: 0,
            plane: 0,
            block,
        }
    }

    #[test]
    fn many_askers_unpack_once() {
        let cache = BlockCache::new(1 << 20);
        let barrier = Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    barrier.wait();
                    for block in 0..50 {
                        let found = cache.get(key(block), || {
                            std::thread::yield_now();
                            Ok(Samples::U8(vec![block as u8; 100]))
                        });
                        let expected = Samples::U8(vec![block as u8; 100]);
                        assert_eq!(*found.expect("unpacks"), expected);
                    }
                });
            }
        });
        assert_eq!(cache.unpacked(), 50);
        assert_eq!(cache.bytes(), 50 * (100 + ENTRY_BYTES));
    }

    #[test]
    fn bytes_are_bounded_and_the_used_stay() {
        let room = 4 * (1000 + ENTRY_BYTES);
        let cache = BlockCache::new(room * SHARDS);
        let block = || Ok(Samples::U8(vec![0; 1000]));
        for index in 1..2000 {
            // The first is asked for again and again.
            cache.get(key(0), block).expect("unpacks");
            cache.get(key(index), block).expect("unpacks");
        }
        assert!(cache.bytes() <= room * SHARDS);
        assert_eq!(cache.unpacked(), 2000);
        let huge = cache.get(key(9999), || Ok(Samples::U8(vec![0; room * SHARDS])));
        assert_eq!(huge.expect("is not kept, but given").len(), room * SHARDS);
        assert!(cache.bytes() <= room * SHARDS);
    }

    #[test]
    fn an_error_is_not_kept() {
        let cache = BlockCache::new(1 << 20);
        let failed = cache.get(key(1), || Err(CogError::Missing("it".to_owned())));
        assert!(failed.is_err());
        assert!(cache.get(key(1), || Ok(Samples::U8(vec![1]))).is_ok());
    }
}
