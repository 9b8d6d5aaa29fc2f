//! The number a villager gets: `482-913-0574`.
//!
//! Digits only: they are said over the telephone in any dialect, heard without doubt, and typed on
//! the big number keys. Nine random digits and one check digit (Damm's algorithm, which finds
//! every single wrong digit and every swap of two neighbours), so that a slip of the finger is
//! told apart from a report that does not exist.

use rand::RngExt;

/// Rows: state so far, columns: next digit. A weakly totally anti-symmetric quasigroup of order 10
/// (H. Michael Damm, *Total anti-symmetrische Quasigruppen*, 2004).
const QUASIGROUP: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

const LENGTH: usize = 10;

/// A new random reference number, as it is stored and shown.
pub fn new() -> String {
    let mut random = rand::rng();
    // The first digit is never 0: numbers that begin with 0 lose it in spreadsheets.
    let payload = random.random_range(100_000_000_u32..1_000_000_000);
    let digits: Vec<u8> = payload
        .to_string()
        .bytes()
        .map(|byte| byte - b'0')
        .collect();
    with_check(&digits)
}

/// What a person typed, brought to the form that is stored: spaces, dashes and full-width digits
/// are forgiven. `None` if it is no reference number or a digit is wrong.
pub fn parse(text: &str) -> Option<String> {
    let mut digits = Vec::with_capacity(LENGTH);
    for character in text.chars() {
        match character {
            '0'..='9' => digits.push(character as u8 - b'0'),
            '\u{ff10}'..='\u{ff19}' => digits.push((character as u32 - 0xff10) as u8),
            '-' | '\u{2010}'..='\u{2015}' | '\u{ff0d}' | '#' | '号' | '.' => {}
            space if space.is_whitespace() => {}
            _ => return None,
        }
        if digits.len() > LENGTH {
            return None;
        }
    }
    (digits.len() == LENGTH && checksum(&digits) == 0).then(|| grouped(&digits))
}

fn with_check(payload: &[u8]) -> String {
    let mut digits = payload.to_vec();
    digits.push(checksum(payload));
    grouped(&digits)
}

/// 0 for a number that ends in its right check digit; else the check digit to append.
fn checksum(digits: &[u8]) -> u8 {
    digits.iter().fold(0, |state, digit| {
        QUASIGROUP[usize::from(state)][usize::from(*digit)]
    })
}

/// Three, three, four: as people say a telephone number.
fn grouped(digits: &[u8]) -> String {
    let mut text = String::with_capacity(LENGTH + 2);
    for (index, digit) in digits.iter().enumerate() {
        if index == 3 || index == 6 {
            text.push('-');
        }
        text.push(char::from(b'0' + digit));
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn damms_own_example_checks() {
        assert_eq!(checksum(&[5, 7, 2]), 4);
        assert_eq!(checksum(&[5, 7, 2, 4]), 0);
    }

    #[test]
    fn a_number_survives_being_typed() {
        let reference = new();
        let bare = reference.replace('-', "");
        let wide: String = bare
            .chars()
            .map(|digit| char::from_u32(digit as u32 - '0' as u32 + 0xff10).unwrap())
            .collect();
        for typed in [
            reference.clone(),
            bare,
            wide,
            format!(" {} ", reference.replace('-', " ")),
        ] {
            assert_eq!(
                parse(&typed).as_deref(),
                Some(reference.as_str()),
                "{typed}"
            );
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "",
            "123",
            "abc-def-ghij",
            "482-913-0574-1",
            "../../etc",
            "４８",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    fn digits(payload: u32) -> Vec<u8> {
        with_check(
            &payload
                .to_string()
                .bytes()
                .map(|byte| byte - b'0')
                .collect::<Vec<_>>(),
        )
        .bytes()
        .filter(u8::is_ascii_digit)
        .map(|byte| byte - b'0')
        .collect()
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_noticed(
            payload in 100_000_000_u32..1_000_000_000, position in 0..LENGTH, step in 1_u8..10,
        ) {
            let mut typed = digits(payload);
            typed[position] = (typed[position] + step) % 10;
            prop_assert_ne!(checksum(&typed), 0);
        }

        #[test]
        fn swapped_neighbours_are_always_noticed(
            payload in 100_000_000_u32..1_000_000_000, position in 0..LENGTH - 1,
        ) {
            let mut typed = digits(payload);
            prop_assume!(typed[position] != typed[position + 1]);
            typed.swap(position, position + 1);
            prop_assert_ne!(checksum(&typed), 0);
        }

        #[test]
        fn parsing_never_panics(text in "\\PC{0,40}") {
            if let Some(reference) = parse(&text) {
                prop_assert_eq!(parse(&reference), Some(reference.clone()));
            }
        }
    }
}
