//! Tiles of one base map that are kept: a database file of its own in the cache folder.
//!
//! It survives a restart and being killed, never grows beyond its bound, and holds nothing for longer
//! than the provider allows. It is only a cache: one that cannot be read is begun anew, and a tile
//! that cannot be kept is shown all the same.

#[cfg(test)]
mod tests;

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use grid::tile::Tile;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use thiserror::Error;

use super::config::Keeping;
use super::picture::{Known, Picture, Validators};
use super::{Moment, Part};

/// The layout of the file; another one is begun anew.
const LAYOUT: i64 = 1;
const SCHEMA: &str = "
    create table about (address text not null);
    create table tile (
        part integer not null, zoom integer not null, x integer not null, y integer not null,
        -- Empty where there is nothing.
        bytes blob not null,
        etag text, modified text,
        -- Seconds since 1970, when the host last said that the tile is like this.
        checked integer not null,
        primary key (part, zoom, x, y)
    );
    create index by_age on tile (checked);";
/// What the row of a tile and its share of the indices take beside the bytes.
const ROW: u64 = 256;
/// Tiles that leave at once when room is needed.
const LEAVING: u32 = 32;
/// How often it is looked for tiles that may be kept no longer.
const ROUNDS: Duration = Duration::from_hours(1);

/// Why tiles cannot be kept.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeptError {
    /// The folder or a file in it.
    #[error("the folder of kept tiles {path} cannot be used: {source}; make it writable")]
    Folder {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database file.
    #[error(
        "the file of kept tiles {path} cannot be used: {source}; remove it, it is only a cache"
    )]
    Database {
        /// The file.
        path: PathBuf,
        /// What the library said.
        source: rusqlite::Error,
    },
}

/// Which tile of which part.
pub type Key = (Part, Tile);

/// The tiles of one base map.
#[derive(Debug, Clone)]
pub struct Kept {
    keeping: Keeping,
    file: Arc<Mutex<File>>,
}

#[derive(Debug)]
struct File {
    database: Connection,
    tidied: Moment,
}

impl Kept {
    /// Opens the file, or begins it anew where it holds tiles of another `address` or cannot be read.
    ///
    /// # Errors
    ///
    /// [`KeptError`].
    pub fn open(path: &Path, address: &str, keeping: Keeping) -> Result<Self, KeptError> {
        let named = |source| KeptError::Database {
            path: path.to_owned(),
            source,
        };
        let database = if let Ok(Some(database)) = reopen(path, address) {
            database
        } else {
            forget(path)?;
            begin(path, address).map_err(named)?
        };
        let kept = Self {
            keeping,
            file: Arc::new(Mutex::new(File {
                database,
                tidied: Moment::default(),
            })),
        };
        // The bound may have become smaller since.
        kept.with(|file| {
            file.tidy(keeping, Moment::now())?;
            make_room(&file.database, keeping.bytes, 0)
        })
        .map_err(named)?;
        Ok(kept)
    }

    /// How they are kept.
    pub fn keeping(&self) -> Keeping {
        self.keeping
    }

    /// A tile that may still be shown.
    pub async fn get(&self, key: Key) -> Option<Known> {
        let now = Moment::now();
        let keeping = self.keeping;
        let read = move |file: &mut File| {
            file.tidy(keeping, now)?;
            read(&file.database, key)
        };
        let tile = self.in_background(read).await.flatten();
        tile.filter(|tile| now.since(tile.checked) < keeping.keep)
    }

    /// Keeps a tile in the place of what is known of it.
    pub async fn put(&self, key: Key, tile: Known) {
        let keeping = self.keeping;
        let write = move |file: &mut File| {
            let size = tile
                .picture
                .as_ref()
                .map_or(0, |picture| picture.bytes.len());
            let change = file.database.transaction()?;
            make_room(&change, keeping.bytes, size as u64 + ROW)?;
            write(&change, key, &tile)?;
            change.commit()
        };
        self.in_background(write).await;
    }

    /// Does something off the asynchronous threads; a failure costs no more than the tile.
    async fn in_background<Done: Send + 'static>(
        &self,
        work: impl FnOnce(&mut File) -> rusqlite::Result<Done> + Send + 'static,
    ) -> Option<Done> {
        let kept = self.clone();
        let done = tokio::task::spawn_blocking(move || kept.with(work)).await;
        match done {
            Ok(Ok(done)) => Some(done),
            Ok(Err(error)) => {
                tracing::warn!(%error, "a tile of a base map cannot be kept or found again");
                None
            }
            Err(error) => {
                tracing::error!(%error, "keeping tiles of a base map failed");
                None
            }
        }
    }

    fn with<Done>(
        &self,
        work: impl FnOnce(&mut File) -> rusqlite::Result<Done>,
    ) -> rusqlite::Result<Done> {
        // Whoever panicked left a transaction that is undone.
        work(&mut self.file.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl File {
    /// Throws away what may be kept no longer, now and then.
    fn tidy(&mut self, keeping: Keeping, now: Moment) -> rusqlite::Result<()> {
        if now.since(self.tidied) < ROUNDS {
            return Ok(());
        }
        self.tidied = now;
        // A clock that was wrong must not let a tile stay for years.
        let (first, last) = (now.before(keeping.keep), now.after(keeping.fresh));
        self.database.execute(
            "delete from tile where checked <= ?1 or checked > ?2",
            [first.0, last.0],
        )?;
        Ok(())
    }
}

/// Makes the folder, for nobody else on this machine: not every base map is for anyone.
///
/// # Errors
///
/// [`KeptError::Folder`].
pub fn make_folder(folder: &Path) -> Result<(), KeptError> {
    let mut maker = DirBuilder::new();
    let made = maker.recursive(true).mode(0o750).create(folder);
    made.map_err(|source| KeptError::Folder {
        path: folder.to_owned(),
        source,
    })
}

/// Removes the files of base maps that are no longer there: what was kept for them must not stay.
///
/// # Errors
///
/// [`KeptError::Folder`].
pub fn forget_others(folder: &Path, known: &[&str]) -> Result<(), KeptError> {
    let named = |path: &Path| {
        let path = path.to_owned();
        move |source| KeptError::Folder { path, source }
    };
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(named(folder))?,
    };
    for entry in entries {
        let path = entry.map_err(named(folder))?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        let is_ours = path
            .extension()
            .is_some_and(|ending| ending.as_encoded_bytes().starts_with(ENDING.as_bytes()));
        if is_ours && stem.is_some_and(|stem| !known.contains(&stem)) {
            std::fs::remove_file(&path).map_err(named(&path))?;
        }
    }
    Ok(())
}

/// What the files are called after the dot; the library puts `-wal` and `-shm` behind it.
const ENDING: &str = "sqlite";

/// The file of a base map.
pub fn file(folder: &Path, id: &str) -> PathBuf {
    folder.join(format!("{id}.{ENDING}"))
}

fn reopen(path: &Path, address: &str) -> rusqlite::Result<Option<Connection>> {
    if !path.exists() {
        return Ok(None);
    }
    let database = Connection::open(path)?;
    let layout: i64 = database.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if layout != LAYOUT {
        return Ok(None);
    }
    prepare(&database)?;
    let known: Option<String> = database
        .query_row("select address from about", [], |row| row.get(0))
        .optional()?;
    Ok((known.as_deref() == Some(address)).then_some(database))
}

fn begin(path: &Path, address: &str) -> rusqlite::Result<Connection> {
    let database = Connection::open(path)?;
    prepare(&database)?;
    database.execute_batch(&format!("begin; {SCHEMA} pragma user_version = {LAYOUT};"))?;
    database.execute("insert into about (address) values (?1)", [address])?;
    database.execute_batch("commit")?;
    Ok(database)
}

/// A power cut may lose the newest tiles, and never the file.
fn prepare(database: &Connection) -> rusqlite::Result<()> {
    database.execute_batch(
        "pragma journal_mode = wal; pragma synchronous = normal;
         pragma journal_size_limit = 4194304; pragma secure_delete = off;",
    )
}

fn forget(path: &Path) -> Result<(), KeptError> {
    for ending in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        match std::fs::remove_file(&name) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                let path = name.into();
                return Err(KeptError::Folder { path, source });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Lets the tiles go that were not heard of for longest, until `wanted` more bytes fit.
fn make_room(database: &Connection, most: u64, wanted: u64) -> rusqlite::Result<()> {
    while used(database)? + wanted > most {
        let gone = database.execute(
            "delete from tile where rowid in (select rowid from tile order by checked limit ?1)",
            [LEAVING],
        )?;
        if gone == 0 {
            break;
        }
    }
    Ok(())
}

/// Bytes of the file that hold something; the rest is used again.
fn used(database: &Connection) -> rusqlite::Result<u64> {
    let number = |pragma| database.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let pages = number("page_count")? - number("freelist_count")?;
    Ok((pages * number("page_size")?).unsigned_abs())
}

fn read(database: &Connection, (part, tile): Key) -> rusqlite::Result<Option<Known>> {
    let mut select = database.prepare(
        "select bytes, etag, modified, checked from tile
         where part = ?1 and zoom = ?2 and x = ?3 and y = ?4",
    )?;
    let place = params![part as u8, tile.zoom, tile.column, tile.row];
    select.query_row(place, known).optional()
}

fn known(row: &Row) -> rusqlite::Result<Known> {
    Ok(Known {
        picture: Picture::of(Bytes::from(row.get::<_, Vec<u8>>("bytes")?)),
        validators: Validators {
            etag: row.get("etag")?,
            modified: row.get("modified")?,
        },
        checked: Moment(row.get("checked")?),
    })
}

fn write(database: &Connection, (part, tile): Key, kept: &Known) -> rusqlite::Result<()> {
    let mut insert = database.prepare(
        "insert or replace into tile (part, zoom, x, y, bytes, etag, modified, checked)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    let bytes = kept.picture.as_ref().map(|picture| &picture.bytes[..]);
    insert.execute(params![
        part as u8,
        tile.zoom,
        tile.column,
        tile.row,
        bytes.unwrap_or_default(),
        kept.validators.etag,
        kept.validators.modified,
        kept.checked.0,
    ])?;
    Ok(())
}
