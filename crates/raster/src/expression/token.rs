//! A formula cut into words, numbers and signs.

use super::ExpressionError;

/// One piece of a formula.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Token<'a> {
    Number(f32),
    Word(&'a str),
    Sign(&'static str),
    End,
}

/// A piece and the character, counted from 1, it begins with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placed<'a> {
    pub token: Token<'a>,
    pub position: usize,
}

/// Longer signs before those they begin with.
const SIGNS: [&str; 14] = [
    "**", "<=", ">=", "==", "!=", "<", ">", "+", "-", "*", "/", "(", ")", ",",
];

/// All pieces, [`Token::End`] last.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed<'_>>, ExpressionError> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut position = 1;
    loop {
        let blank = rest.len() - rest.trim_start().len();
        position += rest[..blank].chars().count();
        rest = &rest[blank..];
        let Some(first) = rest.chars().next() else {
            let token = Token::End;
            found.push(Placed { token, position });
            return Ok(found);
        };
        let (token, length) = if first.is_ascii_digit() || first == '.' {
            number(rest, position)?
        } else if begins_word(first) {
            let length = span(rest, |letter| in_word(letter) || letter == '.');
            (Token::Word(&rest[..length]), length)
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            (Token::Sign(sign), sign.len())
        } else {
            return Err(meaningless(first, position));
        };
        found.push(Placed { token, position });
        position += rest[..length].chars().count();
        rest = &rest[length..];
    }
}

fn begins_word(letter: char) -> bool {
    letter.is_alphabetic() || letter == '_'
}

fn in_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Bytes from the beginning on that hold only such letters.
fn span(text: &str, takes: impl Fn(char) -> bool) -> usize {
    text.find(|letter| !takes(letter)).unwrap_or(text.len())
}

fn number(text: &str, position: usize) -> Result<(Token<'_>, usize), ExpressionError> {
    let mut length = span(text, |letter| in_word(letter) || letter == '.');
    // 1e-3: the sign belongs to the exponent.
    if text[..length].ends_with(['e', 'E']) && text[length..].starts_with(['+', '-']) {
        length += 1 + span(&text[length + 1..], in_word);
    }
    let value = text[..length]
        .parse()
        .ok()
        .filter(|value: &f32| value.is_finite());
    let wrong = || ExpressionError::Number {
        text: text[..length].to_owned(),
        position,
    };
    Ok((Token::Number(value.ok_or_else(wrong)?), length))
}

fn meaningless(found: char, position: usize) -> ExpressionError {
    let hint = match found {
        '=' => "; to compare write ==",
        '^' => "; for a power write **",
        '&' => "; write and",
        '|' => "; write or",
        '!' | '~' => "; write not",
        '（' | '）' | '，' => "; write ( ) , as on an English keyboard",
        '×' => "; to multiply write *",
        '÷' => "; to divide write /",
        '≤' => "; write <=",
        '≥' => "; write >=",
        '≠' => "; write !=",
        _ => "",
    };
    ExpressionError::Character {
        found,
        position,
        hint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_and_their_places() {
        let found = tokens("a.b_1 **-1.5e-3,植被<=.5").unwrap();
        let pieces: Vec<(Token, usize)> = found.iter().map(|p| (p.token, p.position)).collect();
        let expected = [
            (Token::Word("a.b_1"), 1),
            (Token::Sign("**"), 7),
            (Token::Sign("-"), 9),
            (Token::Number(1.5e-3), 10),
            (Token::Sign(","), 16),
            (Token::Word("植被"), 17),
            (Token::Sign("<="), 19),
            (Token::Number(0.5), 21),
            (Token::End, 23),
        ];
        assert_eq!(pieces, expected);
    }

    #[test]
    fn what_is_no_piece_says_what_was_meant() {
        let message = |text| tokens(text).unwrap_err().to_string();
        assert_eq!(
            message("红 = 1"),
            "at character 3: `=` has no meaning here; to compare write =="
        );
        assert_eq!(
            message("a*1.2.3"),
            "at character 3: `1.2.3` is not a number that can be computed with"
        );
        assert!(message("1e39").contains("`1e39` is not a number"));
        assert!(message("（a）").contains("English keyboard"));
    }
}
