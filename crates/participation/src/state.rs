//! The states of a report and the ways between them.

use serde::{Deserialize, Serialize};

/// Where a report stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// 待受理: nobody has looked at it yet.
    New,
    /// 处理中: somebody has taken it on.
    Accepted,
    /// 已办结: it is done. Final.
    Done,
    /// 不予受理: it will not be done, and the note says why. Final.
    Refused,
}

/// Why a report cannot go from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// There is no such way.
    #[error("a report cannot go from {} to {}; from there it can go to: {}", from.code(), to.code(), choices(*from))]
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

impl State {
    /// Every state, in the order of a report's life.
    pub const ALL: [Self; 4] = [Self::New, Self::Accepted, Self::Done, Self::Refused];

    /// The word that is stored and sent.
    pub fn code(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Accepted => "accepted",
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }

    /// The state of a stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// The shape it is shown with, beside its word and colour.
    pub fn shape(self) -> &'static str {
        match self {
            Self::New => "○",
            Self::Accepted => "◐",
            Self::Done => "●",
            Self::Refused => "✕",
        }
    }

    /// The states a report can go to from here.
    pub fn next(self) -> &'static [Self] {
        match self {
            Self::New => &[Self::Accepted, Self::Refused],
            Self::Accepted => &[Self::Done, Self::Refused],
            Self::Done | Self::Refused => &[],
        }
    }

    /// Whether a report may go from here to `to` with this note.
    ///
    /// # Errors
    /// [`StepError`] when there is no such way, or a refusal gives no reason.
    pub fn step(self, to: Self, note: &str) -> Result<(), StepError> {
        if !self.next().contains(&to) {
            return Err(StepError::NoSuchStep { from: self, to });
        }
        if to == Self::Refused && note.trim().is_empty() {
            return Err(StepError::ReasonMissing);
        }
        Ok(())
    }
}

fn choices(from: State) -> String {
    if from.next().is_empty() {
        return "nowhere, it is final".to_owned();
    }
    from.next()
        .iter()
        .map(|state| state.code())
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
                if from.step(to, "因为……").is_ok() {
                    allowed.push(format!("{} → {}", from.code(), to.code()));
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
            State::New.step(State::Refused, " \n"),
            Err(StepError::ReasonMissing)
        );
        assert_eq!(State::New.step(State::Accepted, ""), Ok(()));
    }

    #[test]
    fn the_message_says_what_is_possible() {
        let error = State::New.step(State::Done, "").unwrap_err().to_string();
        assert_eq!(
            error,
            "a report cannot go from new to done; from there it can go to: accepted, refused"
        );
        let error = State::Done.step(State::New, "").unwrap_err().to_string();
        assert!(error.ends_with("nowhere, it is final"), "{error}");
    }

    #[test]
    fn codes_round_trip() {
        for state in State::ALL {
            assert_eq!(State::from_code(state.code()), Some(state));
        }
        assert_eq!(State::from_code("closed"), None);
    }
}
