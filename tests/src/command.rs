//! One home of the program, and its commands run in it to their end.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::real_data::repository;

/// A home folder that disappears with the test.
pub struct Home {
    folder: TempDir,
}

/// What a command printed and how it ended.
#[derive(Debug)]
pub struct Outcome {
    /// Whether the exit status was zero.
    pub success: bool,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Home {
    /// An empty home. The private database runs as another user when the tests run as root, so
    /// the folder lets others pass through.
    ///
    /// # Panics
    /// When the folder cannot be made.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("xiangtu-test-")
            .permissions(std::fs::Permissions::from_mode(0o755))
            .tempdir()
            .expect("a temporary folder");
        Self { folder }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// `xiangtu ARGUMENTS` in this home, not yet started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(arguments)
            .env("XIANGTU_HOME", self.path())
            .env_remove("DATABASE_URL")
            .stdin(Stdio::null());
        command
    }

    /// Runs `xiangtu ARGUMENTS` to its end.
    ///
    /// # Panics
    /// When the program cannot be started.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(&self.command(arguments).output().expect("xiangtu starts"))
    }

    /// Runs `xiangtu ARGUMENTS` with TEXT on its standard input.
    ///
    /// # Panics
    /// When the program cannot be started.
    pub fn run_with_input(&self, arguments: &[&str], text: &str) -> Outcome {
        use std::io::Write as _;
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("xiangtu starts");
        child
            .stdin
            .take()
            .expect("a standard input")
            .write_all(text.as_bytes())
            .expect("xiangtu reads");
        Outcome::of(&child.wait_with_output().expect("xiangtu ends"))
    }

    /// Runs `xiangtu ARGUMENTS` and expects success.
    ///
    /// # Panics
    /// When the command fails, with what it said.
    pub fn succeed(&self, arguments: &[&str]) -> String {
        let outcome = self.run(arguments);
        assert!(
            outcome.success,
            "xiangtu {arguments:?} failed:\n{}{}",
            outcome.out, outcome.err
        );
        outcome.out
    }

    /// Adds an account with the password `correct horse battery`.
    ///
    /// # Panics
    /// When the account cannot be added.
    pub fn add_user(&self, login: &str, role: &str, areas: &[&str]) {
        let mut arguments = vec!["user", "add", login, "--role", role];
        for area in areas {
            arguments.extend(["--area", area]);
        }
        let outcome = self.run_with_input(&arguments, "correct horse battery\n");
        assert!(outcome.success, "user add {login} failed:\n{}", outcome.err);
    }

    /// How many objects the home holds, partial ones included.
    pub fn object_count(&self) -> usize {
        fn count(folder: &Path) -> usize {
            let Ok(entries) = std::fs::read_dir(folder) else {
                return 0;
            };
            entries
                .filter_map(Result::ok)
                .map(|entry| {
                    if entry.path().is_dir() {
                        count(&entry.path())
                    } else {
                        1
                    }
                })
                .sum()
        }
        count(&self.path().join("objects"))
    }
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

impl Outcome {
    fn of(output: &Output) -> Self {
        Self {
            success: output.status.success(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// The program that `cargo build --package xiangtu` made, beside the test that runs.
fn binary() -> PathBuf {
    let target = std::env::current_exe().expect("the running test");
    let profile = target
        .ancestors()
        .nth(2)
        .expect("target/<profile>/deps/<test>");
    let binary = profile.join("xiangtu");
    assert!(
        binary.exists(),
        "{} is missing: run scripts/test, or `cargo build --package xiangtu` in {}",
        binary.display(),
        repository().display()
    );
    binary
}
