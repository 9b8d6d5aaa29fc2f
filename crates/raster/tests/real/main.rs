//! Operations on real scenes, compared with other people's programs or with formulas in numpy
//! (`tests/oracles`). Scenes are found through `XIANGTU_REAL_DATA`.

#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "a test fails by panicking, in words"
)]

mod support;
mod terrain;
