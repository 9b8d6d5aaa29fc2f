//! Frames on their way out.

use std::io::{self, BufWriter, StdoutLock, Write as _};

use crate::foreign::protocol::Frame;

/// Writes frames to the parent.
pub(super) struct Answers {
    out: BufWriter<StdoutLock<'static>>,
}

impl Answers {
    pub fn new(out: StdoutLock<'static>) -> Self {
        Self {
            out: BufWriter::with_capacity(1 << 16, out),
        }
    }

    pub fn send(&mut self, frame: &Frame) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, frame)?;
        self.out.write_all(b"\n")
    }

    pub fn send_with(&mut self, frame: &Frame, bytes: &[u8]) -> io::Result<()> {
        self.send(frame)?;
        self.out.write_all(bytes)
    }

    pub fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}
