//! `xiangtu layer table`: a table that somebody else keeps in the database, as a layer.

use store::feature_table::{self, NewFeatureTable};

use crate::cli::PublishTable;
use crate::failure::Failure;
use crate::office::Office;
use crate::terminal::{say, warn};

/// Publishes the table, and says what is to be known about it.
pub fn run(office: &Office, options: PublishTable) -> Result<(), Failure> {
    let new = NewFeatureTable {
        table: options.table,
        geometry: options.geometry,
        key: options.key,
        columns: options.columns,
        layer: options.id,
        title_zh: options.title,
        title_en: options.title_en,
        audience: options.audience.map(|word| word.parse()).transpose()?,
        area: options.area,
        attribution: options.attribution,
    };
    let publishing = feature_table::publish(&office.store, &new);
    let registered = office.runtime.block_on(publishing)?;
    let (layer, table) = (registered.layer, registered.table);
    say(format_args!(
        "已发布 Published {} {} · {} · EPSG:{} · {}",
        layer.id,
        layer.title_zh,
        table.full_name(),
        table.srid,
        layer.audience
    ));
    let names: Vec<&str> = table
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    say(format_args!("  字段 columns: {}", names.join(", ")));
    if registered.empty {
        warn(
            "  表中还没有数据,以行政区为范围;有数据后请再发布一次。 The table is empty: its extent is \
             that of the area until it is published again",
        );
    }
    if let Some(index) = registered.missing_index {
        warn(format_args!(
            "  几何列没有空间索引,大表会很慢。 The geometry has no spatial index, and tiles of a large \
             table are slow without one: {index};"
        ));
    }
    Ok(())
}
