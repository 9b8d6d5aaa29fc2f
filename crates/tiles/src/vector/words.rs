//! The names and values of properties, each kept once, as the bytes a tile holds.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::protobuf::{self, field};

/// Byte strings in a row, by number.
#[derive(Debug, Default)]
pub struct Words {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl Words {
    pub fn get(&self, number: u32) -> &[u8] {
        let number = number as usize;
        let begin = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[begin as usize..self.ends[number] as usize]
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn bytes(&self) -> usize {
        self.bytes.len() + size_of_val(&*self.ends)
    }

    fn push(&mut self, word: &[u8]) {
        self.bytes.extend_from_slice(word);
        self.ends.push(self.bytes.len() as u32);
    }
}

/// Words while they are collected.
#[derive(Debug, Default)]
pub struct Collected {
    words: Words,
    numbers: HashMap<Box<[u8]>, u32>,
}

impl Collected {
    /// The number of a word; the next one for a new word.
    pub fn number(&mut self, word: &[u8]) -> u32 {
        if let Some(known) = self.numbers.get(word) {
            return *known;
        }
        let number = self.words.len() as u32;
        self.words.push(word);
        self.numbers.insert(word.into(), number);
        number
    }

    pub fn finish(self) -> Words {
        self.words
    }

    /// With what finding them takes: they are held twice.
    pub fn bytes(&self) -> usize {
        2 * self.words.bytes() + self.words.len() * 48
    }
}

/// What the values of a property are, in the words of `TileJSON`'s `fields`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    Number,
    Boolean,
    String,
}

impl Content {
    pub fn name(self) -> &'static str {
        match self {
            Self::Number => "Number",
            Self::Boolean => "Boolean",
            Self::String => "String",
        }
    }
}

/// The properties that occur in a layer and what they hold; `String` where that differs.
pub type Fields = BTreeMap<String, Content>;

/// Notes a property.
pub fn note(fields: &mut Fields, name: &str, content: Content) {
    match fields.get_mut(name) {
        Some(known) if *known != content => *known = Content::String,
        Some(_) => {}
        None => {
            fields.insert(name.to_owned(), content);
        }
    }
}

/// A `Tile.Value` and what it is: texts, truths, whole numbers as such and other numbers as
/// doubles. `None` for what a tile cannot hold (null, lists, objects).
pub fn value(value: &Value, out: &mut Vec<u8>) -> Option<Content> {
    match value {
        Value::String(text) => protobuf::bytes(out, field::VALUE_STRING, text.as_bytes()),
        Value::Bool(truth) => protobuf::number(out, field::VALUE_BOOL, u64::from(*truth)),
        Value::Number(number) => {
            let real = number.as_f64()?;
            let whole = number.as_i64().or_else(|| whole(real));
            match (number.as_u64(), whole) {
                (Some(natural), _) => protobuf::number(out, field::VALUE_UNSIGNED, natural),
                (None, Some(whole)) if whole >= 0 => {
                    protobuf::number(out, field::VALUE_UNSIGNED, whole as u64);
                }
                (None, Some(whole)) => {
                    protobuf::number(out, field::VALUE_SIGNED, protobuf::zigzag(whole));
                }
                (None, None) => protobuf::double(out, field::VALUE_DOUBLE, real),
            }
        }
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    }
    Some(match value {
        Value::Bool(_) => Content::Boolean,
        Value::Number(_) => Content::Number,
        _ => Content::String,
    })
}

/// A number written with a point that has nothing behind it.
fn whole(real: f64) -> Option<i64> {
    // Beyond 2⁵³ not every whole number is a double.
    (real.fract() == 0.0 && real.abs() < 9_007_199_254_740_992.0).then_some(real as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn bytes(of: &Value) -> Vec<u8> {
        let mut out = Vec::new();
        value(of, &mut out);
        out
    }

    #[test]
    fn values_by_their_kind() {
        assert_eq!(bytes(&json!("路")), [10, 3, 0xe8, 0xb7, 0xaf]);
        assert_eq!(bytes(&json!(true)), [0x38, 1]);
        assert_eq!(bytes(&json!(3)), [0x28, 3]);
        assert_eq!(bytes(&json!(3.0)), [0x28, 3]);
        assert_eq!(bytes(&json!(-2)), [0x30, 3]);
        assert_eq!(bytes(&json!(u64::MAX)).len(), 11);
        let mut half = vec![0x19];
        half.extend(0.5_f64.to_le_bytes());
        assert_eq!(bytes(&json!(0.5)), half);
        for nothing in [json!(null), json!([1]), json!({"a": 1})] {
            assert_eq!(value(&nothing, &mut Vec::new()), None);
        }
    }

    #[test]
    fn a_word_has_one_number() {
        let mut collected = Collected::default();
        assert_eq!(
            [&b"a"[..], b"", b"a", b"bc"].map(|word| collected.number(word)),
            [0, 1, 0, 2]
        );
        let words = collected.finish();
        assert_eq!(
            [0, 1, 2].map(|number| words.get(number).to_vec()),
            [b"a".to_vec(), vec![], b"bc".to_vec()]
        );
    }
}
