//! Layers out of a database, drawn and looked into.

mod decode;
mod drawing;
mod tables;

use std::time::{Duration, Instant};

use geo::{LineString, polygon};
use serde_json::json;
use store::area::{self, Level};
use store::feature::NewFeature;
use store::layer::{Audience, Kind, NewLayer};
use store::testing::{TestDatabase, database, rectangle};

use super::*;

/// Two villages side by side and a layer `fields` with a feature in each.
async fn villages() -> (TestDatabase, [i64; 2]) {
    let database = database().await;
    let store = database.store();
    let villages = [
        rectangle("1", Level::Village, None, [108.0, 31.0, 108.1, 31.1]),
        rectangle("2", Level::Village, None, [108.1, 31.0, 108.2, 31.1]),
    ];
    area::upsert(store, &villages).await.unwrap();
    let mut ids = [0; 2];
    for (id, code) in ids.iter_mut().zip(["1", "2"]) {
        let area = area::by_code(store, &Scope::Everything, code)
            .await
            .unwrap();
        *id = area.unwrap().id;
    }
    publish(store, "fields", ids[0]).await;
    store::feature::replace(
        store,
        "fields",
        &[field(ids[0], "mine", 108.0), field(ids[1], "theirs", 108.1)],
    )
    .await
    .unwrap();
    (database, ids)
}

async fn publish(store: &Store, id: &str, area_id: i64) {
    let layer = NewLayer {
        id: id.to_owned(),
        area_id,
        kind: Kind::Features,
        title_zh: "地块".to_owned(),
        title_en: "Fields".to_owned(),
        audience: Audience::Officials,
        style: json!({}),
        attribution: String::new(),
    };
    store::layer::upsert(store, &layer).await.unwrap();
}

fn field(area_id: i64, key: &str, west: f64) -> NewFeature {
    let outline = polygon![
        (x: west + 0.01, y: 31.01), (x: west + 0.09, y: 31.01),
        (x: west + 0.09, y: 31.09), (x: west + 0.01, y: 31.09),
    ];
    NewFeature {
        area_id,
        key: key.to_owned(),
        geometry: outline.into(),
        properties: json!({"crop": "稻", "mu": 12.5, "rows": 7, "slope": -3, "owned": true, "gone": null}),
    }
}

fn source(layer: &str, scope: Scope) -> Source {
    Source::Features {
        layer: layer.to_owned(),
        scope,
    }
}

const TILE: (f64, f64, u8) = (108.1, 31.05, 10);

/// No files: these layers are in the database.
fn files(store: &Store) -> Arc<Files> {
    let folder = std::env::temp_dir().join("xiangtu-no-files");
    let objects = objects::ObjectStore::open(&folder).unwrap();
    Arc::new(Files::new(store.clone(), objects, 1, 1))
}

struct Desk {
    vectors: Vectors,
    pool: Pool,
}

impl Desk {
    fn new(store: &Store, layer_bytes: u64) -> Self {
        Self {
            vectors: Vectors::new(store, files(store), layer_bytes, 1 << 20),
            pool: Pool::new(1, 8).unwrap(),
        }
    }

    async fn map(&self, sources: &[Source]) -> VectorMap {
        self.vectors.map(sources.to_vec()).await.unwrap()
    }

    /// The keys of the features in a tile.
    async fn keys(&self, sources: &[Source]) -> Vec<String> {
        let map = self.map(sources).await;
        let tile = Tile::at(TILE.0, TILE.1, TILE.2);
        let encoded = self.vectors.tile(&self.pool, &map, tile).await.unwrap();
        let layers = encoded
            .map(|encoded| decode::tile(&encoded.plain))
            .unwrap_or_default();
        let mut keys: Vec<String> = layers
            .into_values()
            .flatten()
            .map(|feature| feature.properties["key"].as_str().unwrap().to_owned())
            .collect();
        keys.sort();
        keys
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_within_the_scope_is_drawn_and_nothing_else() {
    let (database, [mine, theirs]) = villages().await;
    let desk = Desk::new(database.store(), 1 << 20);
    let seen = async |scope| desk.keys(&[source("fields", scope)]).await;
    // Twice each: the second time out of what is kept.
    for _ in 0..2 {
        assert_eq!(seen(Scope::Everything).await, ["mine", "theirs"]);
        assert_eq!(seen(Scope::Areas(vec![mine])).await, ["mine"]);
        assert_eq!(seen(Scope::Areas(vec![theirs])).await, ["theirs"]);
        assert_eq!(
            seen(Scope::Areas(vec![mine, theirs])).await,
            ["mine", "theirs"]
        );
        assert!(seen(Scope::Areas(vec![])).await.is_empty());
    }
    let mut versions = Vec::new();
    for scope in [
        Scope::Everything,
        Scope::Areas(vec![mine]),
        Scope::Areas(vec![theirs]),
        Scope::Areas(vec![]),
    ] {
        versions.push(
            desk.map(&[source("fields", scope)])
                .await
                .version()
                .unwrap()
                .to_owned(),
        );
    }
    versions.sort();
    versions.dedup();
    assert_eq!(versions.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_layer_larger_than_the_memory_is_drawn_by_the_database() {
    let (database, [mine, _]) = villages().await;
    let here = Desk::new(database.store(), 1 << 20);
    let there = Desk::new(database.store(), 100);
    for scope in [Scope::Everything, Scope::Areas(vec![mine])] {
        let asked = [source("fields", scope)];
        assert_eq!(here.keys(&asked).await, there.keys(&asked).await);
    }
    assert!(here.vectors.held_bytes() > 0);
    assert_eq!(there.vectors.held_bytes(), 0);
    let contents = here.vectors.contents("fields").await.unwrap().unwrap();
    let bounds = contents.bounds.unwrap();
    assert!((bounds.west - 108.01).abs() < 1e-6 && (bounds.north - 31.09).abs() < 1e-6);
    let fields: Vec<_> = contents
        .fields
        .iter()
        .map(|(name, kind)| (name.as_str(), *kind))
        .collect();
    assert_eq!(
        fields,
        [
            ("crop", "String"),
            ("key", "String"),
            ("mu", "Number"),
            ("owned", "Boolean"),
            ("rows", "Number"),
            ("slope", "Number"),
        ]
    );
    assert_eq!(there.vectors.contents("fields").await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn layers_that_were_not_asked_for_longest_make_room() {
    let (database, [mine, _]) = villages().await;
    let store = database.store();
    let zigzag = (0..2000).map(|step| {
        let along = f64::from(step) / 20_000.0;
        (108.0 + along, 31.05 + 0.001 * f64::from(step % 2))
    });
    let line: LineString = zigzag.collect();
    for id in ["one", "two", "three"] {
        publish(store, id, mine).await;
        let road = NewFeature {
            area_id: mine,
            key: id.to_owned(),
            geometry: line.clone().into(),
            properties: json!({}),
        };
        store::feature::replace(store, id, &[road]).await.unwrap();
    }
    let single = Desk::new(store, 1 << 30);
    single.keys(&[source("one", Scope::Everything)]).await;
    let each = single.vectors.held_bytes();
    let desk = Desk::new(store, each * 5 / 2);
    for id in ["one", "two", "one", "three", "two"] {
        assert_eq!(desk.keys(&[source(id, Scope::Everything)]).await, [id]);
        assert!(desk.vectors.held_bytes() <= each * 5 / 2);
    }
    // All at once in a tile, though one has to leave while others are drawn.
    let all = ["one", "two", "three"].map(|id| source(id, Scope::Everything));
    assert_eq!(desk.keys(&all).await, ["one", "three", "two"]);
    assert!(desk.vectors.held_bytes() <= each * 5 / 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_seen_whoever_makes_it() {
    let (database, [mine, _]) = villages().await;
    let (store, everything) = (database.store(), [source("fields", Scope::Everything)]);
    let desk = Desk::new(store, 1 << 20);
    let first = desk.map(&everything).await.version().unwrap().to_owned();
    assert_eq!(desk.keys(&everything).await, ["mine", "theirs"]);
    let soon = async |expected: &[&str]| {
        let deadline = Instant::now() + Duration::from_secs(20);
        while desk.keys(&everything).await != expected {
            assert!(Instant::now() < deadline, "{expected:?} is not seen");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    store::feature::replace(store, "fields", &[field(mine, "new", 108.0)])
        .await
        .unwrap();
    soon(&["new"]).await;
    assert_ne!(desk.map(&everything).await.version().unwrap(), first);

    let (client, connection) = tokio_postgres::connect(database.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
        .batch_execute("update feature set key = 'by hand'")
        .await
        .unwrap();
    soon(&["by hand"]).await;
    // A message that is lost: nobody hears of this one.
    client
        .batch_execute(
            "begin; set local session_replication_role = replica;
             update feature set key = 'unheard';
             update layer set features_version = gen_random_uuid(); commit",
        )
        .await
        .unwrap();
    soon(&["unheard"]).await;
    client.batch_execute("delete from feature").await.unwrap();
    soon(&[]).await;
    store::feature::replace(store, "fields", &[field(mine, "again", 108.0)])
        .await
        .unwrap();
    soon(&["again"]).await;
    client.batch_execute("truncate feature").await.unwrap();
    soon(&[]).await;
    // A layer that has gone is empty, and no error.
    store::layer::delete(store, "fields").await.unwrap();
    soon(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_encodings_hold_the_same() {
    let (database, [mine, _]) = villages().await;
    let many: Vec<_> = (0..40)
        .map(|key| field(mine, &key.to_string(), 108.0))
        .collect();
    store::feature::replace(database.store(), "fields", &many)
        .await
        .unwrap();
    let desk = Desk::new(database.store(), 1 << 20);
    let map = desk.map(&[source("fields", Scope::Everything)]).await;
    let tile = Tile::at(TILE.0, TILE.1, TILE.2);
    let encoded = desk
        .vectors
        .tile(&desk.pool, &map, tile)
        .await
        .unwrap()
        .unwrap();
    let gzip = encoded.gzip.clone().unwrap();
    assert!(gzip.len() < encoded.plain.len());
    let mut plain = vec![0; encoded.plain.len()];
    let length = libdeflater::Decompressor::new()
        .gzip_decompress(&gzip, &mut plain)
        .unwrap();
    assert_eq!(&plain[..length], &encoded.plain[..]);
    let features = &decode::tile(&plain)["fields"];
    assert_eq!(features.len(), 40);
    let properties = &features[0].properties;
    assert_eq!(properties["crop"], "稻");
    assert_eq!(properties["mu"], 12.5);
    assert_eq!(properties["rows"], 7);
    assert_eq!(properties["slope"], -3);
    assert_eq!(properties["owned"], true);
    assert!(!properties.contains_key("gone"));
}
