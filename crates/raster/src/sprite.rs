//! Sheets of small pictures for maps, drawn from SVG.

use std::collections::BTreeMap;

use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{Options, Tree},
};
use serde::{Deserialize, Serialize};

/// Pixels between two pictures, so that one does not bleed into the other.
const GAP: u32 = 2;
/// Width of a sheet in its own units.
const WIDTH: u32 = 256;

/// A sheet that cannot be drawn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpriteError {
    /// A picture is at fault.
    #[error("the picture “{name}” is no SVG that can be drawn: {source}")]
    Svg {
        /// Its name.
        name: String,
        /// Why.
        source: Box<resvg::usvg::Error>,
    },
    /// No picture, or ones too large.
    #[error("the sheet would be {width} × {height} pixels")]
    Size {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// It cannot be encoded.
    #[error("the sheet cannot be encoded: {0}")]
    Png(#[from] png::EncodingError),
}

/// How a picture stretches around a text, in its own units.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stretch {
    /// Columns that are stretched.
    pub stretch_x: Vec<[f32; 2]>,
    /// Rows that are stretched.
    pub stretch_y: Vec<[f32; 2]>,
    /// Where the text goes: left, top, right, bottom.
    pub content: [f32; 4],
}

/// Where a picture is on its sheet, in the words of MapLibre.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// Columns from the left.
    pub x: u32,
    /// Rows from the top.
    pub y: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Pixels a unit of the map.
    pub pixel_ratio: u32,
    /// How it stretches.
    #[serde(flatten)]
    pub stretch: Option<Stretch>,
}

/// A sheet: a PNG with transparency, and where each picture is.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// The PNG.
    pub png: Vec<u8>,
    /// The places by name.
    pub places: BTreeMap<String, Place>,
}

/// Draws pictures (name, SVG) on one sheet, `ratio` pixels a unit of theirs.
///
/// # Errors
/// [`SpriteError`].
pub fn sheet(
    pictures: &[(String, String)],
    stretches: &BTreeMap<String, Stretch>,
    ratio: u32,
) -> Result<Sheet, SpriteError> {
    let trees: Vec<(&str, Tree)> = pictures
        .iter()
        .map(|(name, svg)| Ok((name.as_str(), tree(name, svg)?)))
        .collect::<Result<_, SpriteError>>()?;
    let mut places = BTreeMap::new();
    let (mut x, mut y, mut row) = (0, 0, 0);
    for (name, tree) in &trees {
        let (width, height) = (
            tree.size().width().ceil() as u32 * ratio,
            tree.size().height().ceil() as u32 * ratio,
        );
        if x + width > WIDTH * ratio && x > 0 {
            (x, y, row) = (0, y + row + GAP, 0);
        }
        let stretch = stretches
            .get(*name)
            .map(|stretch| times(stretch, ratio as f32));
        let place = Place {
            x,
            y,
            width,
            height,
            pixel_ratio: ratio,
            stretch,
        };
        places.insert((*name).to_owned(), place);
        (x, row) = (x + width + GAP, row.max(height));
    }
    let (width, height) = (WIDTH * ratio, y + row);
    let mut pixels = Pixmap::new(width, height).ok_or(SpriteError::Size { width, height })?;
    for (name, tree) in &trees {
        if let Some(place) = places.get(*name) {
            let scale = Transform::from_scale(ratio as f32, ratio as f32);
            let there = scale.post_translate(place.x as f32, place.y as f32);
            resvg::render(tree, there, &mut pixels.as_mut());
        }
    }
    Ok(Sheet {
        png: encode(&pixels)?,
        places,
    })
}

fn tree(name: &str, svg: &str) -> Result<Tree, SpriteError> {
    Tree::from_str(svg, &Options::default()).map_err(|source| SpriteError::Svg {
        name: name.to_owned(),
        source: Box::new(source),
    })
}

fn times(stretch: &Stretch, ratio: f32) -> Stretch {
    let spans = |spans: &[[f32; 2]]| spans.iter().map(|span| span.map(|at| at * ratio)).collect();
    Stretch {
        stretch_x: spans(&stretch.stretch_x),
        stretch_y: spans(&stretch.stretch_y),
        content: stretch.content.map(|at| at * ratio),
    }
}

fn encode(pixels: &Pixmap) -> Result<Vec<u8>, png::EncodingError> {
    let straight = pixels.pixels().iter().flat_map(|pixel| {
        let colour = pixel.demultiply();
        [colour.red(), colour.green(), colour.blue(), colour.alpha()]
    });
    let straight: Vec<u8> = straight.collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixels.width(), pixels.height());
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&straight)?;
    writer.finish()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_lie_side_by_side_in_their_colours() {
        let svg = |colour: &str| {
            format!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" width="10" height="8"><rect width="10" height="8" fill="{colour}"/></svg>"#
            )
        };
        let pictures = [
            ("green".to_owned(), svg("#1F7A5C")),
            ("half".to_owned(), svg("rgba(255,0,0,0.5)")),
        ];
        let stretch = Stretch {
            stretch_x: vec![[2.0, 8.0]],
            stretch_y: vec![],
            content: [1.0, 1.0, 9.0, 7.0],
        };
        let stretches = BTreeMap::from([("half".to_owned(), stretch)]);
        let sheet = sheet(&pictures, &stretches, 2).unwrap();
        let half = &sheet.places["half"];
        assert_eq!((half.x, half.y, half.width, half.height), (22, 0, 20, 16));
        let json = serde_json::to_value(half).unwrap();
        assert_eq!(json["pixelRatio"], 2);
        assert_eq!(json["stretchX"], serde_json::json!([[4.0, 16.0]]));
        assert_eq!(json["content"], serde_json::json!([2.0, 2.0, 18.0, 14.0]));
        let picture = image::load_from_memory(&sheet.png).unwrap().to_rgba8();
        assert_eq!(picture.get_pixel(5, 5).0, [0x1f, 0x7a, 0x5c, 255]);
        let [red, green, blue, alpha] = picture.get_pixel(25, 5).0;
        assert_eq!((red, green, blue), (255, 0, 0));
        assert!(alpha.abs_diff(128) <= 1);
        assert_eq!(picture.get_pixel(20, 5).0[3], 0);
    }

    #[test]
    fn what_is_no_picture_is_named() {
        let pictures = [("broken".to_owned(), "<svg".to_owned())];
        let error = sheet(&pictures, &BTreeMap::new(), 1).unwrap_err();
        assert!(error.to_string().contains("“broken”"), "{error}");
    }
}
