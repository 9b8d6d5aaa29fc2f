//! Why work could not be done.

use std::path::PathBuf;

use raster::{
    cog::CogError,
    foreign,
    index::IndexError,
    product::{InputError, UnknownRole},
    visual::VisualError,
};

/// Why work could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A foreign file is at fault.
    #[error(transparent)]
    Foreign(#[from] foreign::Error),
    /// No file to read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The objects.
    #[error(transparent)]
    Objects(#[from] objects::Error),
    /// A word that cannot name a band.
    #[error(transparent)]
    Role(#[from] UnknownRole),
    /// An image of ours could not be written or read.
    #[error("{what}: {source}")]
    Cog {
        /// The band or layer.
        what: String,
        /// Why.
        #[source]
        source: CogError,
    },
    /// A formula of numbers alone.
    #[error(
        "{formula}: it names no band of the scene; write for example (nir - red) / (nir + red)"
    )]
    NoBandNamed {
        /// The formula.
        formula: String,
    },
    /// An image that stays elsewhere cannot be drawn as asked.
    #[error("{address}: {reason}")]
    Elsewhere {
        /// Where it is.
        address: String,
        /// Why, and what to do.
        reason: String,
    },
    /// Numbers are wanted of what is only drawn.
    #[error(
        "{what}: this layer is drawn when somebody looks at it and stores no numbers; publish it with \
         `xiangtu layer index` to work on them"
    )]
    Drawn {
        /// What they are wanted for.
        what: String,
    },
    /// Statistics could not be computed.
    #[error("statistics: {0}")]
    Zonal(#[from] raster::zonal::ZonalError),
    /// A table could not be written.
    #[error(transparent)]
    Table {
        /// Why.
        source: crate::table::TableError,
    },
    /// An index could not be computed.
    #[error("{name} of the scene “{scene}”: {source}")]
    Index {
        /// The index.
        name: String,
        /// The scene.
        scene: String,
        /// Why.
        #[source]
        source: IndexError,
    },
    /// Clouds are to be hidden that nothing tells.
    #[error(
        "the scene “{scene}” has no classification or cloud mask; bring it in with one \
         (scl, fmask, qa_pixel, cloud_mask), or leave --hide-clouds out"
    )]
    NoClouds {
        /// The scene.
        scene: String,
    },
    /// A picture could not be made.
    #[error("the picture of the scene “{scene}”: {source}")]
    Visual {
        /// The scene.
        scene: String,
        /// Why.
        #[source]
        source: VisualError,
    },
    /// What is stored with a scene or coverage cannot be understood.
    #[error(
        "{what} is stored in a form this version does not understand ({source}); ingest it again"
    )]
    Stored {
        /// Which one.
        what: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A vector file without areas.
    #[error(
        "{}: has no polygon, so no area can be made of it (it has {found}); areas need polygons",
        path.display()
    )]
    NoPolygons {
        /// The file.
        path: PathBuf,
        /// What it has, in words.
        found: String,
    },
    /// A vector file whose attributes do not say which area is which.
    #[error(
        "{}: no attribute is known to hold the {what} of the areas; name it with {option} \
         (the attributes are: {})", path.display(), fields.join(", ")
    )]
    NoField {
        /// The file.
        path: PathBuf,
        /// Code or name.
        what: &'static str,
        /// The command line's option.
        option: &'static str,
        /// The attributes there are.
        fields: Vec<String>,
    },
    /// An attribute that is not there.
    #[error("{}: has no attribute “{field}” (the attributes are: {})", path.display(), fields.join(", "))]
    UnknownField {
        /// The file.
        path: PathBuf,
        /// The attribute asked for.
        field: String,
        /// The attributes there are.
        fields: Vec<String>,
    },
    /// Polygons that were all refused.
    #[error("{}: none of its {count} features can be taken; the first: {first}", path.display())]
    AllRefused {
        /// The file.
        path: PathBuf,
        /// How many there are.
        count: usize,
        /// Why the first was refused.
        first: String,
    },
    /// A vector file with nothing in it.
    #[error("{}: has no features that could be taken; nothing was changed", path.display())]
    NoFeatures {
        /// The file.
        path: PathBuf,
    },
    /// An e-map of something else than `OpenStreetMap`.
    #[error(
        "{}: an e-map is made from an OpenStreetMap extract (.osm.pbf); other files become layers \
         with `xiangtu import features`", path.display()
    )]
    NoExtract {
        /// The file.
        path: PathBuf,
    },
    /// Bands nobody can name.
    #[error(
        "{}: nobody knows what its {count} band(s) show, neither by their descriptions nor by the \
         file's name; say it with --bands, for example --bands {example}", path.display()
    )]
    UnknownBands {
        /// The file.
        path: PathBuf,
        /// How many bands.
        count: usize,
        /// An example of as many roles.
        example: String,
    },
    /// Too many or too few roles given by hand.
    #[error(
        "--bands names {given} band(s), but the input has {found}; use “-” for one to leave out"
    )]
    BandCount {
        /// How many were named.
        given: usize,
        /// How many there are.
        found: usize,
    },
    /// Two bands of one role.
    #[error(
        "two bands show {role}: {} and {}; leave one file out, or name the bands with --bands",
        first.display(), second.display()
    )]
    RoleTwice {
        /// The role.
        role: String,
        /// A file.
        first: PathBuf,
        /// Another, or the same.
        second: PathBuf,
    },
    /// Nothing is left to ingest.
    #[error("no band is left to take; name at least one with --bands")]
    NoBands,
    /// No date.
    #[error(
        "{}: neither its name nor its metadata tell when the image was taken; say it with \
         --date YYYY-MM-DD", path.display()
    )]
    NoDate {
        /// The file.
        path: PathBuf,
    },
    /// Several dates.
    #[error(
        "the files are of different days ({first} and {second}); give the files of one scene, or \
         say the day with --date"
    )]
    Dates {
        /// One day.
        first: chrono::NaiveDate,
        /// Another.
        second: chrono::NaiveDate,
    },
    /// No sensor.
    #[error(
        "{}: its name does not tell who took the image; say it with --sensor, for example \
         --sensor sentinel-2b or --sensor drone", path.display()
    )]
    NoSensor {
        /// The file.
        path: PathBuf,
    },
    /// A share that is none.
    #[error("a cloud share of {value} makes no sense; give a number from 0 to 1")]
    CloudShare {
        /// The value.
        value: f64,
    },
    /// A name that cannot be one.
    #[error(
        "“{id}” cannot be the id of a {what}; use letters, digits, “-”, “_” and “.”, at most 100"
    )]
    Id {
        /// The id.
        id: String,
        /// Scene or layer.
        what: &'static str,
    },
    /// A scene or a relief where we have no area.
    #[error(
        "it lies outside every area we have ({bounds}); import the areas first \
         (xiangtu import areas), or say with --area which one it is for"
    )]
    NoArea {
        /// Where it lies, in degrees.
        bounds: String,
    },
    /// A scene that is not there.
    #[error("there is no scene “{id}”; {known}")]
    UnknownScene {
        /// The id.
        id: String,
        /// The scenes there are, in words.
        known: String,
    },
    /// A band the scene does not have.
    #[error(
        "{what} needs the band {role}, which the scene “{scene}” does not have; it has {}",
        has.join(", ")
    )]
    MissingRole {
        /// What was to be made.
        what: String,
        /// The missing role.
        role: String,
        /// The scene.
        scene: String,
        /// The roles it has.
        has: Vec<String>,
    },
    /// A band of classes where measurements are needed.
    #[error("{role} holds classes, not measurements: no index can be computed of it")]
    Classes {
        /// The role.
        role: String,
    },
    /// An index nobody knows.
    #[error("there is no index “{name}”; choose one of {known}, or any two bands with --bands a,b")]
    UnknownIndex {
        /// The name.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A formula that cannot be computed.
    #[error("formula: {source}")]
    Formula {
        /// What is wrong with it, and where.
        #[source]
        source: raster::expression::ExpressionError,
    },
    /// A style nobody knows.
    #[error("there is no style “{name}”; choose one of {known}")]
    UnknownStyle {
        /// The name.
        name: String,
        /// The names there are.
        known: String,
    },
    /// Nothing to make light and shade of.
    #[error(
        "--hillshade {id}: {why}; name a layer of heights (such as `elevation` after `xiangtu import \
         relief`), a scene with a band of heights, or self"
    )]
    NoHeights {
        /// What was named.
        id: String,
        /// What is wrong with it.
        why: String,
    },
    /// A layer of another kind.
    #[error(
        "the layer “{id}” is of the kind {is}, a date of the kind {wanted} cannot be added to it; \
         choose another --id"
    )]
    LayerKind {
        /// The layer.
        id: String,
        /// What it is.
        is: store::layer::Kind,
        /// What was to be added.
        wanted: store::layer::Kind,
    },
    /// A layer without numbers, or without dates.
    #[error("the layer “{id}” has no statistics{why}")]
    NoStatistics {
        /// The layer.
        id: String,
        /// Why, beginning with a colon or nothing.
        why: String,
    },
    /// A recipe that cannot be understood.
    #[error(transparent)]
    Recipe(#[from] crate::recipe::RecipeError),
    /// A chunk of a job that cannot be done.
    #[error(
        "{reason} (stage {stage}, chunk {position}; what is done is kept: put it right and retry the job)"
    )]
    Chunk {
        /// Of which stage.
        stage: i32,
        /// Which one.
        position: i32,
        /// Why.
        reason: String,
    },
    /// Pixel work that cannot be done.
    #[error(transparent)]
    Pipeline(#[from] raster::pipeline::PipelineError),
    /// No value parts changed land from the rest.
    #[error("where changed land begins: {0}")]
    Threshold(#[from] raster::threshold::ThresholdError),
    /// Contours that cannot be drawn.
    #[error(transparent)]
    Contours(#[from] raster::contour::ContourError),
    /// Shade or slope that cannot be computed.
    #[error(transparent)]
    Terrain(#[from] raster::terrain::TerrainError),
    /// No relief could be made of these files.
    #[error(transparent)]
    Relief(#[from] crate::relief::ReliefError),
    /// Scenes that cannot be had.
    #[error(transparent)]
    Stac(#[from] crate::stac::StacError),
    /// An image of a STAC API's scene that cannot be read.
    #[error(
        "{what} cannot be read from its server: {source}; leave the scene out (`from`, `to`, \
         `cloud_below`) or try again later"
    )]
    StacImage {
        /// Which one.
        what: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Nothing was seen of what was to become a layer.
    #[error(
        "nothing was seen for the layer “{layer}”: clouds or nodata hide every pixel of every image; take more dates, or hide less. Nothing was published"
    )]
    NothingSeen {
        /// The layer.
        layer: String,
    },
    /// No zones to count in.
    #[error("{what}; bring some in, or choose other zones")]
    NoZones {
        /// What there is instead.
        what: String,
    },
    /// A job that is not there, or a chunk it does not have.
    #[error("there is no such work in the job {job}; `xiangtu jobs` lists the jobs there are")]
    NoJob {
        /// The job.
        job: uuid::Uuid,
    },
    /// No connection to the queue of chunks, or no `JetStream` there.
    #[error(
        "the NATS server at {address} could not {action}: {reason}; check XIANGTU_NATS and that \
         nats-server runs there with JetStream (nats-server -js -sd FOLDER)"
    )]
    Queue {
        /// Its address, without user and password.
        address: String,
        /// What was attempted, as a verb.
        action: &'static str,
        /// What was said.
        reason: String,
    },
    /// Somebody wanted the work to stop.
    #[error("the work was stopped; run it again to go on where it stands")]
    Stopped,
    /// A worker thread ended early.
    #[error("the work was interrupted ({source}); start it again")]
    Interrupted {
        /// What tokio says.
        #[source]
        source: tokio::task::JoinError,
    },
}

impl Error {
    /// Whether something the work needs does not answer (the database, the object store, the
    /// queue), rather than that the work is wrong: the same may well succeed later.
    pub fn is_outage(&self) -> bool {
        match self {
            // These stand for what they hold, and are no cause of their own.
            Self::Store(error) => error.is_away(),
            Self::Objects(error) => objects::is_outage(error),
            Self::Queue { .. } => true,
            other => objects::is_outage(other),
        }
    }
}
