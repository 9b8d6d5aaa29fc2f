//! The steps of a report's life: which state may follow which, and when a reason is needed.

use store::report::State;

/// Why a report cannot go from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// There is no such way.
    #[error("a report cannot go from {} to {}; from there it can go to: {}", from, to, choices(*from))]
    NoSuchStep {
        /// Where the report stands.
        from: State,
        /// Where it was to go.
        to: State,
    },
    /// The villager must be told why.
    #[error("refusing a report needs a note that tells the villager why")]
    ReasonMissing,
}

/// The states a report can go to from one.
pub fn next(from: State) -> &'static [State] {
    match from {
        State::New => &[State::Accepted, State::Refused],
        State::Accepted => &[State::Done, State::Refused],
        State::Done | State::Refused => &[],
    }
}

/// Whether a report may go from one state to another with this note.
///
/// # Errors
/// [`StepError`] when there is no such way, or a refusal gives no reason.
pub fn step(from: State, to: State, note: &str) -> Result<(), StepError> {
    if !next(from).contains(&to) {
        return Err(StepError::NoSuchStep { from, to });
    }
    if to == State::Refused && note.trim().is_empty() {
        return Err(StepError::ReasonMissing);
    }
    Ok(())
}

fn choices(from: State) -> String {
    if next(from).is_empty() {
        return "nowhere, it is final".to_owned();
    }
    next(from)
        .iter()
        .map(|state| state.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_four_steps_exist() {
        let mut allowed = Vec::new();
        for from in State::ALL {
            for to in State::ALL {
                if step(*from, *to, "因为……").is_ok() {
                    allowed.push(format!("{from} → {to}"));
                }
            }
        }
        assert_eq!(
            allowed,
            [
                "new → accepted",
                "new → refused",
                "accepted → done",
                "accepted → refused"
            ]
        );
    }

    #[test]
    fn a_refusal_needs_a_reason() {
        assert_eq!(
            step(State::New, State::Refused, " \n"),
            Err(StepError::ReasonMissing)
        );
        assert_eq!(step(State::New, State::Accepted, ""), Ok(()));
    }

    #[test]
    fn the_message_says_what_is_possible() {
        let error = step(State::New, State::Done, "").unwrap_err().to_string();
        assert_eq!(
            error,
            "a report cannot go from new to done; from there it can go to: accepted, refused"
        );
        let error = step(State::Done, State::New, "").unwrap_err().to_string();
        assert!(error.ends_with("nowhere, it is final"), "{error}");
    }
}
