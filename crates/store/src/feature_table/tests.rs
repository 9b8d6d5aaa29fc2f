//! Tables of other people, made by SQL as they would make them.

use diesel::sql_types::{BigInt, Double, Text as SqlText};
use diesel_async::SimpleAsyncConnection as _;
use grid::tile::Tile;
use serde_json::json;

use super::*;
use crate::area::{self, Level};
use crate::feature::{self, NewFeature};
use crate::layer::{self, Audience, Kind, NewLayer};
use crate::testing::{TestDatabase, database, rectangle};
use crate::{Scope, Viewer};

/// A county with a village, and a schema beside the program's own.
async fn county() -> TestDatabase {
    let database = database().await;
    let village = [113.9, 29.9, 114.1, 30.1];
    let areas = [
        rectangle("500154", Level::County, None, [113.0, 29.5, 115.0, 31.0]),
        rectangle("500154001", Level::Village, Some("500154"), village),
    ];
    area::upsert(database.store(), &areas).await.unwrap();
    sql(&database, "create schema cadastre").await;
    database
}

async fn sql(database: &TestDatabase, statements: &str) {
    let mut connection = database.store().connection().await.unwrap();
    connection.batch_execute(statements).await.unwrap();
}

async fn area_id(database: &TestDatabase, code: &str) -> i64 {
    let found = area::by_code(database.store(), &Scope::Everything, code).await;
    found.unwrap().unwrap().id
}

fn asked(table: &str) -> NewFeatureTable {
    NewFeatureTable {
        table: table.to_owned(),
        layer: "parcels".to_owned(),
        ..NewFeatureTable::default()
    }
}

/// Why a table is no layer; nothing is half written.
async fn refused(database: &TestDatabase, new: &NewFeatureTable) -> String {
    let error = publish(database.store(), new).await.unwrap_err();
    let everyone = Viewer::SignedIn(Scope::Everything);
    let left = layer::by_id(database.store(), &everyone, "parcels").await;
    assert_eq!(left.unwrap(), None, "{error}");
    error.to_string()
}

fn holds(tile: &[u8], text: &str) -> bool {
    tile.windows(text.len())
        .any(|window| window == text.as_bytes())
}

/// Squares of 80 m, 100 m from one another, 40 in a row, from 113.95° 29.95° on.
fn parcels(table: &str, srid: u32, count: u32) -> String {
    format!(
        "create table {table} (gid serial primary key, name text, geom geometry(Polygon, {srid}));
         insert into {table} (name, geom)
         select '地块' || i, st_transform(st_setsrid(st_makeenvelope(
                 113.95 + (i % 40) * 0.001, 29.95 + (i / 40) * 0.001,
                 113.9508 + (i % 40) * 0.001, 29.9508 + (i / 40) * 0.001), 4326), {srid})
         from generate_series(0, {count} - 1) as i;
         create index on {table} using gist (geom);
         analyze {table}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_table_has_is_read_from_the_catalogue() {
    let database = county().await;
    let store = database.store();
    sql(
        &database,
        "create domain cadastre.code as integer;
         create table cadastre.parcels (gid serial primary key, name text, mu numeric(8, 2),
             tilt real, height double precision, floors smallint, owned boolean, since date,
             tags text[], more jsonb, raw bytea, use cadastre.code, geom geometry(Polygon, 4547));
         insert into cadastre.parcels (geom) select st_transform(
             st_makeenvelope(113.95, 29.95, 113.96, 29.96, 4326), 4547)",
    )
    .await;
    let new = NewFeatureTable {
        title_zh: Some("地块".to_owned()),
        ..asked("cadastre.parcels")
    };
    let registered = publish(store, &new).await.unwrap();
    let (layer, table) = (registered.layer, registered.table);
    assert_eq!(
        (layer.title_zh.as_str(), layer.kind),
        ("地块", Kind::Features)
    );
    assert_eq!(layer.audience, Audience::Officials);
    // The smallest area around all of it.
    assert_eq!(layer.area_id, area_id(&database, "500154001").await);
    assert!(!registered.empty);
    let index = "create index on \"cadastre\".\"parcels\" using gist (\"geom\")";
    assert_eq!(registered.missing_index.as_deref(), Some(index));
    let contents = table.columns.iter();
    let contents: Vec<_> = contents
        .map(|one| (one.name.as_str(), one.content))
        .collect();
    let expected = [
        ("gid", Content::Whole),
        ("name", Content::Text),
        ("mu", Content::Number),
        ("tilt", Content::Single),
        ("height", Content::Number),
        ("floors", Content::Whole),
        ("owned", Content::Boolean),
        ("since", Content::Text),
        ("tags", Content::Text),
        ("more", Content::Text),
        ("use", Content::Whole),
    ];
    assert_eq!(contents, expected);
    assert_eq!(table.key.as_ref().unwrap().name, "gid");
    assert_eq!(table.srid, 4547);
    let bounds = table.bounds;
    assert!((bounds.west - 113.95).abs() < 1e-4 && (bounds.north - 29.96).abs() < 1e-4);
    assert_eq!(
        by_layer(store, "parcels").await.unwrap(),
        Some(table.clone())
    );
    assert_eq!(by_layer(store, "nothing").await.unwrap(), None);

    // Again, with other wishes: what is not told stays.
    let again = NewFeatureTable {
        columns: Some(vec!["mu".to_owned()]),
        key: Some("name".to_owned()),
        audience: Some(Audience::Public),
        area: Some("500154".to_owned()),
        ..asked("cadastre.parcels")
    };
    let registered = publish(store, &again).await.unwrap();
    assert_eq!(registered.layer.title_zh, "地块");
    assert_eq!(registered.layer.audience, Audience::Public);
    assert_eq!(registered.layer.area_id, area_id(&database, "500154").await);
    assert_eq!(registered.table.columns.len(), 1);
    assert_eq!(
        registered.table.key.as_ref().unwrap().content,
        Content::Text
    );
    assert_ne!(registered.table.revision, table.revision);
}

#[tokio::test(flavor = "multi_thread")]
async fn views_and_geographies_are_drawn_too() {
    let database = county().await;
    let store = database.store();
    sql(&database, &parcels("cadastre.parcels", 4547, 40)).await;
    sql(
        &database,
        "create view cadastre.wide as
             select p.name, st_buffer(p.geom, 5) as around, a.name_zh as village
             from cadastre.parcels as p join area as a
             on a.level = 'village' and st_intersects(a.geom, st_transform(p.geom, 4326));
         create table wells (id text primary key, at geography(Point));
         insert into wells values ('w1', 'POINT(113.951 29.9504)');
         create index on wells using gist (at);
         create materialized view cadastre.kept as select * from cadastre.parcels;
         create table cadastre.curves (id bigint, geom geometry(GeometryZ, 4326));
         insert into cadastre.curves values
             (1, 'SRID=4326;CURVEPOLYGON Z (CIRCULARSTRING Z (113.95 29.95 1, 113.951 29.951 1,
                 113.952 29.95 1, 113.951 29.949 1, 113.95 29.95 1))'),
             (2, 'SRID=4326;POLYHEDRALSURFACE Z (((113.95 29.95 1, 113.951 29.95 1,
                 113.951 29.951 1, 113.95 29.95 1)))'),
             (3, null), (4, 'SRID=4326;POINT Z EMPTY')",
    )
    .await;
    let here = Tile::at(113.951, 29.9504, 15);
    let drawn = async |table: &str| {
        let registered = publish(store, &asked(table)).await.unwrap();
        let drawn = tile(store, &registered.table, here).await.unwrap().unwrap();
        (registered, drawn)
    };
    let (view, bytes) = drawn("cadastre.wide").await;
    assert_eq!((view.table.srid, view.missing_index), (4547, None));
    assert_eq!(view.table.key, None);
    assert!(holds(&bytes, "区500154001") && holds(&bytes, "地块1"));
    let (wells, bytes) = drawn("wells").await;
    assert!(holds(&bytes, "w1"));
    let index = wells.missing_index.unwrap();
    assert!(index.contains("((\"at\"::geometry))"), "{index}");
    sql(&database, &index).await;
    assert_eq!(drawn("wells").await.0.missing_index, None);
    let (kept, bytes) = drawn("Cadastre.KEPT").await;
    assert_eq!(kept.table.full_name(), "cadastre.kept");
    assert!(holds(&bytes, "地块1"));
    let (_, bytes) = drawn("cadastre.curves").await;
    assert!(holds(&bytes, "parcels"));
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_quoted_whatever_is_in_them() {
    assert_eq!(quoted("地块"), "\"地块\"");
    assert_eq!(
        quoted("a\"b; drop table x; --"),
        "\"a\"\"b; drop table x; --\""
    );
    let database = county().await;
    let store = database.store();
    sql(
        &database,
        r#"create schema "my ""schema""";
           create table "my ""schema"""."a""b; drop table area; --" (
               "gid"";" integer primary key, "shape" text, "number" integer, "It's ''$1''" text,
               "geo""m" geometry(Point, 3857));
           insert into "my ""schema"""."a""b; drop table area; --" values
               (7, '形状', 3, 'quiet', st_transform('SRID=4326;POINT(114 30)'::geometry, 3857))"#,
    )
    .await;
    for name in [
        "a\"b; drop table area; --",
        "my \"schema\".a\"b; drop table area; --",
        "\"my \"\"schema\"\"\".\"a\"\"b; drop table area; --\"",
    ] {
        let registered = publish(store, &asked(name)).await.unwrap();
        let drawn = tile(store, &registered.table, Tile::at(114.0, 30.0, 14)).await;
        let drawn = drawn.unwrap().unwrap();
        for text in ["shape", "形状", "number", "It's ''$1''", "quiet", "gid\";"] {
            assert!(holds(&drawn, text), "{name}: {text}");
        }
        assert!(!holds(&drawn, "shape_") && !holds(&drawn, "number_"));
    }
    assert_eq!(area::count(store).await.unwrap(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_table_is_searched_by_its_index() {
    #[derive(QueryableByName)]
    #[diesel(check_for_backend(diesel::pg::Pg))]
    struct Line {
        #[diesel(sql_type = SqlText, column_name = "QUERY PLAN")]
        line: String,
    }
    let database = county().await;
    let store = database.store();
    sql(&database, &parcels("cadastre.parcels", 4547, 40_000)).await;
    sql(
        &database,
        "create view cadastre.view as select gid, geom from cadastre.parcels where gid > 3",
    )
    .await;
    for name in ["cadastre.parcels", "cadastre.view"] {
        let table = publish(store, &asked(name)).await.unwrap().table;
        let place = Tile::at(113.96, 29.96, 16);
        let frame = place.bounds_mercator();
        let mut connection = store.connection().await.unwrap();
        let query = sql_query(format!("explain {}", table.tile_query()))
            .bind::<Integer, _>(16)
            .bind::<Integer, _>(place.column as i32)
            .bind::<Integer, _>(place.row as i32)
            .bind::<Double, _>(frame.west)
            .bind::<Double, _>(frame.south)
            .bind::<Double, _>(frame.east)
            .bind::<Double, _>(frame.north)
            .bind::<Double, _>(frame.width() / 16.0)
            .bind::<SqlText, _>("parcels")
            .bind::<BigInt, _>(20_000);
        let plan: Vec<Line> = query.load(&mut connection).await.unwrap();
        let plan: Vec<String> = plan.into_iter().map(|line| line.line).collect();
        let plan = plan.join("\n");
        assert!(plan.contains("parcels_geom_idx"), "{plan}");
        assert!(!plan.contains("Seq Scan on parcels"), "{plan}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_too_many_rows_the_largest_are_drawn() {
    let database = county().await;
    let store = database.store();
    sql(
        &database,
        "create table cadastre.crowd as
             select i as gid, repeat('长', 400) || i as name,
                 st_makeenvelope(113.95, 29.95, 113.95 + i * 1e-5, 29.95 + i * 1e-5, 4326) as geom
             from generate_series(1, 9000) as i",
    )
    .await;
    let table = publish(store, &asked("crowd")).await.unwrap().table;
    let drawn = tile(store, &table, Tile::at(113.96, 29.96, 12))
        .await
        .unwrap()
        .unwrap();
    assert!(
        (1 << 20..=4 << 20).contains(&drawn.len()),
        "{}",
        drawn.len()
    );
    assert!(holds(&drawn, "长9000") && !holds(&drawn, "长5\u{1a}"));
    assert!(!holds(&drawn, "长100\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_programs_own_tables_are_never_layers() {
    #[derive(QueryableByName)]
    #[diesel(check_for_backend(diesel::pg::Pg))]
    struct Named {
        #[diesel(sql_type = SqlText)]
        name: String,
    }
    let database = county().await;
    let everything = "select c.relname::text as name from pg_class as c
        join pg_namespace as n on n.oid = c.relnamespace
        where n.nspname = 'public' and c.relkind in ('r', 'p') and c.relname <> 'spatial_ref_sys'
        order by 1";
    let mut connection = database.store().connection().await.unwrap();
    let own: Vec<Named> = sql_query(everything).load(&mut connection).await.unwrap();
    let own: Vec<String> = own.into_iter().map(|own| own.name).collect();
    assert_eq!(own, own::OWN, "the list follows the migrations");
    for name in [
        "report",
        "public.area",
        "feature",
        "feature_default",
        "scene",
        "REPORT",
    ] {
        let error = refused(&database, &asked(name)).await;
        assert!(error.contains("private"), "{error}");
    }
    sql(
        &database,
        "create view cadastre.inner as select place, description from report;
         create view cadastre.outer as select * from cadastre.inner;
         create table cadastre.report (geom geometry(Point, 4326))",
    )
    .await;
    let error = refused(&database, &asked("cadastre.outer")).await;
    assert!(error.contains("cadastre.outer reads report"), "{error}");
    // A table of somebody else may have such a name.
    let theirs = NewFeatureTable {
        area: Some("500154".to_owned()),
        ..asked("cadastre.report")
    };
    assert!(publish(database.store(), &theirs).await.unwrap().empty);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_and_nothing_is_written() {
    let database = county().await;
    sql(&database, &parcels("cadastre.parcels", 4547, 10)).await;
    sql(
        &database,
        "create table cadastre.plain (a integer, b text);
         create table cadastre.two (one geometry(Point, 4326), two geometry(Point, 4326));
         create table cadastre.nowhere (geom geometry);
         insert into cadastre.nowhere values ('POINT(1 1)');
         create table cadastre.mixed (geom geometry);
         insert into cadastre.mixed values ('SRID=4326;POINT(1 1)'), ('SRID=3857;POINT(1 1)');
         create table cadastre.strange (geom geometry);
         insert into cadastre.strange values ('SRID=777;POINT(1 1)');
         create table cadastre.metres (geom geometry(Point, 4326));
         insert into cadastre.metres values ('SRID=4326;POINT(500000 3300000)');
         create table cadastre.empty (geom geometry(Point, 4547));
         create table cadastre.far (geom geometry(Point, 4326));
         insert into cadastre.far values ('SRID=4326;POINT(10 10)');
         create schema other; create table other.plain (geom geometry(Point, 4326))",
    )
    .await;
    let geometry = |name: &str| NewFeatureTable {
        geometry: Some(name.to_owned()),
        ..asked("cadastre.two")
    };
    let key = |name: &str| NewFeatureTable {
        key: Some(name.to_owned()),
        ..asked("cadastre.parcels")
    };
    let columns = |name: &str| NewFeatureTable {
        columns: Some(vec!["name".to_owned(), name.to_owned()]),
        ..asked("cadastre.parcels")
    };
    let id = NewFeatureTable {
        layer: "Parcels".to_owned(),
        ..asked("cadastre.parcels")
    };
    let area = NewFeatureTable {
        area: Some("777".to_owned()),
        ..asked("cadastre.parcels")
    };
    for (wrong, words) in [
        (
            asked("cadastre.parcel"),
            "tables with a geometry: cadastre.parcels",
        ),
        (
            asked("x'; drop table area; --"),
            "there is no table or view",
        ),
        (asked("plain"), "cadastre.plain or other.plain"),
        (asked("cadastre.plain"), "its columns are a, b"),
        (asked("cadastre.two"), "--geometry one or --geometry two"),
        (
            geometry("three"),
            "no geometry \"three\"; there are: one, two",
        ),
        (
            key("id"),
            "no column for a key \"id\"; there are: gid, name",
        ),
        (key("geom"), "no column for a key \"geom\""),
        (
            columns("nmae"),
            "no column to show \"nmae\"; there are: gid, name",
        ),
        (columns("geom"), "no column to show \"geom\""),
        (asked("cadastre.nowhere"), "is not known (SRID 0)"),
        (asked("cadastre.mixed"), "several: 3857, 4326"),
        (asked("cadastre.strange"), "777 is not in spatial_ref_sys"),
        (asked("cadastre.metres"), "makes no sense in EPSG:4326"),
        (asked("cadastre.empty"), "none of the areas"),
        (asked("cadastre.far"), "none of the areas"),
        (id, "cannot be the id of a layer"),
        (area, "777"),
    ] {
        let error = refused(&database, &wrong).await;
        assert!(error.contains(words), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_rights_it_says_which_to_give() {
    let database = county().await;
    sql(&database, &parcels("cadastre.parcels", 4326, 10)).await;
    let role = format!("guest_{}", std::process::id());
    sql(
        &database,
        &format!("create role {role} login; grant all on all tables in schema public to {role}"),
    )
    .await;
    let url = format!("{} user={role}", database.url());
    let store = Store::connect(&url).await.unwrap();
    let error = publish(&store, &asked("cadastre.parcels"))
        .await
        .unwrap_err()
        .to_string();
    store.close();
    sql(
        &database,
        &format!("drop owned by {role}; drop role {role}"),
    )
    .await;
    assert!(
        error.contains(&format!(
            "grant select on \"cadastre\".\"parcels\" to \"{role}\""
        )),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_layer_is_of_what_was_published_last() {
    let database = county().await;
    let store = database.store();
    sql(&database, &parcels("cadastre.parcels", 4547, 10)).await;
    let table = publish(store, &asked("cadastre.parcels"))
        .await
        .unwrap()
        .table;
    let keys = async || {
        let found = feature::polygons(store, "parcels").await.unwrap();
        found.into_iter().map(|one| one.key).collect::<Vec<_>>()
    };
    // Zones of recipes come from the table.
    assert_eq!(
        keys().await,
        ["1", "10", "2", "3", "4", "5", "6", "7", "8", "9"]
    );
    let first = &feature::polygons(store, "parcels").await.unwrap()[0];
    assert_eq!(first.properties, json!({"gid": 1, "name": "地块0"}));
    let corner = first.polygons.0[0].exterior().0[0];
    assert!(
        (corner.x - 113.95).abs() < 1e-6 && (corner.y - 29.95).abs() < 1e-6,
        "{corner:?}"
    );

    let layer = NewLayer {
        id: "parcels".to_owned(),
        area_id: area_id(&database, "500154").await,
        kind: Kind::Features,
        title_zh: "地块".to_owned(),
        title_en: String::new(),
        audience: Audience::Public,
        style: json!({}),
        attribution: String::new(),
    };
    layer::upsert(store, &layer).await.unwrap();
    assert_eq!(by_layer(store, "parcels").await.unwrap(), None);
    let own = NewFeature {
        area_id: layer.area_id,
        key: "own".to_owned(),
        geometry: geo::Rect::new((113.95, 29.95), (113.96, 29.96))
            .to_polygon()
            .into(),
        properties: json!({}),
    };
    feature::replace(store, "parcels", &[own]).await.unwrap();
    assert_eq!(keys().await, ["own"]);
    let error = publish(store, &asked("cadastre.parcels"))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("holds features of its own"), "{error}");
    assert_eq!(keys().await, ["own"]);

    let other = NewLayer {
        id: "picture".to_owned(),
        kind: Kind::Visual,
        ..layer
    };
    layer::upsert(store, &other).await.unwrap();
    let new = NewFeatureTable {
        layer: "picture".to_owned(),
        ..asked("cadastre.parcels")
    };
    let error = publish(store, &new).await.unwrap_err();
    assert!(matches!(error, crate::Error::NotFeatures { .. }), "{error}");
    assert_eq!(table.layer_id, "parcels");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_changed_or_takes_too_long_is_an_error_in_words() {
    let database = county().await;
    let store = database.store();
    sql(&database, &parcels("cadastre.parcels", 4547, 10)).await;
    sql(
        &database,
        "create view cadastre.slow as
             select gid, geom from cadastre.parcels where pg_sleep(3) is not null and gid < 9;
         create table cadastre.marks (mark integer);
         create function cadastre.leave() returns integer language sql volatile
             as 'insert into cadastre.marks values (1) returning 1'",
    )
    .await;
    let here = Tile::at(113.951, 29.9504, 15);
    let error = async |table: &FeatureTable| {
        let error = tile(store, table, here).await.unwrap_err();
        let crate::Error::Table(Error::Unreadable { layer, reason, .. }) = error else {
            panic!("{error}");
        };
        assert_eq!(layer, "parcels");
        reason
    };
    let table = publish(store, &asked("cadastre.parcels"))
        .await
        .unwrap()
        .table;
    assert!(tile(store, &table, here).await.unwrap().is_some());
    // New rows are there at once, beyond the first extent too.
    sql(
        &database,
        "insert into cadastre.parcels (name, geom) values
            ('新', st_transform(st_makeenvelope(114.9, 30.9, 114.91, 30.91, 4326), 4547))",
    )
    .await;
    let beyond = tile(store, &table, Tile::at(114.905, 30.905, 14))
        .await
        .unwrap()
        .unwrap();
    assert!(holds(&beyond, "新"));
    sql(&database, "alter table cadastre.parcels drop column name").await;
    assert!(error(&table).await.contains("name"));
    sql(
        &database,
        "alter table cadastre.parcels add column name text",
    )
    .await;
    assert!(tile(store, &table, here).await.unwrap().is_some());
    let slow = FeatureTable {
        table: "slow".to_owned(),
        columns: Vec::new(),
        ..table.clone()
    };
    assert!(error(&slow).await.contains("timeout"));
    // Whatever a view does, it writes nothing.
    sql(
        &database,
        "create view cadastre.sly as
             select gid, geom, cadastre.leave() as mark from cadastre.parcels",
    )
    .await;
    let sly = FeatureTable {
        table: "sly".to_owned(),
        columns: vec![Column {
            name: "mark".to_owned(),
            content: Content::Whole,
        }],
        ..table.clone()
    };
    assert!(error(&sly).await.contains("read-only"));
    sql(&database, "drop table cadastre.parcels cascade").await;
    assert!(error(&table).await.contains("does not exist"));
    let error = feature::polygons(store, "parcels")
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("cadastre.parcels"), "{error}");
    // The layer goes, and with it what is known of the table.
    assert!(layer::delete(store, "parcels").await.unwrap());
    assert_eq!(by_layer(store, "parcels").await.unwrap(), None);
}
