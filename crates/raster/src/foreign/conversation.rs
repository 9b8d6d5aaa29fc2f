//! The parent's side of one question: starting the child, reading its frames, stopping it.

use std::{
    io::{self, BufRead as _, BufReader, Read, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    sync::{
        Arc, Once,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use geo_traits::to_geo::ToGeoGeometry as _;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::{
    Samples,
    fault::Error,
    protocol::{
        Frame, LARGEST_GEOMETRY, LARGEST_STRIP, LARGEST_TILE, LONGEST_LINE, RawSamples, Request,
    },
};

/// Variables the child keeps: where libraries and their data lie. Everything else could change
/// what GDAL does (proxies, keys, drivers) and is dropped.
const KEPT_VARIABLES: [&str; 6] = [
    "PATH",
    "LD_LIBRARY_PATH",
    "PROJ_DATA",
    "PROJ_LIB",
    "GDAL_DATA",
    "LANG",
];
/// Bytes of the child's standard error that are kept for an error message.
const KEPT_NOISE: usize = 4096;

/// A running child. Dropping it kills and reaps it.
pub(super) struct Conversation {
    child: Child,
    answers: BufReader<ChildStdout>,
    path: PathBuf,
    noise: Option<thread::JoinHandle<Vec<u8>>>,
    overdue: Arc<AtomicBool>,
    time: Duration,
    /// Dropped at the end, which lets the watching thread go.
    _watch: mpsc::Sender<()>,
    ended: bool,
}

impl Conversation {
    pub fn start(program: &Path, request: &Request, time: Duration) -> Result<Self, Error> {
        let failed = |source| Error::Start {
            program: program.to_owned(),
            source,
        };
        let mut child = Command::new(program)
            .arg("gdal-child")
            .env_clear()
            .envs(
                KEPT_VARIABLES
                    .iter()
                    .filter_map(|name| Some((name, std::env::var_os(name)?))),
            )
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(mut questions), Some(answers), Some(noise)) = pipes else {
            return Err(failed(io::Error::other("its pipes are missing")));
        };
        let overdue = Arc::new(AtomicBool::new(false));
        let watch = watch(&child, time, Arc::clone(&overdue)).map_err(failed)?;
        let conversation = Self {
            child,
            answers: BufReader::with_capacity(1 << 16, answers),
            path: request.path.clone(),
            noise: Some(thread::spawn(move || last_words(noise))),
            overdue,
            time,
            _watch: watch,
            ended: false,
        };
        let mut line = serde_json::to_vec(request).map_err(|error| failed(error.into()))?;
        line.push(b'\n');
        // A child that died at once is told apart from one that answers when its answer is read.
        let _ = questions.write_all(&line);
        Ok(conversation)
    }

    /// The next frame, or `None` after the last. Warnings are logged and skipped.
    pub fn next(&mut self) -> Result<Option<Frame>, Error> {
        while !self.ended {
            match self.frame()? {
                Frame::Loose { missing } => warn_once(&missing),
                Frame::Warning { text } => {
                    tracing::debug!(path = %self.path.display(), text, "GDAL warns");
                }
                Frame::Failure(fault) => {
                    return Err(Error::Refused {
                        path: self.path.clone(),
                        fault,
                    });
                }
                Frame::End => self.ended = true,
                frame => return Ok(Some(frame)),
            }
        }
        Ok(None)
    }

    /// The samples that follow a strip frame.
    pub fn samples(
        &mut self,
        raw: RawSamples,
        rows: usize,
        width: usize,
    ) -> Result<Samples, Error> {
        let bytes = rows
            .checked_mul(width)
            .and_then(|count| count.checked_mul(raw.data_type.bytes()))
            .filter(|bytes| (1..=LARGEST_STRIP).contains(bytes))
            .ok_or_else(|| self.broken("a strip of an impossible size"))?;
        Ok(Samples::from_bytes(raw.data_type, &self.bytes(bytes)?))
    }

    /// The geometry that follows a feature frame.
    pub fn geometry(&mut self, bytes: usize) -> Result<geo::Geometry<f64>, Error> {
        if bytes > LARGEST_GEOMETRY {
            return Err(self.broken("a geometry of an impossible size"));
        }
        let bytes = self.bytes(bytes)?;
        let geometry = wkb::reader::read_wkb(&bytes)
            .ok()
            .and_then(|wkb| wkb.try_to_geometry())
            .ok_or_else(|| self.broken("a geometry that is none"))?;
        Ok(geometry)
    }

    /// The bytes that follow a tile frame.
    pub fn tile(&mut self, bytes: usize) -> Result<Vec<u8>, Error> {
        if bytes > LARGEST_TILE {
            return Err(self.broken("a tile of an impossible size"));
        }
        self.bytes(bytes)
    }

    pub fn unexpected(&self, frame: &Frame) -> Error {
        let text = format!("{frame:?}");
        self.broken(&format!(
            "an answer out of turn ({})",
            text.chars().take(60).collect::<String>()
        ))
    }

    pub fn incomplete(&self) -> Error {
        self.broken("an incomplete answer")
    }

    pub fn broken(&self, what: &str) -> Error {
        Error::Nonsense {
            path: self.path.clone(),
            what: what.to_owned(),
        }
    }

    fn frame(&mut self) -> Result<Frame, Error> {
        let mut line = Vec::new();
        let read = (&mut self.answers)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line);
        match read {
            Ok(_) if line.ends_with(b"\n") => serde_json::from_slice(&line)
                .map_err(|error| self.broken(&format!("an answer nobody understands ({error})"))),
            Ok(_) if line.len() as u64 >= LONGEST_LINE => Err(self.broken("an endless answer")),
            Ok(_) | Err(_) => Err(self.post_mortem()),
        }
    }

    fn bytes(&mut self, count: usize) -> Result<Vec<u8>, Error> {
        let mut bytes = vec![0; count];
        match self.answers.read_exact(&mut bytes) {
            Ok(()) => Ok(bytes),
            Err(_) => Err(self.post_mortem()),
        }
    }

    /// Why the child stopped talking.
    fn post_mortem(&mut self) -> Error {
        self.ended = true;
        // Its output is closed, so it is dead or dying: this changes no exit status that counts.
        let _ = self.child.kill();
        let status = self.child.wait();
        let path = self.path.clone();
        if self.overdue.load(Ordering::Acquire) {
            return Error::TooSlow {
                path,
                seconds: self.time.as_secs(),
            };
        }
        let noise = self
            .noise
            .take()
            .and_then(|reader| reader.join().ok())
            .unwrap_or_default();
        let how = status.map_or_else(|error| error.to_string(), in_words);
        Error::Broke {
            path,
            how,
            noise: String::from_utf8_lossy(&noise).trim().to_owned(),
        }
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Kills the child when its time is over. A pidfd, not a pid: it never means another process.
fn watch(child: &Child, time: Duration, overdue: Arc<AtomicBool>) -> io::Result<mpsc::Sender<()>> {
    let (sender, receiver) = mpsc::channel();
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let handle = pidfd_open(pid.ok_or(io::ErrorKind::NotFound)?, PidfdFlags::empty())?;
    thread::spawn(move || {
        if receiver.recv_timeout(time) == Err(mpsc::RecvTimeoutError::Timeout) {
            overdue.store(true, Ordering::Release);
            let _ = pidfd_send_signal(&handle, Signal::KILL);
        }
    });
    Ok(sender)
}

/// The end of what the child wrote to its standard error; the rest is read and forgotten.
fn last_words(mut noise: impl Read) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut buffer = [0; 1024];
    while let Ok(count @ 1..) = noise.read(&mut buffer) {
        kept.extend_from_slice(buffer.get(..count).unwrap_or_default());
        let surplus = kept.len().saturating_sub(KEPT_NOISE);
        kept.drain(..surplus);
    }
    kept
}

fn in_words(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match status.signal() {
        Some(libc::SIGXCPU) => "it used up its processor time".to_owned(),
        Some(libc::SIGABRT) => "it gave up, mostly for want of memory".to_owned(),
        Some(libc::SIGSEGV | libc::SIGBUS) => "it crashed".to_owned(),
        Some(signal) => format!("ended by signal {signal}"),
        None => status.to_string(),
    }
}

fn warn_once(missing: &str) {
    static WARNED: Once = Once::new();
    WARNED.call_once(|| {
        tracing::warn!(
            missing,
            "foreign files are opened with less protection than intended"
        );
    });
}
