//! The beginnings of images: what there is to know of one before its first pixel.

use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;

use crate::schema::object_head;
use crate::{Result, Store};

/// The beginning of an object.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable)]
#[diesel(table_name = object_head, check_for_backend(diesel::pg::Pg))]
pub struct ObjectHead {
    /// Its name, which is of its content.
    pub object: String,
    /// Bytes of the whole.
    pub length: i64,
    /// The first of them.
    pub head: Vec<u8>,
}

/// Those of these objects that are known.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn read(store: &Store, objects: &[String]) -> Result<Vec<ObjectHead>> {
    let mut connection = store.connection().await?;
    Ok(ObjectHead::query()
        .filter(object_head::object.eq_any(objects))
        .load(&mut connection)
        .await?)
}

/// Keeps them; of those that are known already, the later beginning stays.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn keep(store: &Store, heads: &[ObjectHead]) -> Result<()> {
    let mut connection = store.connection().await?;
    diesel::insert_into(object_head::table)
        .values(heads)
        .on_conflict(object_head::object)
        .do_update()
        .set(object_head::head.eq(excluded(object_head::head)))
        .execute(&mut connection)
        .await?;
    Ok(())
}

/// Forgets objects that are gone.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn forget(store: &Store, objects: &[String]) -> Result<()> {
    let mut connection = store.connection().await?;
    let gone = object_head::table.filter(object_head::object.eq_any(objects));
    diesel::delete(gone).execute(&mut connection).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::database;

    #[tokio::test(flavor = "multi_thread")]
    async fn what_was_kept_is_read_until_it_is_forgotten() {
        let database = database().await;
        let store = database.store();
        let head = |object: &str, head: &[u8]| ObjectHead {
            object: object.to_owned(),
            length: 1000,
            head: head.to_vec(),
        };
        let names = ["a.tif", "b.tif", "c.tif"].map(str::to_owned);
        let both = [head("a.tif", b"II*"), head("b.tif", b"II+")];
        keep(store, &both).await.unwrap();
        keep(store, &[head("a.tif", b"II*\0")]).await.unwrap();
        let mut known = read(store, &names).await.unwrap();
        known.sort_by(|one, other| one.object.cmp(&other.object));
        assert_eq!(known, [head("a.tif", b"II*\0"), head("b.tif", b"II+")]);
        forget(store, &names[..1]).await.unwrap();
        assert_eq!(read(store, &names).await.unwrap(), both[1..]);
    }
}
