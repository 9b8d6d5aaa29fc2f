//! Words to the person at the terminal.

use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Prints a line on standard output. A reader that went away (`| head`) is no failure.
pub fn say(line: impl std::fmt::Display) {
    let _gone = writeln!(std::io::stdout(), "{line}");
}

/// Prints a line on standard error.
pub fn warn(line: impl std::fmt::Display) {
    let _gone = writeln!(std::io::stderr(), "{line}");
}

/// A step that takes a while: a spinner or bar where somebody watches, a plain line elsewhere.
pub struct Step {
    bar: ProgressBar,
    /// Whether it was said that something is waited for.
    waits: AtomicBool,
}

impl Step {
    /// Begins a step without a known length.
    pub fn begin(message: &str) -> Self {
        let bar = if std::io::stderr().is_terminal() {
            let bar = ProgressBar::new_spinner();
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        } else {
            warn(message);
            ProgressBar::hidden()
        };
        bar.set_message(message.to_owned());
        Self {
            bar,
            waits: AtomicBool::new(false),
        }
    }

    /// Shows what is being done now.
    pub fn message(&self, message: &str) {
        if self.bar.is_hidden() {
            warn(message);
        }
        self.bar.set_message(message.to_owned());
    }

    /// Shows how much of the step is done, as `done` of `total`.
    pub fn progress(&self, done: u64, total: u64) {
        if self.bar.length() != Some(total) {
            let style = ProgressStyle::with_template("{msg} {wide_bar} {percent:>3} % {eta:>5}");
            if let Ok(style) = style {
                self.bar.set_style(style);
            }
            self.bar.set_length(total);
        }
        self.bar.set_position(done);
    }
}

impl jobs::Progress for Step {
    fn stage(&self, stage: &jobs::Stage) {
        self.message(&stage.to_string());
    }

    fn advance(&self, done: u64, total: u64) {
        self.progress(done, total);
    }

    fn waits_for(&self, what: Option<&jobs::Error>) {
        let waited = self.waits.swap(what.is_some(), Ordering::Relaxed);
        match what {
            // Said once, however often it is asked again.
            Some(what) if !waited => self.message(&format!("等待恢复 Waiting: {what}")),
            None if waited => self.message("已恢复,继续 It answers again, going on"),
            _ => {}
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
