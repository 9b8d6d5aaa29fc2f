use std::fs::{self, File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::{Error, Mode, create};

/// The right to start and stop the server of a home. The kernel lets go of it when the program
/// ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock {
    home: PathBuf,
    _file: File,
}

impl Lock {
    /// The lock, or `None` when another program has it.
    pub(super) fn take(home: &Path, mode: Mode) -> Result<Option<Self>, Error> {
        let path = home.join("postgres.lock");
        let mut file = lock_file(&path)?;
        if !try_lock(&file, &path, FlockOperation::NonBlockingLockExclusive)? {
            return Ok(None);
        }
        let word = if mode == Mode::Own { "own" } else { "share" };
        file.set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| writeln!(file, "{word} {}", std::process::id()))
            .map_err(Error::io("write", &path))?;
        Ok(Some(Self {
            home: home.to_path_buf(),
            _file: file,
        }))
    }

    /// An error when the lock is held by a program that will not let go of it soon.
    pub(super) fn refuse_other_owner(home: &Path) -> Result<(), Error> {
        let held = fs::read_to_string(home.join("postgres.lock")).unwrap_or_default();
        match held.trim().strip_prefix("own ") {
            Some(process) => Err(Error::Held {
                home: home.to_path_buf(),
                process: process.to_owned(),
            }),
            None => Ok(()),
        }
    }

    /// Waits until nobody else uses the server; nobody begins to while the result is held.
    pub(super) fn wait_for_guests(&self) -> Result<File, Error> {
        let path = self.home.join("postgres.users");
        let file = lock_file(&path)?;
        flock(&file, FlockOperation::LockExclusive)
            .map_err(|error| Error::io("lock", &path)(error.into()))?;
        Ok(file)
    }
}

/// The use of a server that another program started.
#[derive(Debug)]
pub(super) struct Share {
    _file: File,
}

impl Share {
    /// `None` when no server answers, or the one that does is about to be stopped.
    pub(super) fn of_running(home: &Path, run: &Path) -> Result<Option<Self>, Error> {
        let path = home.join("postgres.users");
        let file = lock_file(&path)?;
        if !try_lock(&file, &path, FlockOperation::NonBlockingLockShared)? {
            return Ok(None);
        }
        let answers = UnixStream::connect(create::socket(run)).is_ok();
        Ok(answers.then_some(Self { _file: file }))
    }
}

fn lock_file(path: &Path) -> Result<File, Error> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .map_err(Error::io("open", path))
}

fn try_lock(file: &File, path: &Path, operation: FlockOperation) -> Result<bool, Error> {
    match flock(file, operation) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(Error::io("lock", path)(error.into())),
    }
}
