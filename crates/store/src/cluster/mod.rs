//! The private PostgreSQL: the system's own programs, a data folder of ours, a unix socket.
//!
//! Below the home: `postgres/` (the data), `run/` (the socket), `postgres.log`, and two locks.
//! Whoever holds `postgres.lock` has started the server and stops it. Whoever uses a server that
//! somebody else started holds `postgres.users` shared, so that a short command does not stop it
//! under another one. The server dies with the program that started it, even by `kill -9`.
//!
//! As root everything of the server runs as the user `postgres`, which the Debian package makes:
//! PostgreSQL refuses root.

mod attend;
mod create;
mod error;
mod launch;
mod leftover;
mod lock;
mod owner;
mod programs;

use std::path::Path;
use std::time::{Duration, Instant};

pub use error::Error;
use launch::Launch;
use lock::{Lock, Share};
pub(crate) use owner::Owner;
pub(crate) use programs::Programs;
#[cfg(feature = "testing")]
pub(crate) use {
    create::{create, folders},
    launch::{command, detached},
    leftover::clear as clear_leftover,
};

/// The database and its superuser; nobody else can reach the socket.
pub(crate) const NAME: &str = "xiangtu";

/// How long a short command waits for another one that is starting or stopping the server.
const PATIENCE: Duration = Duration::from_mins(2);

/// How often to look again.
const PAUSE: Duration = Duration::from_millis(50);

/// How a program uses the private PostgreSQL of a home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// For a long time, as `xiangtu up` does: start it, after waiting for the short command that
    /// may hold it. Another program in this mode is an error.
    Own,
    /// For a short command: use the running one, or start it for as long as the command lasts.
    Share,
}

/// A running PostgreSQL; stopped when dropped, if this program started it.
#[derive(Debug)]
pub struct Cluster {
    url: String,
    part: Part,
}

#[derive(Debug)]
enum Part {
    /// Started here. The launch comes first: it ends before the lock is let go.
    Owner {
        launch: Option<Launch>,
        mode: Mode,
        lock: Lock,
    },
    /// Started by somebody else.
    Guest { _share: Share },
}

impl Cluster {
    /// The address of the database `xiangtu`, for [`crate::Store::connect`].
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether this program started the server.
    pub fn is_owner(&self) -> bool {
        matches!(self.part, Part::Owner { .. })
    }

    /// Stops the server, if this program started it, and waits until it has ended. A short
    /// command first waits for the other short commands that use it.
    ///
    /// # Errors
    /// [`Error::Stop`] when it does not end.
    pub fn stop(mut self) -> Result<(), Error> {
        self.end()
    }

    fn end(&mut self) -> Result<(), Error> {
        let Part::Owner { launch, mode, lock } = &mut self.part else {
            return Ok(());
        };
        let Some(launch) = launch.take() else {
            return Ok(());
        };
        let _alone = (*mode == Mode::Share)
            .then(|| lock.wait_for_guests())
            .transpose()?;
        launch.stop()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::error!(%error, "the private PostgreSQL did not stop");
        }
    }
}

/// Opens the cluster below `home`, making it when there is none. `waiting` is called once if
/// another program has to be waited for.
///
/// Blocks (a second at the first start, more after a crash): call it before the async runtime
/// begins or from `spawn_blocking`; the server does not depend on the calling thread.
///
/// # Errors
/// See [`Error`]; every one says what to do.
pub fn open(home: &Path, mode: Mode, waiting: impl FnOnce()) -> Result<Cluster, Error> {
    let owner = Owner::current()?;
    let folders = create::folders(home, &owner)?;
    let url = address(&folders.run, NAME);
    let mut waiting = Some(waiting);
    let begun = Instant::now();
    loop {
        if let Some(lock) = Lock::take(home, mode)? {
            let launch = start(home, &folders, &owner)?;
            return Ok(Cluster {
                url,
                part: Part::Owner {
                    launch: Some(launch),
                    mode,
                    lock,
                },
            });
        }
        match mode {
            Mode::Share => {
                if let Some(share) = Share::of_running(home, &folders.run)? {
                    return Ok(Cluster {
                        url,
                        part: Part::Guest { _share: share },
                    });
                }
                if begun.elapsed() > PATIENCE {
                    return Err(Error::Busy {
                        home: home.to_path_buf(),
                    });
                }
            }
            Mode::Own => Lock::refuse_other_owner(home)?,
        }
        // A server that is just starting is not worth a word.
        if begun.elapsed() > Duration::from_millis(500)
            && let Some(waiting) = waiting.take()
        {
            waiting();
        }
        std::thread::sleep(PAUSE);
    }
}

fn start(home: &Path, folders: &create::Folders, owner: &Owner) -> Result<Launch, Error> {
    let programs = Programs::find(&folders.data)?;
    create::create(&programs, &folders.data, owner)?;
    leftover::clear(&folders.data, &folders.run)?;
    Launch::attended(&programs, folders, owner, &home.join("postgres.log"))
}

/// A connection text for a database behind the socket in `run`.
pub(crate) fn address(run: &Path, database: &str) -> String {
    let folder = run
        .display()
        .to_string()
        .replace('\\', r"\\")
        .replace('\'', r"\'");
    format!("host='{folder}' user={NAME} dbname={database}")
}

#[cfg(test)]
mod tests;
