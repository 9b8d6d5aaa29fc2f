use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use super::Error;

/// The user that runs the server when the program runs as root.
const USER: &str = "postgres";

/// Who runs the server's programs: this user, or `postgres` when this user is root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The user of this program.
    Ourselves,
    /// Another one.
    Other { user: u32, group: u32 },
}

impl Owner {
    pub(crate) fn current() -> Result<Self, Error> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Ourselves);
        }
        let path = Path::new("/etc/passwd");
        let users = fs::read_to_string(path).map_err(Error::io("read", path))?;
        find_user(&users, USER).ok_or_else(|| Error::NoUser {
            user: USER.to_owned(),
        })
    }

    /// Makes a command run as this user.
    pub(crate) fn apply(self, command: &mut Command) {
        if let Self::Other { user, group } = self {
            command.uid(user).gid(group);
        }
    }

    /// Gives a folder to this user.
    pub(crate) fn give(self, path: &Path) -> Result<(), Error> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Other { user, group } => {
                chown(path, Some(user), Some(group)).map_err(Error::io("give away", path))
            }
        }
    }

    /// Checks that this user may enter every folder above `path`.
    pub(crate) fn check_way_to(self, path: &Path) -> Result<(), Error> {
        let Self::Other { user, group } = self else {
            return Ok(());
        };
        for folder in path.ancestors().skip(1) {
            let metadata = fs::metadata(folder).map_err(Error::io("look at", folder))?;
            let enter = match (metadata.uid() == user, metadata.gid() == group) {
                (true, _) => 0o100,
                (false, true) => 0o010,
                (false, false) => 0o001,
            };
            if metadata.mode() & enter == 0 {
                return Err(Error::NotReachable {
                    user: USER.to_owned(),
                    folder: folder.to_path_buf(),
                });
            }
        }
        Ok(())
    }
}

/// The user and group of a name in the text of `/etc/passwd`.
fn find_user(users: &str, name: &str) -> Option<Owner> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        let user = fields.nth(1)?.parse().ok()?;
        let group = fields.next()?.parse().ok()?;
        Some(Owner::Other { user, group })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_is_found_by_its_whole_name() {
        let users = "root:x:0:0:root:/root:/bin/bash\n\
                     postgresql:x:7:8::/:/bin/sh\n\
                     postgres:x:101:104:PostgreSQL administrator:/var/lib/postgresql:/bin/bash\n";
        assert_eq!(
            find_user(users, "postgres"),
            Some(Owner::Other {
                user: 101,
                group: 104
            })
        );
        assert_eq!(find_user(users, "nobody"), None);
    }

    #[test]
    fn a_closed_folder_on_the_way_is_named() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        fs::create_dir(&home).unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
        // A user and group nobody has: counted among "the others".
        let stranger = Owner::Other {
            user: 4_000_001,
            group: 4_000_001,
        };
        let error = stranger.check_way_to(&home).unwrap_err();
        assert!(
            error
                .to_string()
                .contains(&folder.path().display().to_string()),
            "{error}"
        );
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).unwrap();
        stranger.check_way_to(&home).unwrap();
    }
}
