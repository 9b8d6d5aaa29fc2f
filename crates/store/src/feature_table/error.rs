/// Why a table cannot be a layer, or is one no more.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No such table.
    #[error(
        "there is no table or view {name:?} in this database; {}",
        list("tables with a geometry", .candidates)
    )]
    UnknownTable {
        /// What was asked for.
        name: String,
        /// Tables with a geometry, the likeliest first.
        candidates: Vec<String>,
    },
    /// The same name in several schemas.
    #[error("{name:?} is in several schemas: say which, {}", .candidates.join(" or "))]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// Their full names.
        candidates: Vec<String>,
    },
    /// A table of the program's own.
    #[error(
        "{table} is a table of Xiangtu itself and may hold what is private; it is never published \
         as a whole"
    )]
    Own {
        /// The table.
        table: String,
    },
    /// A view over a table of the program's own.
    #[error(
        "{view} reads {table}, a table of Xiangtu itself that may hold what is private; copy what \
         may be shown into a table of its own"
    )]
    ReadsOwn {
        /// The view.
        view: String,
        /// What it reads.
        table: String,
    },
    /// Rights that are missing.
    #[error(
        "{table} may not be read; its owner allows it with: grant usage on schema {schema} to \
         {role}; grant select on {table} to {role};"
    )]
    NoRights {
        /// The table.
        table: String,
        /// Its schema.
        schema: String,
        /// The name the program signs in with.
        role: String,
    },
    /// Nothing to draw.
    #[error("{table} has no column of the type geometry or geography; its columns are {}", .columns.join(", "))]
    NoGeometry {
        /// The table.
        table: String,
        /// What there is.
        columns: Vec<String>,
    },
    /// More than one geometry.
    #[error("{table} has several geometries: choose one with --geometry {}", .columns.join(" or --geometry "))]
    SeveralGeometries {
        /// The table.
        table: String,
        /// Their names.
        columns: Vec<String>,
    },
    /// A column that is not there, or cannot be used so.
    #[error("{table} has no {what} {name:?}; {}", list("there are", .known))]
    UnknownColumn {
        /// The table.
        table: String,
        /// What it was to be.
        what: &'static str,
        /// What was asked for.
        name: String,
        /// Those that could be.
        known: Vec<String>,
    },
    /// A geometry in no coordinate system.
    #[error(
        "the coordinate system of {column} in {table} is not known ({reason}); for a table set it \
         with UpdateGeometrySRID, in a view write geometry(Geometry, SRID)"
    )]
    UnknownSrid {
        /// The table.
        table: String,
        /// The geometry.
        column: String,
        /// What was found.
        reason: String,
    },
    /// Coordinates that are no places.
    #[error(
        "the extent of {table} makes no sense in EPSG:{srid} ({reason}); is the SRID right, and are \
         there shapes far out of place?"
    )]
    Extent {
        /// The table.
        table: String,
        /// Its coordinate system.
        srid: i32,
        /// What was found.
        reason: String,
    },
    /// A layer's id that cannot be one.
    #[error(
        "{id:?} cannot be the id of a layer: use a-z, 0-9 and -, at most 63 of them, and neither \
         areas nor reports"
    )]
    Id {
        /// The id.
        id: String,
    },
    /// A layer that has features or tiles of its own.
    #[error(
        "the layer {id:?} holds features of its own, which a table would hide; choose another id"
    )]
    Filled {
        /// The layer.
        id: String,
    },
    /// A table that cannot be read any more, or not in time.
    #[error(
        "the layer {layer:?} cannot be drawn from {table}: {reason}; publish it again with \
         xiangtu layer table when the table is as it should be"
    )]
    Unreadable {
        /// The layer.
        layer: String,
        /// The table.
        table: String,
        /// What the database said.
        reason: String,
    },
}

fn list(what: &str, names: &[String]) -> String {
    if names.is_empty() {
        return format!("{what}: none");
    }
    format!("{what}: {}", names.join(", "))
}
