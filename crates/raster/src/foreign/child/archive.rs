//! Archives of tiles: `MBTiles`, which is an `SQLite` database that somebody else made.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row};

use super::{Stop, answers::Answers};
use crate::foreign::{
    fault::Fault,
    protocol::{Frame, LARGEST_TILE},
};

/// As deep as the numbers of columns and rows reach.
const DEEPEST: u8 = 30;

/// Sends what the archive says of itself, then its tiles.
pub(super) fn read(path: &Path, answers: &mut Answers) -> Result<(), Stop> {
    let archive = open(path).map_err(damaged)?;
    let metadata = metadata(&archive).map_err(damaged)?;
    answers.send(&Frame::Archive { metadata })?;
    let mut query = archive
        .prepare("select zoom_level, tile_column, tile_row, tile_data from tiles")
        .map_err(damaged)?;
    let mut rows = query.query([]).map_err(damaged)?;
    while let Some(row) = rows.next().map_err(damaged)? {
        send(row, answers)?;
    }
    Ok(())
}

/// Nothing beside the file is looked for, and nothing is written: no journal, no lock.
fn open(path: &Path) -> rusqlite::Result<Connection> {
    let name = path.to_string_lossy();
    let name = name.replace('%', "%25").replace('?', "%3f");
    let address = format!("file:{}?immutable=1", name.replace('#', "%23"));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let archive = Connection::open_with_flags(address, flags)?;
    archive.execute_batch("pragma trusted_schema = off; pragma temp_store = memory")?;
    Ok(archive)
}

fn metadata(archive: &Connection) -> rusqlite::Result<BTreeMap<String, String>> {
    // Some write numbers where the specification says text.
    let mut query = archive.prepare(
        "select cast(name as text), cast(value as text) from metadata
         where name is not null and value is not null",
    )?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

fn send(row: &Row<'_>, answers: &mut Answers) -> Result<(), Stop> {
    let number = |at: usize| row.get::<_, i64>(at).map_err(damaged);
    let (zoom, column, from_south) = (number(0)?, number(1)?, number(2)?);
    let (zoom, column, row_from_north) = place(zoom, column, from_south).ok_or_else(|| {
        let detail = format!("a tile at {zoom}/{column}/{from_south}, which is not on the map");
        Fault::Archive { detail }
    })?;
    let wrong = |words: String| Fault::Archive {
        detail: format!("the tile {zoom}/{column}/{from_south} {words}"),
    };
    let content = row.get_ref(3).map_err(damaged)?;
    let bytes = content.as_blob();
    let bytes = bytes.map_err(|_type| wrong("holds no bytes".to_owned()))?;
    if bytes.len() > LARGEST_TILE {
        return Err(wrong(format!("has {} bytes", bytes.len())).into());
    }
    let frame = Frame::Tile {
        zoom,
        column,
        row: row_from_north,
        bytes: bytes.len(),
    };
    Ok(answers.send_with(&frame, bytes)?)
}

/// Zoom, column and row from the north; `None` for what is not on the map.
fn place(zoom: i64, column: i64, row_from_south: i64) -> Option<(u8, u32, u32)> {
    let zoom = u8::try_from(zoom).ok().filter(|zoom| *zoom <= DEEPEST)?;
    let last = (1_u32 << zoom) - 1;
    let on_map = |number: i64| u32::try_from(number).ok().filter(|number| *number <= last);
    Some((zoom, on_map(column)?, last - on_map(row_from_south)?))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is what map_err hands over"
)]
fn damaged(error: rusqlite::Error) -> Fault {
    Fault::Archive {
        detail: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_from_the_north() {
        assert_eq!(place(2, 3, 0), Some((2, 3, 3)));
        assert_eq!(place(0, 0, 0), Some((0, 0, 0)));
        assert_eq!(place(2, 4, 0), None);
        assert_eq!(place(2, 0, -1), None);
        assert_eq!(place(31, 0, 0), None);
    }
}
