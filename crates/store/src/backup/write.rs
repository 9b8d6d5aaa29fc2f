use std::fs;
use std::path::{Path, PathBuf};

use chrono::Utc;
use objects::ObjectStore;

use super::files::{
    copy_files, copy_object, hash, hashes, private_folder, remove_folder, sync, write_durably,
};
use super::{DATABASE, Error, FORMAT, KEYS, MANIFEST, Manifest, OBJECTS, database};

/// Writes database, objects and keys into the new folder `folder`: first into
/// `folder.partial`, renamed when whole. The database may be in use. Objects are copied into the
/// backup wherever they are kept, also out of a bucket.
///
/// # Errors
/// [`Error::Exists`], [`Error::Damaged`] when an object is not what its name says,
/// [`Error::Program`], [`Error::Io`]; nothing stays behind.
pub async fn write(
    url: &str,
    objects: &ObjectStore,
    keys: &Path,
    folder: &Path,
) -> Result<Manifest, Error> {
    let (url, objects, keys) = (url.to_owned(), objects.clone(), keys.to_path_buf());
    let folder = folder.to_path_buf();
    let writing = tokio::task::spawn_blocking(move || {
        if folder.exists() {
            return Err(Error::Exists { folder });
        }
        let partial = partial(&folder);
        remove_folder(&partial)?;
        let written = write_into(&partial, &url, &objects, &keys);
        match written {
            Ok(manifest) => {
                fs::rename(&partial, &folder).map_err(Error::io("rename to", &folder))?;
                folder
                    .parent()
                    .filter(|above| above.is_dir())
                    .map_or(Ok(()), sync)?;
                Ok(manifest)
            }
            Err(error) => {
                remove_folder(&partial)?;
                Err(error)
            }
        }
    });
    writing.await.map_err(|error| Error::interrupted(&error))?
}

fn partial(folder: &Path) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_os_string();
    name.push(".partial");
    folder.with_file_name(name)
}

fn write_into(
    partial: &Path,
    url: &str,
    from: &ObjectStore,
    keys: &Path,
) -> Result<Manifest, Error> {
    let created_at = Utc::now();
    private_folder(partial)?;
    let partial = &fs::canonicalize(partial).map_err(Error::io("find", partial))?;
    let dump = partial.join(DATABASE);
    database::dump(url, &dump)?;
    database::check_dump(&dump)?;
    sync(&dump)?;

    let to = ObjectStore::open(&partial.join(OBJECTS))?;
    let names = from.names()?;
    for name in &names {
        copy_object(name, from, &to)?;
    }
    let key_hashes = hashes(keys)?;
    copy_files(&key_hashes, keys, &partial.join(KEYS))?;

    let manifest = Manifest {
        format: FORMAT,
        created_at,
        database: hash(&dump)?,
        objects: names.iter().map(ToString::to_string).collect(),
        keys: key_hashes,
    };
    let path = partial.join(MANIFEST);
    let json = serde_json::to_vec_pretty(&manifest)
        .map_err(|error| Error::io("write", &path)(error.into()))?;
    write_durably(&path, &json)?;
    sync(partial)?;
    Ok(manifest)
}
