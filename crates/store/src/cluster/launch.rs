use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, set_parent_process_death_signal};

use super::attend::{self, Log};
use super::create::Folders;
use super::{Error, Owner, PAUSE, Programs};

/// Modest, for an office server that does other things too.
const SETTINGS: [(&str, &str); 14] = [
    ("listen_addresses", ""),
    ("port", "5432"),
    ("unix_socket_permissions", "0700"),
    ("max_connections", "60"),
    ("shared_buffers", "128MB"),
    ("effective_cache_size", "1GB"),
    ("work_mem", "16MB"),
    ("maintenance_work_mem", "128MB"),
    // One machine and no replica: less to write.
    ("wal_level", "minimal"),
    ("max_wal_senders", "0"),
    ("max_wal_size", "512MB"),
    // Small queries: both cost more than they give.
    ("jit", "off"),
    ("max_parallel_workers_per_gather", "0"),
    ("timezone", "UTC"),
];

/// Recovery after a crash may take its time.
const START: Duration = Duration::from_mins(5);

/// A fast shutdown writes a checkpoint.
const STOP: Duration = Duration::from_mins(1);

/// A running server.
#[derive(Debug)]
pub(super) struct Launch {
    process: u32,
    /// Reads what the server writes and waits for its end.
    attendant: JoinHandle<()>,
}

impl Launch {
    /// Starts the server and waits until it takes connections. It ends with this program.
    pub(super) fn attended(
        programs: &Programs,
        folders: &Folders,
        owner: &Owner,
        log: &Path,
    ) -> Result<Self, Error> {
        let mut command = command(programs, folders, owner, &[]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        die_with_parent(&mut command);
        let log_file = Log::open(log)?;
        let (sender, receiver) = mpsc::channel();
        // The death signal comes when the *thread* that started the server ends: this one stays
        // until the server has ended.
        let attendant = std::thread::Builder::new()
            .name("postgres".to_owned())
            .spawn(move || match command.spawn() {
                Ok(child) => {
                    let process = child.id();
                    let _ = sender.send(Ok(process));
                    attend::until_end(child, log_file);
                }
                Err(error) => drop(sender.send(Err(error))),
            })
            .map_err(Error::io("start a thread for", log))?;
        let failed = |reason: String| Error::Start {
            reason,
            log: log.to_path_buf(),
        };
        let process = match receiver.recv() {
            Ok(Ok(process)) => process,
            Ok(Err(error)) => return Err(failed(error.to_string())),
            Err(error) => return Err(failed(error.to_string())),
        };
        let launch = Self { process, attendant };
        launch.wait_until_ready(&folders.data, log)?;
        Ok(launch)
    }

    fn wait_until_ready(&self, data: &Path, log: &Path) -> Result<(), Error> {
        let begun = Instant::now();
        while !is_ready(data, self.process) {
            if self.attendant.is_finished() || begun.elapsed() > START {
                let reason = attend::last_words(log);
                return Err(Error::Start {
                    reason,
                    log: log.to_path_buf(),
                });
            }
            std::thread::sleep(PAUSE / 5);
        }
        Ok(())
    }

    /// Asks for a fast shutdown (open transactions are rolled back), then for an immediate one.
    pub(super) fn stop(self) -> Result<(), Error> {
        for (signal, patience) in [(Signal::INT, STOP), (Signal::QUIT, STOP / 6)] {
            self.signal(signal);
            let begun = Instant::now();
            while begun.elapsed() < patience {
                if self.attendant.is_finished() {
                    return Ok(());
                }
                std::thread::sleep(PAUSE / 5);
            }
        }
        Err(Error::Stop {
            process: self.process,
            seconds: STOP.as_secs(),
        })
    }

    /// The attendant has not waited for the process as long as it runs, so the id is still its.
    fn signal(&self, signal: Signal) {
        let process = i32::try_from(self.process).ok().and_then(Pid::from_raw);
        if let Some(process) = process
            && !self.attendant.is_finished()
            && let Err(error) = kill_process(process, signal)
        {
            tracing::warn!(%error, process = self.process, "PostgreSQL could not be signalled");
        }
    }
}

/// The command that runs the server in the foreground.
pub(crate) fn command(
    programs: &Programs,
    folders: &Folders,
    owner: &Owner,
    more: &[(&str, &str)],
) -> Command {
    let mut command = programs.command("postgres");
    command
        .arg("-D")
        .arg(&folders.data)
        .arg("-k")
        .arg(&folders.run);
    for (name, value) in SETTINGS.iter().chain(more) {
        command.arg("-c").arg(format!("{name}={value}"));
    }
    owner.apply(&mut command);
    // A group of its own: Ctrl-C in the terminal is for us, who then stop it in order.
    command.current_dir("/").process_group(0);
    command
}

fn die_with_parent(command: &mut Command) {
    let parent = rustix::process::getpid();
    let in_child = move || {
        set_parent_process_death_signal(Some(Signal::INT))?;
        // Died before the signal was set: nobody would ever stop the server.
        if rustix::process::getppid() != Some(parent) {
            return Err(std::io::ErrorKind::BrokenPipe.into());
        }
        Ok(())
    };
    // SAFETY: between fork and exec only async-signal-safe things may be done; these are two
    // system calls, and the errors are made without allocating.
    unsafe {
        command.pre_exec(in_child);
    }
}

/// The server writes its state into the eighth line of its lock file.
fn is_ready(data: &Path, process: u32) -> bool {
    let lock = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    let mut lines = lock.lines();
    lines
        .next()
        .is_some_and(|line| line.trim() == process.to_string())
        && lines.nth(6).is_some_and(|line| line.trim() == "ready")
}

/// For the tests' server, which outlives them.
#[cfg(feature = "testing")]
pub(crate) fn detached(mut command: Command, log: &Path) -> Result<std::process::Child, Error> {
    let file = fs::File::create(log).map_err(Error::io("create", log))?;
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(file);
    command.spawn().map_err(|error| Error::Start {
        reason: error.to_string(),
        log: log.to_path_buf(),
    })
}
