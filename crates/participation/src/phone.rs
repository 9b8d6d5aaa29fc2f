//! A telephone number somebody may leave: kept as digits, never shown in public.

/// Fewest and most digits: a local landline without its area code, and E.164's maximum.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// The number as stored: digits, with a leading `+` if one was written. Spaces, dashes, dots,
/// brackets and full-width digits are forgiven. `None` if it cannot be a telephone number.
pub fn parse(text: &str) -> Option<String> {
    let mut number = String::with_capacity(16);
    for character in text.trim().chars() {
        match character {
            '0'..='9' => number.push(character),
            '\u{ff10}'..='\u{ff19}' => {
                number.push(char::from(b'0' + (character as u32 - 0xff10) as u8));
            }
            '+' | '\u{ff0b}' if number.is_empty() => number.push('+'),
            '-' | '.' | '(' | ')' | '\u{ff08}' | '\u{ff09}' | '\u{2010}'..='\u{2015}' => {}
            space if space.is_whitespace() => {}
            _ => return None,
        }
    }
    let digits = number.trim_start_matches('+');
    let repeated = digits
        .bytes()
        .all(|digit| Some(digit) == digits.bytes().next());
    (DIGITS.contains(&digits.len()) && !repeated).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_people_write_are_understood() {
        for (written, stored) in [
            ("138 0000 1234", "13800001234"),
            ("+86 138-0000-1234", "+8613800001234"),
            ("(023) 5222 1234", "02352221234"),
            ("１３８００００１２３４", "13800001234"),
            ("5222123", "5222123"),
        ] {
            assert_eq!(parse(written).as_deref(), Some(stored), "{written}");
        }
    }

    #[test]
    fn what_cannot_be_a_number_is_refused() {
        for written in [
            "",
            "12345",
            "没有",
            "1234567890123456",
            "138000012ab",
            "00000000",
            "138+00001234",
        ] {
            assert_eq!(parse(written), None, "{written}");
        }
    }
}
