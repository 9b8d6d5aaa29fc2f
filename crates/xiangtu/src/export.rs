//! `xiangtu export tiles`: layers as one file, for where there is no network.

use std::sync::Arc;

use grid::bounds::Bounds;
use grid::tile::MAX_ZOOM;
use serde_json::{Value, json};
use store::layer::{Audience, Kind};
use store::{Scope, Viewer, area};
use tiles::archive::{Order, Subject};
use tiles::{Format, Limits, Published, Tiles};

use crate::cli::ExportTiles;
use crate::failure::Failure;
use crate::office::Office;
use crate::terminal::{Step, say};

/// Zooms of vector layers, unless they are given: what a phone needs to find its way.
const VECTOR_ZOOMS: (u8, u8) = (0, 14);

/// Writes the archive, or goes on with it.
pub fn tiles(office: &Office, options: &ExportTiles) -> Result<(), Failure> {
    // Each tile is drawn once.
    let limits = Limits {
        rendered_bytes: 0,
        vector_tile_bytes: 0,
        ..Limits::default()
    };
    let tiles = Tiles::new(office.store.clone(), office.objects.clone(), limits)?;
    let out = &options.out;
    let made = office.runtime.block_on(async {
        let order = order(office, &tiles, options).await?;
        let step = Step::begin("正在生成瓦片 Drawing the tiles …");
        let progress = |done, total| step.progress(done, total);
        Ok::<_, Failure>(tiles.archive(order, out, progress).await?)
    })?;
    say(format_args!(
        "已导出 Exported {} tiles ({} different) to {}.",
        made.tiles,
        made.contents,
        out.display()
    ));
    let less = made.left_out;
    for (count, words) in [
        (
            less.tiny,
            "个极小多边形由邻近者代表 polygons too small to be drawn, neighbours stand for them",
        ),
        (
            less.vanished,
            "个要素小于一个像素 features smaller than a pixel",
        ),
        (
            less.thinned,
            "个要素因瓦片过大而略去 features left out of tiles that were too large",
        ),
    ] {
        if count > 0 {
            say(format_args!("  {count} {words}"));
        }
    }
    Ok(())
}

async fn order(office: &Office, tiles: &Tiles, options: &ExportTiles) -> Result<Order, Failure> {
    let mut layers = Vec::new();
    for id in options.layers.split(',') {
        let everything = Viewer::SignedIn(Scope::Everything);
        let layer = tiles.layer(&everything, id).await?;
        let layer = layer.ok_or_else(|| store::Error::UnknownLayer { id: id.to_owned() })?;
        if layer.layer.audience != Audience::Public && !options.not_public {
            return Err(Failure::words(format!(
                "图层 {id} 不公开,而拿到文件的人都能看到它:确定要导出请加 --not-public。 The layer {id} \
                 is not public, and whoever has the file sees it: add --not-public to export it all \
                 the same"
            )));
        }
        layers.push(layer);
    }
    let about = if layers.iter().all(|one| one.layer.kind == Kind::Features) {
        vector(tiles, &layers).await?
    } else {
        raster(&layers, options)?
    };
    let bounds = match bounds(office, options).await? {
        Some(bounds) => bounds,
        None => about.bounds.ok_or_else(|| {
            Failure::words(
                "图层范围未知,请用 --area 或 --bounds 指定。 The extent of the layers is not known: \
                 say --area or --bounds",
            )
        })?,
    };
    let (first_zoom, last_zoom) = match &options.zooms {
        Some(zooms) => read_zooms(zooms)?,
        None => about.zooms,
    };
    let mut thanks: Vec<&str> = Vec::new();
    for layer in &layers {
        let attribution = layer.layer.attribution.as_str();
        if !attribution.is_empty() && !thanks.contains(&attribution) {
            thanks.push(attribution);
        }
    }
    let titles: Vec<&str> = layers
        .iter()
        .map(|one| one.layer.title_zh.as_str())
        .collect();
    Ok(Order {
        subject: about.subject,
        format: about.format,
        bounds,
        first_zoom,
        last_zoom,
        name: titles.join(" · "),
        attribution: thanks.join(" · "),
        vector_layers: about.vector_layers,
    })
}

/// What the layers themselves say.
struct About {
    subject: Subject,
    format: Format,
    bounds: Option<Bounds>,
    zooms: (u8, u8),
    vector_layers: Vec<Value>,
}

async fn vector(tiles: &Tiles, layers: &[Arc<Published>]) -> Result<About, Failure> {
    let (mut sources, mut vector_layers) = (Vec::new(), Vec::new());
    let mut bounds: Option<Bounds> = None;
    for layer in layers {
        let id = &layer.layer.id;
        sources.push(layer.source(&Scope::Everything));
        if let Some(about) = tiles.archived(layer).await? {
            bounds = union(bounds, layer.bounds());
            for within in about.vector_layers {
                vector_layers.push(json!({ "id": within.id, "fields": within.fields }));
            }
            continue;
        }
        let contents = tiles.contents(layer).await?;
        let within = contents.as_ref().and_then(|contents| contents.bounds);
        bounds = union(bounds, within);
        let fields = contents.map(|contents| contents.fields).unwrap_or_default();
        vector_layers.push(json!({ "id": id, "fields": fields }));
    }
    Ok(About {
        subject: Subject::Vector(tiles.vector_map(sources).await?),
        format: Format::Mvt,
        bounds,
        zooms: VECTOR_ZOOMS,
        vector_layers,
    })
}

fn union(known: Option<Bounds>, more: Option<Bounds>) -> Option<Bounds> {
    match (known, more) {
        (Some(known), Some(more)) => Some(known.union(&more)),
        (known, more) => known.or(more),
    }
}

fn raster(layers: &[Arc<Published>], options: &ExportTiles) -> Result<About, Failure> {
    let [layer] = layers else {
        return Err(Failure::words(
            "一个文件只能装一个影像图层,或若干矢量图层。 A file holds one layer of pictures, or \
             vector layers: export them one by one",
        ));
    };
    let position = match options.date {
        None => (!layer.dates.is_empty()).then_some(0),
        Some(date) => layer.dates.iter().position(|one| one.coverage.date == date),
    };
    let position = position.ok_or_else(|| {
        let id = &layer.layer.id;
        Failure::words(format!(
            "图层 {id} 没有该日期的影像。 The layer {id} has no pictures of that day (`xiangtu list \
             layers`)"
        ))
    })?;
    let coverage = &layer.dates[position].coverage;
    Ok(About {
        subject: Subject::Raster(Arc::clone(layer), position),
        format: if options.format == "png" {
            Format::Png
        } else {
            Format::Webp
        },
        bounds: Some(coverage.bounds),
        zooms: (coverage.min_zoom, coverage.max_zoom),
        vector_layers: Vec::new(),
    })
}

/// The bounds that were asked for.
async fn bounds(office: &Office, options: &ExportTiles) -> Result<Option<Bounds>, Failure> {
    if let Some(code) = &options.area {
        let area = area::by_code(&office.store, &Scope::Everything, code).await?;
        let area = area.ok_or_else(|| store::Error::UnknownArea { code: code.clone() })?;
        return Ok(Some(area.bounds));
    }
    match options.bounds[..] {
        [] => Ok(None),
        [west, south, east, north]
            if (-180.0..=180.0).contains(&west)
                && west < east
                && east <= 180.0
                && (-90.0..=90.0).contains(&south)
                && south < north
                && north <= 90.0 =>
        {
            Ok(Some(Bounds::new(west, south, east, north)))
        }
        _ => Err(Failure::words(
            "--bounds 须为 西,南,东,北(度)。 --bounds must be west,south,east,north in degrees, \
             for example 108.0,31.0,108.2,31.1",
        )),
    }
}

fn read_zooms(zooms: &str) -> Result<(u8, u8), Failure> {
    let (first, last) = zooms.split_once('-').unwrap_or((zooms, zooms));
    match (first.parse(), last.parse()) {
        (Ok(first), Ok(last)) if first <= last && last <= MAX_ZOOM => Ok((first, last)),
        _ => Err(Failure::words(format!(
            "--zooms {zooms} 应写成 8-16,最大 {MAX_ZOOM}。 --zooms {zooms} should read like 8-16, at \
             most {MAX_ZOOM}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zooms_are_two_numbers_or_one() {
        assert_eq!(read_zooms("8-16").unwrap(), (8, 16));
        assert_eq!(read_zooms("9").unwrap(), (9, 9));
        for wrong in ["16-8", "8-", "a-b", "0-25", "-3"] {
            assert!(read_zooms(wrong).is_err(), "{wrong}");
        }
    }
}
