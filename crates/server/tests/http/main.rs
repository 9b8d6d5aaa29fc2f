//! The server as a program sees it: real database, real images, requests through the whole router.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

mod base_maps;
mod clerk;
mod imagery;
mod jobs;
mod layers;
mod office;
mod ogc_tiles;
mod pages;
mod patches;
mod permissions;
mod problems;
mod processes;
mod recipes;
mod reports;
mod session;
mod styles;
mod tiles;
mod tokens;
mod transport;
mod villager;
mod wmts;

#[test]
fn the_interface_is_described() {
    let document = server::openapi_document().to_pretty_json().unwrap();
    insta::assert_snapshot!("openapi", document);
}
