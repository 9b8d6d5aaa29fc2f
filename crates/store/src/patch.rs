//! Patches of a change ledger, and what officials found on the spot.
//!
//! A patch is a feature of a layer; its key outlives the feature's row when the same recipe is run
//! again, and the check belongs to the key.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Double, Jsonb, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use serde_json::Value;

use crate::area::AreaName;
use crate::word::words;
use crate::{Result, Scope, Store};

words! {
    /// What was found where a patch lies.
    State ("state of a patch") {
        /// Nobody has been there.
        Unchecked = "unchecked",
        /// The land changed as the imagery says.
        Confirmed = "confirmed",
        /// It did not.
        NotConfirmed = "not_confirmed",
        /// It did, and was put back.
        Restored = "restored",
    }
}

/// A patch with its check.
#[derive(Debug, Clone, PartialEq, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Patch {
    /// Its key in the layer.
    #[diesel(sql_type = Text)]
    pub key: String,
    /// The village it lies in.
    #[diesel(embed)]
    pub area: AreaName,
    /// A point on it, degrees.
    #[diesel(sql_type = Double)]
    pub longitude: f64,
    /// A point on it, degrees.
    #[diesel(sql_type = Double)]
    pub latitude: f64,
    /// Its outline, GeoJSON.
    #[diesel(sql_type = Jsonb)]
    pub geometry: Value,
    /// Area, strength, values before and after, parcel, land class …
    #[diesel(sql_type = Jsonb)]
    pub properties: Value,
    /// What was found.
    #[diesel(sql_type = Text)]
    pub state: State,
    /// What the person wrote.
    #[diesel(sql_type = Text)]
    pub note: String,
    /// Who was there.
    #[diesel(sql_type = Nullable<Text>)]
    pub checked_by: Option<String>,
    /// When that was written down.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub checked_at: Option<DateTime<Utc>>,
}

/// What an official found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was found.
    pub state: State,
    /// In words.
    pub note: String,
    /// Who was there.
    pub account_id: i64,
}

/// All columns of a [`Patch`].
const SELECT: &str = "select f.key, a.code, a.name_zh, a.name_en,
     st_x(st_pointonsurface(f.geom)) as longitude, st_y(st_pointonsurface(f.geom)) as latitude,
     st_asgeojson(f.geom, 7)::jsonb as geometry, f.properties,
     coalesce(c.state, 'unchecked') as state, coalesce(c.note, '') as note,
     p.name as checked_by, c.checked_at
 from feature as f join area as a on a.id = f.area_id
     left join patch_check as c on c.layer_id = f.layer_id and c.key = f.key
     left join account as p on p.id = c.account_id";

/// The patches of a layer within a scope, the largest (`properties.area_m2`) first, at most
/// `limit` after the first `skip`; only of one state, or all.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn list(
    store: &Store,
    scope: &Scope,
    layer: &str,
    state: Option<State>,
    skip: u32,
    limit: u16,
) -> Result<Vec<Patch>> {
    let query = format!(
        "{SELECT}
         where f.layer_id = $2 and {} and ($3 is null or coalesce(c.state, 'unchecked') = $3)
         order by (f.properties ->> 'area_m2')::double precision desc nulls last, f.key
         offset $4 limit $5",
        Scope::predicate("f.area_id", 1)
    );
    let mut connection = store.connection().await?;
    let query = sql_query(query)
        .bind::<Nullable<Array<BigInt>>, _>(scope.areas())
        .bind::<Text, _>(layer)
        .bind::<Nullable<Text>, _>(state)
        .bind::<BigInt, _>(i64::from(skip))
        .bind::<BigInt, _>(i64::from(limit));
    Ok(query.load(&mut connection).await?)
}

/// One patch of a layer within a scope.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn by_key(store: &Store, scope: &Scope, layer: &str, key: &str) -> Result<Option<Patch>> {
    let query = format!(
        "{SELECT} where f.layer_id = $2 and f.key = $3 and {} limit 1",
        Scope::predicate("f.area_id", 1)
    );
    let mut connection = store.connection().await?;
    let query = sql_query(query)
        .bind::<Nullable<Array<BigInt>>, _>(scope.areas())
        .bind::<Text, _>(layer)
        .bind::<Text, _>(key);
    Ok(query.get_result(&mut connection).await.optional()?)
}

/// The ids of the layers whose features are patches: they say how strong a change is. Who may see
/// them is asked elsewhere.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn ledgers(store: &Store) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    #[diesel(check_for_backend(diesel::pg::Pg))]
    struct Row {
        #[diesel(sql_type = Text)]
        id: String,
    }
    let query = sql_query(
        "select l.id from layer as l where l.kind = 'features' and exists (
             select from feature as f where f.layer_id = l.id and f.properties ? 'strength')
         order by l.id",
    );
    let mut connection = store.connection().await?;
    let rows: Vec<Row> = query.load(&mut connection).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Records what was found at a patch within a scope; a later check replaces it. Whether there is
/// such a patch.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn check(
    store: &Store,
    scope: &Scope,
    layer: &str,
    key: &str,
    check: &Check,
) -> Result<bool> {
    let query = format!(
        "insert into patch_check (layer_id, key, state, note, account_id)
         select f.layer_id, f.key, $4, $5, $6 from feature as f
         where f.layer_id = $2 and f.key = $3 and {} limit 1
         on conflict (layer_id, key) do update set state = excluded.state, note = excluded.note,
             account_id = excluded.account_id, checked_at = now()",
        Scope::predicate("f.area_id", 1)
    );
    let mut connection = store.connection().await?;
    let query = sql_query(query)
        .bind::<Nullable<Array<BigInt>>, _>(scope.areas())
        .bind::<Text, _>(layer)
        .bind::<Text, _>(key)
        .bind::<Text, _>(check.state)
        .bind::<Text, _>(&check.note)
        .bind::<BigInt, _>(check.account_id);
    Ok(query.execute(&mut connection).await? > 0)
}

#[cfg(test)]
mod tests {
    use geo::{Geometry, Rect};
    use serde_json::json;

    use super::*;
    use crate::feature::{self, NewFeature};
    use crate::job::tests::Bench;
    use crate::report::tests::an_official;

    fn a_patch(key: &str, area_id: i64, area_m2: f64) -> NewFeature {
        NewFeature {
            area_id,
            key: key.to_owned(),
            geometry: Geometry::Polygon(Rect::new((108.0, 31.0), (108.01, 31.01)).to_polygon()),
            properties: json!({ "area_m2": area_m2 }),
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_check_is_for_ones_own_village_and_outlives_the_feature() {
        let bench = Bench::new().await;
        let store = bench.store();
        let official = an_official(store).await;
        let patches = [
            a_patch("small", bench.mine, 10.0),
            a_patch("large", bench.mine, 20.0),
            a_patch("theirs", bench.theirs, 30.0),
        ];
        feature::replace(store, "ledger", &patches).await.unwrap();
        let mine = Scope::Areas(vec![bench.mine]);
        let keys = async |state| -> Vec<String> {
            let found = list(store, &mine, "ledger", state, 0, 9).await.unwrap();
            found.into_iter().map(|patch| patch.key).collect()
        };
        assert_eq!(keys(None).await, ["large", "small"]);
        let found = Check {
            state: State::Confirmed,
            note: "a shed".to_owned(),
            account_id: official,
        };
        assert!(
            check(store, &mine, "ledger", "small", &found)
                .await
                .unwrap()
        );
        assert!(
            !check(store, &mine, "ledger", "theirs", &found)
                .await
                .unwrap()
        );
        assert_eq!(keys(Some(State::Unchecked)).await, ["large"]);

        feature::replace(store, "ledger", &patches).await.unwrap();
        let [patch] = &list(store, &mine, "ledger", Some(State::Confirmed), 0, 9)
            .await
            .unwrap()[..]
        else {
            panic!("one is confirmed");
        };
        assert_eq!(
            (patch.key.as_str(), patch.note.as_str()),
            ("small", "a shed")
        );
        assert_eq!(patch.checked_by.as_deref(), Some("李"));
        assert!((patch.longitude - 108.005).abs() < 1e-9 && (patch.latitude - 31.005).abs() < 1e-9);
        assert_eq!(patch.geometry["type"], "Polygon");
    }
}
