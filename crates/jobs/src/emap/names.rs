//! Names in the languages of the map.

use serde_json::{Map, Value};

use super::Tags;

/// Where Chinese names stand, simplified ones first.
const CHINESE: [&str; 5] = [
    "name:zh-Hans",
    "name:zh-CN",
    "name:zh",
    "name:zh-Hant",
    "name:zh-TW",
];
const ENGLISH: [&str; 2] = ["name:en", "int_name"];

/// `name`, `name_zh`, `name_en`, as far as they are known.
pub(super) fn of(tags: &Tags) -> Map<String, Value> {
    let first = |keys: &[&str]| keys.iter().find_map(|key| tags.get(key));
    let name = tags.get("name");
    let chinese = first(&CHINESE).or(name.filter(|name| is_chinese(name)));
    [
        ("name", name),
        ("name_zh", chinese),
        ("name_en", first(&ENGLISH)),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key.to_owned(), value?.into())))
    .collect()
}

/// Whether a name is written in Chinese characters, without kana or hangul.
fn is_chinese(name: &str) -> bool {
    let letters = name.chars().filter(|letter| letter.is_alphabetic());
    let mut any = false;
    for letter in letters {
        match letter {
            '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => {
                any = true;
            }
            '\u{3040}'..='\u{30ff}' | '\u{ac00}'..='\u{d7af}' => return false,
            _ => {}
        }
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chinese_name_is_found_wherever_it_stands() {
        let names = |tags: Value| {
            let Value::Object(tags) = tags else {
                panic!("an object")
            };
            Value::Object(of(&Tags(&tags)))
        };
        assert_eq!(
            names(serde_json::json!({"name": "大坪村"})),
            serde_json::json!({"name": "大坪村", "name_zh": "大坪村"})
        );
        assert_eq!(
            names(serde_json::json!({
                "name": "Andorra la Vella", "name:zh": "安道尔城", "name:en": ""
            })),
            serde_json::json!({"name": "Andorra la Vella", "name_zh": "安道尔城"})
        );
        assert!(!is_chinese("東京タワー") && !is_chinese("Ordino"));
    }
}
