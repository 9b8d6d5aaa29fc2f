use std::fs;
use std::path::{Path, PathBuf};

use objects::{ObjectName, ObjectStore};

use super::files::{copy_files, copy_object, hash, remove_folder};
use super::{DATABASE, Error, KEYS, Manifest, OBJECTS, database};

/// Reads a backup back, all or nothing; where something is already only with `replace`, and then
/// nothing of that remains. Nobody else may use the database meanwhile.
///
/// Everything in the backup is checked first. Objects are added beside what is there, then the
/// database is replaced in one transaction: that is the moment of truth. Before it everything
/// can be, and on an error is, undone.
///
/// # Errors
/// [`Error::NoBackup`], [`Error::Format`], [`Error::NotEmpty`], [`Error::Damaged`],
/// [`Error::Program`], [`Error::Io`].
pub async fn restore(
    url: &str,
    objects: &ObjectStore,
    keys: &Path,
    folder: &Path,
    replace: bool,
) -> Result<Manifest, Error> {
    let folder = fs::canonicalize(folder).map_err(Error::io("find", folder))?;
    let manifest = Manifest::read(&folder)?;
    if !replace {
        require_empty(url, objects, keys).await?;
    }
    let (url, objects, keys) = (url.to_owned(), objects.clone(), keys.to_path_buf());
    let restoring = tokio::task::spawn_blocking(move || {
        let backup = Backup {
            names: check(&folder, &manifest)?,
            folder,
            manifest,
        };
        backup.put_back(&url, &objects, &keys)?;
        Ok(backup.manifest)
    });
    restoring
        .await
        .map_err(|error| Error::interrupted(&error))?
}

struct Backup {
    folder: PathBuf,
    manifest: Manifest,
    names: Vec<ObjectName>,
}

impl Backup {
    fn put_back(&self, url: &str, objects: &ObjectStore, keys: &Path) -> Result<(), Error> {
        let mut added = Vec::new();
        let beside = keys.with_extension("restored");
        let done = self.add_objects(objects, &mut added).and_then(|()| {
            remove_folder(&beside)?;
            copy_files(&self.manifest.keys, &self.folder.join(KEYS), &beside)?;
            database::restore(url, &self.folder.join(DATABASE))
        });
        if let Err(error) = done {
            for name in &added {
                objects.remove(name)?;
            }
            remove_folder(&beside)?;
            return Err(error);
        }
        remove_folder(keys)?;
        fs::rename(&beside, keys).map_err(Error::io("rename into place", keys))?;
        for name in objects.names()? {
            if self.names.binary_search(&name).is_err() {
                objects.remove(&name)?;
            }
        }
        Ok(())
    }

    fn add_objects(&self, objects: &ObjectStore, added: &mut Vec<ObjectName>) -> Result<(), Error> {
        let from = ObjectStore::open(&self.folder.join(OBJECTS))?;
        for name in &self.names {
            if copy_object(name, &from, objects)? {
                added.push(name.clone());
            }
        }
        Ok(())
    }
}

/// The names of the objects, sorted, when everything is what the manifest says.
fn check(folder: &Path, manifest: &Manifest) -> Result<Vec<ObjectName>, Error> {
    let matches = |path: PathBuf, expected: &str| match hash(&path) {
        Ok(found) if found == expected => Ok(()),
        Ok(_) => Err(Error::Damaged { path }),
        Err(error) => Err(error),
    };
    matches(folder.join(DATABASE), &manifest.database)?;
    for (name, expected) in &manifest.keys {
        matches(folder.join(KEYS).join(name), expected)?;
    }
    let mut names = Vec::new();
    for name in &manifest.objects {
        let name: ObjectName = name.parse()?;
        matches(folder.join(OBJECTS).join(name.as_str()), name.hash())?;
        names.push(name);
    }
    database::check_dump(&folder.join(DATABASE))?;
    names.sort();
    Ok(names)
}

async fn require_empty(url: &str, objects: &ObjectStore, keys: &Path) -> Result<(), Error> {
    if has_rows(url).await? {
        return Err(Error::NotEmpty {
            what: "the database".to_owned(),
        });
    }
    let listed = objects.clone();
    let names = tokio::task::spawn_blocking(move || listed.names()).await;
    if !names
        .map_err(|error| Error::interrupted(&error))??
        .is_empty()
    {
        return Err(Error::NotEmpty {
            what: objects.place(),
        });
    }
    if fs::read_dir(keys).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Error::NotEmpty {
            what: keys.display().to_string(),
        });
    }
    Ok(())
}

/// Whether there are areas or accounts; a database without tables has none.
async fn has_rows(url: &str) -> Result<bool, Error> {
    let failed = |error: tokio_postgres::Error| Error::Program {
        program: "the database",
        reason: error.to_string(),
    };
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .map_err(failed)?;
    tokio::spawn(connection);
    let tables = "select to_regclass('area') is not null and to_regclass('account') is not null";
    if !client
        .query_one(tables, &[])
        .await
        .map_err(failed)?
        .get::<_, bool>(0)
    {
        return Ok(false);
    }
    let rows = "select exists (select from area) or exists (select from account)";
    Ok(client.query_one(rows, &[]).await.map_err(failed)?.get(0))
}
