//! Outputs of the recipe: what becomes visible, and what is made for it.

use store::layer::Kind;

use super::Compiler;
use super::steps::wrong;
use crate::Result;
use crate::plan::derive::{Derived, DerivedKind, Surroundings};
use crate::plan::series::{Entry, Nature, Series, StepBand};
use crate::plan::{LayerDraft, Shows};
use crate::recipe::{
    Contours, Layer, Output, OutputKind, Patches, Picture, Polygons, Side, Table, near,
};

impl Compiler<'_> {
    /// All outputs, in their order.
    pub fn outputs(
        &mut self,
        surroundings: &Surroundings,
    ) -> Result<(Vec<LayerDraft>, Vec<Derived>)> {
        let recipe = self.recipe;
        let (mut layers, mut derived) = (Vec::new(), Vec::new());
        for (place, output) in recipe.outputs.iter().enumerate() {
            let key = format!("outputs[{place}]");
            let kind = output.kind().map_err(|why| wrong(&key, &why))?;
            let key = format!("{key}.{}", kind.word());
            let shows = match kind {
                OutputKind::Layer(layer) => Some(self.layer(&key, output, layer)?),
                OutputKind::Picture(picture) => Some(self.picture_layer(&key, output, picture)?),
                OutputKind::Patches(patches) => {
                    derived.push(self.patches(&key, output, patches, surroundings)?);
                    Some(Shows::Features)
                }
                OutputKind::Polygons(polygons) => {
                    derived.push(self.polygons(&key, output, polygons)?);
                    Some(Shows::Features)
                }
                OutputKind::Contours(contours) => {
                    derived.push(self.contours(&key, output, contours)?);
                    Some(Shows::Features)
                }
                OutputKind::Table(table) => {
                    derived.push(self.table(&key, output, table, surroundings)?);
                    None
                }
            };
            if let Some(shows) = shows {
                surroundings.may_replace(
                    &format!("outputs[{place}].id"),
                    &output.id,
                    shows.kind(),
                )?;
                layers.push(self.draft(output, shows));
            }
        }
        Ok((layers, derived))
    }

    fn draft(&self, output: &Output, shows: Shows) -> LayerDraft {
        let or = |one: &str, two: &str| {
            if one.is_empty() {
                two.to_owned()
            } else {
                one.to_owned()
            }
        };
        let title = &self.recipe.title;
        LayerDraft {
            id: output.id.clone(),
            title_zh: or(&output.title.zh, &or(&title.zh, &output.id)),
            title_en: or(&output.title.en, &or(&title.en, &output.id)),
            audience: output
                .audience
                .clone()
                .unwrap_or_else(|| "officials".to_owned()),
            attribution: output
                .attribution
                .clone()
                .unwrap_or_else(|| self.attribution()),
            shows,
        }
    }

    /// Whom the licences of the images ask to thank, each once.
    fn attribution(&self) -> String {
        let mut thanks: Vec<String> = Vec::new();
        for look in self.found.looks() {
            let words = crate::publish::attribution(&look.sensor, look.date);
            if !words.is_empty() && !thanks.contains(&words) {
                thanks.push(words);
            }
        }
        thanks.join("; ")
    }

    fn layer(&mut self, key: &str, output: &Output, layer: &Layer) -> Result<Shows> {
        let mut series = self.series(&format!("{key}.of"), &layer.of)?;
        let band = band(key, &layer.of, &series, layer.band.as_deref())?;
        on_day(key, &mut series, layer.date)?;
        self.images_of(&series, &[&band], Some(&output.id));
        Ok(match (&layer.style, &band.nature) {
            (_, Nature::Classes(classes)) => Shows::Classes(classes.clone()),
            (Some(style), _) => Shows::Styled(style.clone()),
            (None, Nature::Index(style)) => Shows::Styled((*style).to_owned()),
            (None, Nature::Change) => Shows::Change,
            (None, Nature::Shade) => Shows::Shade,
            (None, Nature::Degrees) => Shows::Numbers {
                unit: "°".to_owned(),
            },
            (None, _) => Shows::Numbers {
                unit: String::new(),
            },
        })
    }

    fn picture_layer(&mut self, key: &str, output: &Output, picture: &Picture) -> Result<Shows> {
        let mut series = self.series(&format!("{key}.of"), &picture.of)?;
        on_day(key, &mut series, picture.date)?;
        let bands = picture
            .bands
            .iter()
            .map(|name| band(key, &picture.of, &series, Some(name)));
        let bands = bands.collect::<Result<Vec<_>>>()?;
        let bands: Vec<&StepBand> = bands.iter().collect();
        for image in self.images_of(&series, &bands, None) {
            self.picture(image, &output.id);
        }
        Ok(Shows::Picture)
    }

    fn patches(
        &mut self,
        key: &str,
        output: &Output,
        patches: &Patches,
        surroundings: &Surroundings,
    ) -> Result<Derived> {
        let (entry, series) = self.single(&format!("{key}.of"), &patches.of)?;
        let band = band(key, &patches.of, &series, None)?;
        let Some((before, after)) = self.dates_of(&entry) else {
            let why = format!(
                "“{}” is no change; patches are made of a step of the kind `change`",
                patches.of
            );
            return Err(wrong(&format!("{key}.of"), &why));
        };
        let change = self.image(&entry, &[&band], None);
        let valued = |compiler: &mut Self, (of, band): (String, String)| {
            let entry = Entry {
                of,
                ..entry.clone()
            };
            let band = StepBand {
                name: band,
                nature: Nature::Computed,
            };
            compiler.image(&entry, &[&band], None)
        };
        let before = valued(self, before);
        let after = valued(self, after);
        if let Some(parcels) = &patches.parcels {
            surroundings.features(&format!("{key}.parcels.layer"), &parcels.layer)?;
        }
        Ok(Derived {
            id: output.id.clone(),
            kind: DerivedKind::Patches {
                change,
                before,
                after,
                threshold: patches.threshold,
                increase: patches.side == Side::Increase,
                minimum_m2: patches.minimum.square_metres(),
                parcels: patches.parcels.clone(),
            },
        })
    }

    /// The first band before and after that a change is made of.
    fn dates_of(&self, change: &Entry) -> Option<((String, String), (String, String))> {
        let node = self
            .program
            .nodes
            .iter()
            .find(|node| node.name == change.of)?;
        match &node.operation {
            raster::pipeline::Operation::Change { before, after, .. } => {
                let first = |bands: &[raster::pipeline::BandOf]| {
                    bands
                        .first()
                        .map(|band| (band.of.clone(), band.band.clone()))
                };
                Some((first(before)?, first(after)?))
            }
            _ => None,
        }
    }

    fn polygons(&mut self, key: &str, output: &Output, polygons: &Polygons) -> Result<Derived> {
        let (entry, series) = self.single(&format!("{key}.of"), &polygons.of)?;
        let band = band(key, &polygons.of, &series, polygons.band.as_deref())?;
        let Nature::Classes(classes) = &band.nature else {
            let why = format!(
                "“{}” has no classes; polygons are made of a step of the kind `classify`",
                polygons.of
            );
            return Err(wrong(&format!("{key}.of"), &why));
        };
        let classes = classes.clone();
        Ok(Derived {
            id: output.id.clone(),
            kind: DerivedKind::Polygons {
                image: self.image(&entry, &[&band], None),
                classes,
                only: polygons.only.clone(),
                minimum_m2: polygons.minimum.square_metres(),
                simplify_m: polygons.simplify_m,
            },
        })
    }

    fn contours(&mut self, key: &str, output: &Output, contours: &Contours) -> Result<Derived> {
        let (entry, series) = self.single(&format!("{key}.of"), &contours.of)?;
        let band = band(key, &contours.of, &series, Some(&contours.band))?;
        Ok(Derived {
            id: output.id.clone(),
            kind: DerivedKind::Contours {
                image: self.image(&entry, &[&band], None),
                interval: contours.interval,
                base: contours.base,
            },
        })
    }

    fn table(
        &mut self,
        key: &str,
        output: &Output,
        table: &Table,
        surroundings: &Surroundings,
    ) -> Result<Derived> {
        let zones = surroundings.zones(&format!("{key}.zones"), &table.zones)?;
        let images = match &table.of {
            Some(of) => {
                let series = self.series(&format!("{key}.of"), of)?;
                let band = band(key, of, &series, table.band.as_deref())?;
                self.images_of(&series, &[&band], None)
            }
            None => Vec::new(),
        };
        if let Some(layer) = &table.layer {
            surroundings.numbers(&format!("{key}.layer"), layer)?;
        }
        Ok(Derived {
            id: output.id.clone(),
            kind: DerivedKind::Table {
                images,
                layer: table.layer.clone(),
                zones,
                wanted: raster::zonal::Wanted {
                    median: table.median,
                    percentiles: table.percentiles.clone(),
                    classes: table.classes,
                    ..raster::zonal::Wanted::default()
                },
                title_zh: output.title.zh.clone(),
                title_en: output.title.en.clone(),
            },
        })
    }
}

/// A band of a series, its only one where none is named.
fn band(key: &str, of: &str, series: &Series, wanted: Option<&str>) -> Result<StepBand> {
    match (wanted, series.bands.as_slice()) {
        (Some(name), _) => {
            let found = series.band(name).cloned();
            let unknown = || near::unknown(name, &series.names(), &format!("a band of “{of}”"));
            found.ok_or_else(|| wrong(&format!("{key}.band"), &unknown()))
        }
        (None, [only]) => Ok(only.clone()),
        (None, _) => {
            let why = format!(
                "“{of}” has several bands ({}); say which `band`",
                series.names().join(", ")
            );
            Err(wrong(key, &why))
        }
    }
}

/// A single image shows another day if one is given.
fn on_day(key: &str, series: &mut Series, date: Option<chrono::NaiveDate>) -> Result<()> {
    match (date, series.entries.as_mut_slice()) {
        (None, _) => Ok(()),
        (Some(date), [only]) => {
            only.date = date;
            Ok(())
        }
        (Some(_), _) => Err(wrong(
            &format!("{key}.date"),
            "there is an image for each date; leave `date` out",
        )),
    }
}

impl Shows {
    /// The kind of layer it is stored as.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Picture => Kind::Visual,
            Self::Features => Kind::Features,
            _ => Kind::Index,
        }
    }
}
