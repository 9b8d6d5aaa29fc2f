use std::io;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tokio_postgres::config::{Config, Host};

use super::Error;
use crate::cluster::Programs;

/// Dumps a database into a file.
pub(super) fn dump(url: &str, file: &Path) -> Result<(), Error> {
    let mut command = program("pg_dump", url)?;
    command
        .args(["--format=custom", "--no-owner", "--no-privileges", "--file"])
        .arg(file);
    check("pg_dump", command.output())
}

/// Schemas that other programs keep in the database are in the dump as well.
const DROP_OTHERS: &str = "do $$ declare name text; begin
    for name in select n.nspname from pg_namespace as n
        where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    loop execute format('drop schema %I cascade', name); end loop; end $$";

/// Replaces the content of a database by that of a dump, in one transaction.
///
/// `pg_restore --clean` would drop what is in the dump, and stumble over what is not, such as the
/// tables of a newer version; so everything goes, and the statements go through `psql`.
pub(super) fn restore(url: &str, file: &Path) -> Result<(), Error> {
    let mut reader = Programs::client()?.command("pg_restore");
    reader
        .args(["--no-owner", "--no-privileges", "--file=-"])
        .arg(file);
    reader
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut writer = program("psql", url)?;
    writer.args([
        "--single-transaction",
        "--no-psqlrc",
        "--quiet",
        "--set=ON_ERROR_STOP=1",
    ]);
    writer.args(["--command", "set client_min_messages = warning"]);
    writer.args(["--command", "drop schema public cascade"]);
    writer.args(["--command", DROP_OTHERS]);
    writer.args(["--command", "create schema public", "--file=-"]);
    writer
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());

    let mut reader = reader
        .spawn()
        .map_err(|error| failed("pg_restore", &error))?;
    let mut writer = writer.spawn().map_err(|error| failed("psql", &error))?;
    let statements = reader.stdout.take();
    let target = writer.stdin.take();
    let copied = match (statements, target.as_ref()) {
        (Some(mut statements), Some(mut target)) => io::copy(&mut statements, &mut target),
        _ => Ok(0),
    };
    let read = check("pg_restore", reader.wait_with_output());
    // At the end of its input psql commits: it must not see one when the dump was cut short.
    if read.is_err() && copied.is_ok() {
        writer.kill().map_err(|error| failed("psql", &error))?;
    }
    drop(target);
    // When psql stops early, pg_restore only complains that nobody listens.
    check("psql", writer.wait_with_output()).and(read)
}

/// Checks that a dump can be read to its end.
pub(super) fn check_dump(file: &Path) -> Result<(), Error> {
    let mut command = Programs::client()?.command("pg_restore");
    command.arg("--file=/dev/null").arg(file);
    check("pg_restore", command.output())
}

/// A client program for the database; the address goes by the environment, which unlike the
/// arguments others cannot read: it may hold a password.
fn program(name: &str, url: &str) -> Result<Command, Error> {
    let config: Config = url.parse().map_err(|error| Error::Address {
        reason: format!("{error}"),
    })?;
    let mut command = Programs::client()?.command(name);
    match config.get_hosts().first() {
        Some(Host::Tcp(host)) => command.env("PGHOST", host),
        Some(Host::Unix(folder)) => command.env("PGHOST", folder),
        None => &mut command,
    };
    if let Some(port) = config.get_ports().first() {
        command.env("PGPORT", port.to_string());
    }
    if let Some(user) = config.get_user() {
        command.env("PGUSER", user);
    }
    if let Some(password) = config.get_password() {
        command.env("PGPASSWORD", String::from_utf8_lossy(password).into_owned());
    }
    command.env("PGDATABASE", config.get_dbname().unwrap_or_default());
    command.stdin(Stdio::null()).current_dir("/");
    Ok(command)
}

fn check(program: &'static str, output: std::io::Result<Output>) -> Result<(), Error> {
    let output = output.map_err(|error| failed(program, &error))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<_> = said
        .lines()
        .filter(|line| !line.is_empty())
        .take(5)
        .collect();
    Err(Error::Program {
        program,
        reason: format!("{}: {}", output.status, lines.join(" | ")),
    })
}

fn failed(program: &'static str, error: &std::io::Error) -> Error {
    Error::Program {
        program,
        reason: error.to_string(),
    }
}
