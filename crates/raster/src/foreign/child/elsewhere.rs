//! Files whose data lie in other files: refused, before a driver could follow what they say.
//!
//! The lock around this process keeps what lies outside out of reach anyway; a file that is read in
//! part, though, would look like a whole one.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use gdal::{
    Dataset,
    vector::{FieldValue, LayerAccess as _, sql::Dialect},
};

use super::sniff;
use crate::foreign::fault::Fault;

const VRT: &str = "<VRTDataset";
const KML: &str = "<kml";

/// What in a KML stands for data elsewhere. Pictures and styles elsewhere are no features: they are
/// simply not fetched.
const KML_REFERENCES: [(&[u8], &str); 2] = [
    (b"NetworkLink", "a NetworkLink"),
    (b"!ENTITY", "an entity of its document type"),
];

/// The tables of a `GeoPackage` that may be virtual ones.
const TABLES: &str =
    "SELECT sql FROM sqlite_master WHERE type = 'table' AND sql LIKE '%virtual%using%'";

/// Modules of `SQLite`'s virtual tables that keep what they hold in the same file.
const OWN_MODULES: [&str; 6] = ["rtree", "rtree_i32", "geopoly", "fts3", "fts4", "fts5"];

/// Refuses what is known by its text, whatever its name says.
pub(super) fn refuse_text(path: &Path) -> Result<(), Fault> {
    let head = sniff::head(path);
    // Two bytes a letter read like one.
    let text: Vec<u8> = head.into_iter().filter(|byte| *byte != 0).collect();
    let text = String::from_utf8_lossy(&text);
    if text.contains(VRT) {
        return Err(Fault::Virtual);
    }
    let is_kml = text.contains(KML)
        || path
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("kml"));
    if !is_kml {
        return Ok(());
    }
    // What cannot be read is told by the driver that opens it.
    match File::open(path).and_then(kml_reference) {
        Ok(Some(what)) => Err(Fault::PointsElsewhere {
            what: what.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// The first reference in a KML.
fn kml_reference(mut file: impl Read) -> io::Result<Option<&'static str>> {
    const LONGEST: usize = 16;
    let mut piece = vec![0; 1 << 16];
    // What is looked at, beginning with the end of the piece before: a word may lie across.
    let mut text: Vec<u8> = Vec::with_capacity(piece.len() + LONGEST);
    loop {
        let length = file.read(&mut piece)?;
        text.extend(piece[..length].iter().filter(|byte| **byte != 0));
        for (word, what) in KML_REFERENCES {
            let mut places = text
                .windows(word.len() + 2)
                .filter(|window| window[1..].starts_with(word));
            if places.any(|window| opens(window[0], window[word.len() + 1])) {
                return Ok(Some(what));
            }
        }
        if length == 0 {
            return Ok(None);
        }
        text.drain(..text.len().saturating_sub(LONGEST));
    }
}

/// Whether a word between these two bytes is the name of an element or a declaration that opens here.
fn opens(before: u8, after: u8) -> bool {
    matches!(before, b'<' | b':') && !after.is_ascii_alphanumeric()
}

/// Refuses a GeoPackage with tables that are made of other files.
pub(super) fn refuse_tables(dataset: &Dataset) -> Result<(), Fault> {
    if dataset.driver().short_name() != "GPKG" {
        return Ok(());
    }
    let tables = dataset.execute_sql(TABLES, None, Dialect::DEFAULT);
    let Ok(Some(mut tables)) = tables else {
        return Ok(());
    };
    for table in tables.features() {
        if let Ok(Some(FieldValue::StringValue(statement))) = table.field(0)
            && let Some(module) = foreign_module(&statement)
        {
            return Err(Fault::PointsElsewhere {
                what: format!("a table of the module {module}"),
            });
        }
    }
    Ok(())
}

/// The module of a virtual table, unless it is known to keep to its file.
fn foreign_module(statement: &str) -> Option<String> {
    let words = statement.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
    let mut words = words.filter(|word| !word.is_empty()).map(str::to_lowercase);
    words.find(|word| word == "using")?;
    words
        .next()
        .filter(|module| !OWN_MODULES.contains(&module.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<&'static str> {
        kml_reference(text.as_bytes()).expect("text in memory")
    }

    #[test]
    fn references_of_a_kml_are_found_wherever_they_stand() {
        let padded = |word: &str| format!("<kml>{}<{word}>", " ".repeat((1 << 16) - 9));
        assert_eq!(found(&padded("NetworkLink")), Some("a NetworkLink"));
        assert_eq!(found("<kml:NetworkLink id=\"1\">"), Some("a NetworkLink"));
        assert!(found("<!DOCTYPE kml [<!ENTITY a SYSTEM \"file:///a\">]>").is_some());
        let wide: Vec<u8> = "<NetworkLink>"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert!(kml_reference(&*wide).expect("text in memory").is_some());
        assert_eq!(
            found("<NetworkLinkControl/><name>the “NetworkLink”</name>"),
            None
        );
        assert_eq!(
            found("<Icon><href>https://example.org/a.png</href></Icon>"),
            None
        );
    }

    #[test]
    fn a_vrt_is_known_by_its_content() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let vrt = b"\xef\xbb\xbf<?xml version=\"1.0\"?>\n <VRTDataset rasterXSize=\"1\">";
        std::fs::write(file.path(), vrt).expect("written");
        assert_eq!(refuse_text(file.path()), Err(Fault::Virtual));
        std::fs::write(file.path(), b"II*\0 and so on").expect("written");
        assert_eq!(refuse_text(file.path()), Ok(()));
    }

    #[test]
    fn only_modules_that_reach_outside_are_foreign() {
        let spatial = "CREATE VIRTUAL TABLE \"rtree_a_geom\" USING rtree(id, minx, maxx)";
        assert_eq!(foreign_module(spatial), None);
        let outside = "CREATE VIRTUAL TABLE outside USING VirtualOGR('/etc/passwd')";
        assert_eq!(foreign_module(outside).as_deref(), Some("virtualogr"));
    }
}
