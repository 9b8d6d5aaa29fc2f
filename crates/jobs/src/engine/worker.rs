//! Names of programs at work, from which another on the same machine sees whether they live.

use std::fs;
use std::process;

use store::job::{Executor, Filter, State};
use store::{Scope, Store};

use crate::Result;

/// Jobs that are being worked on at the same time: more are not looked at.
const AT_WORK: u16 = 1000;

/// This program, with a word for people before it.
pub fn worker_name_with(word: &str) -> String {
    format!("{word} {}", worker_name())
}

/// This program: machine, process and when it began, since process ids come again.
pub fn worker_name() -> String {
    let process = process::id();
    format!(
        "{}/{process}/{}",
        machine(),
        began(process).unwrap_or_default()
    )
}

/// The leaders of running jobs that were programs of this machine and are gone.
///
/// # Errors
/// When the database fails.
pub async fn gone_workers(store: &Store, executor: Executor) -> Result<Vec<String>> {
    let running = Filter {
        state: Some(State::Running),
        before: None,
    };
    let jobs = store::job::list(store, &Scope::Everything, &running, AT_WORK).await?;
    let ours = jobs
        .into_iter()
        .filter(|found| found.job.executor == executor);
    let workers = ours.filter_map(|found| found.job.worker);
    Ok(workers.filter(|worker| is_gone(worker)).collect())
}

/// Whether a worker of this machine does not live any more; of another machine nobody knows.
pub(crate) fn is_gone(worker: &str) -> bool {
    let mut parts = worker.rsplitn(3, '/');
    let (Some(start), Some(process), Some(host)) = (parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let host = host.rsplit(' ').next().unwrap_or_default();
    host == machine()
        && process
            .parse()
            .is_ok_and(|process| began(process).as_deref() != Some(start))
}

/// Differs between machines, and between two starts of one.
fn machine() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{}/{}", host.trim(), boot.trim())
}

/// When a process began, in ticks since the machine did; `None` when it is gone or a zombie.
fn began(process: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name of the program, in brackets, may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    (*fields.first()? != "Z").then(|| fields.get(19).map(|&field| field.to_owned()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn we_live_and_the_next_to_have_our_number_is_another() {
        let own = worker_name();
        assert!(!is_gone(&own));
        let (before, _) = own.rsplit_once('/').unwrap();
        assert!(is_gone(&format!("{before}/1")));
        assert!(is_gone(&format!("the mill {before}/1")));
        assert!(!is_gone(&worker_name_with("the mill")));
        assert!(!is_gone("elsewhere/boot/77/1"), "nobody knows");
        assert!(!is_gone("a name of another kind"));
    }

    #[test]
    fn a_dead_process_is_gone() {
        let mut child = process::Command::new("true").spawn().unwrap();
        let id = child.id();
        let name = format!("{}/{id}/{}", machine(), "12345");
        child.wait().unwrap();
        assert!(is_gone(&name));
    }
}
