use std::fs::{self, DirBuilder, Permissions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Error, NAME, Owner, Programs};

/// `sockaddr_un` holds 108 bytes with the final zero.
const SOCKET_PATH_LIMIT: usize = 107;

/// The server's folders below a home.
#[derive(Debug, Clone)]
pub(crate) struct Folders {
    /// The data; made by [`create`].
    pub(crate) data: PathBuf,
    /// The socket; 0700, of the user that runs the server.
    pub(crate) run: PathBuf,
}

/// Makes the home and the folder of the socket.
pub(crate) fn folders(home: &Path, owner: &Owner) -> Result<Folders, Error> {
    // Not 0700: as root the server runs as another user, who must pass.
    DirBuilder::new()
        .recursive(true)
        .mode(0o711)
        .create(home)
        .map_err(Error::io("create", home))?;
    let home = fs::canonicalize(home).map_err(Error::io("find", home))?;
    let folders = Folders {
        data: home.join("postgres"),
        run: home.join("run"),
    };
    let socket = socket(&folders.run);
    let length = socket.as_os_str().len();
    if length > SOCKET_PATH_LIMIT {
        return Err(Error::SocketPath {
            path: socket,
            length,
            limit: SOCKET_PATH_LIMIT,
        });
    }
    private(&folders.run, owner)?;
    owner.check_way_to(&folders.data)?;
    Ok(folders)
}

/// The socket; the port only names it.
pub(crate) fn socket(run: &Path) -> PathBuf {
    run.join(".s.PGSQL.5432")
}

/// Makes the data folder with the empty database, unless there is one: made beside and renamed,
/// so that it is whole or not there.
pub(crate) fn create(programs: &Programs, data: &Path, owner: &Owner) -> Result<(), Error> {
    if data.join("PG_VERSION").is_file() {
        return Ok(());
    }
    let beside = data.with_extension("new");
    match fs::remove_dir_all(&beside) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(Error::io("remove", &beside)(error));
        }
        _ => {}
    }
    private(&beside, owner)?;
    let mut initdb = programs.command("initdb");
    initdb.args(["--username", NAME, "--auth", "trust", "--encoding", "UTF8"]);
    initdb
        .args(["--locale", "C.UTF-8", "--no-instructions", "--pgdata"])
        .arg(&beside);
    run("initdb", &mut initdb, owner, "")?;
    let mut single = programs.command("postgres");
    single
        .args(["--single", "-j", "-D"])
        .arg(&beside)
        .arg("postgres");
    run(
        "postgres --single",
        &mut single,
        owner,
        &format!("create database {NAME};\n\n"),
    )?;
    fs::rename(&beside, data).map_err(Error::io("rename into place", data))?;
    tracing::info!(folder = %data.display(), "made a new private PostgreSQL cluster");
    Ok(())
}

fn private(folder: &Path, owner: &Owner) -> Result<(), Error> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(Error::io("create", folder))?;
    fs::set_permissions(folder, Permissions::from_mode(0o700))
        .map_err(Error::io("close", folder))?;
    owner.give(folder)
}

fn run(name: &'static str, command: &mut Command, owner: &Owner, input: &str) -> Result<(), Error> {
    let failed = |reason: String| Error::Program {
        program: name,
        reason,
    };
    owner.apply(command);
    // Its working folder may be closed to the other user.
    command
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin
            .write_all(input.as_bytes())
            .map_err(|error| failed(error.to_string()))?;
    }
    let output = child
        .wait_with_output()
        .map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    Err(failed(format!(
        "{}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    )))
}
