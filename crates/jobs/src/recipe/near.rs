//! The word somebody may have meant.

/// More letters to change than this share of a word, and it is another word.
const MOST: usize = 3;

/// “x” is not what was expected; perhaps a near word, and what there is.
pub(crate) fn unknown(word: &str, known: &[&str], what: &str) -> String {
    let there = match known {
        [] => "there is none".to_owned(),
        known => format!("there are: {}", known.join(", ")),
    };
    match nearest(word, known) {
        Some(near) => format!("“{word}” is not {what}; did you mean “{near}”? ({there})"),
        None => format!("“{word}” is not {what} ({there})"),
    }
}

/// The known word that takes the fewest changes, unless that is a third of it or more.
pub(super) fn nearest<'known>(word: &str, known: &[&'known str]) -> Option<&'known str> {
    let distances = known.iter().map(|&near| (distance(word, near), near));
    let (distance, near) = distances.min_by_key(|(distance, _)| *distance)?;
    let length = near.chars().count().max(word.chars().count());
    (distance * MOST <= length + 1).then_some(near)
}

/// Letters to add, remove or change (Levenshtein 1965).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut corner = row[0];
        row[0] = line + 1;
        for (column, &against) in other.iter().enumerate() {
            let changed = corner + usize::from(letter != against);
            corner = row[column + 1];
            row[column + 1] = changed.min(corner + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_counted_in_letters() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("植被", "植物"), 1);
    }

    #[test]
    fn what_is_far_is_not_suggested() {
        let known = ["composite", "mosaic", "index"];
        assert_eq!(nearest("compsite", &known), Some("composite"));
        assert_eq!(nearest("zonal", &known), None);
    }
}
