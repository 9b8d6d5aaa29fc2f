//! A whole COG in one go, on all cores: parts are read, packed and kept side by side.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::part::{PartGrid, assemble_with, encode_with};
use super::structure::Structure;
use super::{CogError, CogOptions, Samples, Source};
use crate::Window;

/// Makes a COG from pixels that `read` gives for any window of the image: each of the image's bands,
/// row after row. `read` is called for a few windows of [`PartGrid`] at a time, from several threads.
/// `scratch` holds the packed tiles until all are known. Memory: two parts a core.
///
/// The result is the same whatever the number of threads.
///
/// # Errors
/// When the options contradict each other, `read` fails or gives something else, or writing fails.
pub fn create(
    options: &CogOptions,
    read: impl Fn(Window) -> Result<Vec<Samples>, CogError> + Sync,
    scratch: &Path,
    out: &mut impl Write,
) -> Result<(), CogError> {
    let structure = Structure::new(options.clone())?;
    let grid = PartGrid::of(options);
    let spool = Spool::new(tempfile::tempfile_in(scratch)?, grid.count());
    let next = AtomicU32::new(0);
    let failure: Mutex<Option<CogError>> = Mutex::new(None);
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= grid.count() {
                return;
            }
            let done = read(grid.window(index))
                .and_then(|bands| encode_with(&structure, index, &bands))
                .and_then(|part| Ok(spool.keep(index, &part)?));
            if let Err(error) = done {
                // Nobody begins another part.
                next.store(grid.count(), Ordering::Relaxed);
                let mut failure = failure.lock().unwrap_or_else(PoisonError::into_inner);
                failure.get_or_insert(error);
                return;
            }
        }
    };
    // These threads wait for each other's tiles on rayon's; one more of them than cores, so that one
    // may wait for the disk.
    std::thread::scope(|scope| {
        for _ in 0..=rayon::current_num_threads() {
            scope.spawn(work);
        }
    });
    if let Some(error) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let spool = Arc::new(spool);
    assemble_with(&structure, |index| Ok(spool.part(index)), scratch, out)
}

/// One temporary file for all parts, in the order they were done.
struct Spool {
    file: File,
    end: AtomicU64,
    /// Where each part stands, and its length.
    places: Mutex<Vec<(u64, u64)>>,
}

/// One part in a [`Spool`].
struct Kept {
    spool: Arc<Spool>,
    at: u64,
    length: u64,
}

impl Spool {
    fn new(file: File, parts: u32) -> Self {
        Self {
            file,
            end: AtomicU64::new(0),
            places: Mutex::new(vec![(0, 0); parts as usize]),
        }
    }

    fn keep(&self, index: u32, part: &[u8]) -> io::Result<()> {
        let length = part.len() as u64;
        let at = self.end.fetch_add(length, Ordering::Relaxed);
        self.file.write_all_at(part, at)?;
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places[index as usize] = (at, length);
        Ok(())
    }

    fn part(self: &Arc<Self>, index: u32) -> Arc<dyn Source> {
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, length) = places[index as usize];
        Arc::new(Kept {
            spool: Arc::clone(self),
            at,
            length,
        })
    }
}

impl Source for Kept {
    fn length(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        self.spool.file.read_exact_at(into, self.at + offset)
    }
}
