use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Error;

/// Where Debian keeps one folder a major version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The folder of PostgreSQL's programs on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// The server's programs that fit the data: those that made it, or for a new one the first
    /// of `pg_config --bindir`, Debian's folders (newest version first) and the `PATH`.
    pub(crate) fn find(data: &Path) -> Result<Self, Error> {
        let candidates = candidates();
        let complete: Vec<_> = candidates
            .iter()
            .filter(|folder| {
                ["postgres", "initdb"]
                    .iter()
                    .all(|name| folder.join(name).is_file())
            })
            .cloned()
            .collect();
        let Some(first) = complete.first() else {
            let looked_at: Vec<_> = candidates
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            return Err(Error::NoPostgres {
                looked_at: looked_at.join(", "),
            });
        };
        let Ok(made_by) = fs::read_to_string(data.join("PG_VERSION")) else {
            return Ok(Self {
                folder: first.clone(),
            });
        };
        let made_by = made_by.trim().to_owned();
        let versions: Vec<_> = complete
            .iter()
            .map(|folder| major_version(folder))
            .collect();
        match versions.iter().position(|version| *version == made_by) {
            Some(index) => Ok(Self {
                folder: complete.get(index).unwrap_or(first).clone(),
            }),
            None => Err(Error::Version {
                data: data.to_path_buf(),
                made_by,
                found: versions.join(", "),
            }),
        }
    }

    /// Programs that talk to a server (`pg_dump`): no data folder to fit.
    pub(crate) fn client() -> Result<Self, Error> {
        Self::find(Path::new("/nonexistent"))
    }

    pub(crate) fn command(&self, name: &str) -> Command {
        Command::new(self.folder.join(name))
    }
}

fn candidates() -> Vec<PathBuf> {
    let configured = Command::new("pg_config").arg("--bindir").output().ok();
    let configured = configured
        .filter(|output| output.status.success())
        .map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let path = env::var_os("PATH").unwrap_or_default();
    let mut found = Vec::new();
    for folder in configured
        .into_iter()
        .chain(debian())
        .chain(env::split_paths(&path))
    {
        if !found.contains(&folder) {
            found.push(folder);
        }
    }
    found
}

fn debian() -> Vec<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(DEBIAN)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort_by(|(one, _), (other, _)| other.cmp(one));
    versions.into_iter().map(|(_, folder)| folder).collect()
}

/// `15` from `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`; empty when it says nothing.
fn major_version(folder: &Path) -> String {
    let said = Command::new(folder.join("postgres"))
        .arg("--version")
        .output();
    let said = said.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    said.unwrap_or_default()
        .split_once("(PostgreSQL) ")
        .map(|(_, version)| version.chars().take_while(char::is_ascii_digit).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_of_another_version_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        Programs::find(folder.path()).unwrap();
        fs::write(folder.path().join("PG_VERSION"), "7\n").unwrap();
        let error = Programs::find(folder.path()).unwrap_err();
        assert!(
            matches!(&error, Error::Version { made_by, .. } if made_by == "7"),
            "{error}"
        );
    }
}
