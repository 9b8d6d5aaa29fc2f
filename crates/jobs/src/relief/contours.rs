//! Contours of the e-map: lines a pen could have drawn.

use geo::{LineString, MapCoords as _};
use raster::Window;
use raster::cog::{CogError, CogReader};
use raster::contour::{Contours, Line, smooth};
use serde_json::{Map, Value, json};
use store::feature::NewFeature;

use super::land::{INDEX, Land, Lines, STRIP, grown};
use super::model::WHAT;
use crate::{Error, Result, Workshop};

/// The most points of a piece of a line: a tile looks at pieces near it, and each belongs to a village.
const PIECE: usize = 400;

/// Lines may be this far off, in pixels of the model and in metres on the ground.
const OFF: (f64, f64) = (0.2, 3.0);

/// All lines, cut in pieces.
pub(super) fn features(
    workshop: &Workshop,
    image: &CogReader,
    land: &Land,
    lines: Lines,
    area: i64,
) -> Result<Vec<NewFeature>> {
    let size = &image.levels()[land.level];
    let grid = image.georeference().resized(size.width, size.height);
    let (width, height) = (size.width as usize, size.height as usize);
    let (_, down) = raster::terrain::cell_size(&grid, i64::from(grid.height / 2));
    let off = OFF.0.min(OFF.1 / down);
    let mut contours = Contours::new(width, lines.levels)?;
    let mut features: Vec<NewFeature> = Vec::new();
    let mut emit = |line: Line| {
        for piece in smooth::line(&line.points, off).iter().flat_map(pieces) {
            let key = format!("{}-{}", line.level, features.len());
            let geometry = piece.map_coords(|place| grid.lonlat(place.x, place.y).into());
            features.push(NewFeature {
                area_id: area,
                key,
                geometry: geometry.into(),
                properties: properties(&line, lines),
            });
        }
    };
    let rows = (STRIP / width.max(1)).max(1);
    for row in (0..height).step_by(rows) {
        let window = Window::new(0, row as i64, width, rows.min(height - row));
        let window = grown(window, smooth::MARGIN);
        let heights = image.read_physical(land.level, 0, window);
        let heights = heights.map_err(|source: CogError| Error::Cog {
            what: WHAT.to_owned(),
            source,
        })?;
        contours.push(smooth::heights(&heights).band(0), &mut emit);
        workshop
            .progress
            .advance((row + rows).min(height) as u64, height as u64);
    }
    contours.finish(&mut emit);
    Ok(features)
}

fn properties(line: &Line, lines: Lines) -> Value {
    let index = line.level % INDEX == 0;
    let mut properties = Map::new();
    // Whole metres are written as such.
    let ele = if line.ele.fract() == 0.0 {
        json!(line.ele as i64)
    } else {
        json!(line.ele)
    };
    properties.insert("ele".to_owned(), ele);
    let minzoom = if index { lines.index_zoom } else { lines.zoom };
    properties.insert("minzoom".to_owned(), minzoom.into());
    if index {
        properties.insert("index".to_owned(), true.into());
    }
    Value::Object(properties)
}

/// A line in pieces that meet.
fn pieces(line: &LineString<f64>) -> Vec<LineString<f64>> {
    let mut pieces = Vec::new();
    let mut first = 0;
    while first + 1 < line.0.len() {
        let last = (first + PIECE).min(line.0.len() - 1);
        pieces.push(LineString::new(line.0[first..=last].to_vec()));
        first = last;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_meet_and_nothing_is_lost() {
        let line: LineString<f64> = (0..1000).map(|x| (f64::from(x), 0.0)).collect();
        let pieces = pieces(&line);
        assert_eq!(pieces.len(), 3);
        assert_eq!(pieces[0].0.last(), pieces[1].0.first());
        assert_eq!(pieces[2].0.last(), line.0.last());
        let points: usize = pieces.iter().map(|piece| piece.0.len() - 1).sum();
        assert_eq!(points, 999);
    }
}
