//! Leaving a host alone that fails.

use std::time::{Duration, Instant};

/// Failures in a row that make a host rest.
const FAILURES: u32 = 3;
/// The first rest; each further one is twice as long.
const FIRST: Duration = Duration::from_secs(5);
/// The longest rest of its own.
const LONGEST: Duration = Duration::from_mins(5);
/// The longest rest that the host may ask for.
const LONGEST_ASKED: Duration = Duration::from_hours(1);

/// Whether a host may be asked.
#[derive(Debug, Default)]
pub struct Breaker {
    failures: u32,
    until: Option<Instant>,
}

impl Breaker {
    /// How long the host is still left alone.
    pub fn rests(&self, now: Instant) -> Option<Duration> {
        let left = self.until?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    /// It failed, and may have said for how long. The rest that begins with this, if one does.
    pub fn failed(&mut self, now: Instant, asked: Option<Duration>) -> Option<Duration> {
        // What was under way when the rest began says nothing new.
        if self.rests(now).is_some() {
            return None;
        }
        self.failures += 1;
        let asked = asked.unwrap_or_default().min(LONGEST_ASKED);
        let own = match self.failures.checked_sub(FAILURES) {
            Some(more) => FIRST.saturating_mul(1 << more.min(16)).min(LONGEST),
            None => Duration::ZERO,
        };
        let rest = own.max(asked);
        if rest.is_zero() {
            return None;
        }
        self.until = Some(now + rest);
        Some(rest)
    }

    /// It answered as it should. Whether it had rested.
    pub fn answered(&mut self) -> bool {
        let rested = self.until.is_some();
        *self = Self::default();
        rested
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rests_longer_each_time_until_it_answers() {
        let (mut breaker, mut now) = (Breaker::default(), Instant::now());
        assert_eq!(breaker.failed(now, None), None);
        assert_eq!(breaker.failed(now, None), None);
        let mut rests = Vec::new();
        for _ in 0..9 {
            let rest = breaker.failed(now, None).unwrap();
            assert_eq!(breaker.rests(now), Some(rest));
            assert_eq!(
                breaker.failed(now, None),
                None,
                "what was under way does not count"
            );
            now += rest;
            assert_eq!(breaker.rests(now), None);
            rests.push(rest.as_secs());
        }
        assert_eq!(rests, [5, 10, 20, 40, 80, 160, 300, 300, 300]);
        assert!(breaker.answered());
        assert!(!breaker.answered());
        assert_eq!(
            breaker.failed(now, None),
            None,
            "counted from the beginning"
        );
    }

    #[test]
    fn a_host_may_ask_for_a_rest_within_reason() {
        let (mut breaker, now) = (Breaker::default(), Instant::now());
        let minute = Duration::from_mins(1);
        assert_eq!(breaker.failed(now, Some(minute)), Some(minute));
        let later = now + minute;
        let year = Duration::from_hours(365 * 24);
        assert_eq!(breaker.failed(later, Some(year)), Some(LONGEST_ASKED));
    }
}
