//! Scenes of neighbouring UTM zones become one image.

use std::path::Path;

use end_to_end::{Home, oracle, real_data};

/// Close to where the zones 21 and 22 meet.
const SCENE: &str =
    "satellite/landsat8_adjacent-scenes_iguazu/LC08_L1TP_224077_20200518_B432_crop.tif";

const AREA: &str = r#"{"type":"FeatureCollection","features":[{"type":"Feature",
    "properties":{"code":"900001","name":"区域"},"geometry":{"type":"Polygon",
    "coordinates":[[[-57,-28],[-52,-28],[-52,-23],[-57,-23],[-57,-28]]]}}]}"#;

fn recipe(west: &Path, east: &Path) -> String {
    let [west, east] = [west, east].map(Path::display);
    format!(
        "recipe: two-zones
inputs:
  both:
    files:
      - {{ path: {west}, date: 2020-05-18, bands: {{ 1: red, 2: green, 3: blue }} }}
      - {{ path: {east}, date: 2020-05-18, bands: {{ 1: red, 2: green, 3: blue }} }}
grid: {{ crs: \"EPSG:32621\", resolution: 30, resampling: bilinear }}
steps:
  - name: joined
    mosaic: {{ of: both, bands: [red] }}
outputs:
  - id: two-zones
    layer: {{ of: joined, band: red }}
"
    )
}

#[test]
fn a_mosaic_reaches_across_the_border_of_two_zones() {
    let Some(scene) = real_data(SCENE) else {
        return;
    };
    let home = Home::new();
    let [west, east, area, path] =
        ["west.tif", "east.tif", "area.geojson", "recipe.yaml"].map(|name| home.path().join(name));
    let text = |path: &Path| path.to_str().expect("a plain path").to_owned();
    let words = [
        text(&scene),
        "EPSG:32622".to_owned(),
        text(&west),
        text(&east),
    ];
    let [scene, crs, west_text, east_text] = words.each_ref().map(String::as_str);
    oracle("two_zones", &["split", scene, crs, west_text, east_text]);
    std::fs::write(&area, AREA).expect("a file");
    std::fs::write(&path, recipe(&west, &east)).expect("a file");
    home.succeed(&["import", "areas", &text(&area)]);
    home.succeed(&["run", &text(&path)]);

    let objects = home.path().join("objects");
    let made = cogs(&objects);
    let [made] = made.as_slice() else {
        panic!("{made:?}");
    };
    // Of one day the first is the first by name.
    let found = oracle("two_zones", &["compare", east_text, west_text, made]);
    let number = |name: &str| found[name].as_u64().expect("a number");
    assert!(number("pixels") > 800_000, "{found}");
    assert!(number("from_second") > 300_000, "{found}");
    // Along the edges a pixel is seen by a half of its neighbours.
    assert!(number("one_side") < 1000, "{found}");
    assert_eq!(number("differ"), 0, "{found}");
    assert!(found["rms"].as_f64().expect("a number") < 1.0, "{found}");
}

/// All objects that are COGs.
fn cogs(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.path()) {
        if path.is_dir() {
            found.extend(cogs(&path));
        } else if path.extension().is_some_and(|ending| ending == "tif") {
            found.push(path.to_str().expect("a plain path").to_owned());
        }
    }
    found
}
