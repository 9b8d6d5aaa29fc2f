//! The migrations are embedded in the library: a changed one means another build.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
