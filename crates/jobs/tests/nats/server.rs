//! A NATS server of its own for every test.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Ends with this value.
pub struct Nats {
    port: u16,
    folder: TempDir,
    running: Option<Child>,
}

impl Nats {
    pub fn start() -> Self {
        let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let mut nats = Self {
            port: free.local_addr().unwrap().port(),
            folder: tempfile::tempdir().unwrap(),
            running: None,
        };
        drop(free);
        nats.go_on();
        nats
    }

    pub fn address(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub fn kill_and_wipe(&mut self) {
        if let Some(mut child) = self.running.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        self.folder = tempfile::tempdir().unwrap();
    }

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

impl Drop for Nats {
    fn drop(&mut self) {
        if let Some(mut child) = self.running.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
