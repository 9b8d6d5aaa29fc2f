//! The work file: an `MBTiles` database that grows tile by tile and survives whatever ends the
//! program.
//!
//! Contents are kept once, by their hash (the `map` and `images` tables that `MBTiles` writers have
//! had for long). Rows come in the order of the archive, so that the last one says where to go on.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};

use super::ArchiveError;
use super::walk::Numbered;
use crate::vector::LeftOut;

const SCHEMA: &str = "
    create table metadata (name text primary key, value text not null);
    create table map (
        zoom_level integer not null, tile_column integer not null, tile_row integer not null,
        tile_id text not null, unique (zoom_level, tile_column, tile_row));
    create table images (tile_id text primary key, tile_data blob not null) without rowid;
    create view tiles as
        select zoom_level, tile_column, tile_row, tile_data from map join images using (tile_id);
    create table work (
        request text not null, last integer not null default -1, tiny integer not null default 0,
        vanished integer not null default 0, thinned integer not null default 0);
";

/// A tile that was drawn; `None` where there is nothing.
pub type Drawn = (Numbered, Option<bytes::Bytes>, LeftOut);

/// An archive that is being made.
#[derive(Debug)]
pub struct Work {
    pub path: PathBuf,
    database: Connection,
}

/// What an archive came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Tiles with something in them.
    pub tiles: u64,
    /// Different ones among them.
    pub contents: u64,
    /// What they do not show.
    pub left_out: LeftOut,
}

impl Work {
    /// Opens the work file of a request; one of another request is begun anew.
    pub fn open(path: &Path, request: &str) -> Result<Self, ArchiveError> {
        if path.exists() {
            match Self::reopen(path, request) {
                Ok(Some(work)) => return Ok(work),
                // Of another request, or no work file at all.
                Ok(None) | Err(ArchiveError::Database { .. }) => forget(path)?,
                Err(error) => return Err(error),
            }
        }
        let fresh = || {
            let database = Connection::open(path)?;
            prepare(&database)?;
            database.execute_batch(&format!("begin; {SCHEMA}"))?;
            database.execute("insert into work (request) values (?1)", [request])?;
            database.execute_batch("commit")?;
            Ok(database)
        };
        Ok(Self {
            path: path.to_owned(),
            database: fresh().map_err(|source| named(path, source))?,
        })
    }

    fn reopen(path: &Path, request: &str) -> Result<Option<Self>, ArchiveError> {
        let read = || {
            let database = Connection::open(path)?;
            prepare(&database)?;
            let known: Option<String> = database
                .query_row("select request from work", [], |row| row.get(0))
                .optional()?;
            Ok((database, known))
        };
        let (database, known) = read().map_err(|source| named(path, source))?;
        Ok((known.as_deref() == Some(request)).then(|| Self {
            path: path.to_owned(),
            database,
        }))
    }

    /// The number of the last tile that was looked at.
    pub fn last(&self) -> Result<Option<u64>, ArchiveError> {
        let last: i64 = self
            .database
            .query_row("select last from work", [], |row| row.get(0))
            .map_err(|source| named(&self.path, source))?;
        Ok(u64::try_from(last).ok())
    }

    /// Stores tiles, all or none of them.
    pub fn add(&mut self, tiles: &[Drawn]) -> Result<(), ArchiveError> {
        add(&mut self.database, tiles).map_err(|source| named(&self.path, source))
    }

    /// What there is.
    pub fn summary(&self) -> Result<Summary, ArchiveError> {
        let counted = self.database.query_row(
            "select (select count(*) from map), (select count(*) from images), tiny, vanished, thinned
             from work",
            [],
            |row| {
                let left_out = LeftOut { tiny: row.get(2)?, vanished: row.get(3)?, thinned: row.get(4)? };
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, left_out))
            },
        );
        let (tiles, contents, left_out) = counted.map_err(|source| named(&self.path, source))?;
        Ok(Summary {
            tiles: tiles.cast_unsigned(),
            contents: contents.cast_unsigned(),
            left_out,
        })
    }

    /// Calls `take` with every tile in the order of the archive: number, hash, bytes.
    pub fn each(
        &self,
        mut take: impl FnMut([u32; 3], &str, &[u8]) -> Result<(), ArchiveError>,
    ) -> Result<(), ArchiveError> {
        let named = |source| named(&self.path, source);
        let mut query = self
            .database
            .prepare(
                "select zoom_level, tile_column, tile_row, tile_id, tile_data
                 from map join images using (tile_id) order by map.rowid",
            )
            .map_err(named)?;
        let mut rows = query.query([]).map_err(named)?;
        while let Some(row) = rows.next().map_err(named)? {
            let [zoom, column, row_from_south] = [0, 1, 2].map(|at| row.get::<_, u32>(at));
            let (zoom, column) = (zoom.map_err(named)?, column.map_err(named)?);
            let tile_row = (1 << zoom) - 1 - row_from_south.map_err(named)?;
            let hash: String = row.get(3).map_err(named)?;
            let bytes = row
                .get_ref(4)
                .map_err(named)?
                .as_blob()
                .map_err(|error| named(error.into()))?;
            take([zoom, column, tile_row], &hash, bytes)?;
        }
        Ok(())
    }

    /// Turns the work file into a finished `MBTiles` file, still under its own name.
    pub fn complete(mut self, metadata: &[(&str, String)]) -> Result<PathBuf, ArchiveError> {
        let mut end = || {
            let change = self.database.transaction()?;
            for (name, value) in metadata {
                change.execute(
                    "insert or replace into metadata (name, value) values (?1, ?2)",
                    params![name, value],
                )?;
            }
            change.execute_batch("drop table work; pragma application_id = 0x4d504258")?;
            change.commit()?;
            Ok(())
        };
        end().map_err(|source| named(&self.path, source))?;
        let closed = self.database.close();
        closed.map_err(|(_, source)| named(&self.path, source))?;
        Ok(self.path)
    }
}

fn add(database: &mut Connection, tiles: &[Drawn]) -> rusqlite::Result<()> {
    let Some((last, ..)) = tiles.last() else {
        return Ok(());
    };
    let change = database.transaction()?;
    {
        let mut image =
            change.prepare("insert or ignore into images (tile_id, tile_data) values (?1, ?2)")?;
        let mut map = change.prepare(
            "insert into map (zoom_level, tile_column, tile_row, tile_id) values (?1, ?2, ?3, ?4)",
        )?;
        let mut left_out = change.prepare(
            "update work set tiny = tiny + ?1, vanished = vanished + ?2, thinned = thinned + ?3",
        )?;
        for (Numbered { tile, .. }, bytes, less) in tiles {
            if *less != LeftOut::default() {
                left_out.execute([less.tiny, less.vanished, less.thinned])?;
            }
            let Some(bytes) = bytes else { continue };
            let hash = hex::encode(&Sha256::digest(bytes)[..16]);
            image.execute(params![hash, bytes.as_ref()])?;
            // Rows of MBTiles run from the south.
            let row = (1 << tile.zoom) - 1 - tile.row;
            map.execute(params![tile.zoom, tile.column, row, hash])?;
        }
        change.execute("update work set last = ?1", [last.id.cast_signed()])?;
    }
    change.commit()
}

/// One file and nothing beside it once it is closed; another program is not expected.
fn prepare(database: &Connection) -> rusqlite::Result<()> {
    database.execute_batch("pragma journal_mode = truncate; pragma synchronous = full;")
}

fn forget(path: &Path) -> Result<(), ArchiveError> {
    std::fs::remove_file(path).map_err(|source| ArchiveError::File {
        path: path.to_owned(),
        source,
    })
}

fn named(path: &Path, source: rusqlite::Error) -> ArchiveError {
    ArchiveError::Database {
        path: path.to_owned(),
        source,
    }
}
