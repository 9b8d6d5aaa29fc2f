//! What the rooms below say, as problems: everything a person cannot mend is ours.

use participation::{Field, Invalid, StepError, SubmitError, TransitionError};

use super::{Mistake, Problem, kinds};

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        Self::from(&error)
    }
}

impl From<&store::Error> for Problem {
    fn from(error: &store::Error) -> Self {
        match error {
            store::Error::UnknownLayer { .. } => Self::new(&kinds::UNKNOWN_LAYER),
            store::Error::UnknownArea { code } => Self::new(&kinds::INVALID_FIELD).with_detail(
                format!("没有区划代码为“{code}”的区域。"),
                format!("There is no area with the code “{code}”."),
            ),
            store::Error::Word { value, words, .. } => Self::new(&kinds::INVALID_FIELD)
                .with_detail(
                    format!("“{value}”无法识别，可用：{words}。"),
                    format!("“{value}” is not known; use one of {words}."),
                ),
            store::Error::Table(error) => {
                tracing::warn!(cause = %error, "a layer cannot be drawn from its table");
                Self::new(&kinds::TABLE_UNREADABLE)
            }
            store::Error::Unreachable { .. } => {
                Self::internal(error);
                Self::new(&kinds::NOT_READY).retry_after(10)
            }
            _ => Self::internal(error),
        }
    }
}

/// Bytes are kept where nobody answers just now.
fn away(cause: &dyn std::error::Error) -> Problem {
    tracing::warn!(%cause, "an image cannot be read for now");
    Problem::new(&kinds::NOT_READY).retry_after(10)
}

impl From<tiles::Error> for Problem {
    fn from(error: tiles::Error) -> Self {
        match error.root() {
            tiles::Error::Store(error) => error.into(),
            tiles::Error::Busy => Self::new(&kinds::BUSY).retry_after(5),
            tiles::Error::Objects(cause) if objects::is_outage(cause) => away(cause),
            error if objects::is_outage(error) => away(error),
            error => Self::internal(error),
        }
    }
}

impl From<TransitionError> for Problem {
    fn from(error: TransitionError) -> Self {
        match error {
            TransitionError::Unknown(_) => Self::new(&kinds::NOT_FOUND),
            TransitionError::Step(StepError::ReasonMissing) => Self::new(&kinds::NOTE_REQUIRED),
            TransitionError::Step(_) | TransitionError::Overtaken { .. } => {
                Self::new(&kinds::TRANSITION_NOT_ALLOWED)
            }
            TransitionError::Store(error) => error.into(),
            error => Self::internal(&error),
        }
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Invalid(invalid) => invalid.into(),
            SubmitError::Conflict(_) => Self::new(&kinds::CONFLICT),
            SubmitError::Store(error) => error.into(),
            error => Self::internal(&error),
        }
    }
}

/// The first is the problem, all of them are listed.
impl From<Vec<Invalid>> for Problem {
    fn from(invalid: Vec<Invalid>) -> Self {
        let kind = invalid
            .first()
            .and_then(|first| kinds::by_code(first.problem.code()));
        let errors = invalid
            .iter()
            .map(|one| Mistake {
                field: field_name(one.field).to_owned(),
                code: one.problem.code(),
                place: None,
                words: None,
            })
            .collect();
        Self::new(kind.unwrap_or(&kinds::INVALID_FIELD)).with_errors(errors)
    }
}

fn field_name(field: Field) -> &'static str {
    match field {
        Field::Id => "id",
        Field::Service => "service",
        Field::Description => "description",
        Field::Place => "place",
        Field::Phone => "phone",
        Field::Photo => "photo",
    }
}

/// What a planner can mend is said in the work's own words; the rest is ours.
impl From<jobs::Error> for Problem {
    fn from(error: jobs::Error) -> Self {
        match error {
            jobs::Error::Store(error) => error.into(),
            jobs::Error::Objects(_)
            | jobs::Error::Cog { .. }
            | jobs::Error::Zonal(_)
            | jobs::Error::Table { .. }
            | jobs::Error::Stored { .. }
            | jobs::Error::Stopped
            | jobs::Error::Interrupted { .. } => Self::internal(&error),
            error => Self::new(&kinds::JOB_NOT_POSSIBLE)
                .with_detail(format!("原因：{error}"), error.to_string()),
        }
    }
}

impl From<objects::Error> for Problem {
    fn from(error: objects::Error) -> Self {
        Self::internal(&error)
    }
}

impl From<tokio::task::JoinError> for Problem {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::internal(&error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_villager_can_get_wrong_has_words() {
        use participation::Problem as Wrong;
        let all = [
            Wrong::IdNotValid,
            Wrong::ServiceMissing,
            Wrong::UnknownService,
            Wrong::NothingSaid,
            Wrong::DescriptionTooLong,
            Wrong::PlaceMissing,
            Wrong::PlaceNotANumber,
            Wrong::PlaceOutOfRange,
            Wrong::PlaceSourceUnknown,
            Wrong::OutsideServedAreas,
            Wrong::PhoneNotValid,
            Wrong::TooManyPhotos,
            Wrong::Photo(1, participation::photo::Refusal::TooLarge),
            Wrong::Photo(1, participation::photo::Refusal::TooManyPixels),
            Wrong::Photo(1, participation::photo::Refusal::Heic),
            Wrong::Photo(1, participation::photo::Refusal::NotReadable),
        ];
        for wrong in all {
            assert!(
                kinds::by_code(wrong.code()).is_some(),
                "{} has no words",
                wrong.code()
            );
        }
    }

    #[test]
    fn the_first_mistake_is_the_problem_and_all_are_listed() {
        use participation::Problem as Wrong;
        let problem = Problem::from(vec![
            Invalid::from(Wrong::UnknownService),
            Invalid::from(Wrong::PhoneNotValid),
        ]);
        assert_eq!(problem.kind().code, "unknown-service");
        assert_eq!(problem.status().as_u16(), 422);
        let fields: Vec<_> = problem
            .errors
            .iter()
            .map(|error| error.field.as_str())
            .collect();
        assert_eq!(fields, ["service", "phone"]);
    }
}
