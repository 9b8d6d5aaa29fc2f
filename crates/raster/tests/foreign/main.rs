//! Foreign files through the real child process: this test binary is its own child.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::float_cmp,
    reason = "a test fails by panicking, says what it skips, and compares exact values"
)]

mod archives;
mod broken;
mod mutated;
mod outside;
mod rasters;
mod support;
mod tables;
mod vectors;

/// Runs the child's body before the test harness sees the arguments.
#[used]
// SAFETY: an entry of `.init_array` is a function without arguments that returns nothing; the
// standard library is ready by then on glibc.
#[unsafe(link_section = ".init_array")]
static CHILD: extern "C" fn() = child;

#[expect(clippy::exit, reason = "the process is the child and ends here")]
extern "C" fn child() {
    if std::env::args().nth(1).as_deref() == Some("gdal-child") {
        let code = raster::foreign::child::main();
        std::process::exit(i32::from(code != std::process::ExitCode::SUCCESS));
    }
}
