//! The path that the recipe's reader puts before its words.

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

#[cfg(test)]
mod tests {
    use super::*;

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
