use diesel::result::DatabaseErrorKind;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No connection.
    #[error(
        "the database at {place} cannot be reached: {reason}; check that PostgreSQL runs there \
         and that DATABASE_URL is right, or leave DATABASE_URL out to use the private one"
    )]
    Unreachable {
        /// Host and database, never the password.
        place: String,
        /// What the driver said.
        reason: String,
    },
    /// A server without the extension.
    #[error(
        "the database at {place} has no PostGIS; install it on that server \
         (Debian: apt install postgresql-15-postgis-3)"
    )]
    NoPostgis {
        /// Host and database.
        place: String,
    },
    /// The schema could not be brought up to date.
    #[error(
        "the database could not be brought up to date: {reason}; nothing was changed by the \
         failed step; restore a backup or report this"
    )]
    Migration {
        /// What went wrong.
        reason: String,
    },
    /// An area code that is not there.
    #[error("there is no area with the code {code:?}; import it first (xiangtu import areas)")]
    UnknownArea {
        /// The code.
        code: String,
    },
    /// An area without a place on the map.
    #[error("the area {code:?} has no polygon that could be used; check its geometry")]
    EmptyArea {
        /// The code.
        code: String,
    },
    /// An area the database refused.
    #[error("the area {code:?} could not be stored: {}", explain(.source))]
    Area {
        /// The code.
        code: String,
        /// What the database said.
        source: diesel::result::Error,
    },
    /// A parent below its own child.
    #[error(
        "the area {code:?} cannot lie under {parent:?}, which is itself or lies under it; \
         check the parent codes"
    )]
    CircularArea {
        /// The code of the area.
        code: String,
        /// The code of the parent.
        parent: String,
    },
    /// A layer that is not there, or not for this person.
    #[error("there is no layer {id:?}")]
    UnknownLayer {
        /// The id.
        id: String,
    },
    /// A layer of another kind where features were to go.
    #[error(
        "the layer {id:?} is of the kind {kind}: features cannot go into it; choose another id"
    )]
    NotFeatures {
        /// The layer.
        id: String,
        /// What it is.
        kind: crate::layer::Kind,
    },
    /// Features that no area is around.
    #[error(
        "none of the areas here touches these features; import the areas first \
         (xiangtu import areas), or say which area the layer is for with --area CODE"
    )]
    Nowhere,
    /// Features that ended early.
    #[error("the features broke off; nothing was stored")]
    Broken,
    /// A name that is already used.
    #[error("the {what} {value:?} is already taken; choose another")]
    Taken {
        /// Login, reference …
        what: &'static str,
        /// The value.
        value: String,
    },
    /// A text in the database or from a user that is not one of the known words.
    #[error("{value:?} is not a {what}; use one of {words}")]
    Word {
        /// What was expected: level, role …
        what: &'static str,
        /// What was found.
        value: String,
        /// The known ones.
        words: String,
    },
    /// A geometry that cannot be written or read.
    #[error("a geometry could not be converted: {reason}")]
    Geometry {
        /// What went wrong.
        reason: String,
    },
    /// A statement failed.
    #[error("the database refused a statement: {}", explain(.0))]
    Database(#[from] diesel::result::Error),
    /// The private PostgreSQL.
    #[error(transparent)]
    Cluster(#[from] crate::cluster::Error),
    /// Backup or restore.
    #[error(transparent)]
    Backup(#[from] crate::backup::Error),
    /// A table that is to be a layer, or is one.
    #[error(transparent)]
    Table(#[from] crate::feature_table::Error),
}

impl Error {
    /// Whether the database did not answer, rather than refuse: to ask again may help.
    pub fn is_away(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Database(error) => Self::is_away_for(error),
            _ => false,
        }
    }

    /// The same of an error of the driver.
    pub(crate) fn is_away_for(error: &diesel::result::Error) -> bool {
        use diesel::result::Error as Diesel;
        match error {
            Diesel::BrokenTransactionManager => true,
            Diesel::DatabaseError(kind, information) => {
                // 57P01 … 57P03: it is being stopped or started.
                matches!(kind, DatabaseErrorKind::ClosedConnection)
                    || [
                        "terminating connection",
                        "shutting down",
                        "starting up",
                        "connection closed",
                        "communicating with the server",
                    ]
                    .iter()
                    .any(|word| information.message().contains(word))
            }
            _ => false,
        }
    }

    /// Whether a unique constraint of this name was the reason.
    pub(crate) fn is_unique_violation(error: &diesel::result::Error, constraint: &str) -> bool {
        matches!(error, diesel::result::Error::DatabaseError(DatabaseErrorKind::UniqueViolation, info)
            if info.constraint_name() == Some(constraint))
    }
}

/// The server's detail says which value it was.
pub(crate) fn explain(error: &diesel::result::Error) -> String {
    match error {
        diesel::result::Error::DatabaseError(_, information) => {
            let detail = information.details().map(|detail| format!(" ({detail})"));
            format!("{}{}", information.message(), detail.unwrap_or_default())
        }
        other => other.to_string(),
    }
}
