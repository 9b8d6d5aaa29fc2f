//! Real scenes and independent oracles; the tests of single crates include this file.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file or folder below `XIANGTU_REAL_DATA`, or `None` where it is missing: then the skip is
/// noted for the end of `scripts/test`.
pub fn real_data(relative: &str) -> Option<PathBuf> {
    let root = std::env::var_os("XIANGTU_REAL_DATA")
        .map_or_else(|| repository().join("data/real"), PathBuf::from);
    let path = root.join(relative);
    if path.exists() {
        return Some(path);
    }
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    note_skipped(&format!("{test}: {relative} is not in XIANGTU_REAL_DATA"));
    None
}

/// Runs `tests/oracles/NAME.py` with the pinned Python environment and returns its answer, which
/// is one JSON document on standard output.
///
/// # Panics
/// When the oracle fails: a test without its oracle proves nothing.
pub fn oracle(name: &str, arguments: &[&str]) -> serde_json::Value {
    let python = std::env::var_os("XIANGTU_PYTHON")
        .map_or_else(|| repository().join(".venv/bin/python"), PathBuf::from);
    let script = repository()
        .join("tests/oracles")
        .join(name)
        .with_extension("py");
    let output = Command::new(&python)
        .arg(&script)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{} does not run: {error}", python.display()));
    assert!(
        output.status.success(),
        "{} failed:\n{}",
        script.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!(
            "{name} answered no JSON ({error}): {}",
            String::from_utf8_lossy(&output.stdout)
        )
    })
}

/// The root of the repository, whichever crate's tests these are.
pub(crate) fn repository() -> PathBuf {
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let root = folders.find(|folder| folder.join("tests/oracles").is_dir());
    root.unwrap_or_else(|| panic!("no tests/oracles above {}", env!("CARGO_MANIFEST_DIR")))
        .to_owned()
}

/// A line for the list at the end of `scripts/test`.
pub fn note_skipped(line: &str) {
    let Some(list) = std::env::var_os("XIANGTU_SKIPPED") else {
        return;
    };
    if let Ok(mut file) = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(list)
    {
        // A lost line would only shorten the closing list; it must not fail the test.
        let _ = writeln!(file, "{line}");
    }
}
