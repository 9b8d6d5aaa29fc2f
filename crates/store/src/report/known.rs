use diesel::sql_types::{Array, Binary, Bool, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{OptionalExtension as _, QueryableByName, sql_query};
use diesel_async::RunQueryDsl as _;

use super::*;
use crate::{Result, Store};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    reference: String,
    #[diesel(sql_type = Text)]
    state: State,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    code: String,
    #[diesel(sql_type = Text)]
    name_zh: String,
    #[diesel(sql_type = Text)]
    name_en: String,
    #[diesel(sql_type = Bool)]
    same: bool,
    #[diesel(sql_type = Array<Binary>)]
    photos: Vec<Vec<u8>>,
}

/// What an [`insert`] of this id and content would find: [`Inserted::Same`] or
/// [`Inserted::Different`], or `None` where there is no such report yet. Asked before the work on
/// photos is begun.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn known(store: &Store, id: Uuid, content_hash: &[u8; 32]) -> Result<Option<Inserted>> {
    let mut connection = store.connection().await?;
    let row: Option<Row> = sql_query(
        "select r.reference, r.state, r.created_at, a.code, a.name_zh, a.name_en, \
         r.content_hash = $2 as same, \
         array(select p.sha256 from photo p where p.report_id = r.id order by p.position) as photos \
         from report r join area a on a.id = r.area_id where r.id = $1",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Binary, _>(content_hash.as_slice())
    .get_result(&mut connection)
    .await
    .optional()?;
    Ok(row.map(|row| {
        if !row.same {
            return Inserted::Different;
        }
        Inserted::Same(Receipt {
            id,
            reference: row.reference,
            area: AreaName { code: row.code, name_zh: row.name_zh, name_en: row.name_en },
            state: row.state,
            created_at: row.created_at,
            // The table checks the length.
            photos: row.photos.into_iter().filter_map(|sha256| sha256.try_into().ok()).collect(),
        })
    }))
}

#[derive(QueryableByName)]
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
