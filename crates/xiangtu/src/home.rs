//! The folder that holds everything: database, objects, keys.

use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Where the program keeps its data.
#[derive(Debug, Clone)]
pub struct Home {
    root: PathBuf,
}

/// Why there is no home.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HomeError {
    /// No variable tells where the user's data goes.
    #[error("neither HOME nor XDG_DATA_HOME is set; give the data folder with --home DIR")]
    Unknown,
    /// The folder cannot be made.
    #[error("the data folder {path} cannot be used: {source}; choose another with --home DIR")]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Home {
    /// The given folder, else `/var/lib/xiangtu` for root, else the user's data folder; made when
    /// it does not exist.
    pub fn open(given: Option<&Path>) -> Result<Self, HomeError> {
        let root = match given {
            Some(path) => std::path::absolute(path).map_err(|source| HomeError::Unusable {
                path: path.to_owned(),
                source,
            })?,
            None => usual_place()?,
        };
        let home = Self { root };
        // The private database runs as another user below a root-owned home: others may pass
        // through, and each folder inside has permissions of its own.
        home.make(&home.root, 0o755)?;
        home.make(&home.keys(), 0o700)?;
        home.make(&home.objects(), 0o750)?;
        Ok(home)
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the objects are: COGs, photos.
    pub fn objects(&self) -> PathBuf {
        self.root.join("objects")
    }

    /// Where the keys are: certificates of the local authority.
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// The file that names base maps of outside hosts, if it is there.
    pub fn base_maps(&self) -> Option<PathBuf> {
        Some(self.root.join("base-maps.toml")).filter(|file| file.exists())
    }

    /// Where tiles of outside base maps are kept. It is made when there are any, and is in no backup.
    pub fn kept_base_maps(&self) -> PathBuf {
        self.root.join("cache").join("base-maps")
    }

    fn make(&self, path: &Path, mode: u32) -> Result<(), HomeError> {
        let unusable = |source| HomeError::Unusable {
            path: self.root.clone(),
            source,
        };
        if path.is_dir() {
            return Ok(());
        }
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(mode)
            .create(path)
            .map_err(unusable)?;
        // The umask may have taken away what was asked for.
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(path, permissions).map_err(unusable)
    }
}

fn usual_place() -> Result<PathBuf, HomeError> {
    if rustix::process::geteuid().is_root() {
        return Ok(PathBuf::from("/var/lib/xiangtu"));
    }
    let set = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    set("XDG_DATA_HOME")
        .or_else(|| Some(set("HOME")?.join(".local/share")))
        .map(|data| data.join("xiangtu"))
        .ok_or(HomeError::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_home_lets_the_database_user_pass_and_nobody_read_keys() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(Some(&folder.path().join("deep/home"))).unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(home.root()), 0o755);
        assert_eq!(mode(&home.keys()), 0o700);
        assert!(
            Home::open(Some(home.root())).is_ok(),
            "opening it again changes nothing"
        );
    }

    #[test]
    fn a_home_that_cannot_be_made_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let refused = Home::open(Some(&file.path().join("home")))
            .unwrap_err()
            .to_string();
        assert!(refused.contains("--home"), "{refused}");
    }
}
