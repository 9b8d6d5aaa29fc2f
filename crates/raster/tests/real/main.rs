//! Operations on real scenes, compared with other people's programs or with formulas in numpy
//! (`tests/oracles`). Scenes are found through `XIANGTU_REAL_DATA`.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

mod algebra;
mod composite;
mod contour;
mod geotiff;
mod mosaic;
#[path = "../../../../tests/src/real_data.rs"]
mod real_data;
mod shade;
mod support;
mod terrain;
mod vectorise;
mod viewshed;
mod warp;
mod zonal;
