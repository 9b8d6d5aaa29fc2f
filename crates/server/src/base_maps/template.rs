//! Addresses of an outside host's tiles with places to be filled in.

use std::fmt;

use grid::tile::Tile;

/// An address such as `https://t{s}.example.org/{z}/{x}/{y}.png?tk={key}`.
#[derive(Clone, PartialEq, Eq)]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Filled(Place),
}

/// What is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `{z}`
    Zoom,
    /// `{x}`, from the west.
    Column,
    /// `{y}`, from the north.
    Row,
    /// `{-y}`, from the south, as TMS counts.
    RowFromSouth,
    /// `{s}`
    Subdomain,
    /// `{key}`
    Key,
}

const PLACES: [(&str, Place); 6] = [
    ("z", Place::Zoom),
    ("x", Place::Column),
    ("y", Place::Row),
    ("-y", Place::RowFromSouth),
    ("s", Place::Subdomain),
    ("key", Place::Key),
];

impl fmt::Debug for Template {
    /// A key may have been written into the text.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Template")
    }
}

impl Template {
    /// Reads an address.
    ///
    /// # Errors
    ///
    /// What is wrong with it and what to write, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let template = Self {
            text: text.to_owned(),
            parts: parts(text)?,
        };
        for (place, word) in [(Place::Zoom, "{z}"), (Place::Column, "{x}")] {
            if !template.has(place) {
                return Err(format!("{word} is missing; {EXAMPLE}"));
            }
        }
        if template.has(Place::Row) == template.has(Place::RowFromSouth) {
            return Err(format!(
                "it needs {{y}}, or {{-y}} where rows are counted from the south, and not both; {EXAMPLE}"
            ));
        }
        let (_scheme, rest) = text
            .split_once("://")
            .ok_or_else(|| format!("it does not begin with https://; {EXAMPLE}"))?;
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if host.is_empty() {
            return Err(format!("the host is missing; {EXAMPLE}"));
        }
        if host.replace("{s}", "").contains('{') {
            return Err("only {s} may stand in the name of the host".to_owned());
        }
        Ok(template)
    }

    /// The address as it was written, without what is filled in.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether something has a place in it.
    pub fn has(&self, place: Place) -> bool {
        self.parts.contains(&Part::Filled(place))
    }

    /// The address of a tile. A tile is always asked of the same subdomain, so that caches on the way
    /// know it again.
    pub fn fill(&self, tile: Tile, subdomains: &[String], key: &str) -> String {
        let Tile { zoom, column, row } = tile;
        let turn = (column as usize).wrapping_add(row as usize) % subdomains.len().max(1);
        let mut filled = String::with_capacity(self.text.len() + key.len());
        for part in &self.parts {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Filled(Place::Zoom) => filled.push_str(&zoom.to_string()),
                Part::Filled(Place::Column) => filled.push_str(&column.to_string()),
                Part::Filled(Place::Row) => filled.push_str(&row.to_string()),
                Part::Filled(Place::RowFromSouth) => {
                    filled.push_str(&((1_u32 << zoom) - 1 - row).to_string());
                }
                Part::Filled(Place::Subdomain) => {
                    filled.push_str(subdomains.get(turn).map_or("", String::as_str));
                }
                Part::Filled(Place::Key) => filled.push_str(key),
            }
        }
        filled
    }
}

const EXAMPLE: &str = "write it like https://t{s}.example.org/{z}/{x}/{y}.png?tk={key}";

fn parts(text: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (word, behind) = after
            .split_once('}')
            .ok_or_else(|| "a { is not closed by }".to_owned())?;
        let known = PLACES.iter().find(|(known, _)| *known == word);
        let (_, place) = known.ok_or_else(|| {
            format!("{{{word}}} is not known; use {{z}}, {{x}}, {{y}}, {{-y}}, {{s}} and {{key}}")
        })?;
        parts.push(Part::Text(before.to_owned()));
        parts.push(Part::Filled(*place));
        rest = behind;
    }
    parts.push(Part::Text(rest.to_owned()));
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TILE: Tile = Tile {
        zoom: 4,
        column: 13,
        row: 6,
    };

    fn filled(text: &str, subdomains: &[&str], key: &str) -> String {
        let subdomains: Vec<String> = subdomains.iter().map(ToString::to_string).collect();
        Template::parse(text).unwrap().fill(TILE, &subdomains, key)
    }

    #[test]
    fn every_place_is_filled() {
        assert_eq!(
            filled(
                "https://t{s}.example.org/{z}/{x}/{y}?tk={key}&z={z}",
                &["0", "1", "2"],
                "K"
            ),
            // Column and row together are 19, and 19 = 6 × 3 + 1.
            "https://t1.example.org/4/13/6?tk=K&z=4"
        );
        assert_eq!(
            filled("http://10.0.0.5/{z}/{x}/{-y}.png", &[], ""),
            "http://10.0.0.5/4/13/9.png"
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, word) in [
            ("https://a.org/{x}/{y}", "{z} is missing"),
            ("https://a.org/{z}/{y}", "{x} is missing"),
            ("https://a.org/{z}/{x}", "{-y}"),
            ("https://a.org/{z}/{x}/{y}/{-y}", "not both"),
            ("https://a.org/{z}/{x}/{y}/{w}", "{w} is not known"),
            ("https://a.org/{z}/{x}/{y", "not closed"),
            ("a.org/{z}/{x}/{y}", "https://"),
            ("https://{key}.a.org/{z}/{x}/{y}", "name of the host"),
        ] {
            let said = Template::parse(text).unwrap_err();
            assert!(said.contains(word), "{text}: {said}");
        }
    }
}
