//! A NATS server of its own for every test: Debian's.
//!
//! In another crate:
//!
//! ```toml
//! [dev-dependencies]
//! jobs = { workspace = true, features = ["testing"] }
//! ```

#![expect(clippy::expect_used, reason = "a test that has no queue cannot go on")]

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A running server; it ends, and what it holds goes away, with this value.
#[derive(Debug)]
pub struct Server {
    port: u16,
    folder: TempDir,
    running: Option<Child>,
}

impl Server {
    /// Starts it on a free port of this machine.
    ///
    /// # Panics
    /// When it cannot be started: `scripts/install test` installs it.
    pub fn start() -> Self {
        let free = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let mut server = Self {
            port: free.local_addr().expect("a port").port(),
            folder: tempfile::tempdir().expect("a folder"),
            running: None,
        };
        drop(free);
        server.go_on();
        server
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Takes it away with all that it holds.
    ///
    /// # Panics
    /// When it cannot be killed.
    pub fn kill_and_wipe(&mut self) {
        if let Some(mut child) = self.running.take() {
            child.kill().expect("an end");
            child.wait().expect("an end");
        }
        self.folder = tempfile::tempdir().expect("a folder");
    }

    /// Brings it back at the same address.
    ///
    /// # Panics
    /// When it does not start.
    pub fn go_on(&mut self) {
        let server = Command::new("/usr/sbin/nats-server")
            .args(["-js", "-a", "127.0.0.1", "-p", &self.port.to_string()])
            .arg("-sd")
            .arg(self.folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.running = Some(server.expect("Debian's nats-server: run scripts/install test"));
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "NATS is silent");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.running.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
