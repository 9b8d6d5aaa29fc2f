use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Text};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Inserted;
use super::submit::receipt;
use crate::{Result, Store};

/// What an [`insert`](super::insert) of this id and content would find: [`Inserted::Same`] or
/// [`Inserted::Different`], or `None` where there is no such report yet. Asked before the work on
/// photos is begun.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn known(store: &Store, id: Uuid, content_hash: &[u8; 32]) -> Result<Option<Inserted>> {
    let mut connection = store.connection().await?;
    let found = receipt(&mut connection, id, content_hash)
        .await
        .optional()?;
    Ok(found.map(|(receipt, same)| {
        if same {
            Inserted::Same(receipt)
        } else {
            Inserted::Different
        }
    }))
}

#[derive(Debug, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Which of these objects a photo of any report refers to.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn objects_in_use(store: &Store, names: &[String]) -> Result<Vec<String>> {
    let mut connection = store.connection().await?;
    let used: Vec<Name> = sql_query(
        "select object as name from photo where object = any($1) \
         union select thumbnail from photo where thumbnail = any($1)",
    )
    .bind::<Array<Text>, _>(names)
    .load(&mut connection)
    .await?;
    Ok(used.into_iter().map(|row| row.name).collect())
}
