use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use objects::{ObjectName, ObjectStore};
use sha2::{Digest as _, Sha256};

use super::Error;

/// Keys and photos are in a backup: nobody else may enter.
pub(super) fn private_folder(path: &Path) -> Result<(), Error> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(Error::io("create", path))
}

pub(super) fn hash(path: &Path) -> Result<String, Error> {
    let mut file = File::open(path).map_err(Error::io("open", path))?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let count = file.read(&mut buffer).map_err(Error::io("read", path))?;
        match buffer.get(..count) {
            Some(bytes) if count > 0 => digest.update(bytes),
            _ => return Ok(hex::encode(digest.finalize())),
        }
    }
}

/// The hashes of all files below a folder, by relative path; of none when there is no folder.
pub(super) fn hashes(root: &Path) -> Result<BTreeMap<String, String>, Error> {
    let mut found = BTreeMap::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let path = root.join(&folder);
        let entries = match fs::read_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
            entries => entries.map_err(Error::io("list", &path))?,
        };
        for entry in entries {
            let entry = entry.map_err(Error::io("list", &path))?;
            let inside = folder.join(entry.file_name());
            if entry
                .file_type()
                .map_err(Error::io("look at", &entry.path()))?
                .is_dir()
            {
                folders.push(inside);
            } else {
                found.insert(inside.to_string_lossy().into_owned(), hash(&entry.path())?);
            }
        }
    }
    Ok(found)
}

/// Copies files with their rights, makes them durable and checks that they arrived.
pub(super) fn copy_files(
    files: &BTreeMap<String, String>,
    from: &Path,
    to: &Path,
) -> Result<(), Error> {
    private_folder(to)?;
    for (name, expected) in files {
        let (source, target) = (from.join(name), to.join(name));
        if let Some(folder) = target.parent() {
            private_folder(folder)?;
        }
        fs::copy(&source, &target).map_err(Error::io("copy to", &target))?;
        sync(&target)?;
        if hash(&target)? != *expected {
            return Err(Error::Damaged { path: source });
        }
    }
    sync(to)
}

/// Copies one object; its name tells whether it is whole. Whether it was not there before.
pub(super) fn copy_object(
    name: &ObjectName,
    from: &ObjectStore,
    to: &ObjectStore,
) -> Result<bool, Error> {
    let fresh = !to.exists(name)?;
    let mut writer = to.create(name.extension())?;
    let path = || Path::new(&from.place()).join(name.as_str());
    io::copy(&mut from.source(name)?.reader(), &mut writer).map_err(Error::io("copy", &path()))?;
    let written = writer.finish()?;
    if written == *name {
        return Ok(fresh);
    }
    to.remove(&written)?;
    Err(Error::Damaged { path: path() })
}

pub(super) fn write_durably(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut file = File::create_new(path).map_err(Error::io("create", path))?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(Error::io("write", path))
}

/// Of a file or a folder.
pub(super) fn sync(path: &Path) -> Result<(), Error> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(Error::io("flush", path))
}

/// A folder that may not be there.
pub(super) fn remove_folder(path: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::io("remove", path)(error))
        }
        _ => Ok(()),
    }
}
