//! Makes the folders that the web build fills, so that the crate compiles before the web is built,
//! and embeds anew when its files change.

use std::path::Path;
use std::{fs, io};

fn main() -> io::Result<()> {
    for part in ["app", "m"] {
        let folder = Path::new("../../web/dist").join(part);
        fs::create_dir_all(&folder)?;
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    println!("cargo::rerun-if-changed=templates");
    Ok(())
}
