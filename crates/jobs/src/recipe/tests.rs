//! Recipes that are read, and what is said of those that are not.

use chrono::NaiveDate;

use super::*;

const GOOD: &str = "\
recipe: season-mosaic
title: { zh: 夏季无云影像, en: Summer mosaic }
area: \"511725104\"
inputs:
  season:
    scenes: { from: 2024-06-01, to: 2024-09-30, sensors: [sentinel-2], cloud_below: 0.6 }
    mask: { hide: [cloud, cloud_shadow], grow_m: 60 }
grid: { crs: \"EPSG:32648\", resolution: 10 }
steps:
  - name: clear
    composite: { of: season, method: median, bands: [red, nir], per: season }
  - name: ndvi
    index: { of: clear, name: ndvi }
outputs:
  - id: ndvi-summer
    audience: village
    layer: { of: ndvi, style: greenness, date: 2024-08-01 }
";

fn refusal(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from} is in the recipe");
    Recipe::read(&GOOD.replacen(from, to, 1))
        .unwrap_err()
        .to_string()
}

#[test]
fn a_recipe_is_read_and_written_back() {
    let recipe = Recipe::read(GOOD).unwrap();
    assert_eq!(
        recipe.steps[0].composite.as_ref().unwrap().per,
        Every::Season
    );
    let scenes = recipe.inputs["season"].scenes.as_ref().unwrap();
    assert_eq!(scenes.to, NaiveDate::from_ymd_opt(2024, 9, 30));
    let again = serde_yaml_ng::to_string(&recipe).unwrap();
    assert_eq!(Recipe::read(&again).unwrap(), recipe);
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_one_that_was_meant() {
    let error = refusal("cloud_below", "clouds_below");
    assert!(
        error.contains("line 6") && error.contains("inputs.season.scenes"),
        "{error}"
    );
    assert!(error.contains("did you mean `cloud_below`?"), "{error}");
    let error = refusal("    composite:", "    compsite:");
    assert!(error.contains("did you mean `composite`?"), "{error}");
    let error = refusal("method: median", "method: medium");
    assert!(
        error.contains("line 11") && error.contains("did you mean `median`?"),
        "{error}"
    );
}

#[test]
fn a_value_of_another_kind_is_named_with_its_key() {
    let error = refusal("2024-06-01", "June");
    assert!(
        error.contains("line 6") && error.contains("inputs.season.scenes.from"),
        "{error}"
    );
    let error = refusal("recipe: season-mosaic", "recipe: [");
    assert!(error.contains("line"), "{error}");
}

#[test]
fn names_that_lead_nowhere_are_answered_with_those_there_are() {
    let error = refusal("of: clear", "of: cleer");
    assert!(
        error.contains("line 13, steps[1].index.of") && error.contains("did you mean “clear”?"),
        "{error}"
    );
    let error = refusal("{ of: ndvi", "{ of: evi");
    assert!(
        error.contains("outputs[0].layer.of") && error.contains("season, clear, ndvi"),
        "{error}"
    );
    let error = refusal("name: ndvi\n", "name: clear\n");
    assert!(error.contains("is taken"), "{error}");
}

#[test]
fn a_step_does_one_thing_and_all_of_it() {
    let error = refusal("index: { of: clear, name: ndvi }", "index:");
    assert!(
        error.contains("steps[1]") && error.contains("does nothing"),
        "{error}"
    );
    let two = "index: { of: clear, name: ndvi }\n    mosaic: { of: season, bands: [red] }";
    let error = refusal("index: { of: clear, name: ndvi }", two);
    assert!(error.contains("both mosaic and index"), "{error}");
    let error = refusal("method: median", "method: percentile");
    assert!(error.contains("say which"), "{error}");
    let error = refusal(
        "index: { of: clear, name: ndvi }",
        "expression: { of: clear, formula: nir + }",
    );
    assert!(error.contains("steps[1]"), "{error}");
    let error = refusal("    scenes:", "    files: []\n    scenes:");
    assert!(error.contains("exactly one"), "{error}");
}

#[test]
fn the_schema_of_the_repository_is_the_programs_own() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../data/recipes/schema.json"
    );
    let own = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("XIANGTU_WRITE_SCHEMA").is_some() {
        std::fs::write(path, &own).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap();
    assert_eq!(kept, own, "write it again with XIANGTU_WRITE_SCHEMA=1");
}

#[test]
fn outputs_are_named_once_and_are_one_thing() {
    let error = refusal("    layer: {", "    table: { of: ndvi }\n    layer: {");
    assert!(error.contains("both layer and table"), "{error}");
    let error = refusal("id: ndvi-summer", "id: NDVI");
    assert!(error.contains("line 15, outputs[0].id"), "{error}");
    let error = refusal("audience: village", "audience: villagers");
    assert!(error.contains("did you mean “village”?"), "{error}");
    let error = refusal("style: greenness", "style: grenness");
    assert!(error.contains("greenness"), "{error}");
}
