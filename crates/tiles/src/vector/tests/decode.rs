//! Enough of a decoder to look into the tiles of these tests. Other people's reads them end to end.

use std::collections::BTreeMap;

use serde_json::{Value, json};

pub struct Decoded {
    pub id: u64,
    pub kind: u64,
    pub properties: BTreeMap<String, Value>,
    /// Lines, rings or points, in steps of the tile.
    pub parts: Vec<Vec<[i64; 2]>>,
}

/// The features by layers.
pub fn tile(bytes: &[u8]) -> BTreeMap<String, Vec<Decoded>> {
    fields(bytes)
        .into_iter()
        .map(|(_, field)| layer(field.bytes()))
        .collect()
}

enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl<'a> Field<'a> {
    fn number(&self) -> u64 {
        match self {
            Field::Number(number) => *number,
            Field::Bytes(_) => panic!("bytes, not a number"),
        }
    }

    fn bytes(&self) -> &'a [u8] {
        match self {
            Field::Bytes(bytes) => bytes,
            Field::Number(_) => panic!("a number, not bytes"),
        }
    }
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let byte = bytes[0];
        *bytes = &bytes[1..];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return value;
        }
    }
    unreachable!()
}

fn fields(mut bytes: &[u8]) -> Vec<(u64, Field<'_>)> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let field = match key & 7 {
            0 => Field::Number(varint(&mut bytes)),
            1 => {
                let (number, rest) = bytes.split_at(8);
                bytes = rest;
                Field::Number(u64::from_le_bytes(number.try_into().unwrap()))
            }
            2 => {
                let length = varint(&mut bytes) as usize;
                let (inside, rest) = bytes.split_at(length);
                bytes = rest;
                Field::Bytes(inside)
            }
            5 => {
                let (number, rest) = bytes.split_at(4);
                bytes = rest;
                Field::Number(u32::from_le_bytes(number.try_into().unwrap()).into())
            }
            other => panic!("wire type {other}"),
        };
        fields.push((key >> 3, field));
    }
    fields
}

fn numbers(mut bytes: &[u8]) -> Vec<u64> {
    let mut numbers = Vec::new();
    while !bytes.is_empty() {
        numbers.push(varint(&mut bytes));
    }
    numbers
}

fn layer(bytes: &[u8]) -> (String, Vec<Decoded>) {
    let fields = fields(bytes);
    let all = |wanted: u64| {
        fields
            .iter()
            .filter(move |(field, _)| *field == wanted)
            .map(|(_, value)| value)
    };
    let text = |field: &Field<'_>| String::from_utf8(field.bytes().to_vec()).unwrap();
    let keys: Vec<String> = all(3).map(text).collect();
    let values: Vec<Value> = all(4).map(|field| value(field.bytes())).collect();
    assert_eq!(all(15).next().unwrap().number(), 2);
    assert_eq!(all(5).next().unwrap().number(), 4096);
    let features = all(2)
        .map(|field| feature(field.bytes(), &keys, &values))
        .collect();
    (text(all(1).next().unwrap()), features)
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

fn value(bytes: &[u8]) -> Value {
    let (field, value) = fields(bytes).pop().unwrap();
    match field {
        1 => json!(String::from_utf8(value.bytes().to_vec()).unwrap()),
        2 => json!(f32::from_bits(value.number() as u32)),
        3 => json!(f64::from_bits(value.number())),
        5 => json!(value.number()),
        6 => json!(unzigzag(value.number())),
        7 => json!(value.number() == 1),
        other => panic!("field {other} of a value"),
    }
}

fn feature(bytes: &[u8], keys: &[String], values: &[Value]) -> Decoded {
    let mut decoded = Decoded {
        id: 0,
        kind: 0,
        properties: BTreeMap::new(),
        parts: Vec::new(),
    };
    for (field, value) in fields(bytes) {
        match field {
            1 => decoded.id = value.number(),
            2 => {
                for tag in numbers(value.bytes()).chunks(2) {
                    let (key, value) = (&keys[tag[0] as usize], &values[tag[1] as usize]);
                    decoded.properties.insert(key.clone(), value.clone());
                }
            }
            3 => decoded.kind = value.number(),
            4 => decoded.parts = geometry(&numbers(value.bytes())),
            other => panic!("field {other} of a feature"),
        }
    }
    decoded
}

fn geometry(commands: &[u64]) -> Vec<Vec<[i64; 2]>> {
    let (mut parts, mut at): (Vec<Vec<[i64; 2]>>, _) = (Vec::new(), [0, 0]);
    let mut commands = commands.iter();
    while let Some(command) = commands.next() {
        for _ in 0..command >> 3 {
            if command & 7 == 7 {
                continue;
            }
            at[0] += unzigzag(*commands.next().unwrap());
            at[1] += unzigzag(*commands.next().unwrap());
            if command & 7 == 1 {
                parts.push(Vec::new());
            }
            parts.last_mut().unwrap().push(at);
        }
    }
    parts
}
