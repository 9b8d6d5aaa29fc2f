//! `xiangtu import`: administrative areas.

use jobs::ImportOptions;

use crate::cli::ImportAreas;
use crate::failure::Failure;
use crate::office::Office;
use crate::terminal::{say, warn};

/// Brings in areas, and says what was repaired, merged or refused.
pub fn areas(office: &Office, options: ImportAreas) -> Result<(), Failure> {
    let wanted = ImportOptions {
        layer: options.layer,
        code_field: options.code_field,
        name_field: options.name_field,
        name_en_field: options.name_en_field,
        parent_field: options.parent_field,
        level: options.level.map(|level| level.parse()).transpose()?,
        parent: options.parent,
        encoding: options.encoding,
        crs: options.crs,
    };
    let workshop = office.workshop();
    let summary = office
        .runtime
        .block_on(workshop.import_areas(&options.file, wanted))?;
    for code in &summary.repaired {
        warn(format_args!(
            "已修复 repaired: the outline of {code} was not valid"
        ));
    }
    for code in &summary.merged {
        warn(format_args!(
            "已合并 merged: the features with the code {code}"
        ));
    }
    for refused in &summary.refused {
        warn(format_args!(
            "未导入 left out: feature {}: {}",
            refused.index, refused.reason
        ));
    }
    say(format_args!(
        "导入完成 Imported {} areas: {} new, {} updated ({}).",
        summary.created + summary.updated,
        summary.created,
        summary.updated,
        summary.crs_name
    ));
    Ok(())
}
