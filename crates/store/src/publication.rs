//! Everything a job comes to, in one transaction: all of it is there, or nothing.

use diesel::sql_query;
use diesel::sql_types::{Jsonb, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::coverage::{self, NewCoverage};
use crate::feature::{self, NewFeature};
use crate::job_output::Output;
use crate::layer::{self, NewLayer};
use crate::{Result, Store};

/// What becomes visible together. Its objects are stored already.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Publication {
    /// New layers, or ones that are replaced.
    pub layers: Vec<NewLayer>,
    /// Their dates.
    pub coverages: Vec<NewCoverage>,
    /// Of each layer of features, all of them.
    pub features: Vec<(String, Vec<NewFeature>)>,
    /// What the job says came of it.
    pub outputs: Vec<Output>,
}

/// Publishes what came of a job and ends it as done. `false`, and nothing is changed, when it is
/// not led by `worker` any more or somebody wants it to stop.
///
/// # Errors
/// [`crate::Error::Database`], [`crate::Error::Geometry`]; nothing is changed.
pub async fn publish(
    store: &Store,
    job: Uuid,
    worker: &str,
    publication: &Publication,
) -> Result<bool> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| {
            let ended = sql_query(
                "update job set state = 'done', error = null, finished_at = now()
                 where id = $1 and worker = $2 and state = 'running' and not cancel_requested",
            )
            .bind::<SqlUuid, _>(job)
            .bind::<Text, _>(worker)
            .execute(connection)
            .await?;
            if ended == 0 {
                return Ok(false);
            }
            for layer in &publication.layers {
                layer::upsert_on(connection, layer).await?;
            }
            for coverage in &publication.coverages {
                coverage::upsert_on(connection, coverage).await?;
            }
            for (layer, features) in &publication.features {
                feature::replace_on(connection, layer, features).await?;
            }
            for output in &publication.outputs {
                insert(connection, job, output).await?;
            }
            Ok(true)
        })
        .await
}

/// Publishes what no job came to. Its layers have these dates and features then, and no others; each
/// feature belongs to the smallest area it lies in, and to its own where there is none.
///
/// # Errors
/// As [`publish`].
pub async fn replace(store: &Store, publication: &Publication) -> Result<()> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| {
            for layer in &publication.layers {
                layer::upsert_on(connection, layer).await?;
                let dates = publication.coverages.iter();
                let dates = dates.filter(|coverage| coverage.layer_id == layer.id);
                let dates: Vec<_> = dates.map(|coverage| coverage.date).collect();
                coverage::keep_only_on(connection, &layer.id, &dates).await?;
            }
            for coverage in &publication.coverages {
                coverage::upsert_on(connection, coverage).await?;
            }
            for (layer, features) in &publication.features {
                feature::replace_on(connection, layer, features).await?;
                feature::place_on(connection, layer).await?;
            }
            Ok(())
        })
        .await
}

async fn insert(connection: &mut AsyncPgConnection, job: Uuid, output: &Output) -> Result<()> {
    sql_query(
        "insert into job_output (job_id, name, kind, layer_id, object, title_zh, title_en, details)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind::<SqlUuid, _>(job)
    .bind::<Text, _>(&output.name)
    .bind::<Text, _>(output.kind)
    .bind::<Nullable<Text>, _>(output.layer_id.as_deref())
    .bind::<Nullable<Text>, _>(output.object.as_deref())
    .bind::<Text, _>(&output.title_zh)
    .bind::<Text, _>(&output.title_en)
    .bind::<Jsonb, _>(&output.details)
    .execute(connection)
    .await?;
    Ok(())
}
