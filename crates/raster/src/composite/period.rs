//! Looks by month, season or year.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// A stretch of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// `2024-07`.
    Month,
    /// Three months of the weather year: `2024-03-05`, `2024-06-08`, `2024-09-11` by their first and
    /// last month; December belongs to the winter of the year that follows, `2025-12-02`.
    Season,
    /// `2024`.
    Year,
}

impl Period {
    /// The name of the period a day lies in; names sort as the calendar does, but for winters.
    pub fn name(self, day: NaiveDate) -> String {
        let (year, month) = (day.year(), day.month());
        match self {
            Self::Month => format!("{year}-{month:02}"),
            Self::Year => format!("{year}"),
            Self::Season => {
                let (first, last) = match month {
                    3..=5 => (3, 5),
                    6..=8 => (6, 8),
                    9..=11 => (9, 11),
                    _ => (12, 2),
                };
                let year = if month == 12 { year + 1 } else { year };
                format!("{year}-{first:02}-{last:02}")
            }
        }
    }

    /// The first day of the period a day lies in.
    pub fn first_day(self, day: NaiveDate) -> NaiveDate {
        let months_back = match self {
            Self::Month => 0,
            Self::Season => day.month() % 3,
            Self::Year => day.month0(),
        };
        let first = day.with_day(1).unwrap_or(day);
        first - chrono::Months::new(months_back)
    }
}

/// Anything with a date, by period: its name, its first day and what lies in it, in the order of the
/// calendar; within a period the order is kept.
pub fn groups<T>(
    items: impl IntoIterator<Item = T>,
    period: Period,
    date: impl Fn(&T) -> NaiveDate,
) -> Vec<(String, NaiveDate, Vec<T>)> {
    let mut found: BTreeMap<NaiveDate, (String, Vec<T>)> = BTreeMap::new();
    for item in items {
        let day = date(&item);
        let group = found.entry(period.first_day(day));
        let group = group.or_insert_with(|| (period.name(day), Vec::new()));
        group.1.push(item);
    }
    let groups = found.into_iter();
    groups
        .map(|(first, (name, items))| (name, first, items))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn winters_reach_over_the_new_year() {
        let days = [
            "2024-12-05",
            "2025-02-28",
            "2024-03-01",
            "2025-01-01",
            "2024-08-31",
        ];
        let groups = groups(days, Period::Season, |text| day(text));
        let expected = [
            ("2024-03-05", "2024-03-01", vec!["2024-03-01"]),
            ("2024-06-08", "2024-06-01", vec!["2024-08-31"]),
            (
                "2025-12-02",
                "2024-12-01",
                vec!["2024-12-05", "2025-02-28", "2025-01-01"],
            ),
        ];
        let expected = expected.map(|(name, first, days)| (name.to_owned(), day(first), days));
        assert_eq!(groups, expected);
    }

    #[test]
    fn months_and_years() {
        assert_eq!(Period::Month.name(day("2024-07-31")), "2024-07");
        assert_eq!(Period::Year.first_day(day("2024-07-31")), day("2024-01-01"));
    }
}
