//! `GetTile`.

use axum::http::request::Parts;
use axum::response::Response;
use bytes::Bytes;
use chrono::NaiveDate;
use grid::matrix_set::{MatrixSet, MatrixTile, TILE_SIDE};
use raster::picture::Picture;
use store::layer::Audience;
use tiles::{Dated, Format, Published};

use super::exception::{Code, Exception};
use super::{STYLE, is_drawn, layer, levels};
use crate::layers::unknown_date;
use crate::map_tiles::answer::{self, Answer, Reach};
use crate::problem::Problem;
use crate::state::AppState;

/// A tile as it is asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct TileName {
    pub layer: String,
    pub time: Option<String>,
    pub set: String,
    pub matrix: String,
    pub row: u32,
    pub column: u32,
    pub format: Format,
}

impl TileName {
    /// Layer, style, time, set, matrix, row, and the column with its ending.
    ///
    /// # Errors
    ///
    /// `InvalidParameterValue`.
    pub fn of_path(
        [layer, style, time, set, matrix, row, column]: [String; 7],
    ) -> Result<Self, Exception> {
        Self::check_style(Some(&style))?;
        let number = |key, text: &str| {
            text.parse().map_err(|_not_a_number| {
                Exception::invalid(
                    key,
                    format!("“{text}”不是行列号。"),
                    format!("“{text}” is no number of a row or column."),
                )
            })
        };
        let (column, ending) = column.split_once('.').unwrap_or((column.as_str(), ""));
        let known = Format::PICTURES
            .into_iter()
            .find(|format| format.extension() == ending);
        Ok(Self {
            row: number("tilerow", &row)?,
            column: number("tilecol", column)?,
            format: known.ok_or_else(|| unknown_format(ending))?,
            time: Some(time),
            layer,
            set,
            matrix,
        })
    }

    /// The format of a media type, or of Tianditu's `tiles`.
    ///
    /// # Errors
    ///
    /// `InvalidParameterValue`.
    pub fn format_of(text: &str) -> Result<Format, Exception> {
        if text == "tiles" {
            return Ok(Format::PICTURES[0]);
        }
        Format::PICTURES
            .into_iter()
            .find(|format| format.media_type() == text)
            .ok_or_else(|| unknown_format(text))
    }

    /// Layers have one style.
    ///
    /// # Errors
    ///
    /// `InvalidParameterValue`.
    pub fn check_style(style: Option<&str>) -> Result<(), Exception> {
        match style {
            None | Some(STYLE) => Ok(()),
            Some(other) => Err(Exception::invalid(
                "style",
                format!("没有样式“{other}”，请用 {STYLE}。"),
                format!("There is no style “{other}”: use {STYLE}."),
            )),
        }
    }

    /// The date that is asked for.
    ///
    /// # Errors
    ///
    /// `InvalidParameterValue` for what is no date, or none of the layer's.
    pub fn date<'layer>(&self, layer: &'layer Published) -> Result<&'layer Dated, Exception> {
        let date: Option<NaiveDate> = match self.time.as_deref() {
            None | Some("default" | "current") => None,
            Some(text) => Some(text.parse().map_err(|_not_a_date| {
                Exception::invalid(
                    "time",
                    format!("“{text}”不是日期，例如 2024-08-02。"),
                    format!("“{text}” is no date: write it like 2024-08-02."),
                )
            })?),
        };
        Ok(layer.date(date).ok_or_else(|| unknown_date(date))?)
    }

    /// The tile that is asked for.
    ///
    /// # Errors
    ///
    /// `InvalidParameterValue`, `TileOutOfRange`.
    pub fn tile(&self, dated: &Dated) -> Result<MatrixTile, Exception> {
        let set = MatrixSet::from_id(&self.set).ok_or_else(|| {
            Exception::invalid(
                "tilematrixset",
                format!("没有瓦片矩阵集“{}”，请看 GetCapabilities。", self.set),
                format!(
                    "There is no matrix set “{}”: see GetCapabilities.",
                    self.set
                ),
            )
        })?;
        let level = self.matrix.parse().ok();
        let level = level.filter(|level: &u8| set.levels().contains(level));
        let level = level.ok_or_else(|| {
            Exception::invalid(
                "tilematrix",
                format!("{} 没有矩阵“{}”。", set.id(), self.matrix),
                format!("{} has no matrix “{}”.", set.id(), self.matrix),
            )
        })?;
        let tile = MatrixTile::new(set, level, self.column, self.row).map_err(|outside| {
            let chinese = format!("行列号不在 {} 的矩阵 {level} 之内。", set.id());
            Exception::new(Code::TileOutOfRange, None, chinese, outside.to_string())
        })?;
        if is_drawn(&tile, dated) {
            return Ok(tile);
        }
        let levels = levels(set, dated);
        let (first, last) = (levels.start(), levels.end());
        Err(Exception::new(
            Code::TileOutOfRange,
            None,
            format!(
                "此图层在 {} 中的矩阵为 {first} 到 {last}，且须在其带内。",
                set.id()
            ),
            format!(
                "The layer is drawn in the matrices {first} to {last} of {}, if it lies in its zone.",
                set.id()
            ),
        ))
    }
}

fn unknown_format(asked: &str) -> Exception {
    let offered = Format::PICTURES.map(Format::media_type).join(", ");
    Exception::invalid(
        "format",
        format!("没有格式“{asked}”，可用：{offered}。"),
        format!("There is no format “{asked}”: use {offered}."),
    )
}

/// The tile's bytes; transparent where nothing is, since few clients take an empty answer.
pub async fn response(
    state: &AppState,
    parts: &Parts,
    name: &TileName,
) -> Result<Response, Exception> {
    let layer = layer(state, parts, &name.layer).await?;
    let dated = name.date(&layer)?;
    let tile = name.tile(dated)?;
    let reach = Reach::of(layer.layer.audience == Audience::Public);
    let etag = format!(
        "\"{}-{}-{}-{}-{}-{}\"",
        dated.version,
        tile.set.id(),
        tile.level,
        tile.column,
        tile.row,
        name.format.extension()
    );
    if Answer::new(&parts.headers).knows(&etag) {
        return Ok(answer::unchanged(&etag, reach, false));
    }
    let drawn = state.tiles.raster(&layer, dated, tile, name.format).await?;
    let bytes = match drawn {
        Some(bytes) => bytes,
        None => transparent(name.format)?,
    };
    Ok(answer::tile(bytes, name.format, &etag, reach, false))
}

fn transparent(format: Format) -> Result<Bytes, Problem> {
    let picture = Picture {
        width: TILE_SIDE,
        height: TILE_SIDE,
        pixels: vec![0; (TILE_SIDE * TILE_SIDE * 4) as usize],
    };
    let bytes = match format {
        Format::Webp => picture.webp_lossless(),
        _ => picture.png(),
    };
    bytes
        .map(Bytes::from)
        .map_err(|cause| Problem::internal(&cause))
}
