//! Tables that somebody else keeps, beside the same features in a layer of our own.

use std::collections::BTreeMap;

use serde_json::Value;
use store::feature_table::{self, NewFeatureTable};
use tokio_postgres::{Client, NoTls};

use super::decode::{self, Decoded};
use super::*;

/// Fields of 80 m, 100 m from one another, 40 in a row, with columns of every kind.
fn fields(srid: u32) -> String {
    format!(
        "drop table if exists fields_of_others;
         create table fields_of_others (gid bigint primary key, name text, mu numeric(8, 2),
             tilt real, floors smallint, owned boolean, since date, tags text[], more jsonb,
             raw bytea, gone text, geom geometry(Polygon, {srid}));
         insert into fields_of_others
         select i, '地块' || i, i + 0.25, 0.5, i, i % 2 = 0, date '2026-05-01' + i,
             array['a', 'b'], '{{\"a\": 1}}', 'x', null, st_transform(st_makeenvelope(
                 108.05 + (i % 40) * 0.001, 31.05 + (i / 40) * 0.001,
                 108.0508 + (i % 40) * 0.001, 31.0508 + (i / 40) * 0.001, 4326), {srid})
         from generate_series(0, 399) as i;
         create index on fields_of_others using gist (geom);
         delete from feature where layer_id = 'fields';
         insert into feature (layer_id, area_id, id, key, geom, properties)
         overriding system value
         select 'fields', l.area_id, gid, gid, st_transform(f.geom, 4326), jsonb_build_object(
             'gid', gid, 'name', name, 'mu', mu, 'tilt', tilt, 'floors', floors, 'owned', owned,
             'since', since::text, 'tags', tags::text, 'more', more::text)
         from fields_of_others as f, layer as l where l.id = 'fields'"
    )
}

async fn client(database: &TestDatabase) -> Client {
    let (client, connection) = tokio_postgres::connect(database.url(), NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
}

async fn table(store: &Store) -> Source {
    let new = NewFeatureTable {
        table: "fields_of_others".to_owned(),
        layer: "theirs".to_owned(),
        ..NewFeatureTable::default()
    };
    let registered = feature_table::publish(store, &new).await.unwrap();
    Source::Table(Arc::new(registered.table))
}

fn by_id(bytes: &[u8], layer: &str) -> BTreeMap<u64, Decoded> {
    let mut layers = decode::tile(bytes);
    let features = layers.remove(layer).unwrap_or_default();
    features.into_iter().map(|one| (one.id, one)).collect()
}

/// Two ways from one projection to another round a vertex to neighbouring steps.
fn is_near(one: &Decoded, other: &Decoded) -> bool {
    let near = |one: &[i64; 2], other: &[i64; 2]| {
        (one[0] - other[0]).abs() <= 1 && (one[1] - other[1]).abs() <= 1
    };
    let vertices = |one: &Decoded| one.parts.concat();
    let (mine, theirs) = (vertices(one), vertices(other));
    let all = |from: &[[i64; 2]], to: &[[i64; 2]]| {
        from.iter()
            .all(|vertex| to.iter().any(|other| near(vertex, other)))
    };
    one.kind == other.kind && all(&mine, &theirs) && all(&theirs, &mine)
}

#[tokio::test(flavor = "multi_thread")]
async fn in_any_projection_it_is_drawn_as_its_features_would_be() {
    let (database, _) = villages().await;
    let store = database.store();
    let client = client(&database).await;
    for srid in [4326, 3857, 4490, 4547, 32648] {
        client.batch_execute(&fields(srid)).await.unwrap();
        let desk = Desk::new(store, 1 << 20);
        let map = desk.map(&[table(store).await]).await;
        let mut compared = 0;
        for zoom in [3, 9, 12, 14, 15, 16] {
            let place = Tile::at(108.0614, 31.0554, zoom);
            let ours = desk.vectors.tile(&desk.pool, &map, place).await.unwrap();
            let ours = ours
                .map(|ours| by_id(&ours.plain, "theirs"))
                .unwrap_or_default();
            let theirs = vector_tile::features(store, "fields", place, &Scope::Everything);
            let mut theirs = by_id(&theirs.await.unwrap().unwrap_or_default(), "fields");
            let keys =
                |features: &BTreeMap<u64, Decoded>| features.keys().copied().collect::<Vec<_>>();
            assert_eq!(keys(&ours), keys(&theirs), "EPSG:{srid}, zoom {zoom}");
            for (id, feature) in &ours {
                let other = theirs.get_mut(id).unwrap();
                other.properties.remove("key");
                assert_eq!(feature.properties, other.properties);
                assert!(
                    is_near(feature, other),
                    "EPSG:{srid}, zoom {zoom}, feature {id}"
                );
            }
            compared += ours.len();
        }
        assert!(compared > 900, "{compared} features of EPSG:{srid}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_stay_what_they_are_and_lie_beside_other_layers() {
    let (database, [mine, _]) = villages().await;
    let store = database.store();
    let client = client(&database).await;
    client.batch_execute(&fields(4547)).await.unwrap();
    let source = table(store).await;
    let Source::Table(of) = &source else { panic!() };
    let contents = Contents::of_table(of);
    assert_eq!(contents.fields["mu"], "Number");
    assert_eq!(contents.fields["owned"], "Boolean");
    assert_eq!(contents.fields["since"], "String");
    assert!(!contents.fields.contains_key("raw"));
    let desk = Desk::new(store, 1 << 20);
    // Whose scope it is does not matter: who may see the layer is asked elsewhere.
    let both = [super::source("fields", Scope::Areas(vec![mine])), source];
    let map = desk.map(&both).await;
    assert_eq!(map.version(), None);
    let place = Tile::at(108.0614, 31.0554, 14);
    let drawn = desk
        .vectors
        .tile(&desk.pool, &map, place)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(decode::tile(&drawn.plain).len(), 2);
    let feature = &by_id(&drawn.plain, "theirs")[&130];
    let expected: BTreeMap<String, Value> = serde_json::from_value(json!({
        "gid": 130, "name": "地块130", "mu": 130.25, "tilt": 0.5, "floors": 130, "owned": true,
        "since": "2026-09-08", "tags": "{a,b}", "more": "{\"a\": 1}",
    }))
    .unwrap();
    assert_eq!(feature.properties, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_seen_in_seconds_and_a_table_that_goes_is_an_error() {
    let (database, _) = villages().await;
    let store = database.store();
    let client = client(&database).await;
    client.batch_execute(&fields(4326)).await.unwrap();
    let desk = Desk::new(store, 1 << 20);
    let map = desk.map(&[table(store).await]).await;
    let place = Tile::at(108.0614, 31.0554, 16);
    let count = async || {
        let drawn = desk.vectors.tile(&desk.pool, &map, place).await;
        drawn.map(|drawn| drawn.map_or(0, |drawn| by_id(&drawn.plain, "theirs").len()))
    };
    let all = count().await.unwrap();
    assert!(all > 10);
    client
        .batch_execute("delete from fields_of_others where gid % 2 = 0")
        .await
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while count().await.unwrap() == all {
        assert!(Instant::now() < deadline, "the change is not seen");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    client
        .batch_execute("drop table fields_of_others")
        .await
        .unwrap();
    let error = loop {
        match count().await {
            Err(error) => break error,
            Ok(_) => assert!(Instant::now() < deadline, "the table is still drawn"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let store::Error::Table(_) = (match error.root() {
        Error::Store(error) => error,
        other => panic!("{other}"),
    }) else {
        panic!("{error}");
    };
}
