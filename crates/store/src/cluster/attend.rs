use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Child;

use super::Error;

/// A log of this size becomes `postgres.log.old`, in the place of the one before.
const LIMIT: u64 = 4 << 20;

/// What the server writes, never more than twice [`LIMIT`].
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    file: File,
    size: u64,
}

impl Log {
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let file = append(path).map_err(Error::io("open", path))?;
        let size = file.metadata().map_err(Error::io("look at", path))?.len();
        Ok(Self {
            path: path.to_path_buf(),
            file,
            size,
        })
    }

    fn write(&mut self, line: &[u8]) -> std::io::Result<()> {
        if self.size > LIMIT {
            fs::rename(&self.path, self.path.with_extension("log.old"))?;
            self.file = append(&self.path)?;
            self.size = 0;
        }
        self.size += line.len() as u64;
        self.file.write_all(line)
    }
}

fn append(path: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
}

/// Writes down what the server says until it ends, and waits for it.
pub(super) fn until_end(mut child: Child, mut log: Log) {
    if let Some(said) = child.stderr.take() {
        let mut said = BufReader::new(said);
        let mut line = Vec::new();
        while said
            .read_until(b'\n', &mut line)
            .is_ok_and(|count| count > 0)
        {
            // A full disk must not stop the reading: the server would wait for us.
            if let Err(error) = log.write(&line) {
                tracing::warn!(%error, "the log of PostgreSQL cannot be written");
            }
            line.clear();
        }
    }
    match child.wait() {
        Ok(status) if status.success() => tracing::debug!("PostgreSQL has ended"),
        Ok(status) => tracing::error!(%status, "PostgreSQL has ended badly"),
        Err(error) => tracing::error!(%error, "PostgreSQL could not be waited for"),
    }
}

/// The end of the log, for an error message.
pub(super) fn last_words(path: &Path) -> String {
    let log = fs::read(path).unwrap_or_default();
    let tail = log
        .get(log.len().saturating_sub(1000)..)
        .unwrap_or_default();
    let text = String::from_utf8_lossy(tail);
    let lines: Vec<_> = text.lines().rev().take(3).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_has_a_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("postgres.log");
        let mut log = Log::open(&path).unwrap();
        let line = vec![b'x'; 1 << 20];
        for _ in 0..20 {
            log.write(&line).unwrap();
        }
        let files: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap())
            .collect();
        assert_eq!(files.len(), 2);
        let size: u64 = files
            .iter()
            .map(|file| file.metadata().unwrap().len())
            .sum();
        assert!(size <= 2 * (LIMIT + line.len() as u64), "{size} bytes");
    }
}
