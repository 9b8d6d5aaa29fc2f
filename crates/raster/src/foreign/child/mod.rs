//! The child's side: `xiangtu gdal-child`.
//!
//! It reads one request, locks itself in (`lockdown`), opens one file with the few
//! drivers that are allowed, answers and ends. Only here does the project call GDAL.

mod answers;
mod archive;
mod delivery;
mod drivers;
mod elsewhere;
mod geoparquet;
mod lattice;
mod ogr;
mod osm;
mod raster;
mod reference;
mod sniff;
mod table;
mod text;
mod vector;

use std::{
    io::{self, BufRead as _, Read as _},
    process::ExitCode,
};

use self::answers::Answers;
use super::{
    fault::Fault,
    lockdown,
    protocol::{Frame, LONGEST_LINE, Request, Task},
};

/// The body of the hidden `gdal-child` command. To be called before anything else in `main`:
/// the process must still have a single thread.
pub fn main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Why the child stops early.
enum Stop {
    /// The file is at fault: the parent is told.
    Fault(Fault),
    /// The parent no longer listens.
    Deaf(io::Error),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Deaf(error)
    }
}

fn serve() -> io::Result<()> {
    let mut line = String::new();
    io::stdin().lock().take(LONGEST_LINE).read_line(&mut line)?;
    let request: Request = serde_json::from_str(&line)?;
    let mut answers = Answers::new(io::stdout().lock());
    match answer(&request, &mut answers) {
        Ok(()) => answers.send(&Frame::End)?,
        Err(Stop::Fault(fault)) => answers.send(&Frame::Failure(fault))?,
        Err(Stop::Deaf(error)) => return Err(error),
    }
    answers.finish()
}

fn answer(request: &Request, answers: &mut Answers) -> Result<(), Stop> {
    for missing in lockdown::confine(request)? {
        answers.send(&Frame::Loose { missing })?;
    }
    elsewhere::refuse_text(&request.path)?;
    match &request.task {
        Task::Describe => {
            let description = raster::describe(&request.path)?;
            answers.send(&Frame::Description(Box::new(description)))?;
        }
        Task::ReadBand { band } => raster::read(&request.path, *band, answers)?,
        Task::Features(options) => vector::read(&request.path, options, answers)?,
        Task::Archive => archive::read(&request.path, answers)?,
    }
    for text in drivers::said() {
        answers.send(&Frame::Warning { text })?;
    }
    Ok(())
}
