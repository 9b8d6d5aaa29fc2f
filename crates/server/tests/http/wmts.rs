//! WMTS 1.0.0. That clients read it is tested end to end.

use grid::matrix_set::{MatrixSet, MatrixTile, TILE_SIDE};
use image::{ImageFormat, RgbaImage};
use store::layer::Audience;

use crate::imagery::{self, index_place};
use crate::office::{Answer, COUNTY, DAPING, Office};

fn decoded(answer: &Answer, format: ImageFormat) -> RgbaImage {
    assert_eq!(answer.status, 200, "{}", answer.text());
    image::load_from_memory_with_format(&answer.body, format)
        .unwrap()
        .into_rgba8()
}

/// The code and the locator of an exception report.
fn exception(answer: &Answer) -> (u16, String, String) {
    assert_eq!(
        answer.header("content-type"),
        "application/xml; charset=utf-8",
        "{}",
        answer.text()
    );
    let text = answer.text();
    let attribute = |name: &str| {
        let begin = text.split_once(&format!("{name}=\"")).map(|(_, rest)| rest);
        let value = begin.and_then(|rest| rest.split_once('"'));
        value.map(|(value, _)| value.to_owned()).unwrap_or_default()
    };
    assert!(text.contains("<ows:ExceptionText>"), "{text}");
    (
        answer.status.as_u16(),
        attribute("exceptionCode"),
        attribute("locator"),
    )
}

/// The tile of a set that shows a pixel of the index image, and where in it.
fn tile_of(set: MatrixSet, level: u8, column: f64, row: f64) -> (MatrixTile, u32, u32) {
    let (longitude, latitude) = index_place(column, row);
    let (x, y) = set.projection().forward(longitude, latitude);
    let tile = MatrixTile::at(set, level, x, y).unwrap();
    let bounds = tile.bounds();
    let cell = set.cell_size(level);
    let at = |offset: f64| ((offset / cell) as u32).min(TILE_SIDE - 1);
    (tile, at(x - bounds.west), at(bounds.north - y))
}

fn query(layer: &str, tile: &MatrixTile, format: &str) -> String {
    let MatrixTile {
        set,
        level,
        column,
        row,
    } = tile;
    format!(
        "/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}&STYLE=default&FORMAT={format}&TILEMATRIXSET={}&TILEMATRIX={level}&TILEROW={row}&TILECOL={column}",
        set.id()
    )
}

fn sets() -> [MatrixSet; 4] {
    // The image lies in the 3° zone of 108° E.
    [
        "WebMercatorQuad",
        "WorldCRS84Quad",
        "CGCS2000Quad",
        "CGCS2000_GK_4545",
    ]
    .map(|id| MatrixSet::from_id(id).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_set_shows_the_same_number_at_the_same_place() {
    let office = Office::open().await;
    imagery::classes(&office, "classes", COUNTY, Audience::Public).await;
    for set in sets() {
        for level in [9, 12] {
            for (column, colour) in [
                (100.0, [0x1E, 0x5C, 0x97, 255]),
                (400.0, [0xE9, 0xDD, 0xB8, 255]),
            ] {
                let (tile, x, y) = tile_of(set, level, column, 300.0);
                let answer = office
                    .get(&query("classes", &tile, "image/png"))
                    .send()
                    .await;
                assert_eq!(answer.header("content-type"), "image/png");
                let picture = decoded(&answer, ImageFormat::Png);
                assert_eq!(picture.dimensions(), (256, 256));
                assert_eq!(
                    picture.get_pixel(x, y).0,
                    colour,
                    "{set:?} {level} {column}"
                );
                let path = format!(
                    "/wmts/1.0.0/classes/default/2024-08-02/{}/{level}/{}/{}.png",
                    set.id(),
                    tile.row,
                    tile.column
                );
                assert_eq!(office.get(&path).send().await.body, answer.body, "{path}");
            }
        }
        // North of the data but inside the image's tile: nothing, as a transparent picture.
        let (tile, x, y) = tile_of(set, 12, 256.0, 20.0);
        let answer = office
            .get(&query("classes", &tile, "image/webp"))
            .send()
            .await;
        let picture = decoded(&answer, ImageFormat::WebP);
        assert_eq!(picture.get_pixel(x, y).0[3], 0, "{set:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tianditus_parameters_are_taken_as_they_are() {
    let office = Office::open().await;
    imagery::picture(&office, "img", COUNTY, Audience::Public).await;
    let corner = MatrixTile::from(imagery::CORNER);
    let asked = |set: &str, tile: &MatrixTile| {
        format!(
            "/wmts?service=wmts&Request=getTile&version=1.0.0&layer=img&style=default&tilematrixSet={set}&format=tiles&TileMatrix={}&TileRow={}&TileCol={}&tk=00",
            tile.level, tile.row, tile.column
        )
    };
    let web = office.get(&asked("w", &corner)).send().await;
    let picture = decoded(&web, ImageFormat::Png);
    assert!(picture.get_pixel(128, 128).0[0] > 190, "red");
    // The same place in degrees, level for level.
    let (longitude, latitude) = imagery::CORNER.bounds().centre();
    let tile = MatrixTile::at(MatrixSet::Cgcs2000Quad, 12, longitude, latitude).unwrap();
    let degrees = office.get(&asked("c", &tile)).send().await;
    let picture = decoded(&degrees, ImageFormat::Png);
    let bounds = tile.bounds();
    let cell = tile.set.cell_size(12);
    let (x, y) = (
        (longitude - bounds.west) / cell,
        (bounds.north - latitude) / cell,
    );
    let [red, green, _, alpha] = picture.get_pixel(x as u32, y as u32).0;
    assert!(red > 190 && green < 10 && alpha == 255);
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_bytes_stay_as_they_are_and_are_named() {
    let office = Office::open().await;
    imagery::picture(&office, "img", COUNTY, Audience::Public).await;
    let corner = MatrixTile::from(imagery::CORNER);
    let asked = query("img", &corner, "image/webp");
    let answer = office.get(&asked).send().await;
    let grid::tile::Tile { zoom, column, row } = imagery::CORNER;
    let xyz = office
        .get(&format!("/tiles/img/{zoom}/{column}/{row}.webp"))
        .send()
        .await;
    assert_eq!(answer.body, xyz.body);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let etag = answer.header("etag").to_owned();
    let again = office
        .get(&asked)
        .header("if-none-match", &etag)
        .send()
        .await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn capabilities_have_exact_scales_and_the_axes_of_the_crs() {
    let office = Office::open().await;
    imagery::picture(&office, "open", COUNTY, Audience::Public).await;
    imagery::index(&office, "ours", DAPING, Audience::Officials).await;
    let by_pairs = office
        .get("/wmts?SERVICE=WMTS&REQUEST=GetCapabilities")
        .header("accept-language", "en")
        .send()
        .await;
    assert_eq!(by_pairs.status, 200, "{}", by_pairs.text());
    let by_path = office
        .get("/wmts/1.0.0/WMTSCapabilities.xml")
        .header("accept-language", "en")
        .send()
        .await;
    assert_eq!(by_pairs.body, by_path.body);
    let text = by_path.text();
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let flat = line(&text);
    for wanted in [
        "<ows:Title>Layer open</ows:Title>",
        "<ows:Abstract>© Copernicus &#38; co</ows:Abstract>",
        "<Default>2024-08-02</Default> <Value>2024-08-02</Value>",
        "<ows:SupportedCRS>urn:ogc:def:crs:EPSG::4490</ows:SupportedCRS> <TileMatrix> <ows:Identifier>1</ows:Identifier> <ScaleDenominator>279541132.0143589</ScaleDenominator> <TopLeftCorner>90 -180</TopLeftCorner>",
        "<ows:SupportedCRS>urn:ogc:def:crs:OGC:1.3:CRS84</ows:SupportedCRS> <TileMatrix> <ows:Identifier>0</ows:Identifier> <ScaleDenominator>279541132.0143589</ScaleDenominator> <TopLeftCorner>-180 90</TopLeftCorner>",
        "<TileMatrix>12</TileMatrix> <MinTileRow>1674</MinTileRow> <MaxTileRow>1675</MaxTileRow> <MinTileCol>3280</MinTileCol> <MaxTileCol>3281</MaxTileCol>",
        "http://localhost:8080/wmts/1.0.0/open/{Style}/{Time}/{TileMatrixSet}/{TileMatrix}/{TileRow}/{TileCol}.png",
    ] {
        assert!(flat.contains(wanted), "{wanted}\nis not in\n{text}");
    }
    // 2 × 20 037 508.342 789 244 m ÷ 256 ÷ 0.28 mm.
    let scale = flat
        .split_once("EPSG::3857")
        .and_then(|(_, rest)| rest.split_once("<ScaleDenominator>"))
        .and_then(|(_, rest)| rest.split_once('<'))
        .map(|(number, _)| number.parse::<f64>().unwrap())
        .unwrap();
    assert!((scale - 559_082_264.028_717_8).abs() < 1e-6, "{scale}");
    assert!(!text.contains("ours"), "not for everybody");
    assert!(by_path.header("cache-control").contains("private"));

    let cookie = office.sign_in("daping").await;
    let own = office
        .get("/wmts/1.0.0/WMTSCapabilities.xml")
        .by(&cookie)
        .send()
        .await;
    assert!(own.text().contains("<ows:Identifier>ours</ows:Identifier>"));
    assert!(
        own.text()
            .contains("<InfoFormat>application/json</InfoFormat>")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_under_a_pixel() {
    let office = Office::open().await;
    imagery::index(&office, "ndvi", COUNTY, Audience::Public).await;
    imagery::picture(&office, "img", COUNTY, Audience::Public).await;
    for set in sets() {
        let (tile, x, y) = tile_of(set, 12, 400.0, 300.0);
        let asked = query("ndvi", &tile, "image/png").replace("GetTile", "GetFeatureInfo");
        let found = office
            .get(&format!("{asked}&I={x}&J={y}&INFOFORMAT=application/json"))
            .value()
            .await;
        let value = found["value"].as_f64().unwrap();
        assert!((value - 0.6).abs() < 1e-6, "{set:?}: {found}");
        assert_eq!(
            (&found["layer"], &found["date"]),
            (&"ndvi".into(), &"2024-08-02".into())
        );
        let text = office
            .get(&format!("{asked}&i={x}&j={y}&infoformat=text/plain"))
            .send()
            .await;
        assert!(
            text.text().starts_with("ndvi 2024-08-02: 0.6"),
            "{}",
            text.text()
        );
        let outside = office
            .get(&format!("{asked}&I=256&J=0&INFOFORMAT=application/json"))
            .send()
            .await;
        assert_eq!(exception(&outside).1, "PointIJOutOfRange");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_as_the_standard_says_it() {
    let office = Office::open().await;
    imagery::picture(&office, "img", COUNTY, Audience::Public).await;
    let good = query("img", &MatrixTile::from(imagery::CORNER), "image/png");
    let wanted = [
        (
            "MissingParameterValue",
            400,
            vec![
                ("/wmts".to_owned(), "service"),
                ("/wmts?SERVICE=WMTS".to_owned(), "request"),
                (good.replace("&LAYER=img", ""), "layer"),
            ],
        ),
        (
            "InvalidParameterValue",
            400,
            vec![
                (
                    "/wmts?SERVICE=WMS&REQUEST=GetCapabilities".to_owned(),
                    "service",
                ),
                (good.replace("LAYER=img", "LAYER=none"), "layer"),
                (good.replace("STYLE=default", "STYLE=night"), "style"),
                (good.replace("image/png", "image/gif"), "format"),
                (good.replace("WebMercatorQuad", "MarsQuad"), "tilematrixset"),
                (good.replace("TILEMATRIX=12", "TILEMATRIX=99"), "tilematrix"),
                (good.replace("TILEROW=1674", "TILEROW=x"), "tilerow"),
                (good.replace("VERSION=1.0.0", "VERSION=1.3.0"), "version"),
                (format!("{good}&TIME=2024-08-03"), "time"),
                (format!("{good}&TIME=soon"), "time"),
                (
                    "/wmts/1.0.0/img/default/default/WebMercatorQuad/12/1674/3280.gif".to_owned(),
                    "format",
                ),
                (
                    "/wmts/1.0.0/none/default/default/WebMercatorQuad/12/1674/3280.png".to_owned(),
                    "layer",
                ),
            ],
        ),
        (
            "OperationNotSupported",
            501,
            vec![("/wmts?SERVICE=WMTS&REQUEST=GetMap".to_owned(), "request")],
        ),
        (
            "VersionNegotiationFailed",
            400,
            vec![(
                "/wmts?SERVICE=WMTS&REQUEST=GetCapabilities&AcceptVersions=2.0.0".to_owned(),
                "acceptversions",
            )],
        ),
        (
            "TileOutOfRange",
            400,
            vec![
                (good.replace("TILEMATRIX=12", "TILEMATRIX=3"), ""),
                (good.replace("TILEROW=1674", "TILEROW=4096"), ""),
            ],
        ),
    ];
    for (code, status, requests) in wanted {
        for (path, locator) in requests {
            let request = office.get(&path).header("accept-language", "en");
            let answer = request.send().await;
            let said = (status, code.to_owned(), locator.to_owned());
            assert_eq!(exception(&answer), said, "{path}");
            assert_eq!(answer.header("content-language"), "en");
        }
    }
    // A zone the layer does not lie in.
    let zone = MatrixSet::from_id("CGCS2000_GK_4554").unwrap();
    let (x, y) = zone.projection().forward(135.0, 31.0);
    let far = MatrixTile::at(zone, 12, x, y).unwrap();
    let answer = office.get(&query("img", &far, "image/png")).send().await;
    assert_eq!(exception(&answer).1, "TileOutOfRange");
}
