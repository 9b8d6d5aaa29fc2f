//! The exceptions that the standard names.

use crate::problem::{Problem, kinds};

/// There is no such process.
pub fn no_such_process(id: &str) -> Problem {
    Problem::new(&kinds::NOT_FOUND)
        .with_detail(
            format!("没有处理过程“{id}”，请看 /ogc/processes。"),
            format!("There is no process “{id}”: see /ogc/processes."),
        )
        .as_in_standard(
            "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/no-such-process",
        )
}

/// There is no such job, or not one this person may see.
pub fn no_such_job() -> Problem {
    Problem::new(&kinds::NOT_FOUND)
        .as_in_standard("http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/no-such-job")
}

/// The job has not come to its end.
pub fn result_not_ready() -> Problem {
    Problem::new(&kinds::RESULT_NOT_READY).as_in_standard(
        "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/result-not-ready",
    )
}

/// An input or a parameter that is missing, unknown or of another kind.
pub fn wrong_input(chinese: String, english: String) -> Problem {
    Problem::new(&kinds::INPUT_WRONG).with_detail(chinese, english)
}
