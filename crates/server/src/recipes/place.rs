//! Where a key stands in the text of a recipe.

/// The path at the beginning of what the reader says (`inputs.season: unknown field …`), and
/// the rest.
pub fn path_before(reason: &str) -> (&str, &str) {
    let is_path = |text: &str| {
        let known = |letter: char| letter.is_alphanumeric() || "._-[]?".contains(letter);
        !text.is_empty() && text.chars().all(known)
    };
    match reason.split_once(": ") {
        Some((path, rest)) if is_path(path) => (path, rest),
        _ => ("", reason),
    }
}

/// The line (from 1) of the deepest part of a path such as `steps[1].index.of` that is found.
/// What is written in flow style, `{ of: a }`, stands on the line where it begins.
pub fn line_of(text: &str, path: &str) -> Option<usize> {
    let lines: Vec<&str> = text.lines().collect();
    let mut block = Block {
        first: 0,
        last: lines.len(),
    };
    let mut found = None;
    for part in parts(path) {
        let Some(inner) = block.find(&lines, &part) else {
            break;
        };
        found = Some(inner.first + 1);
        block = inner;
    }
    found
}

enum Part<'a> {
    Key(&'a str),
    Item(usize),
}

fn parts(path: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    for piece in path.split('.') {
        let (key, items) = piece.split_once('[').unwrap_or((piece, ""));
        if !key.is_empty() {
            parts.push(Part::Key(key));
        }
        let numbers = items.split(['[', ']']).filter_map(|item| item.parse().ok());
        parts.extend(numbers.map(Part::Item));
    }
    parts
}

/// Lines of the text, the last one not among them.
struct Block {
    first: usize,
    last: usize,
}

impl Block {
    fn find(&self, lines: &[&str], part: &Part<'_>) -> Option<Self> {
        let within = (self.first..self.last).filter(|&at| !is_blank(lines[at]));
        let first = match part {
            Part::Key(key) => within.clone().find(|&at| has_key(lines[at], key))?,
            Part::Item(number) => {
                let items = || {
                    within
                        .clone()
                        .filter(|&at| lines[at].trim_start().starts_with('-'))
                };
                let depth = items().map(|at| indent(lines[at])).min()?;
                items()
                    .filter(|&at| indent(lines[at]) == depth)
                    .nth(*number)?
            }
        };
        let depth = indent(lines[first]);
        // A list may stand as deep as its key.
        let is_item = |line: &str| line.trim_start().starts_with('-');
        let key_of_list = matches!(part, Part::Key(_)) && !is_item(lines[first]);
        let ends = |at: &usize| {
            let line = lines[*at];
            !is_blank(line)
                && (indent(line) < depth
                    || (indent(line) == depth && !(key_of_list && is_item(line))))
        };
        let last = (first + 1..self.last).find(ends).unwrap_or(self.last);
        Some(Self { first, last })
    }
}

fn is_blank(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Whether `key:` stands in a line, in block or flow style.
fn has_key(line: &str, key: &str) -> bool {
    line.match_indices(key).any(|(at, _)| {
        let before = line[..at].trim_end_matches(['"', '\'']);
        let after = line[at + key.len()..].trim_start_matches(['"', '\'']);
        let begins = before.is_empty() || before.ends_with([' ', '{', ',', '-']);
        begins && after.trim_start().starts_with(':')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECIPE: &str = "\
recipe: season-mosaic
# area: not this one
area: \"511725104\"
inputs:
  season:
    scenes: { from: 2024-06-01,
      to: 2024-09-30 }
steps:
  - name: clear
    composite:
      of: season

  - name: ndvi
    index: { of: clear, name: ndvi }
outputs:
- layer: { of: ndvi, id: ndvi-summer }
";

    #[test]
    fn a_key_is_found_where_it_stands() {
        for (path, line) in [
            ("area", Some(3)),
            ("inputs.season.scenes.to", Some(7)),
            ("steps[0].composite.of", Some(11)),
            ("steps[1].name", Some(13)),
            ("steps[1].index.of", Some(14)),
            ("outputs[0].layer.of", Some(16)),
            ("outputs", Some(15)),
            ("grid", None),
        ] {
            assert_eq!(line_of(RECIPE, path), line, "{path}");
        }
    }

    #[test]
    fn what_is_not_there_leads_to_what_is_around_it() {
        assert_eq!(line_of(RECIPE, "steps[0].composite.method"), Some(10));
        assert_eq!(line_of(RECIPE, "steps[7].name"), Some(8));
    }

    #[test]
    fn a_path_is_told_from_a_sentence() {
        assert_eq!(
            path_before("inputs.season.scenes: unknown field `x`"),
            ("inputs.season.scenes", "unknown field `x`")
        );
        assert_eq!(
            path_before("did not find expected node: a"),
            ("", "did not find expected node: a")
        );
    }
}
