//! `xiangtu backup` and `xiangtu restore`: database, objects and keys together.

use std::path::Path;

use store::backup;

use crate::failure::Failure;
use crate::office::Office;
use crate::terminal::{Step, say};

/// Writes a backup into the new folder `folder`; the server may go on working meanwhile.
pub fn backup(office: &Office, folder: &Path) -> Result<(), Failure> {
    let step = Step::begin("正在备份 Writing the backup …");
    let (objects, keys) = (office.objects.clone(), office.home.keys());
    let written = backup::write(office.store.url(), &objects, &keys, folder);
    let manifest = office.runtime.block_on(written)?;
    drop(step);
    say(format_args!(
        "备份完成 Backed up the database and {} objects to {}.",
        manifest.objects.len(),
        folder.display()
    ));
    Ok(())
}

/// Reads a backup into this home.
pub fn restore(office: &Office, folder: &Path, replace: bool) -> Result<(), Failure> {
    let step = Step::begin("正在恢复 Restoring …");
    let (objects, keys) = (office.objects.clone(), office.home.keys());
    let url = office.store.url().to_owned();
    office.store.close();
    let read = backup::restore(&url, &objects, &keys, folder, replace);
    let manifest = office.runtime.block_on(read)?;
    drop(step);
    say(format_args!(
        "恢复完成 Restored the database and {} objects of {}.",
        manifest.objects.len(),
        manifest.created_at.format("%Y-%m-%d %H:%M UTC")
    ));
    Ok(())
}
