//! What an earlier run left: a server that is still going down, a zombie, stale lock files.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::{Error, PAUSE, create};

/// A server whose parent was killed goes down by itself; after this it is asked again.
const ASK_AFTER: Duration = Duration::from_secs(3);

/// After this we give up.
const PATIENCE: Duration = Duration::from_secs(45);

/// Waits until nothing uses the data any more, and removes the lock files that then mean
/// nothing. PostgreSQL would not start over them when their process id exists: as a zombie
/// nobody has waited for, or as an unrelated process.
///
/// Only for whoever holds the cluster's lock: no live Xiangtu can own what is found here.
pub(crate) fn clear(data: &Path, run: &Path) -> Result<(), Error> {
    let begun = Instant::now();
    let mut asked = false;
    while let Some(process) = user_of(data) {
        if begun.elapsed() > PATIENCE {
            return Err(Error::Leftover {
                process,
                data: data.to_path_buf(),
            });
        }
        if !asked && begun.elapsed() > ASK_AFTER {
            asked = true;
            ask_to_stop(data);
        }
        std::thread::sleep(PAUSE);
    }
    let socket = create::socket(run);
    for stale in [
        data.join("postmaster.pid"),
        socket.with_extension("5432.lock"),
        socket,
    ] {
        match fs::remove_file(&stale) {
            Ok(()) => tracing::warn!(file = %stale.display(), "removed what a crash left behind"),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(Error::io("remove", &stale)(error)),
        }
    }
    Ok(())
}

/// A live process that works in the data folder, as every process of a server does. Zombies
/// have no working folder: they are not found.
fn user_of(data: &Path) -> Option<u32> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .find_map(|entry| {
            let process = entry.file_name().to_str()?.parse().ok()?;
            (fs::read_link(entry.path().join("cwd")).ok()? == data).then_some(process)
        })
}

fn ask_to_stop(data: &Path) {
    let lock = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    let process = lock
        .lines()
        .next()
        .and_then(|line| line.trim().parse().ok());
    let Some(process) = process.and_then(Pid::from_raw) else {
        return;
    };
    let works_here = fs::read_link(format!("/proc/{}/cwd", process.as_raw_nonzero()));
    if works_here.is_ok_and(|folder| folder == data)
        && let Err(error) = kill_process(process, Signal::INT)
    {
        tracing::warn!(%error, "the PostgreSQL of an earlier run could not be asked to stop");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stale_locks_of_a_dead_or_foreign_process_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let (data, run) = (folder.path().join("postgres"), folder.path().join("run"));
        fs::create_dir(&data).unwrap();
        fs::create_dir(&run).unwrap();
        // This test itself: alive, and no server.
        fs::write(
            data.join("postmaster.pid"),
            format!("{}\n", std::process::id()),
        )
        .unwrap();
        fs::write(run.join(".s.PGSQL.5432.lock"), "1\n").unwrap();
        fs::write(run.join(".s.PGSQL.5432"), "").unwrap();
        clear(&data, &run).unwrap();
        assert_eq!(fs::read_dir(&data).unwrap().count(), 0);
        assert_eq!(fs::read_dir(&run).unwrap().count(), 0);
    }

    #[test]
    fn a_live_process_in_the_folder_is_seen_until_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let data = fs::canonicalize(folder.path()).unwrap();
        assert_eq!(user_of(&data), None);
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .current_dir(&data)
            .spawn()
            .unwrap();
        assert_eq!(user_of(&data), Some(child.id()));
        child.kill().unwrap();
        // Not waited for yet: a zombie, which uses nothing.
        let begun = Instant::now();
        while user_of(&data).is_some() && begun.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(PAUSE);
        }
        assert_eq!(user_of(&data), None);
        child.wait().unwrap();
    }
}
