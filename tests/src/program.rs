//! A running server in its home, and a client of it.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use reqwest::header::{HeaderName, HeaderValue};
use rustix::process::{Pid, Signal, kill_process};

use crate::command::Home;

/// `xiangtu up`, ready to answer; ends with the test.
pub struct Program {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
    port: u16,
}

/// A login name and a password that the program showed.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Name to sign in with.
    pub login: String,
    /// Password.
    pub password: String,
}

impl Program {
    /// Starts `xiangtu up EXTRA` on a free port of 127.0.0.1 and waits until it is ready.
    ///
    /// # Panics
    /// When it ends early or is not ready within two minutes.
    pub fn start(home: &Home, extra: &[&str]) -> Self {
        Self::start_with(home, extra, &[])
    }

    /// The same with environment variables.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    pub fn start_with(home: &Home, extra: &[&str], environment: &[(&str, String)]) -> Self {
        let port = free_port();
        let listen = format!("127.0.0.1:{port}");
        let mut arguments = vec!["up", "--listen", &listen];
        arguments.extend(extra);
        let mut child = home
            .command(&arguments)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("xiangtu starts");
        let (sender, lines) = channel();
        let out = child.stdout.take().expect("standard output");
        let err = child.stderr.take().expect("standard error");
        let other = sender.clone();
        std::thread::spawn(move || {
            BufReader::new(out)
                .lines()
                .map_while(Result::ok)
                .for_each(|line| {
                    // The test may have ended; nobody reads then.
                    let _ = sender.send(line);
                });
        });
        std::thread::spawn(move || {
            BufReader::new(err)
                .lines()
                .map_while(Result::ok)
                .for_each(|line| {
                    let _ = other.send(line);
                });
        });
        let mut program = Self {
            child,
            lines,
            seen: Vec::new(),
            port,
        };
        program.wait_until_ready();
        program
    }

    /// `http://127.0.0.1:PORT` followed by PATH.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Everything it printed so far.
    pub fn printed(&mut self) -> String {
        self.seen.extend(self.lines.try_iter());
        self.seen.join("\n")
    }

    /// The demo accounts it showed: the indented lines below their heading, each with a login, a
    /// password and words.
    pub fn demo_accounts(&mut self) -> Vec<Credentials> {
        self.printed()
            .lines()
            .skip_while(|line| !line.contains("Demo accounts"))
            .skip(1)
            .take_while(|line| line.starts_with("  "))
            .filter_map(|line| {
                let mut words = line.split_whitespace();
                Some(Credentials {
                    login: words.next()?.to_owned(),
                    password: words.next()?.to_owned(),
                })
            })
            .collect()
    }

    /// Stops it as Ctrl-C would and waits for its end.
    ///
    /// # Panics
    /// When it has not ended within 20 s.
    pub fn interrupt(mut self) {
        self.signal(Signal::INT);
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.child.try_wait().expect("a child").is_none() {
            assert!(Instant::now() < deadline, "still running 20 s after Ctrl-C");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Kills it without a chance to clean up.
    ///
    /// # Panics
    /// When it cannot be killed.
    pub fn kill(mut self) {
        self.signal(Signal::KILL);
        self.child.wait().expect("a child");
    }

    /// A client that keeps cookies, follows no redirects, and says as a browser does that what it
    /// sends comes from the program's own pages.
    ///
    /// # Panics
    /// When the client cannot be built.
    pub fn client(&self) -> reqwest::Client {
        Self::builder().build().expect("a client")
    }

    /// The same, which shows bodies as they come: what gzip packed stays packed.
    ///
    /// # Panics
    /// When the client cannot be built.
    pub fn client_that_unpacks_nothing(&self) -> reqwest::Client {
        Self::builder().no_gzip().build().expect("a client")
    }

    fn builder() -> reqwest::ClientBuilder {
        let own_pages = ("sec-fetch-site", "same-origin");
        let headers = [own_pages].into_iter().map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        // The client has no cryptography of its own; an error says that it was chosen already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::builder()
            .default_headers(headers.collect())
            .cookie_store(true)
            .redirect(reqwest::redirect::Policy::none())
    }

    /// A client signed in with an account that [`Home::add_user`] made, or with CREDENTIALS.
    ///
    /// # Panics
    /// When signing in fails.
    pub async fn signed_in(&self, login: &str, password: &str) -> reqwest::Client {
        let client = self.client();
        let response = client
            .post(self.url("/api/v1/session"))
            .json(&serde_json::json!({ "login": login, "password": password }))
            .send()
            .await
            .expect("an answer");
        assert!(
            response.status().is_success(),
            "{login} cannot sign in: {}",
            response.text().await.unwrap_or_default()
        );
        client
    }

    /// GETs PATH as JSON.
    ///
    /// # Panics
    /// When the answer is not 200 with JSON.
    pub async fn json(&self, client: &reqwest::Client, path: &str) -> serde_json::Value {
        let response = client.get(self.url(path)).send().await.expect("an answer");
        let status = response.status();
        let text = response.text().await.expect("a body");
        assert!(status.is_success(), "GET {path}: {status} {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().cast_signed()).expect("a process id");
        kill_process(pid, signal).expect("a running process");
    }

    fn wait_until_ready(&mut self) {
        let deadline = Instant::now() + Duration::from_mins(2);
        while !self.printed().contains("Xiangtu is running") {
            if let Some(status) = self.child.try_wait().expect("a child") {
                std::thread::sleep(Duration::from_millis(100));
                panic!("xiangtu up ended with {status}:\n{}", self.printed());
            }
            assert!(
                Instant::now() < deadline,
                "not ready after 120 s:\n{}",
                self.printed()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal(Signal::INT);
            let _ = self.child.wait();
        }
    }
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port()
}
