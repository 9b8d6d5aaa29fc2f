use std::io;
use std::path::{Path, PathBuf};

use crate::ObjectName;

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
    #[error("the object {name} is not in the object store at {place}; restore it from a backup")]
    Missing {
        /// The name asked for.
        name: String,
        /// The folder or bucket searched.
        place: String,
    },
    /// The bucket does not answer, or refuses.
    #[error(
        "the object store at {place} could not {action} {what}: {reason}; check that it runs \
         at AWS_ENDPOINT_URL, and the keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    )]
    Bucket {
        /// What was attempted, as a verb.
        action: &'static str,
        /// On which object or what else.
        what: String,
        /// The bucket and prefix.
        place: String,
        /// The whole chain of causes in one line.
        reason: String,
        /// Whether the same may succeed later: no answer, or one that speaks of trouble there.
        outage: bool,
    },
    /// A web server does not answer, or not with what was asked for.
    #[error(
        "{what} cannot be read from {place}: {reason}; check the address, and that the server \
         gives parts of files (Accept-Ranges)"
    )]
    Web {
        /// Which file.
        what: String,
        /// The server.
        place: String,
        /// The whole chain of causes in one line.
        reason: String,
        /// Whether the same may succeed later.
        outage: bool,
    },
    /// A setting that names no place.
    #[error(
        "{text:?} is no place for objects: {reason}; set XIANGTU_OBJECTS to s3://bucket/prefix or to a folder"
    )]
    Place {
        /// The setting.
        text: String,
        /// What is wrong with it.
        reason: String,
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
    /// A text that is not the name of a part.
    #[error(
        "{text:?} is not the name of a part; a name is parts/GROUP/FILE, both of a-z, 0-9, dashes \
         and (not at the beginning) dots"
    )]
    Part {
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

    /// For `map_err` of reading through an `io` trait: what this crate said comes back.
    pub(crate) fn reading(name: &ObjectName, place: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = place.join(name.as_str());
        move |error| match error.downcast::<Self>() {
            Ok(own) => own,
            Err(source) => Self::io("read", &path)(source),
        }
    }
}

/// For reading through an `io` trait; [`is_outage`] finds the error in it again.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::Missing { .. } => io::ErrorKind::NotFound,
            Error::Io { source, .. } => source.kind(),
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

/// Whether an error, or whatever caused it, is a bucket that does not answer: the same work may
/// well succeed later.
pub fn is_outage(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if matches!(
            error.downcast_ref(),
            Some(Error::Bucket { outage: true, .. } | Error::Web { outage: true, .. })
        ) {
            return true;
        }
        // An io::Error passes over what it holds when it is asked for its source.
        let held = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        cause = match held {
            Some(held) => Some(held),
            None => error.source(),
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(outage: bool) -> Error {
        Error::Bucket {
            action: "read",
            what: "a".into(),
            place: "s3://b".into(),
            reason: "down".into(),
            outage,
        }
    }

    #[derive(Debug, thiserror::Error)]
    #[error("a picture could not be read")]
    struct Picture(#[source] io::Error);

    #[test]
    fn an_outage_is_found_however_deep_it_lies() {
        assert!(is_outage(&bucket(true)));
        assert!(!is_outage(&bucket(false)));
        assert!(is_outage(&Picture(bucket(true).into())));
        assert!(!is_outage(&Picture(io::Error::other("disk"))));
    }
}
