//! Which attribute of a file says what.

use std::path::Path;

use raster::foreign::{Features, ForeignFeature};
use serde_json::Value;

use super::ImportOptions;
use crate::{Error, Result};

/// The usual names, surest first: ours, the land survey's (ZLDWDM, XZQDM), other Chinese ones,
/// the French institute's, common web data.
const CODE: [&str; 20] = [
    "code",
    "区划代码",
    "行政区划代码",
    "统计用区划代码",
    "代码",
    "zldwdm",
    "xzqdm",
    "xzqhdm",
    "qsdwdm",
    "cundm",
    "xzdm",
    "insee_com",
    "insee",
    "code_insee",
    "adcode",
    "pac",
    "gb",
    "area_code",
    "gid_code",
    "id",
];
const NAME: [&str; 20] = [
    "name_zh",
    "名称",
    "行政区名称",
    "行政村",
    "村名",
    "zldwmc",
    "xzqmc",
    "xzqhmc",
    "qsdwmc",
    "cunmc",
    "xzmc",
    "name",
    "nom_com",
    "nom",
    "mc",
    "nom_commune",
    "village",
    "title",
    "label",
    "name_cn",
];
const NAME_EN: [&str; 5] = ["name_en", "english", "en", "name_english", "pinyin"];
const PARENT: [&str; 6] = [
    "parent",
    "parent_code",
    "上级代码",
    "sjdm",
    "pcode",
    "parentcode",
];
const LEVEL: [&str; 3] = ["level", "级别", "admin_level_name"];

/// The attributes of one file.
pub(super) struct Fields {
    pub code: String,
    name: Option<String>,
    name_en: Option<String>,
    parent: Option<String>,
    level: Option<String>,
}

impl Fields {
    pub fn find(path: &Path, features: &Features, options: &ImportOptions) -> Result<Self> {
        let find = |wanted: &Option<String>, usual: &[&str]| match wanted {
            Some(wanted) => named(path, features, wanted).map(Some),
            None => Ok(usual.iter().find_map(|name| matching(features, name))),
        };
        let missing = |what, option| Error::NoField {
            path: path.to_owned(),
            what,
            option,
            fields: features.fields.clone(),
        };
        let code = find(&options.code_field, &CODE)?;
        let name = find(&options.name_field, &NAME)?;
        Ok(Self {
            code: code.ok_or_else(|| missing("code", "--code-field"))?,
            name: Some(name.ok_or_else(|| missing("name", "--name-field"))?),
            name_en: find(&options.name_en_field, &NAME_EN)?,
            parent: find(&options.parent_field, &PARENT)?,
            level: find(&None, &LEVEL)?,
        })
    }

    pub fn names(&self) -> Vec<(&'static str, String)> {
        let optional = [
            ("name", &self.name),
            ("name_en", &self.name_en),
            ("parent", &self.parent),
            ("level", &self.level),
        ];
        let optional = optional
            .into_iter()
            .filter_map(|(what, field)| Some((what, field.clone()?)));
        [("code", self.code.clone())]
            .into_iter()
            .chain(optional)
            .collect()
    }

    pub fn code(&self, feature: &ForeignFeature) -> Option<String> {
        text(feature, &self.code)
    }

    pub fn name(&self, feature: &ForeignFeature) -> Option<String> {
        text(feature, self.name.as_deref()?)
    }

    pub fn name_en(&self, feature: &ForeignFeature) -> Option<String> {
        text(feature, self.name_en.as_deref()?)
    }

    pub fn parent(&self, feature: &ForeignFeature) -> Option<String> {
        text(feature, self.parent.as_deref()?)
    }

    pub fn level(&self, feature: &ForeignFeature) -> Option<String> {
        text(feature, self.level.as_deref()?)
    }
}

fn named(path: &Path, features: &Features, wanted: &str) -> Result<String> {
    matching(features, wanted).ok_or_else(|| Error::UnknownField {
        path: path.to_owned(),
        field: wanted.to_owned(),
        fields: features.fields.clone(),
    })
}

fn matching(features: &Features, name: &str) -> Option<String> {
    features
        .fields
        .iter()
        .find(|field| field.to_lowercase() == name.to_lowercase())
        .cloned()
}

/// The attribute as text; codes that a file holds as numbers are written without decimals.
pub(crate) fn text(feature: &ForeignFeature, field: &str) -> Option<String> {
    let text = match feature.properties.get(field)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => match number.as_f64() {
            Some(value) if value.fract() == 0.0 && value.abs() < 1e15 => format!("{value:.0}"),
            _ => number.to_string(),
        },
        _ => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn features(properties: Value) -> Features {
        let Value::Object(properties) = properties else {
            panic!("an object")
        };
        let feature = ForeignFeature {
            index: 1,
            properties,
            geometry: geo::Point::new(108.0, 31.0).into(),
        };
        Features {
            layer: String::new(),
            crs_name: String::new(),
            encoding: String::new(),
            fields: feature.properties.keys().cloned().collect(),
            features: vec![feature],
            refused: Vec::new(),
        }
    }

    fn found(
        properties: Value,
        options: &ImportOptions,
    ) -> Result<(Option<String>, Option<String>)> {
        let features = features(properties);
        let fields = Fields::find(Path::new("a.shp"), &features, options)?;
        Ok((
            fields.code(&features.features[0]),
            fields.name(&features.features[0]),
        ))
    }

    #[test]
    fn usual_names_are_found_whatever_their_case() {
        let options = ImportOptions::default();
        for properties in [
            json!({"ZLDWDM": "500154101200", "ZLDWMC": "大坪村"}),
            json!({"xzqdm": "500154101200", "xzqmc": " 大坪村 "}),
            json!({"代码": 500_154_101_200_i64, "名称": "大坪村"}),
            json!({"id": 500_154_101_200.0, "name": "大坪村"}),
            json!({"INSEE_COM": "500154101200", "NOM_COM": "大坪村", "INSEE_DEP": "32", "ID": "COMMUNE1"}),
        ] {
            let (code, name) = found(properties, &options).unwrap();
            assert_eq!(code.as_deref(), Some("500154101200"));
            assert_eq!(name.as_deref(), Some("大坪村"));
        }
    }

    #[test]
    fn a_field_named_by_hand_wins_and_must_exist() {
        let options = ImportOptions {
            code_field: Some("dm".into()),
            ..ImportOptions::default()
        };
        let (code, _) = found(json!({"code": "1", "DM": "2", "name": "a"}), &options).unwrap();
        assert_eq!(code.as_deref(), Some("2"));
        let error = found(json!({"code": "1", "name": "a"}), &options).unwrap_err();
        assert!(error.to_string().contains("“dm”"), "{error}");
    }

    #[test]
    fn a_file_that_says_nothing_is_told_what_to_do() {
        let error = found(json!({"foo": 1}), &ImportOptions::default())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("--code-field") && error.contains("foo"),
            "{error}"
        );
    }
}
