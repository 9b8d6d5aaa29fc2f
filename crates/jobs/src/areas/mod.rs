//! Administrative areas from a vector file.

mod fields;
mod polygons;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use raster::foreign::{FeatureOptions, Features, ForeignFeature};
use store::area::{Level, NewArea, Upserted};

use self::fields::Fields;
pub(crate) use self::fields::text;
use crate::{Error, Result, Stage, Workshop, zonal};

/// What a file does not say about its areas, and which of its attributes say what. Attributes
/// that are not named are found by their usual names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// The layer, where the file has several.
    pub layer: Option<String>,
    /// The attribute with the code (统计用区划代码).
    pub code_field: Option<String>,
    /// The attribute with the Chinese (or only) name.
    pub name_field: Option<String>,
    /// The attribute with the English name.
    pub name_en_field: Option<String>,
    /// The attribute with the code of the area above.
    pub parent_field: Option<String>,
    /// The level of areas whose feature does not say; villages.
    pub level: Option<Level>,
    /// The code of the area above all areas whose feature does not say.
    pub parent: Option<String>,
    /// The encoding of a Shapefile's text.
    pub encoding: Option<String>,
    /// The reference system of a file that names none ("EPSG:4490").
    pub crs: Option<String>,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportSummary {
    /// Areas that are new.
    pub created: usize,
    /// Areas that were there and were replaced.
    pub updated: usize,
    /// Codes of areas whose outline crossed itself and was made valid.
    pub repaired: Vec<String>,
    /// Codes of areas that several features made up together.
    pub merged: Vec<String>,
    /// Features that were not taken.
    pub refused: Vec<Refused>,
    /// Which attribute was read as what: (code, `ZLDWDM`).
    pub fields: Vec<(&'static str, String)>,
    /// The reference system of the file.
    pub crs_name: String,
    /// The encoding of its text.
    pub encoding: String,
}

/// A feature that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Its place in the file, counted from 1.
    pub index: usize,
    /// Why.
    pub reason: String,
}

impl Workshop {
    /// Brings in the areas of a file, all in one transaction. An area whose code is known is
    /// replaced. Statistics of published indices are computed for new outlines.
    ///
    /// # Errors
    /// When the file is at fault, has no polygons, or does not say which area is which; when a
    /// parent is unknown.
    pub async fn import_areas(&self, path: &Path, options: ImportOptions) -> Result<ImportSummary> {
        self.progress.stage(&Stage::Features);
        let file = path.to_owned();
        let (areas, mut summary) = self
            .blocking(move |shop| read(shop, &file, &options))
            .await?;
        self.progress.stage(&Stage::Record);
        let Upserted {
            created,
            updated,
            repaired,
        } = store::area::upsert(&self.store, &areas).await?;
        summary.created = created;
        summary.updated = updated;
        summary.repaired = repaired;
        zonal::fill_all(self).await?;
        Ok(summary)
    }
}

fn read(
    workshop: &Workshop,
    path: &Path,
    options: &ImportOptions,
) -> Result<(Vec<NewArea>, ImportSummary)> {
    let wanted = FeatureOptions {
        layer: options.layer.clone(),
        encoding: options.encoding.clone(),
        crs: options.crs.clone(),
        ..FeatureOptions::default()
    };
    let features = workshop.foreign.features(path, &wanted)?;
    let refused = features.refused.iter();
    let refused = refused.map(|refused| Refused {
        index: refused.index,
        reason: refused.reason.clone(),
    });
    let mut summary = ImportSummary {
        refused: refused.collect(),
        crs_name: features.crs_name.clone(),
        encoding: features.encoding.clone(),
        ..ImportSummary::default()
    };
    require_polygons(path, &features)?;
    let fields = Fields::find(path, &features, options)?;
    summary.fields = fields.names();
    let areas = areas(&features, &fields, options, &mut summary);
    summary.refused.sort_by_key(|refused| refused.index);
    match summary.refused.first() {
        Some(first) if areas.is_empty() => Err(Error::AllRefused {
            path: path.to_owned(),
            count: summary.refused.len(),
            first: first.reason.clone(),
        }),
        _ => Ok((areas, summary)),
    }
}

fn require_polygons(path: &Path, features: &Features) -> Result<()> {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for feature in &features.features {
        if polygons::of(&feature.geometry).is_ok() {
            return Ok(());
        }
        *kinds.entry(polygons::kind(&feature.geometry)).or_default() += 1;
    }
    let mut found: Vec<String> = kinds
        .into_iter()
        .map(|(kind, count)| format!("{count} × {kind}"))
        .collect();
    if !features.refused.is_empty() {
        found.push(format!(
            "{} features without a usable shape",
            features.refused.len()
        ));
    }
    let found = if found.is_empty() {
        "no features".to_owned()
    } else {
        found.join(", ")
    };
    Err(Error::NoPolygons {
        path: PathBuf::from(path),
        found,
    })
}

/// One area a code, in the file's order; features of the same code are its parts.
fn areas(
    features: &Features,
    fields: &Fields,
    options: &ImportOptions,
    summary: &mut ImportSummary,
) -> Vec<NewArea> {
    let mut areas: Vec<NewArea> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for feature in &features.features {
        match area(feature, fields, options) {
            Ok(part) => {
                let whole = places
                    .get(&part.code)
                    .and_then(|place| areas.get_mut(*place));
                if let Some(whole) = whole {
                    whole.polygons.0.extend(part.polygons.0);
                    if !summary.merged.contains(&part.code) {
                        summary.merged.push(part.code);
                    }
                } else {
                    places.insert(part.code.clone(), areas.len());
                    areas.push(part);
                }
            }
            Err(reason) => summary.refused.push(Refused {
                index: feature.index,
                reason,
            }),
        }
    }
    areas
}

fn area(
    feature: &ForeignFeature,
    fields: &Fields,
    options: &ImportOptions,
) -> std::result::Result<NewArea, String> {
    let code = fields
        .code(feature)
        .ok_or_else(|| format!("its code ({}) is empty", fields.code))?;
    let level = match fields.level(feature) {
        Some(word) => word
            .parse()
            .map_err(|error: store::Error| error.to_string())?,
        None => options.level.unwrap_or(Level::Village),
    };
    let parent = fields.parent(feature).or_else(|| options.parent.clone());
    Ok(NewArea {
        name_zh: fields.name(feature).unwrap_or_else(|| code.clone()),
        name_en: fields.name_en(feature).unwrap_or_default(),
        // An area is not its own parent: the file's root says so sometimes.
        parent: parent.filter(|parent| *parent != code),
        polygons: polygons::of(&feature.geometry)?,
        level,
        code,
    })
}
