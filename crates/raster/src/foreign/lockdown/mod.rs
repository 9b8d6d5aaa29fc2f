//! The small room the child locks itself into before it opens anything.
//!
//! - Limits on memory, processor time and open files; files of length 0 are the longest it may
//!   write.
//! - Landlock: it reads the input (the file and what begins with its name, or the folder) and the
//!   system's libraries and data, and nothing else; it writes nothing.
//! - When root started it, it becomes `nobody`. It keeps one capability, reading files whatever
//!   their permissions, and only where Landlock bounds which files those are: otherwise a file
//!   below /root could not be imported at all.
//! - seccomp: no network, no new programs or processes, no files opened for writing, no system
//!   administration.

mod system_calls;

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus,
    path_beneath_rules,
};
use rustix::{
    process::{Gid, Resource, Rlimit, Signal, Uid, geteuid, getppid, setrlimit},
    thread::{CapabilitySet, CapabilitySets, set_capabilities, set_keep_capabilities},
};

use super::{fault::Fault, protocol::Request};

/// Where libraries, projections and formats' tables lie.
const SYSTEM: [&str; 5] = [
    "/usr",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/localtime",
];
/// Variables that name more such folders.
const SYSTEM_VARIABLES: [&str; 4] = ["PROJ_DATA", "PROJ_LIB", "GDAL_DATA", "LD_LIBRARY_PATH"];
/// User and group `nobody` on every Linux.
const NOBODY: u32 = 65_534;
const OPEN_FILES: u64 = 256;

/// Locks the calling process in. Returns what this kernel cannot do, in words.
pub(super) fn confine(request: &Request) -> Result<Vec<String>, Fault> {
    let mut missing = Vec::new();
    limit(request).map_err(|error| failed("limits", error))?;
    let bounded = landlock(&request.path).map_err(|error| failed("Landlock", error))?;
    if !bounded {
        missing.push("this kernel has no Landlock (5.13 or later, enabled at boot)".to_owned());
    }
    become_nobody(bounded).map_err(|error| failed("becoming user nobody", error))?;
    // After the change of user, which clears it.
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|error| failed("the parent's death signal", error))?;
    if getppid().map(|parent| parent.as_raw_nonzero().get()) != Some(request.parent) {
        return Err(failed("its parent", "it is gone"));
    }
    system_calls::deny().map_err(|error| failed("seccomp", error))?;
    Ok(missing)
}

fn failed(what: &str, error: impl std::fmt::Display) -> Fault {
    Fault::NotConfined {
        detail: format!("{what}: {error}"),
    }
}

fn limit(request: &Request) -> rustix::io::Result<()> {
    let limits = [
        (Resource::As, request.memory),
        (Resource::Cpu, request.processor_seconds),
        (Resource::Fsize, 0),
        (Resource::Nofile, OPEN_FILES),
        (Resource::Core, 0),
    ];
    for (resource, value) in limits {
        let hard = rustix::process::getrlimit(resource).maximum;
        let value = Some(hard.map_or(value, |hard| value.min(hard)));
        setrlimit(
            resource,
            Rlimit {
                current: value,
                maximum: value,
            },
        )?;
    }
    Ok(())
}

/// Whether the kernel now bounds which files are read.
fn landlock(input: &Path) -> Result<bool, landlock::RulesetError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let named = SYSTEM_VARIABLES.iter().filter_map(std::env::var_os);
    let named = named.flat_map(|value| std::env::split_paths(&value).collect::<Vec<_>>());
    let system = SYSTEM
        .iter()
        .map(PathBuf::from)
        .chain(named.filter(|path| path.is_absolute()));
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V5))?
        .handle_access(AccessNet::from_all(ABI::V5))?
        .create()?
        .add_rules(path_beneath_rules(system, read))?
        .add_rules(path_beneath_rules(input_files(input), read))?
        .restrict_self()?;
    Ok(status.ruleset != RulesetStatus::NotEnforced)
}

/// The input and the files beside it that belong to it: a Shapefile's .dbf and .prj, an ENVI
/// header, `scene.tif.aux.xml`. Never the whole folder: a neighbour's file is not its business.
fn input_files(input: &Path) -> Vec<PathBuf> {
    let mut files = vec![input.to_owned()];
    if let (Some(folder), Some(stem), false) = (input.parent(), input.file_stem(), input.is_dir())
        && let Ok(entries) = std::fs::read_dir(folder)
    {
        let stem = stem.as_encoded_bytes();
        let beside = entries.filter_map(Result::ok).filter(|entry| {
            entry.file_name().as_encoded_bytes().starts_with(stem)
                && entry.file_type().is_ok_and(|kind| kind.is_file())
        });
        files.extend(beside.map(|entry| entry.path()).take(200));
    }
    files
}

fn become_nobody(bounded: bool) -> rustix::io::Result<()> {
    if !geteuid().is_root() {
        return Ok(());
    }
    let (user, group) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
    // The child has one thread at this point, so per-thread identities are the process's.
    set_keep_capabilities(true)?;
    rustix::thread::set_thread_groups(&[])?;
    rustix::thread::set_thread_res_gid(group, group, group)?;
    rustix::thread::set_thread_res_uid(user, user, user)?;
    let kept = if bounded {
        CapabilitySet::DAC_READ_SEARCH
    } else {
        CapabilitySet::empty()
    };
    let sets = CapabilitySets {
        effective: kept,
        permitted: kept,
        inheritable: CapabilitySet::empty(),
    };
    set_capabilities(None, sets)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A test binary cannot lock itself in and go on testing: it starts itself again, and the
    /// copy, recognised before the test harness runs, tries what it must not be able to do.
    #[used]
    // SAFETY: an entry of `.init_array` is a function without arguments that returns nothing; the
    // standard library is ready by then on glibc.
    #[unsafe(link_section = ".init_array")]
    static PROBE: extern "C" fn() = probe;

    #[expect(clippy::print_stdout, clippy::exit, reason = "what the probe is for")]
    extern "C" fn probe() {
        let arguments: Vec<String> = std::env::args().collect();
        let [_, word, input, forbidden] = arguments.as_slice() else {
            return;
        };
        if word != "lockdown-probe" {
            return;
        }
        let request = Request {
            path: PathBuf::from(input),
            task: crate::foreign::protocol::Task::Describe,
            memory: 1 << 30,
            processor_seconds: 5,
            parent: getppid().map_or(0, |parent| parent.as_raw_nonzero().get()),
        };
        println!("confined {}", confine(&request).is_ok());
        println!("input {}", std::fs::read(input).is_ok());
        println!("other file {}", std::fs::read(forbidden).is_ok());
        println!(
            "written {}",
            std::fs::write(format!("{input}.new"), "x").is_ok()
        );
        println!("deleted {}", std::fs::remove_file(input).is_ok());
        println!(
            "network {}",
            std::net::UdpSocket::bind("127.0.0.1:0").is_ok()
        );
        println!(
            "program {}",
            std::process::Command::new("/bin/true").status().is_ok()
        );
        println!("thread {}", std::thread::spawn(|| 1).join().is_ok());
        println!("root {}", geteuid().is_root());
        std::process::exit(0);
    }

    #[test]
    fn a_confined_process_reads_its_input_and_does_nothing_else() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (input, forbidden) = (folder.path().join("a.tif"), elsewhere.path().join("b.tif"));
        std::fs::write(&input, "x").unwrap();
        std::fs::write(&forbidden, "x").unwrap();
        // Readable by its owner only: as root the child is `nobody` and still has to read it.
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&input, private).unwrap();
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .arg("lockdown-probe")
            .args([&input, &forbidden])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let expected = "confined true\ninput true\nother file false\nwritten false\n\
            deleted false\nnetwork false\nprogram false\nthread true\nroot false\n";
        assert_eq!(
            said,
            expected,
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    #[test]
    fn a_file_brings_its_sidecars_and_not_its_neighbours() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "village.shp",
            "village.dbf",
            "village.shp.xml",
            "secret.txt",
        ] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        let files = input_files(&folder.path().join("village.shp"));
        let mut names: Vec<_> = files
            .iter()
            .filter_map(|path| path.file_name()?.to_str())
            .collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names, ["village.dbf", "village.shp", "village.shp.xml"]);
    }
}
