//! `xiangtu list`: what is in the catalogue.

use store::{Scope, Store, Viewer, area, coverage, feature_table, layer, scene};

use crate::cli::List;
use crate::failure::Failure;
use crate::office::Office;
use crate::terminal::say;

/// Runs `xiangtu list …`.
pub fn run(office: &Office, what: List) -> Result<(), Failure> {
    let store = &office.store;
    match what {
        List::Areas => office.runtime.block_on(areas(store)),
        List::Scenes => office.runtime.block_on(scenes(store)),
        List::Layers => office.runtime.block_on(layers(store)),
        List::Database => {
            say(store.url());
            Ok(())
        }
    }
}

async fn areas(store: &Store) -> Result<(), Failure> {
    for area in area::list(store, &Scope::Everything).await? {
        let above = area.parent.unwrap_or_default();
        let hectares = grid::area::hectares(area.area_m2);
        say(format_args!(
            "{:<14} {:<9} {:<14} {hectares:>10.1} ha  {} {}",
            area.code, area.level, above, area.name_zh, area.name_en
        ));
    }
    Ok(())
}

async fn scenes(store: &Store) -> Result<(), Failure> {
    for scene in scene::list(store, &Scope::Everything).await? {
        let cloud = scene
            .cloud_share
            .map_or_else(|| "  ?".into(), |c| format!("{:3.0}", c * 100.0));
        say(format_args!(
            "{}  {:<16} cloud 云 {cloud} %  {}",
            scene.acquired_at.format("%Y-%m-%d"),
            scene.sensor,
            scene.id
        ));
    }
    Ok(())
}

async fn layers(store: &Store) -> Result<(), Failure> {
    for layer in layer::list(store, &Viewer::SignedIn(Scope::Everything)).await? {
        say(format_args!(
            "{:<20} {:<9} {:<10} {} {}",
            layer.id, layer.kind, layer.audience, layer.title_zh, layer.title_en
        ));
        if let Some(table) = feature_table::by_layer(store, &layer.id).await? {
            say(format_args!("    数据表 table {}", table.full_name()));
        }
        for coverage in coverage::list(store, &layer.id).await? {
            say(format_args!(
                "    {}  {}",
                coverage.date,
                coverage.scene_id.unwrap_or_default()
            ));
        }
    }
    Ok(())
}
