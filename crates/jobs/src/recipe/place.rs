//! The line where a key of a recipe stands.

use saphyr::{LoadableYamlNode as _, MarkedYaml, YamlData};

/// The line, from 1, of a key such as `steps[1].index.of`, or of as much of it as there is; `None` where
/// nothing of it is there, or the text is no YAML.
pub fn line_of(text: &str, key: &str) -> Option<usize> {
    let documents = MarkedYaml::load_from_str(text).ok()?;
    let mut node = documents.first()?;
    let mut line = None;
    for part in key.split('.') {
        let (name, places) = part.split_once('[').unwrap_or((part, ""));
        let Some((at, value)) = member(node, name) else {
            break;
        };
        (line, node) = (Some(at), value);
        let place = places
            .strip_suffix(']')
            .and_then(|place| place.parse::<usize>().ok());
        if let (Some(place), YamlData::Sequence(items)) = (place, &node.data) {
            let Some(item) = items.get(place) else {
                break;
            };
            (line, node) = (Some(item.span.start.line()), item);
        }
    }
    line
}

fn member<'node>(
    node: &'node MarkedYaml<'node>,
    name: &str,
) -> Option<(usize, &'node MarkedYaml<'node>)> {
    let YamlData::Mapping(members) = &node.data else {
        return None;
    };
    let found = members
        .iter()
        .find(|(key, _)| key.data.as_str() == Some(name));
    found.map(|(key, value)| (key.span.start.line(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_through_flow_and_block() {
        let text = "a: 1\nsteps:\n  - name: x\n  - name: y\n    index: { of: z,\n      name: q }\n";
        assert_eq!(line_of(text, "a"), Some(1));
        assert_eq!(line_of(text, "steps[1]"), Some(4));
        assert_eq!(line_of(text, "steps[1].index.name"), Some(6));
        assert_eq!(line_of(text, "steps[1].index.missing"), Some(5));
        assert_eq!(line_of(text, "steps[7]"), Some(2));
        assert_eq!(line_of(text, "grid"), None);
        assert_eq!(line_of("a: [", "a"), None);
    }
}
