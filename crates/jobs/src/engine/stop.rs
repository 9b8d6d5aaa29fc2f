//! Telling work to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use super::Ended;

const GO_ON: u8 = 0;
const CANCELLED: u8 = 1;
const LEFT: u8 = 2;

/// Whether the work is to stop; cheap to clone, asked from any thread.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    reason: AtomicU8,
    above: Option<Stop>,
}

impl Stop {
    /// A part of the work: it stops when the whole does, and stopping it does not stop the whole.
    #[must_use]
    pub fn below(&self) -> Self {
        Self(Arc::new(Inner {
            reason: AtomicU8::new(GO_ON),
            above: Some(self.clone()),
        }))
    }

    /// Wants the work to stop, for instance at Ctrl-C.
    pub fn cancel(&self) {
        self.set(CANCELLED);
    }

    /// Lets go of the work without ending the job: the next one to look goes on with it.
    pub fn leave(&self) {
        self.set(LEFT);
    }

    /// Whether it is to stop.
    pub fn is_set(&self) -> bool {
        self.reason().is_some()
    }

    /// How the run ends by it. Whatever stops the whole does not cancel a part.
    pub(crate) fn reason(&self) -> Option<Ended> {
        match self.0.reason.load(Ordering::Relaxed) {
            GO_ON => {
                let above = self.0.above.as_ref().is_some_and(Self::is_set);
                above.then_some(Ended::Lost)
            }
            LEFT => Some(Ended::Lost),
            _ => Some(Ended::Cancelled),
        }
    }

    /// The first reason stands.
    fn set(&self, reason: u8) {
        let own = &self.0.reason;
        let _ = own.compare_exchange(GO_ON, reason, Ordering::Relaxed, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_stops_with_the_whole_and_not_the_other_way() {
        let whole = Stop::default();
        let (one, other) = (whole.below(), whole.below());
        one.cancel();
        one.leave();
        assert_eq!(one.reason(), Some(Ended::Cancelled), "the first reason");
        assert_eq!((whole.reason(), other.reason()), (None, None));
        whole.cancel();
        assert_eq!(
            other.reason(),
            Some(Ended::Lost),
            "its job is not cancelled"
        );
    }
}
