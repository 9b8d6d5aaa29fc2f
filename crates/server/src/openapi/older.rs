//! The description in the words of `OpenAPI` 3.0.3, for programs that know no 3.1: there, schemas were
//! not yet JSON Schema.

use serde_json::{Map, Value, json};

/// A document of 3.1 as one of 3.0.3.
pub fn older(mut document: Value) -> Value {
    reword(&mut document);
    document["openapi"] = "3.0.3".into();
    // A licence had an address, and no identifier.
    if let Some(Value::Object(license)) = document.pointer_mut("/info/license") {
        license.remove("identifier");
    }
    document
}

fn reword(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(reword),
        Value::Object(object) => {
            object.values_mut().for_each(reword);
            nullable_type(object);
            nullable_choice(object);
            // Names are strings anyway.
            object.remove("propertyNames");
            reference_alone(object);
        }
        _ => {}
    }
}

/// `type: [string, null]` was `type: string` and `nullable`.
fn nullable_type(object: &mut Map<String, Value>) {
    let Some(Value::Array(types)) = object.get("type") else {
        return;
    };
    let mut types: Vec<Value> = types.clone();
    let all = types.len();
    types.retain(|one| one != "null");
    if types.len() < all {
        object.insert("nullable".to_owned(), true.into());
    }
    if types.len() == 1 {
        object.extend(types.pop().map(|only| ("type".to_owned(), only)));
        return;
    }
    object.remove("type");
    let any = types.into_iter().map(|one| json!({ "type": one }));
    object.insert("anyOf".to_owned(), any.collect());
}

/// `oneOf: [null, X]` was X and `nullable`.
fn nullable_choice(object: &mut Map<String, Value>) {
    for word in ["oneOf", "anyOf"] {
        let Some(Value::Array(choices)) = object.get_mut(word) else {
            continue;
        };
        let all = choices.len();
        choices.retain(|choice| choice["type"] != "null");
        if choices.len() < all {
            object.insert("nullable".to_owned(), true.into());
        }
    }
}

/// What stood beside a reference was not read: the reference goes into an `allOf`.
fn reference_alone(object: &mut Map<String, Value>) {
    if object.len() > 1
        && let Some(reference @ Value::String(_)) = object.remove("$ref")
    {
        let whole = json!([{ "$ref": reference }]);
        object.insert("allOf".to_owned(), whole);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_are_put_in_the_old_words() {
        let schema = |schema: Value| older(json!({ "a": schema }))["a"].take();
        assert_eq!(
            schema(json!({ "type": ["integer", "null"], "minimum": 0 })),
            json!({ "type": "integer", "minimum": 0, "nullable": true })
        );
        assert_eq!(
            schema(json!({ "type": ["integer", "string"] })),
            json!({ "anyOf": [{ "type": "integer" }, { "type": "string" }] })
        );
        assert_eq!(
            schema(json!({ "oneOf": [{ "type": "null" }, { "$ref": "#/x" }] })),
            json!({ "oneOf": [{ "$ref": "#/x" }], "nullable": true })
        );
        assert_eq!(
            schema(json!({ "$ref": "#/x", "description": "More." })),
            json!({ "allOf": [{ "$ref": "#/x" }], "description": "More." })
        );
        assert_eq!(schema(json!({ "$ref": "#/x" })), json!({ "$ref": "#/x" }));
        let map = json!({ "type": "object", "propertyNames": { "type": "string" } });
        assert_eq!(schema(map), json!({ "type": "object" }));
    }

    #[test]
    fn nothing_newer_is_left_in_the_description_of_this_server() {
        let document = serde_json::to_value(crate::openapi::document()).unwrap();
        let document = older(document);
        assert_eq!(document["openapi"], "3.0.3");
        let mut newer = Vec::new();
        look(&document, "", &mut newer);
        assert_eq!(newer, Vec::<String>::new());
    }

    /// Words that 3.0.3 does not have, where schemas stand.
    fn look(value: &Value, path: &str, newer: &mut Vec<String>) {
        const WORDS: [&str; 9] = [
            "const",
            "contentEncoding",
            "contentMediaType",
            "prefixItems",
            "propertyNames",
            "patternProperties",
            "unevaluatedProperties",
            "if",
            "$defs",
        ];
        match value {
            Value::Array(values) => {
                for value in values {
                    look(value, path, newer);
                }
            }
            Value::Object(object) => {
                let is_map_of_names = path.ends_with("/properties");
                for (name, value) in object {
                    let known = is_map_of_names || !WORDS.contains(&name.as_str());
                    let types = name == "type" && !is_map_of_names && !value.is_string();
                    let bound = name.starts_with("exclusive") && value.is_number();
                    if !known || types || bound {
                        newer.push(format!("{path}/{name}"));
                    }
                    look(value, &format!("{path}/{name}"), newer);
                }
            }
            _ => {}
        }
    }
}
