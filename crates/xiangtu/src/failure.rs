//! What a command ends with when it cannot do what was asked.

use std::error::Error;

/// A failure in words for the person at the terminal: the error and what caused it.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// A failure in our own words.
    pub fn words(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Every error of the rooms below says in its own words what is wrong and what to do; causes are
/// added where those words do not hold them already.
impl<E: Error> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut words = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let said = error.to_string();
            if !words.contains(&said) {
                words = format!("{words}: {said}");
            }
            cause = error.source();
        }
        Self(words)
    }
}
