//! Desktop GIS read the layers in every grid: GDAL's WMTS and OGCAPI drivers, `OWSLib`, morecantile.

use end_to_end::{Home, Program, oracle};
use serde_json::{Value, json};

const PICTURE: &str = "demo-true-colour";
const NUMBERS: &str = "demo-ndvi";

/// The demo village, a token of one of its officials, and where the images are.
struct Village {
    program: Program,
    home: Home,
    /// What anybody reads.
    open: String,
    /// What the official's programs read.
    own: String,
    /// [number, red, green, blue] of the index layer.
    legend: String,
}

impl Village {
    async fn start() -> Self {
        let home = Home::new();
        let mut program = Program::start(&home, &[]);
        let accounts = program.demo_accounts();
        let official = accounts
            .iter()
            .find(|account| account.login != "admin")
            .expect("an official");
        let client = program.signed_in(&official.login, &official.password).await;
        let made: Value = client
            .post(program.url("/api/v1/tokens"))
            .json(&json!({ "name": "GDAL" }))
            .send()
            .await
            .expect("an answer")
            .json()
            .await
            .expect("JSON");
        let token = made["token"].as_str().expect("a token").to_owned();
        let layers = program.json(&client, "/api/v1/layers").await;
        let (open, own) = (program.url(""), program.url(&format!("/t/{token}")));
        Self {
            legend: legend_of(&layers),
            program,
            home,
            open,
            own,
        }
    }

    /// The matrix sets of a layer's map tiles, and the deepest matrix of each.
    async fn tilesets(&self, layer: &str) -> Vec<(String, String)> {
        let client = self.program.client();
        let get = async |url: &str| -> Value {
            let answer = client.get(url).send().await.expect("an answer");
            answer.json().await.expect("JSON")
        };
        let list = get(&format!("{}/ogc/collections/{layer}/map/tiles", self.own)).await;
        let mut found = Vec::new();
        for summary in list["tilesets"].as_array().expect("a list") {
            let tileset = get(summary["links"][0]["href"].as_str().expect("a link")).await;
            let limits = tileset["tileMatrixSetLimits"].as_array().expect("limits");
            let deepest = limits.last().expect("a matrix")["tileMatrix"].as_str();
            let href = tileset["links"][0]["href"].as_str().expect("a link");
            let set = href.rsplit('/').next().expect("a set");
            found.push((set.to_owned(), deepest.expect("a name").to_owned()));
        }
        found
    }

    /// What a tool sees of a layer, against a warp of its stored image.
    fn seen(&self, tool: &str, layer: &str, set: &str, level: &str) -> Value {
        let objects = self.home.path().join("objects");
        let objects = objects.to_str().expect("a plain path");
        let mut arguments = vec![tool, &self.own, layer, set, level, objects];
        if layer == NUMBERS {
            arguments.push(&self.legend);
        }
        oracle("grids", &arguments)
    }
}

fn legend_of(layers: &Value) -> String {
    let layers = layers["layers"].as_array().expect("a list");
    let layer = layers.iter().find(|layer| layer["id"] == NUMBERS);
    let stops = layer.expect("the index")["legend"]["stops"].as_array();
    let stop = |stop: &Value| {
        let colour = stop["colour"].as_str().expect("a colour");
        let part = |at: usize| u8::from_str_radix(&colour[at..at + 2], 16).expect("two digits");
        json!([stop["value"], part(1), part(3), part(5)])
    };
    let stops: Value = stops.expect("stops").iter().map(stop).collect();
    stops.to_string()
}

/// Nearly every pixel within a grey level: what remains is the control grid's error, a twentieth of
/// a pixel, at sharp edges.
fn agrees(found: &Value, words: &str) {
    let number = |name: &str| found[name].as_f64().expect("a number");
    assert!(number("pixels") > 20_000.0, "{words}: {found}");
    assert!(number("spread") > 3.0, "{words}: {found}");
    assert!(number("opaque") > 0.999, "{words}: {found}");
    assert!(number("within_1") > 0.99, "{words}: {found}");
    assert!(number("greatest") < 16.0, "{words}: {found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn desktop_programs_read_every_grid() {
    let village = Village::start().await;

    let off = oracle("grids", &["sets", &village.open]);
    let off = off.as_object().expect("numbers");
    assert_eq!(off.len(), 6, "{off:?}");
    for (set, greatest) in off {
        // Their documents have fifteen digits.
        assert!(
            greatest.as_f64().expect("a number") < 1e-13,
            "{set}: {greatest}"
        );
    }

    let open = oracle("grids", &["capabilities", &village.open]);
    assert!(
        open["layers"][PICTURE].is_object() && open["layers"][NUMBERS].is_null(),
        "{open}"
    );
    let own = oracle("grids", &["capabilities", &village.own]);
    assert!(own["layers"][NUMBERS].is_object(), "{own}");
    assert_eq!(
        own["sets"]["CGCS2000Quad"],
        json!([
            "urn:ogc:def:crs:EPSG::4490",
            "1",
            279_541_132.014_358_9,
            [90.0, -180.0]
        ])
    );

    for layer in [PICTURE, NUMBERS] {
        for (set, level) in village.tilesets(layer).await {
            let words = format!("{layer} in {set} at {level}");
            // The picture's own tiles are as they are stored; the index is averaged there.
            if layer == NUMBERS && set == "WebMercatorQuad" {
                continue;
            }
            let found = village.seen("gdal-wmts", layer, &set, &level);
            agrees(&found, &format!("GDAL WMTS: {words}"));
            assert!(
                found["off"].as_f64().expect("a number") < 1e-6,
                "{words}: {found}"
            );
            if matches!(set.as_str(), "WebMercatorQuad" | "CGCS2000Quad") {
                agrees(
                    &village.seen("owslib", layer, &set, &level),
                    &format!("OWSLib: {words}"),
                );
            }
            if matches!(set.as_str(), "WebMercatorQuad" | "WorldCRS84Quad") {
                let found = village.seen("gdal-ogcapi", layer, &set, &level);
                agrees(&found, &format!("GDAL OGCAPI: {words}"));
            }
        }
    }
}
