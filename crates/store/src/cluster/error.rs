use std::io;
use std::path::{Path, PathBuf};

/// Why the private PostgreSQL could not be used.
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
    /// No PostgreSQL on this machine.
    #[error(
        "no PostgreSQL server was found (looked at {looked_at}); install it \
         (Debian: apt install postgresql-15 postgresql-15-postgis-3), or set DATABASE_URL"
    )]
    NoPostgres {
        /// The folders searched.
        looked_at: String,
    },
    /// The data belong to another version.
    #[error(
        "the database in {data} was made by PostgreSQL {made_by}, and this machine has {found}; \
         install postgresql-{made_by}, or move the folder away and restore a backup"
    )]
    Version {
        /// The data folder.
        data: PathBuf,
        /// The major version that made it.
        made_by: String,
        /// What was found instead.
        found: String,
    },
    /// Root without the user that must run the server.
    #[error(
        "PostgreSQL does not run as root and there is no user {user:?} to run it as; \
         install postgresql-15 (it makes the user), or start as an ordinary user"
    )]
    NoUser {
        /// `postgres`
        user: String,
    },
    /// A folder on the way that the server's user may not enter.
    #[error(
        "the user {user:?}, which runs the database, may not enter {folder}; \
         allow it (chmod o+x {folder}), or set XIANGTU_HOME to another folder, \
         for example /var/lib/xiangtu"
    )]
    NotReachable {
        /// `postgres`
        user: String,
        /// The folder.
        folder: PathBuf,
    },
    /// Unix sockets have short names.
    #[error(
        "the path of the database's socket is too long ({length} bytes, at most {limit}): {path}; \
         set XIANGTU_HOME to a folder with a shorter path"
    )]
    SocketPath {
        /// The path.
        path: PathBuf,
        /// Its length in bytes.
        length: usize,
        /// What the operating system allows.
        limit: usize,
    },
    /// The home is in use by another long-running program.
    #[error(
        "another Xiangtu (process {process}) runs with the home {home}; stop it first, \
         or set XIANGTU_HOME to another folder"
    )]
    Held {
        /// The home.
        home: PathBuf,
        /// Its process id.
        process: String,
    },
    /// Somebody holds the lock and no server answers.
    #[error(
        "another program has held the database in {home} for two minutes without it answering; \
         look at postgres.log there"
    )]
    Busy {
        /// The home.
        home: PathBuf,
    },
    /// A server of an earlier run that does not end.
    #[error(
        "a PostgreSQL of an earlier run (process {process}) still uses {data} and does not end; \
         end it (kill {process}) and start again"
    )]
    Leftover {
        /// Its process id.
        process: u32,
        /// The data folder.
        data: PathBuf,
    },
    /// A program of PostgreSQL failed.
    #[error("{program} failed: {reason}")]
    Program {
        /// `initdb` …
        program: &'static str,
        /// Its last words.
        reason: String,
    },
    /// The server did not come up.
    #[error("PostgreSQL did not start: {reason}; the whole story is in {log}")]
    Start {
        /// Its last words.
        reason: String,
        /// Where it writes.
        log: PathBuf,
    },
    /// The server did not go down.
    #[error("PostgreSQL (process {process}) did not stop within {seconds} s; end it by kill -QUIT")]
    Stop {
        /// Its process id.
        process: u32,
        /// How long was waited.
        seconds: u64,
    },
}

impl Error {
    /// For `map_err`: says what was attempted on which path.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            action,
            path: path.to_path_buf(),
            source,
        }
    }
}
