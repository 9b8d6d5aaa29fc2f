use std::io;
use std::path::{Path, PathBuf};

/// Why a backup could not be written or read back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused something on a file or folder.
    #[error("could not {action} {path}: {source}; check the rights and the free space there")]
    Io {
        /// What was attempted, as a verb.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A backup is never written over something.
    #[error("{folder} exists already; name a folder that does not")]
    Exists {
        /// The folder.
        folder: PathBuf,
    },
    /// There is something that a restore would replace.
    #[error(
        "{what} is not empty; a restore replaces everything: say --replace if that is what \
         you want, after a backup of what is there"
    )]
    NotEmpty {
        /// The database, or a folder.
        what: String,
    },
    /// Not the folder of a backup.
    #[error("{folder} is not a whole backup ({reason}); name the folder that holds manifest.json")]
    NoBackup {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A backup of another layout.
    #[error(
        "the backup in {folder} has the format {format}, which this program does not know; \
             use the program that wrote it, or a newer one"
    )]
    Format {
        /// The folder.
        folder: PathBuf,
        /// Its number.
        format: u32,
    },
    /// A file that is not what the manifest says, or an object that is not what its name says.
    #[error("{path} is damaged: its content is not what was written; use another backup of it")]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// `pg_dump` or its relatives.
    #[error("{program} failed: {reason}")]
    Program {
        /// Its name.
        program: &'static str,
        /// Its last words.
        reason: String,
    },
    /// An address of a database that cannot be read.
    #[error("the address of the database cannot be read: {reason}")]
    Address {
        /// Why not.
        reason: String,
    },
    /// The programs of PostgreSQL were not found.
    #[error(transparent)]
    Cluster(#[from] crate::cluster::Error),
    /// The object store.
    #[error(transparent)]
    Objects(#[from] objects::Error),
}

impl Error {
    /// For `map_err`: says what was attempted on which path.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            action,
            path: path.to_path_buf(),
            source,
        }
    }

    /// For `map_err`: the work was ended by the end of the program.
    pub(super) fn interrupted(error: &tokio::task::JoinError) -> Self {
        Self::Program {
            program: "the backup",
            reason: error.to_string(),
        }
    }
}
