//! `xiangtu import`: administrative areas, features, e-maps.

use std::path::Path;

use grid::offset_datum::OffsetDatum;
use jobs::emap::EmapRequest;
use jobs::relief::{CONTOURS, ELEVATION, ReliefRequest, SHADE};
use jobs::{FeatureRequest, FeaturesImported, ImportOptions};
use raster::foreign::FeatureOptions;
use tiles::archive::{self, NewArchive};

use crate::cli::{ImportAreas, ImportEmap, ImportFeatures, ImportRelief, ImportTiles};
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

/// Remarks of one kind that are printed; the rest is counted.
const PRINTED: usize = 50;

/// Brings in features as a layer, and says what was repaired or refused.
pub fn features(office: &Office, options: ImportFeatures) -> Result<(), Failure> {
    let layer = options.layer;
    let from = options.from.as_deref().map(|from| match from {
        "bd09" => OffsetDatum::Bd09,
        _ => OffsetDatum::Gcj02,
    });
    let request = FeatureRequest {
        layer: layer_id(layer.layer_id, &options.file)?,
        title_zh: layer.title,
        title_en: layer.title_en,
        audience: layer.audience.map(|word| word.parse()).transpose()?,
        area: layer.area,
        attribution: layer.attribution,
        key: options.key,
        from,
        replace: options.replace,
        file: FeatureOptions {
            layer: options.source_layer,
            encoding: options.encoding,
            crs: options.crs,
            columns: options.x.zip(options.y).map(|(x, y)| [x, y]),
        },
    };
    let workshop = office.workshop();
    let importing = workshop.import_features(&options.file, &request);
    let imported = office.runtime.block_on(importing)?;
    drop(workshop);
    tell(&imported);
    Ok(())
}

/// Makes the e-map, or brings it up to date.
pub fn emap(office: &Office, options: ImportEmap) -> Result<(), Failure> {
    let request = EmapRequest {
        audience: options.audience.map(|word| word.parse()).transpose()?,
        area: options.area,
        add: options.add,
    };
    let workshop = office.workshop();
    let importing = workshop.import_emap(&options.file, &request);
    let imported = office.runtime.block_on(importing)?;
    drop(workshop);
    tell(&imported);
    Ok(())
}

/// Makes the relief of the e-map, or replaces it.
pub fn relief(office: &Office, options: ImportRelief) -> Result<(), Failure> {
    let request = ReliefRequest {
        paths: options.files,
        interval: options.interval,
        nodata: options.nodata,
        audience: options.audience.map(|word| word.parse()).transpose()?,
        area: options.area,
        attribution: options.attribution,
        date: options.date,
    };
    let workshop = office.workshop();
    let importing = workshop.import_relief(&request);
    let imported = office.runtime.block_on(importing)?;
    drop(workshop);
    let (lowest, highest) = (imported.lowest, imported.highest);
    say(format_args!(
        "{}: {} {lowest:.0}–{highest:.0} m",
        ELEVATION.id, ELEVATION.title_zh
    ));
    say(format_args!("{}: {}", SHADE.id, SHADE.title_zh));
    let [index, all] = imported.first_zooms;
    say(format_args!(
        "{}: {} · 等高距 interval {} m · {} 段线 pieces of lines · 自级别 from zoom {index} / {all}",
        CONTOURS.id, CONTOURS.title_zh, imported.interval, imported.lines
    ));
    Ok(())
}

/// Publishes an archive.
pub fn tiles(office: &Office, options: ImportTiles) -> Result<(), Failure> {
    let layer = options.layer;
    let new = NewArchive {
        layer: layer_id(layer.layer_id, &options.file)?,
        file: options.file,
        title_zh: layer.title,
        title_en: layer.title_en,
        audience: layer.audience.map(|word| word.parse()).transpose()?,
        area: layer.area,
        attribution: layer.attribution,
        date: options.date,
    };
    let publishing = archive::publish(&office.store, &office.objects, &office.foreign, new);
    let (layer, coverage) = office.runtime.block_on(publishing)?;
    say(format_args!(
        "已发布 Published {} {} · {} {}–{} · {}",
        layer.id,
        layer.title_zh,
        "级别 zooms",
        coverage.min_zoom,
        coverage.max_zoom,
        layer.audience
    ));
    Ok(())
}

/// The id that is told, or one of the file's name.
fn layer_id(told: Option<String>, file: &Path) -> Result<String, Failure> {
    told.or_else(|| slug(file)).ok_or_else(|| {
        Failure::words(
            "图层编号须为 a-z、0-9 和 -，请用 --layer-id 指定 the file's name makes no id \
             for the layer: name one with --layer-id (a-z, 0-9 and -)",
        )
    })
}

fn tell(imported: &FeaturesImported) {
    let unit = if imported.file.by_line {
        "行 line"
    } else {
        "要素 feature"
    };
    for remark in imported.repaired.iter().take(PRINTED) {
        let (place, words) = (remark.place, &remark.words);
        warn(format_args!("已修复 repaired: {unit} {place}: {words}"));
    }
    more("已修复 repaired", imported.repaired_count);
    for remark in imported.refused.iter().take(PRINTED) {
        let (place, words) = (remark.place, &remark.words);
        warn(format_args!("未导入 left out: {unit} {place}: {words}"));
    }
    more("未导入 left out", imported.refused_count);
    for filled in &imported.layers {
        let total = filled.created + filled.updated + filled.unchanged + filled.stayed;
        say(format_args!(
            "{}: {total} 个要素 features: 新增 {} new, 更新 {} updated, 未变 {} unchanged, \
             移除 {} removed",
            filled.layer, filled.created, filled.updated, filled.unchanged, filled.removed
        ));
    }
    say(format_args!(
        "导入完成 Imported ({}, {}).",
        imported.file.crs_name, imported.file.encoding
    ));
}

fn more(what: &str, count: usize) {
    if count > PRINTED {
        let rest = count - PRINTED;
        warn(format_args!("{what}: 另有 {rest} 个 and {rest} more"));
    }
}

/// An id from a file's name; `None` for names without a letter or digit of ours.
fn slug(file: &std::path::Path) -> Option<String> {
    let name = file.file_name()?.to_string_lossy().to_lowercase();
    let name = name.split('.').next().unwrap_or_default();
    let words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let slug: String = words.join("-").chars().take(63).collect();
    (!slug.is_empty() && name.is_ascii()).then_some(slug)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_layer_is_named_after_its_file() {
        let name = |file: &str| slug(Path::new(file));
        assert_eq!(
            name("a/Wells_2026 (1).shp").as_deref(),
            Some("wells-2026-1")
        );
        assert_eq!(
            name("andorra-latest.osm.pbf").as_deref(),
            Some("andorra-latest")
        );
        assert_eq!(name("水井.csv"), None);
        assert_eq!(name("水井2026.csv"), None);
    }
}
