use std::io;
use std::path::{Path, PathBuf};

/// Why bytes could not be kept or found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused something on a file or folder.
    #[error(
        "the object store could not {action} {path}: {source}; \
         check that the folder exists, is writable for this user and has free space"
    )]
    Io {
        /// What was attempted, as a verb.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// There is no object of this name.
    #[error("the object {name} is not in the object store at {root}; restore it from a backup")]
    Missing {
        /// The name asked for.
        name: String,
        /// The folder searched.
        root: PathBuf,
    },
    /// A text that is not the name of an object.
    #[error(
        "{text:?} is not the name of an object; a name is two hexadecimal digits, a slash, the \
         64 digits of a SHA-256 beginning with the same two, and an extension such as .tif"
    )]
    Name {
        /// The text.
        text: String,
    },
    /// An extension that cannot be part of a name.
    #[error("{extension:?} cannot be an extension; use one to eight of a-z and 0-9, without a dot")]
    Extension {
        /// The extension asked for.
        extension: String,
    },
}

impl Error {
    /// For `map_err`: says what was attempted on which path.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            action,
            path: path.to_path_buf(),
            source,
        }
    }
}
