use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDate;
use grid::bounds::Bounds;
use raster::live::{Blend, Drawing, Prepared};
use raster::style::{Legend, Palette, Style, StyleKind};
use sha2::{Digest, Sha256};
use store::Scope;
use store::coverage::Coverage;
use store::feature_table::FeatureTable;
use store::layer::{Kind, Layer};

use crate::vector::Source;
use crate::{Error, Result};

/// Changes when the same pixels come to be drawn otherwise (kernels, encoders): it is part of
/// every version, so that no cache keeps the old drawing.
const DRAWING: &str = "5";

/// A layer with its dates, ready to be drawn.
#[derive(Debug, Clone)]
pub struct Published {
    /// The layer as stored.
    pub layer: Layer,
    /// Its dates, newest first; empty for a features layer.
    pub dates: Vec<Dated>,
    /// The table of somebody else that its features are in.
    pub table: Option<Arc<FeatureTable>>,
    style: std::result::Result<Look, String>,
}

/// A style, ready.
#[derive(Debug, Clone)]
struct Look {
    legend: Legend,
    /// Of numbers; pictures have their colours.
    palette: Option<Arc<Palette>>,
    /// Over the colours.
    blend: Option<Arc<Blend>>,
}

/// One date of a layer.
#[derive(Debug, Clone)]
pub struct Dated {
    /// The coverage as stored.
    pub coverage: Coverage,
    /// Changes whenever the picture or its drawing does.
    pub version: Arc<str>,
    /// What it is drawn from, where it is not stored; in words when that cannot be read.
    drawing: Option<std::result::Result<Arc<Prepared>, String>>,
}

/// What a date shows, and in which colours.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    /// Where its pixels come from.
    pub from: From,
    /// The colours of numbers; `None` for pictures, which have theirs.
    pub palette: Option<Arc<Palette>>,
    /// Light and shade over the colours.
    pub blend: Option<Arc<Blend>>,
}

impl Shown {
    /// The images it is drawn from.
    pub fn images(&self) -> impl Iterator<Item = &str> {
        let (one, drawing) = match &self.from {
            From::Object(object) => (Some(object), None),
            From::Drawing(drawing) => (None, Some(drawing)),
            From::Archive(_) => (None, None),
        };
        let bands = drawing.into_iter().flat_map(|drawing| &drawing.bands);
        let heights = self.blend.iter().filter_map(|blend| blend.object.as_ref());
        one.into_iter()
            .chain(bands.map(|band| &band.object))
            .chain(heights)
            .map(String::as_str)
    }
}

/// Where the pixels of a date come from.
#[derive(Debug, Clone)]
pub(crate) enum From {
    /// A stored image.
    Object(String),
    /// Bands of others.
    Drawing(Arc<Prepared>),
    /// Web tiles that somebody else made.
    Archive(String),
}

impl Dated {
    fn new(layer: &Layer, coverage: Coverage) -> Self {
        let drawing = coverage.drawing.clone().map(|drawing| {
            let drawing: Drawing = serde_json::from_value(drawing).map_err(|e| e.to_string())?;
            let prepared = drawing.prepare().map_err(|error| error.to_string())?;
            Ok(Arc::new(prepared))
        });
        Self {
            version: version(layer, &coverage).into(),
            coverage,
            drawing,
        }
    }

    /// Whether its tiles come out of an archive as they are.
    pub fn is_archive(&self) -> bool {
        Path::new(&self.coverage.object)
            .extension()
            .is_some_and(|ending| ending == "pmtiles")
    }

    /// What is to be drawn in a layer.
    pub(crate) fn shown(&self, layer: &Published) -> Result<Shown> {
        let from = match &self.drawing {
            None if self.is_archive() => From::Archive(self.coverage.object.clone()),
            None => From::Object(self.coverage.object.clone()),
            Some(Ok(drawing)) => From::Drawing(Arc::clone(drawing)),
            Some(Err(reason)) => {
                let (layer, reason) = (layer.layer.id.clone(), reason.clone());
                return Err(Error::Style { layer, reason });
            }
        };
        let look = layer.look()?;
        Ok(Shown {
            from,
            palette: look.palette.clone(),
            blend: look.blend.clone(),
        })
    }
}

impl Published {
    /// A layer with its coverages, newest first.
    pub(crate) fn new(layer: Layer, coverages: Vec<Coverage>) -> Self {
        let style = prepare(&layer);
        let dates = coverages
            .into_iter()
            .map(|coverage| Dated::new(&layer, coverage))
            .collect();
        Self {
            layer,
            dates,
            table: None,
            style,
        }
    }

    /// The same, drawn from a table.
    #[must_use]
    pub(crate) fn drawn_from(mut self, table: Option<FeatureTable>) -> Self {
        self.table = table.map(Arc::new);
        self
    }

    /// One of the dates; the newest for `None`.
    pub fn date(&self, date: Option<NaiveDate>) -> Option<&Dated> {
        match date {
            None => self.dates.first(),
            Some(date) => self.dates.iter().find(|dated| dated.coverage.date == date),
        }
    }

    /// How to read its colours; `None` for a style that cannot be used.
    pub fn legend(&self) -> Option<&Legend> {
        self.style.as_ref().ok().map(|look| &look.legend)
    }

    /// The date of a layer of features whose tiles come out of an archive.
    pub fn archive(&self) -> Option<&Dated> {
        self.dates.first().filter(|dated| dated.is_archive())
    }

    /// What vector tiles of it are drawn from. A scope bounds the features of a layer's own; an archive
    /// and a table are shown as a whole.
    pub fn source(&self, scope: &Scope) -> Source {
        if let Some(table) = &self.table {
            return Source::Table(Arc::clone(table));
        }
        match self.archive() {
            Some(dated) => Source::Archive {
                object: dated.coverage.object.clone(),
                version: Arc::clone(&dated.version),
            },
            None => Source::Features {
                layer: self.layer.id.clone(),
                scope: scope.clone(),
            },
        }
    }

    /// The names by which styles know the layers within its vector tiles: its id, unless an archive
    /// has others.
    pub fn vector_layers(&self) -> Vec<String> {
        let archive = self
            .archive()
            .map(|dated| &dated.coverage.lineage["vector_layers"]);
        let named = archive.and_then(|names| serde_json::from_value(names.clone()).ok());
        named.unwrap_or_else(|| vec![self.layer.id.clone()])
    }

    /// The bounds of all dates together, or of a table as it was when it was published, in degrees;
    /// `None` for other features.
    pub fn bounds(&self) -> Option<Bounds> {
        self.dates
            .iter()
            .map(|dated| dated.coverage.bounds)
            .chain(self.table.iter().map(|table| table.bounds))
            .reduce(|all, bounds| all.union(&bounds))
    }

    /// The first and the last zoom of all dates together; `None` without dates.
    pub fn zooms(&self) -> Option<(u8, u8)> {
        let first = self
            .dates
            .iter()
            .map(|dated| dated.coverage.min_zoom)
            .min()?;
        let last = self
            .dates
            .iter()
            .map(|dated| dated.coverage.max_zoom)
            .max()?;
        Some((first, last))
    }

    /// How it is drawn.
    fn look(&self) -> Result<&Look> {
        self.style.as_ref().map_err(|reason| {
            let (layer, reason) = (self.layer.id.clone(), reason.clone());
            Error::Style { layer, reason }
        })
    }
}

fn prepare(layer: &Layer) -> std::result::Result<Look, String> {
    let style: Style = match layer.kind {
        Kind::Index => serde_json::from_value(layer.style.clone()).map_err(|e| e.to_string())?,
        // A picture or a vector layer need not have a style.
        Kind::Visual | Kind::Features => {
            serde_json::from_value(layer.style.clone()).unwrap_or_else(|_| Style::none())
        }
    };
    let blend = style.hillshade.as_ref().map(Blend::of).transpose();
    let blend = blend.map_err(|error| error.to_string())?.map(Arc::new);
    if layer.kind != Kind::Index {
        return Ok(Look {
            legend: style.legend(),
            palette: None,
            blend,
        });
    }
    if style.kind == StyleKind::None {
        return Err("an index layer needs a ramp, classes or intervals".to_owned());
    }
    let palette = style.prepare().map_err(|error| error.to_string())?;
    Ok(Look {
        legend: style.legend(),
        palette: Some(Arc::new(palette)),
        blend,
    })
}

fn version(layer: &Layer, coverage: &Coverage) -> String {
    let mut digest = Sha256::new();
    for part in [
        DRAWING,
        &layer.id,
        &coverage.version,
        &layer.style.to_string(),
    ] {
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    digest.update(coverage.date.to_string());
    hex::encode(&digest.finalize()[..8])
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use raster::style::Ramp;
    use serde_json::{Value, json};
    use store::layer::Audience;

    use super::*;

    fn layer(kind: Kind, style: Value) -> Layer {
        Layer {
            id: "ndvi".to_owned(),
            area_id: 1,
            kind,
            title_zh: "植被指数".to_owned(),
            title_en: "NDVI".to_owned(),
            audience: Audience::Public,
            style,
            attribution: String::new(),
            created_at: DateTime::<Utc>::UNIX_EPOCH,
        }
    }

    fn coverage(day: u32, version: &str) -> Coverage {
        let west = f64::from(day);
        Coverage {
            id: i64::from(day),
            layer_id: "ndvi".to_owned(),
            area_id: 1,
            scene_id: None,
            date: NaiveDate::from_ymd_opt(2024, 8, day).unwrap(),
            object: String::new(),
            drawing: None,
            georeference: Value::Null,
            bounds: Bounds::new(west, 0.0, west + 1.0, 1.0),
            min_zoom: day as u8,
            max_zoom: day as u8 + 5,
            cloud_share: None,
            version: version.to_owned(),
            lineage: Value::Null,
        }
    }

    fn greenness(max: f64) -> Value {
        serde_json::to_value(raster::style::Style::ramp(Ramp::Greenness, 0.0, max, "")).unwrap()
    }

    #[test]
    fn the_version_follows_picture_style_and_date() {
        let versions = |style, coverage| Published::new(layer(Kind::Index, style), vec![coverage]);
        let first = versions(greenness(0.9), coverage(2, "a"));
        let base = &*first.dates[0].version;
        assert_eq!(base.len(), 16);
        assert_eq!(
            base,
            &*versions(greenness(0.9), coverage(2, "a")).dates[0].version
        );
        assert_ne!(
            base,
            &*versions(greenness(0.8), coverage(2, "a")).dates[0].version
        );
        assert_ne!(
            base,
            &*versions(greenness(0.9), coverage(2, "b")).dates[0].version
        );
        assert_ne!(
            base,
            &*versions(greenness(0.9), coverage(3, "a")).dates[0].version
        );
    }

    #[test]
    fn dates_bounds_and_zooms_of_the_whole() {
        let published = Published::new(
            layer(Kind::Index, greenness(0.9)),
            vec![coverage(9, "b"), coverage(2, "a")],
        );
        assert_eq!(published.date(None).unwrap().coverage.id, 9);
        assert_eq!(
            published
                .date(NaiveDate::from_ymd_opt(2024, 8, 2))
                .unwrap()
                .coverage
                .id,
            2
        );
        assert!(
            published
                .date(NaiveDate::from_ymd_opt(2024, 8, 3))
                .is_none()
        );
        assert_eq!(
            published.bounds().unwrap(),
            Bounds::new(2.0, 0.0, 10.0, 1.0)
        );
        assert_eq!(published.zooms(), Some((2, 14)));
        assert_eq!(published.legend().unwrap().stops.len(), 4);
    }

    #[test]
    fn an_index_without_a_style_says_so_and_a_picture_needs_none() {
        let broken = Published::new(layer(Kind::Index, json!({"kind": "none"})), Vec::new());
        assert!(broken.look().unwrap_err().to_string().contains("\"ndvi\""));
        assert!(broken.legend().is_none());
        let picture = Published::new(layer(Kind::Visual, json!({})), Vec::new());
        assert!(picture.look().unwrap().palette.is_none());
        assert_eq!(picture.legend().unwrap().kind, StyleKind::None);
        assert_eq!(picture.zooms(), None);
    }
}
