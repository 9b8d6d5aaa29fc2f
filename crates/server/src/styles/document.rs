//! From a style of the project to one for a person: sources, addresses, language.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use chrono::NaiveDate;
use serde_json::{Map, Value, json};
use store::layer::{Audience, Kind};
use tiles::Published;

use crate::language::Language;
use crate::layers::FEATURES_MAX_ZOOM;

/// The styles of the project; checked by the tests.
static EMAP: LazyLock<Value> =
    LazyLock::new(|| read(include_str!("../../../../data/styles/emap.json")));
static OVER_IMAGERY: LazyLock<Value> = LazyLock::new(|| {
    read(include_str!(
        "../../../../data/styles/emap-over-imagery.json"
    ))
});

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// The source of the picture below, in the styles of the project.
const IMAGERY: &str = "imagery";
/// Where a style of the project keeps the expressions that its own words stand for.
const WORDS: &str = "xiangtu:words";
/// More cloud than this hides the ground.
const CLOUDY: f64 = 0.1;

/// The style of a file's name, and whether a picture lies below it.
pub(super) fn template(name: &str) -> Option<(&'static Value, bool)> {
    match name {
        "emap.json" => Some((&EMAP, false)),
        "emap-over-imagery.json" => Some((&OVER_IMAGERY, true)),
        _ => None,
    }
}

/// What is the same for every layer of a style.
pub(super) struct Surroundings {
    /// Where the reader reached us; addresses are absolute.
    pub origin: String,
    pub language: Language,
    /// Version of the sprites.
    pub sprite: String,
    /// Version of the letters.
    pub glyphs: String,
}

/// The picture below.
pub(super) struct Imagery {
    layer: Published,
    date: NaiveDate,
}

impl Imagery {
    /// The layer asked for, else the newest picture without many clouds, else the newest.
    pub fn choose(layers: &[Published], wanted: Option<&str>) -> Option<Self> {
        let pictures = layers
            .iter()
            .filter(|layer| layer.layer.kind == Kind::Visual);
        let dated = pictures
            .filter(|layer| wanted.is_none_or(|wanted| layer.layer.id == wanted))
            .flat_map(|layer| layer.dates.iter().map(move |dated| (layer, dated)));
        let (layer, dated) = dated.max_by_key(|(_, dated)| {
            let clear = dated.coverage.cloud_share.unwrap_or(0.0) <= CLOUDY;
            (clear, dated.coverage.date)
        })?;
        Some(Self {
            layer: layer.clone(),
            date: dated.coverage.date,
        })
    }

    /// Who may see it.
    pub fn audience(&self) -> Audience {
        self.layer.layer.audience
    }
}

/// The source of a date of a layer of pictures; the newest for `None`.
fn raster(layer: &Published, date: Option<NaiveDate>, origin: &str) -> Option<Value> {
    let dated = layer.date(date)?;
    let (coverage, bounds) = (&dated.coverage, &dated.coverage.bounds);
    let tiles = format!(
        "{origin}/tiles/{}/{{z}}/{{x}}/{{y}}.webp?date={}&v={}",
        layer.layer.id, coverage.date, dated.version
    );
    Some(json!({
        "type": "raster",
        "tiles": [tiles],
        "tileSize": 256,
        "minzoom": coverage.min_zoom,
        "maxzoom": coverage.max_zoom,
        "bounds": [bounds.west, bounds.south, bounds.east, bounds.north],
        "attribution": layer.layer.attribution,
    }))
}

/// The source of a layer of features.
fn vector(layer: &Published, origin: &str) -> Value {
    json!({
        "type": "vector",
        "tiles": [format!("{origin}/tiles/{}/{{z}}/{{x}}/{{y}}.mvt", layer.layer.id)],
        "minzoom": 0,
        "maxzoom": FEATURES_MAX_ZOOM,
        "attribution": layer.layer.attribution,
    })
}

/// Fills in a style. Layers whose source is not there are left out.
pub(super) fn fill(
    template: &Value,
    seen: &[Arc<Published>],
    imagery: Option<&Imagery>,
    around: &Surroundings,
) -> Value {
    let origin = &around.origin;
    let mut sources = Map::new();
    let mut style = template.clone();
    for layer in seen {
        let id = &layer.layer.id;
        let source = match layer.layer.kind {
            Kind::Features => Some(vector(layer, origin)),
            Kind::Visual | Kind::Index => raster(layer, None, origin),
        };
        let source = source.filter(|_| asks_for(&style, id));
        sources.extend(source.map(|source| (id.clone(), source)));
    }
    let picture = imagery.and_then(|imagery| raster(&imagery.layer, Some(imagery.date), origin));
    sources.extend(picture.map(|source| (IMAGERY.to_owned(), source)));
    let known: BTreeSet<&str> = sources.keys().map(String::as_str).collect();
    if let Some(layers) = style["layers"].as_array_mut() {
        layers.retain(|layer| {
            let source = layer["source"].as_str();
            source.is_none_or(|source| known.contains(source))
        });
    }
    let words = style["metadata"][WORDS].take();
    style["metadata"] = json!({});
    speak(&mut style, &words, around.language);
    style["sources"] = sources.into();
    style["sprite"] = format!("{origin}/sprites/{}/emap", around.sprite).into();
    style["glyphs"] = format!(
        "{origin}/fonts/{{fontstack}}/{{range}}.pbf?v={}",
        around.glyphs
    )
    .into();
    style
}

/// Whether a layer of a style is drawn from a source.
fn asks_for(style: &Value, source: &str) -> bool {
    let layers = style["layers"].as_array().into_iter().flatten();
    layers.into_iter().any(|layer| layer["source"] == source)
}

/// Puts expressions in the place of the style's own words, and of `@name` (the name in the reader's
/// language), `@names` (that one, and below it the one written there) and `@height` (the name with
/// metres below it). Words of a style do not use one another.
fn speak(value: &mut Value, words: &Value, language: Language) {
    match value {
        Value::String(word) if word.starts_with('@') => {
            let expression = match word.as_str() {
                "@name" => name(language),
                "@names" => names(language),
                "@height" => json!([
                    "concat",
                    name(language),
                    [
                        "case",
                        ["has", "ele"],
                        ["concat", "\n", ["to-string", ["get", "ele"]]],
                        ""
                    ]
                ]),
                own => words[own].clone(),
            };
            *value = expression;
        }
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| speak(value, words, language)),
        Value::Object(fields) => fields
            .values_mut()
            .for_each(|value| speak(value, words, language)),
        _ => {}
    }
}

fn name(language: Language) -> Value {
    let [first, last] = match language {
        Language::Zh => ["name_zh", "name_en"],
        Language::En => ["name_en", "name_zh"],
    };
    json!([
        "coalesce",
        ["get", first],
        ["get", "name"],
        ["get", last],
        ""
    ])
}

fn names(language: Language) -> Value {
    let own = match language {
        Language::Zh => "name_zh",
        Language::En => "name_en",
    };
    json!([
        "case",
        ["all", ["has", own], ["has", "name"], ["!=", ["get", own], ["get", "name"]]],
        ["format", ["get", own], {}, "\n", {}, ["get", "name"], { "font-scale": 0.78 }],
        name(language)
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_styles_are_whole_and_ask_only_for_what_there_is() {
        let relief = [jobs::relief::SHADE, jobs::relief::CONTOURS];
        let layers = jobs::emap::LAYERS.into_iter().chain(relief);
        let layers: BTreeSet<&str> = layers.map(|layer| layer.id).collect();
        let icons = super::super::sprites::names();
        for file in ["emap.json", "emap-over-imagery.json"] {
            let (style, _) = template(file).unwrap();
            let of_style = style["layers"].as_array().unwrap();
            let mut spoken = style["layers"].clone();
            speak(&mut spoken, &style["metadata"][WORDS], Language::Zh);
            let text = spoken.to_string();
            assert!(
                !text.contains("\"@") && !text.contains("null"),
                "{file}: an unknown word"
            );
            assert!(of_style.len() > 20, "{file}");
            for layer in of_style {
                let id = &layer["id"];
                if let Some(source) = layer["source"].as_str().filter(|source| *source != IMAGERY) {
                    assert!(layers.contains(source), "{file}: {id} asks for {source}");
                    if layer["type"] != "raster" {
                        assert_eq!(layer["source-layer"], source, "{file}: {id}");
                    }
                }
                for font in layer["layout"]["text-font"]
                    .as_array()
                    .into_iter()
                    .flatten()
                {
                    let font = font.as_str().unwrap();
                    assert!(
                        super::super::glyphs::NAMES.contains(&font),
                        "{file}: {font}"
                    );
                }
                for key in ["icon-image", "fill-pattern"] {
                    for part in ["layout", "paint"] {
                        if let Some(icon) = layer[part][key].as_str() {
                            assert!(icons.contains(&icon.to_owned()), "{file}: {id}: {icon}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn every_symbol_of_the_schema_is_drawn() {
        let icons = super::super::sprites::names();
        for icon in [
            "peak",
            "spring",
            "cave",
            "clinic",
            "pharmacy",
            "school",
            "townhall",
            "police",
            "fire",
            "post",
            "bank",
            "fuel",
            "toilets",
            "shop",
            "worship",
            "care",
            "bus",
            "hut",
            "waste",
            "parking",
            "hotel",
            "camp",
            "viewpoint",
            "museum",
            "information",
        ] {
            assert!(icons.contains(&icon.to_owned()), "{icon}");
        }
    }

    #[test]
    fn names_are_spoken_in_the_readers_language() {
        let mut layout = json!({"text-field": "@name", "other": ["concat", "@height", "@own"]});
        speak(
            &mut layout,
            &json!({"@own": ["get", "class"]}),
            Language::En,
        );
        assert_eq!(layout["text-field"][1], json!(["get", "name_en"]));
        assert_eq!(layout["other"][1][0], "concat");
        assert_eq!(layout["other"][2], json!(["get", "class"]));
    }
}
