//! What a file looks like from its first bytes.

use std::{fs::File, io::Read as _, path::Path};

/// In words, for a message.
pub(super) fn looks_like(path: &Path) -> String {
    if path.is_dir() {
        return "a folder".to_owned();
    }
    let head = head(path);
    let known: [(&[u8], &str); 14] = [
        (b"II*\0", "a damaged TIFF"),
        (b"MM\0*", "a damaged TIFF"),
        (b"II+\0", "a damaged BigTIFF"),
        (b"MM\0+", "a damaged BigTIFF"),
        (b"\x00\x00\x00\x0cjP  ", "a damaged JPEG 2000"),
        (b"\xff\x4f\xff\x51", "a damaged JPEG 2000"),
        (b"\x89PNG", "a PNG picture"),
        (b"\xff\xd8\xff", "a JPEG photo"),
        (b"PK\x03\x04", "a ZIP archive: unpack it first"),
        (b"\x1f\x8b", "a gzip archive: unpack it first"),
        (b"%PDF", "a PDF"),
        (b"SQLite format 3", "a SQLite database or a GeoPackage"),
        (b"\x89HDF", "an HDF5 or NetCDF file"),
        (b"CDF", "a NetCDF file"),
    ];
    let found = known.iter().find(|(magic, _)| head.starts_with(magic));
    match found {
        Some((_, words)) => (*words).to_owned(),
        None if head.is_empty() => "an empty file".to_owned(),
        None if is_text(&head) => "a text file".to_owned(),
        None => "nothing known".to_owned(),
    }
}

fn is_text(head: &[u8]) -> bool {
    let control = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\n' | b'\r' | b'\t');
    !head.iter().any(control)
}

/// The first bytes; none where the file cannot be read.
pub(super) fn head(path: &Path) -> Vec<u8> {
    let mut head = Vec::new();
    if let Ok(file) = File::open(path) {
        // What cannot be read looks empty; opening it properly says why.
        let _ = file.take(4096).read_to_end(&mut head);
    }
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(content: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        file
    }

    #[test]
    fn files_are_called_what_they_look_like() {
        assert_eq!(
            looks_like(written("只是文字\n".as_bytes()).path()),
            "a text file"
        );
        assert_eq!(looks_like(written(b"").path()), "an empty file");
        assert_eq!(looks_like(written(b"II*\0\x08").path()), "a damaged TIFF");
        assert_eq!(looks_like(written(b"\0\x01\x02").path()), "nothing known");
    }
}
