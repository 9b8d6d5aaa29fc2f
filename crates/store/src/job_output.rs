//! What came of a job: layers, feature collections and tables.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Jsonb, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use crate::word::words;
use crate::{Result, Scope, Store};

words! {
    /// What an output is.
    Kind ("kind of output") {
        /// A raster layer.
        Layer = "layer",
        /// A layer of features.
        Features = "features",
        /// A file to download.
        Table = "table",
    }
}

/// An output; made in one transaction with what it names ([`crate::publication`]).
#[derive(Debug, Clone, PartialEq, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Output {
    /// Its name in the job; of a table the name of the file.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// What it is.
    #[diesel(sql_type = Text)]
    pub kind: Kind,
    /// The layer, unless it is gone.
    #[diesel(sql_type = Nullable<Text>)]
    pub layer_id: Option<String>,
    /// The object of a table.
    #[diesel(sql_type = Nullable<Text>)]
    pub object: Option<String>,
    /// The Chinese title.
    #[diesel(sql_type = Text)]
    pub title_zh: String,
    /// The English title; may be empty.
    #[diesel(sql_type = Text)]
    pub title_en: String,
    /// Dates of a layer, number of features, rows of a table …
    #[diesel(sql_type = Jsonb)]
    pub details: Value,
}

/// The outputs of a job within a scope, by name.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn list(store: &Store, scope: &Scope, job: Uuid) -> Result<Vec<Output>> {
    let query = format!(
        "select o.name, o.kind, o.layer_id, o.object, o.title_zh, o.title_en, o.details
         from job_output as o join job as j on j.id = o.job_id
         where j.id = $2 and {} order by o.name",
        Scope::predicate("j.area_id", 1)
    );
    let mut connection = store.connection().await?;
    let query = sql_query(query)
        .bind::<Nullable<Array<BigInt>>, _>(scope.areas())
        .bind::<SqlUuid, _>(job);
    Ok(query.load(&mut connection).await?)
}
