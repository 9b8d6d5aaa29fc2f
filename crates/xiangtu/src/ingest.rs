//! `xiangtu ingest`: a scene into the catalogue.

use jobs::IngestRequest;

use crate::cli::Ingest;
use crate::failure::Failure;
use crate::office::Office;
use crate::terminal::say;

/// Brings in a scene, and says what it turned out to be.
pub fn run(office: &Office, options: Ingest) -> Result<(), Failure> {
    let request = IngestRequest {
        paths: options.paths,
        id: options.id,
        date: options.date,
        sensor: options.sensor,
        bands: options.bands,
        nodata: options.nodata,
        cloud_share: options.cloud_share,
        area: options.area,
    };
    let workshop = office.workshop();
    let ingested = office.runtime.block_on(workshop.ingest(request))?;
    drop(workshop);
    let scene = ingested.scene;
    let done = if ingested.replaced {
        "已更新 Replaced"
    } else {
        "已入库 Ingested"
    };
    say(format_args!(
        "{done} {} · {} · {}",
        scene.id,
        scene.acquired_at.format("%Y-%m-%d"),
        scene.sensor
    ));
    for band in &ingested.bands {
        let size = (band.georeference.width, band.georeference.height);
        let valid = band.valid_share * 100.0;
        say(format_args!(
            "  {:<12} {} × {} px, {valid:.1} % valid",
            band.role.name(),
            size.0,
            size.1
        ));
    }
    if let Some(cloud) = scene.cloud_share {
        say(format_args!("  云量 cloud: {:.1} %", cloud * 100.0));
    }
    say(format_args!("  区域 area: {}", ingested.area));
    Ok(())
}
