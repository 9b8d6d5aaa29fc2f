//! OGC API – Common, Tiles and Maps. Named after the conformance classes that are declared.

use grid::matrix_set::{MatrixSet, MatrixTile};
use grid::tile::Tile;
use image::ImageFormat;
use serde_json::{Value, json};
use store::layer::Audience;

use crate::imagery::{self, CORNER, index_place};
use crate::office::{Answer, COUNTY, DAPING, Office};
use crate::patches;

const RELATION: &str = "http://www.opengis.net/def/rel/ogc/1.0/";

/// Where the link of a relation leads, without the host.
fn link(document: &Value, rel: &str) -> String {
    let links = document["links"].as_array().unwrap();
    let found = links.iter().find(|link| link["rel"] == rel);
    let href = found.unwrap_or_else(|| panic!("no link {rel}: {document}"))["href"]
        .as_str()
        .unwrap();
    href.strip_prefix("http://localhost:8080")
        .unwrap()
        .to_owned()
}

fn colour(answer: &Answer, x: u32, y: u32) -> [u8; 4] {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let picture = image::load_from_memory_with_format(&answer.body, ImageFormat::Png).unwrap();
    picture.into_rgba8().get_pixel(x, y).0
}

#[tokio::test(flavor = "multi_thread")]
async fn conf_common_core_landing_page_and_collections() {
    let office = Office::open().await;
    imagery::picture(&office, "open", COUNTY, Audience::Public).await;
    imagery::index(&office, "ours", DAPING, Audience::Officials).await;
    let landing = office.get("/ogc").value().await;
    assert_eq!(link(&landing, "data"), "/ogc/collections");
    assert_eq!(
        link(&landing, &format!("{RELATION}tiling-schemes")),
        "/ogc/tileMatrixSets"
    );
    let conformance = office.get("/ogc/conformance").value().await;
    let classes = conformance["conformsTo"].as_array().unwrap();
    for class in [
        "ogcapi-common-1/1.0/conf/core",
        "ogcapi-common-2/1.0/conf/collections",
        "ogcapi-tiles-1/1.0/conf/core",
        "ogcapi-maps-1/1.0/conf/core",
    ] {
        let uri = format!("http://www.opengis.net/spec/{class}");
        assert!(classes.contains(&json!(uri)), "{class}");
    }
    let description = office.get("/ogc/api").value().await;
    for path in [
        "/collections",
        "/tileMatrixSets",
        "/collections/{collectionId}/map",
    ] {
        assert!(description["paths"][path]["get"].is_object(), "{path}");
    }

    let collections = office.get(&link(&landing, "data")).value().await;
    let list = collections["collections"].as_array().unwrap();
    assert_eq!(list.len(), 1, "only what anybody may see: {collections}");
    let one = office.get(&link(&list[0], "self")).value().await;
    assert_eq!(one, list[0]);
    assert_eq!(one["id"], "open");
    let bbox: Vec<f64> =
        serde_json::from_value(one["extent"]["spatial"]["bbox"][0].clone()).unwrap();
    assert!((bbox[0] - CORNER.bounds().west).abs() < 1e-9, "{bbox:?}");
    assert_eq!(
        one["extent"]["temporal"]["interval"],
        json!([["2024-08-02T00:00:00Z", "2024-08-02T23:59:59Z"]])
    );
    let missing = office.get("/ogc/collections/ours").send().await;
    assert_eq!(missing.problem(), (404, "unknown-layer".to_owned()));
    let cookie = office.sign_in("daping").await;
    let own = office.get("/ogc/collections").by(&cookie).value().await;
    assert_eq!(own["collections"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn conf_json_tilematrixset() {
    let office = Office::open().await;
    let list = office.get("/ogc/tileMatrixSets").value().await;
    let list = list["tileMatrixSets"].as_array().unwrap();
    assert_eq!(list.len(), 45);
    for summary in list {
        let document = office.get(&link(summary, "self")).value().await;
        for member in ["id", "crs"] {
            assert_eq!(document[member], summary[member]);
        }
        assert_eq!(
            document["tileMatrices"].as_array().unwrap().len(),
            if document["id"] == "WebMercatorQuad" {
                25
            } else {
                24
            }
        );
    }
    let unknown = office.get("/ogc/tileMatrixSets/MarsQuad").send().await;
    assert_eq!(unknown.problem(), (404, "not-found".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn conf_tiles_core_tileset_tilesets_list_geodata_tilesets_and_png() {
    let office = Office::open().await;
    imagery::classes(&office, "classes", COUNTY, Audience::Public).await;
    let collection = office.get("/ogc/collections/classes").value().await;
    let list = office
        .get(&link(&collection, &format!("{RELATION}tilesets-map")))
        .value()
        .await;
    let tilesets = list["tilesets"].as_array().unwrap();
    assert_eq!(tilesets.len(), 5, "three of the world, two of its zone");
    for summary in tilesets {
        assert_eq!(summary["dataType"], "map");
        let tileset = office.get(&link(summary, "self")).value().await;
        assert_eq!(tileset["crs"], summary["crs"]);
        let scheme = link(&tileset, &format!("{RELATION}tiling-scheme"));
        let set = office.get(&scheme).value().await;
        let set = MatrixSet::from_id(set["id"].as_str().unwrap()).unwrap();
        let limits = tileset["tileMatrixSetLimits"].as_array().unwrap();
        let template = link(&tileset, "item");
        for limit in [&limits[0], limits.last().unwrap()] {
            let level: u8 = limit["tileMatrix"].as_str().unwrap().parse().unwrap();
            let (longitude, latitude) = index_place(400.0, 300.0);
            let (x, y) = set.projection().forward(longitude, latitude);
            let tile = MatrixTile::at(set, level, x, y).unwrap();
            let within = |low: &str, high: &str, at: u32| {
                let number = |name: &str| limit[name].as_u64().unwrap();
                (number(low)..=number(high)).contains(&u64::from(at))
            };
            assert!(
                within("minTileRow", "maxTileRow", tile.row),
                "{limit} {tile:?}"
            );
            assert!(
                within("minTileCol", "maxTileCol", tile.column),
                "{limit} {tile:?}"
            );
            let path = template
                .replace("{tileMatrix}", &level.to_string())
                .replace("{tileRow}", &tile.row.to_string())
                .replace("{tileCol}", &tile.column.to_string());
            let answer = office.get(&path).send().await;
            assert_eq!(answer.header("content-type"), "image/png");
            let cell = set.cell_size(level);
            let bounds = tile.bounds();
            let (column, row) = ((x - bounds.west) / cell, (bounds.north - y) / cell);
            let found = colour(&answer, column as u32, row as u32);
            assert_eq!(found, [0xE9, 0xDD, 0xB8, 255], "{path}");
        }
    }
    let base = "/ogc/collections/classes/map/tiles/WebMercatorQuad";
    for (path, wanted) in [
        (format!("{base}/3/1/1"), (404, "tile-out-of-range")),
        (format!("{base}/12/4096/1"), (404, "tile-out-of-range")),
        (format!("{base}/12/1/1?f=gif"), (400, "bad-request")),
        (
            format!("{base}/12/1/1?datetime=2023-01-01"),
            (404, "unknown-date"),
        ),
        (format!("{base}/12/x/1"), (400, "bad-request")),
        (
            "/ogc/collections/classes/tiles".to_owned(),
            (404, "not-found"),
        ),
        (
            "/ogc/collections/classes/map/tiles/CGCS2000_GK_4534".to_owned(),
            (404, "not-found"),
        ),
    ] {
        let (status, code) = wanted;
        let found = office.get(&path).send().await.problem();
        assert_eq!(found, (status, code.to_owned()), "{path}");
    }
    // Within the limits, beside the data.
    let (longitude, latitude) = index_place(256.0, 10.0);
    let Tile { zoom, column, row } = Tile::at(longitude, latitude, 13);
    let nothing = office
        .get(&format!("{base}/{zoom}/{row}/{column}"))
        .send()
        .await;
    assert!(matches!(nothing.status.as_u16(), 200 | 204));
}

#[tokio::test(flavor = "multi_thread")]
async fn conf_tiles_mvt() {
    let office = Office::open().await;
    patches::ledger(&office).await;
    let anyone = office
        .get("/ogc/collections/farmland-change/tiles")
        .send()
        .await;
    assert_eq!(anyone.problem(), (404, "unknown-layer".to_owned()));
    let cookie = office.sign_in("daping").await;
    let collection = office
        .get("/ogc/collections/farmland-change")
        .by(&cookie)
        .value()
        .await;
    let path = link(&collection, &format!("{RELATION}tilesets-vector"));
    let list = office.get(&path).by(&cookie).value().await;
    assert_eq!(list["tilesets"][0]["dataType"], "vector");
    let path = link(&list["tilesets"][0], "self");
    let tileset = office.get(&path).by(&cookie).value().await;
    let Tile { zoom, column, row } = Tile::at(108.105, 31.15, 12);
    let path = link(&tileset, "item")
        .replace("{tileMatrix}", &zoom.to_string())
        .replace("{tileRow}", &row.to_string())
        .replace("{tileCol}", &column.to_string());
    let tile = office.get(&path).by(&cookie).send().await;
    assert_eq!(
        tile.header("content-type"),
        "application/vnd.mapbox-vector-tile"
    );
    let same = format!("/tiles/farmland-change/{zoom}/{column}/{row}.mvt");
    assert_eq!(tile.body, office.get(&same).by(&cookie).send().await.body);
    assert!(!tile.body.is_empty());
    // A county's ledger shows each village its own.
    let neighbour = office.sign_in("neighbour").await;
    let theirs = office.get(&path).by(&neighbour).send().await;
    assert_eq!((theirs.status.as_u16(), theirs.body.len()), (204, 0));
    let anyone = office.get(&path).send().await;
    assert_eq!(anyone.problem(), (404, "unknown-layer".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn conf_maps_core_collection_map_crs_and_png() {
    let office = Office::open().await;
    imagery::classes(&office, "classes", COUNTY, Audience::Public).await;
    let collection = office.get("/ogc/collections/classes").value().await;
    let map = link(&collection, &format!("{RELATION}map"));
    let whole = office.get(&map).send().await;
    assert_eq!(whole.header("content-type"), "image/png");
    assert_eq!(
        whole.header("content-crs"),
        "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
    );
    let picture = image::load_from_memory(&whole.body).unwrap();
    assert_eq!(picture.width().max(picture.height()), 1024);

    // 2 km around a place in the east, once in each CRS; the pixel in the middle is that place.
    let (longitude, latitude) = index_place(400.0, 300.0);
    let zone = MatrixSet::from_id("CGCS2000_GK_4545").unwrap();
    let (x, y) = zone.projection().forward(longitude, latitude);
    let (mx, my) = grid::mercator::project(longitude, latitude);
    let (west, south, east, north) = (
        longitude - 0.01,
        latitude - 0.01,
        longitude + 0.01,
        latitude + 0.01,
    );
    for (bbox, crs, axes) in [
        (format!("{west},{south},{east},{north}"), "", [west, south]),
        (
            format!("{south},{west},{north},{east}"),
            "http://www.opengis.net/def/crs/EPSG/0/4490",
            [south, west],
        ),
        (
            format!("{},{},{},{}", y - 1e3, x - 1e3, y + 1e3, x + 1e3),
            "[EPSG:4545]",
            [y - 1e3, x - 1e3],
        ),
        (
            format!("{},{},{},{}", mx - 1e3, my - 1e3, mx + 1e3, my + 1e3),
            "EPSG:3857",
            [mx - 1e3, my - 1e3],
        ),
    ] {
        let path = format!("{map}&bbox={bbox}&bbox-crs={crs}&crs={crs}&width=101&height=101");
        let answer = office.get(&path).send().await;
        assert_eq!(colour(&answer, 50, 50), [0xE9, 0xDD, 0xB8, 255], "{path}");
        let said: Vec<f64> = answer
            .header("content-bbox")
            .split(',')
            .map(|number| number.parse().unwrap())
            .collect();
        assert!(
            (said[0] - axes[0]).abs() < 1e-9 && (said[1] - axes[1]).abs() < 1e-9,
            "{said:?}"
        );
    }
    // A box in one CRS, the picture in another.
    let path =
        format!("{map}&bbox={west},{south},{east},{north}&crs=[EPSG:4545]&width=101&height=101");
    let turned = office.get(&path).send().await;
    assert_eq!(colour(&turned, 50, 50), [0xE9, 0xDD, 0xB8, 255]);
    // Beside the image there is nothing, as a picture.
    let beside = office
        .get(&format!("{map}&bbox=100,30,101,31&width=10&height=10"))
        .send()
        .await;
    assert_eq!(colour(&beside, 5, 5)[3], 0);

    for wrong in [
        "&bbox=1,2,3",
        "&bbox=3,2,1,4",
        "&crs=EPSG:2056",
        "&width=100000",
        "&width=4096&height=4096",
        "&width=0",
        "&datetime=soon",
    ] {
        let answer = office.get(&format!("{map}{wrong}")).send().await;
        assert_eq!(answer.problem(), (400, "bad-request".to_owned()), "{wrong}");
    }
}
