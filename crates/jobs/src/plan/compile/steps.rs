//! Each step as nodes of the program.

use std::collections::BTreeSet;

use raster::classify::{self, Table};
use raster::composite::{self, Period, groups};
use raster::expression::Expression as Formula;
use raster::pipeline::{BandOf, Input, Node, Operation as Pixels, Variable};
use raster::terrain::{Hillshade, Slope, Terrain as Product};

use super::Compiler;
use crate::Result;
use crate::plan::inputs::{FoundInput, FoundLook, Numbers};
use crate::plan::series::{Entry, Nature, Series, StepBand};
use crate::recipe::{
    Blend, Change, Class, Classify, Composite, Every, Measure, Method, Mosaic, Operation,
    RecipeError, Relief, Step, near,
};

/// What an operation needs: names with their bands.
pub(in crate::plan) fn needs(operation: &Pixels) -> Vec<(String, Vec<String>)> {
    match operation {
        Pixels::Composite { of, method, bands } => {
            let mut bands = bands.clone();
            if let composite::Method::MaximumIndex { high, low } = method {
                bands.extend([high.clone(), low.clone()]);
            }
            vec![(of.clone(), bands)]
        }
        Pixels::Mosaic { of, bands, .. } => vec![(of.clone(), bands.clone())],
        Pixels::Expression { variables, .. } | Pixels::Classify { variables, .. } => variables
            .iter()
            .map(|one| (one.of.clone(), vec![one.band.clone()]))
            .collect(),
        Pixels::Change { before, after, .. } => before
            .iter()
            .chain(after)
            .map(|one| (one.of.clone(), vec![one.band.clone()]))
            .collect(),
        Pixels::Terrain { of, band, .. } | Pixels::Viewshed { of, band, .. } => {
            vec![(of.clone(), vec![band.clone()])]
        }
        // Kinds that no step makes.
        _ => Vec::new(),
    }
}

/// A key of the recipe that something is wrong with.
pub(super) fn wrong(key: &str, why: &str) -> crate::Error {
    RecipeError::wrong(key, why).into()
}

impl Compiler<'_> {
    /// Compiles one step under its own name.
    pub fn step(&mut self, place: usize, step: &Step) -> Result<()> {
        let key = format!("steps[{place}]");
        let operation = step.operation().map_err(|why| wrong(&key, &why))?;
        let key = format!("{key}.{}", operation.word());
        let name = step.name.as_str();
        let series = match operation {
            Operation::Composite(composite) => self.composite(&key, name, composite)?,
            Operation::Mosaic(mosaic) => self.mosaic(&key, name, mosaic)?,
            Operation::Index(index) => {
                let preset = raster::index::preset(&index.name);
                let preset =
                    preset.ok_or_else(|| wrong(&format!("{key}.name"), "no such index"))?;
                let band = StepBand {
                    name: preset.name.clone(),
                    nature: Nature::Index(preset.style),
                };
                self.formula(&key, name, &index.of, &preset.formula, band)?
            }
            Operation::Expression(expression) => {
                let formula = Formula::parse(&expression.formula);
                let formula = formula
                    .map_err(|error| wrong(&format!("{key}.formula"), &error.to_string()))?;
                let band = StepBand {
                    name: expression.band.clone().unwrap_or_else(|| name.to_owned()),
                    nature: Nature::Computed,
                };
                self.formula(&key, name, &expression.of, &formula, band)?
            }
            Operation::Change(change) => self.change(&key, name, change)?,
            Operation::Classify(classify) => self.classify(&key, name, classify)?,
            Operation::Terrain(terrain) => {
                let (product, nature) = match terrain.product {
                    Relief::Hillshade => (Product::Hillshade(Hillshade::default()), Nature::Shade),
                    Relief::Slope => (Product::Slope(Slope::default()), Nature::Degrees),
                    Relief::Aspect => (Product::Aspect, Nature::Degrees),
                };
                let make = |of: &str| Pixels::Terrain {
                    of: of.to_owned(),
                    band: terrain.band.clone(),
                    product,
                };
                self.of_heights(&key, name, &terrain.of, &terrain.band, nature, make)?
            }
            Operation::Viewshed(viewshed) => {
                let masts = viewshed.masts.iter().map(|mast| raster::viewshed::Mast {
                    longitude: mast.longitude,
                    latitude: mast.latitude,
                    height_m: mast.height_m,
                    range_m: mast.range_m,
                });
                let masts: Vec<_> = masts.collect();
                let sight = raster::viewshed::Sight {
                    target_height_m: viewshed.target_height_m,
                    curvature: viewshed.curvature,
                };
                let make = |of: &str| Pixels::Viewshed {
                    of: of.to_owned(),
                    band: viewshed.band.clone(),
                    masts: masts.clone(),
                    sight,
                };
                self.of_heights(
                    &key,
                    name,
                    &viewshed.of,
                    &viewshed.band,
                    Nature::Visible,
                    make,
                )?
            }
        };
        self.names.put(name, series);
        Ok(())
    }

    /// What a name stands for; an input taken by itself is one image a date.
    pub fn series(&mut self, key: &str, name: &str) -> Result<Series> {
        if let Some(series) = self.names.get(name) {
            return Ok(series.clone());
        }
        let found = self
            .found
            .inputs
            .get(name)
            .ok_or_else(|| wrong(key, &format!("there is no “{name}”")))?;
        let bands = common_bands(found);
        if bands.is_empty() {
            return Err(wrong(
                key,
                &format!(
                    "the images of “{name}” have no band in common; they have: {}",
                    had(found)
                ),
            ));
        }
        let mut entries: Vec<Entry> = Vec::new();
        let mut rest = found.looks.as_slice();
        while let Some(first) = rest.first() {
            let same = rest
                .iter()
                .take_while(|look| look.date == first.date)
                .count();
            let (day, later) = rest.split_at(same);
            entries.push(self.day(name, found, day, &bands));
            rest = later;
        }
        let nature = |role: &String| Nature::Measured(numbers(found.looks.iter(), role));
        let bands = bands.iter().map(|role| StepBand {
            name: role.clone(),
            nature: nature(role),
        });
        let series = Series {
            entries,
            bands: bands.collect(),
        };
        self.names.put(name, series.clone());
        Ok(series)
    }

    /// The image of one day: its only look, or the first of its looks that has a value.
    fn day(
        &mut self,
        name: &str,
        found: &FoundInput,
        day: &[FoundLook],
        bands: &[String],
    ) -> Entry {
        let date = day[0].date;
        let input = format!("{name}@{date}");
        let looks = day
            .iter()
            .map(|look| look.look(bands, found.hide.as_ref(), self.kernel));
        self.program.inputs.push(Input {
            name: input.clone(),
            looks: looks.collect(),
        });
        let of = if day.len() == 1 {
            input
        } else {
            let node = format!("{input}+");
            self.program.nodes.push(Node {
                name: node.clone(),
                operation: first(&input, bands),
            });
            node
        };
        Entry {
            of,
            date,
            scenes: day.iter().map(|look| look.id.clone()).collect(),
        }
    }

    /// An input as a composite takes it: all its looks, or those of one period.
    fn looks(
        &mut self,
        input: &str,
        name: String,
        looks: &[&FoundLook],
        bands: &[String],
    ) -> String {
        let hide = self
            .found
            .inputs
            .get(input)
            .and_then(|found| found.hide.as_ref());
        let looks = looks
            .iter()
            .map(|look| look.look(bands, hide, self.kernel))
            .collect();
        self.program.inputs.push(Input {
            name: name.clone(),
            looks,
        });
        name
    }

    fn input(&self, key: &str, name: &str) -> Result<&FoundInput> {
        let found = self.found.inputs.get(name);
        found.ok_or_else(|| {
            let why =
                format!("“{name}” is a step; this takes an input, whose dates it puts together");
            wrong(&format!("{key}.of"), &why)
        })
    }

    fn composite(&mut self, key: &str, name: &str, composite: &Composite) -> Result<Series> {
        let found = self.input(key, &composite.of)?.clone();
        let method = match composite.method {
            Method::Median => composite::Method::Median,
            Method::Mean => composite::Method::Mean,
            Method::Percentile => {
                composite::Method::Percentile(composite.percentile.unwrap_or(50.0))
            }
            Method::MaximumNdvi => composite::Method::MaximumIndex {
                high: "nir".to_owned(),
                low: "red".to_owned(),
            },
            Method::MostRecent => composite::Method::MostRecent,
            Method::Count => composite::Method::Count,
        };
        let bands = roles(key, &composite.bands)?;
        let mut read = bands.clone();
        if composite.method == Method::MaximumNdvi {
            read.extend(["nir".to_owned(), "red".to_owned()]);
        }
        all_have(key, &found, &read)?;
        let looks: Vec<&FoundLook> = found.looks.iter().collect();
        let period = match composite.per {
            Every::All => None,
            Every::Month => Some(Period::Month),
            Every::Season => Some(Period::Season),
            Every::Year => Some(Period::Year),
        };
        let parts = match period {
            None => vec![(
                String::new(),
                looks.last().map(|look| look.date).unwrap_or_default(),
                looks,
            )],
            Some(period) => groups(looks, period, |look| look.date),
        };
        let mut entries = Vec::new();
        for (label, date, looks) in parts {
            let suffix = if label.is_empty() {
                String::new()
            } else {
                format!("@{label}")
            };
            let of = self.looks(
                &composite.of,
                format!("{}→{name}{suffix}", composite.of),
                &looks,
                &read,
            );
            let node = format!("{name}{suffix}");
            self.program.nodes.push(Node {
                name: node.clone(),
                operation: Pixels::Composite {
                    of,
                    method: method.clone(),
                    bands: bands.clone(),
                },
            });
            entries.push(Entry {
                of: node,
                date,
                scenes: looks.iter().map(|look| look.id.clone()).collect(),
            });
        }
        let bands = if composite.method == Method::Count {
            vec![StepBand {
                name: "count".to_owned(),
                nature: Nature::Count,
            }]
        } else {
            measured(&found, &bands)
        };
        Ok(Series { entries, bands })
    }

    fn mosaic(&mut self, key: &str, name: &str, mosaic: &Mosaic) -> Result<Series> {
        let found = self.input(key, &mosaic.of)?.clone();
        let bands = roles(key, &mosaic.bands)?;
        all_have(key, &found, &bands)?;
        let looks: Vec<&FoundLook> = found.looks.iter().collect();
        let date = looks.last().map(|look| look.date).unwrap_or_default();
        let of = self.looks(&mosaic.of, format!("{}→{name}", mosaic.of), &looks, &bands);
        self.program.nodes.push(Node {
            name: name.to_owned(),
            operation: Self::blended(mosaic, &of, &bands),
        });
        Ok(Series {
            entries: vec![Entry {
                of: name.to_owned(),
                date,
                scenes: looks.iter().map(|look| look.id.clone()).collect(),
            }],
            bands: measured(&found, &bands),
        })
    }

    fn blended(mosaic: &Mosaic, of: &str, bands: &[String]) -> Pixels {
        let blend = match mosaic.blend {
            Blend::First => raster::mosaic::Blend::First,
            Blend::Feather => raster::mosaic::Blend::Feather {
                metres: mosaic.feather_m,
            },
        };
        Pixels::Mosaic {
            of: of.to_owned(),
            bands: bands.to_vec(),
            blend,
            gains: Vec::new(),
        }
    }

    /// A formula over the bands of one name, image by image.
    fn formula(
        &mut self,
        key: &str,
        name: &str,
        of: &str,
        formula: &Formula,
        band: StepBand,
    ) -> Result<Series> {
        let series = self.series(&format!("{key}.of"), of)?;
        let names = formula.names();
        have(
            &format!("{key}.of"),
            &format!("“{}”", formula.text()),
            of,
            &series,
            &names,
        )?;
        Ok(
            self.each(name, &series, band, |entry, band| Pixels::Expression {
                formula: formula.text().to_owned(),
                variables: names
                    .iter()
                    .map(|name| Variable::new(&entry.of, name))
                    .collect(),
                band: band.to_owned(),
            }),
        )
    }

    /// The same operation on every image.
    fn each(
        &mut self,
        name: &str,
        series: &Series,
        band: StepBand,
        make: impl Fn(&Entry, &str) -> Pixels,
    ) -> Series {
        let several = series.entries.len() > 1;
        let entries = series.entries.iter().map(|entry| {
            let node = if several {
                format!("{name}@{}", entry.date)
            } else {
                name.to_owned()
            };
            self.program.nodes.push(Node {
                name: node.clone(),
                operation: make(entry, &band.name),
            });
            Entry {
                of: node,
                ..entry.clone()
            }
        });
        Series {
            entries: entries.collect(),
            bands: vec![band],
        }
    }

    fn change(&mut self, key: &str, name: &str, change: &Change) -> Result<Series> {
        let before = self.single(&format!("{key}.before"), &change.before)?;
        let after = self.single(&format!("{key}.after"), &change.after)?;
        let bands: Vec<String> = if change.bands.is_empty() {
            let both = before
                .1
                .names()
                .into_iter()
                .filter(|name| after.1.band(name).is_some());
            both.map(str::to_owned).collect()
        } else {
            change.bands.clone()
        };
        for (member, of, (_, series)) in [
            ("before", &change.before, &before),
            ("after", &change.after, &after),
        ] {
            let names: Vec<&str> = bands.iter().map(String::as_str).collect();
            have(&format!("{key}.{member}"), "change", of, series, &names)?;
        }
        let measure = match change.measure {
            Measure::Difference => raster::change::Measure::Difference,
            Measure::Ratio => raster::change::Measure::Ratio,
            Measure::Magnitude => raster::change::Measure::Magnitude,
        };
        measure
            .program(bands.len())
            .map_err(|error| wrong(&format!("{key}.bands"), &error.to_string()))?;
        let of = |entry: &Entry| {
            bands
                .iter()
                .map(|band| BandOf::new(&entry.of, band))
                .collect()
        };
        self.program.nodes.push(Node {
            name: name.to_owned(),
            operation: Pixels::Change {
                before: of(&before.0),
                after: of(&after.0),
                measure,
            },
        });
        let mut scenes: BTreeSet<String> = before.0.scenes.clone();
        scenes.extend(after.0.scenes.iter().cloned());
        Ok(Series {
            entries: vec![Entry {
                of: name.to_owned(),
                date: after.0.date,
                scenes,
            }],
            bands: vec![StepBand {
                name: "change".to_owned(),
                nature: Nature::Change,
            }],
        })
    }

    /// The only image of a name.
    pub fn single(&mut self, key: &str, name: &str) -> Result<(Entry, Series)> {
        let series = self.series(key, name)?;
        match series.entries.as_slice() {
            [only] => Ok((only.clone(), series)),
            entries => {
                let why = format!(
                    "“{name}” has {} dates and one is needed; make one image of it first, with composite or mosaic",
                    entries.len()
                );
                Err(wrong(key, &why))
            }
        }
    }

    fn classify(&mut self, key: &str, name: &str, classify: &Classify) -> Result<Series> {
        let of = format!("{key}.of");
        let series = self.series(&of, &classify.of)?;
        let table = table(key, classify, &series)?;
        let classes = table
            .classes()
            .map_err(|error| wrong(key, &error.to_string()))?;
        let classes = classes.into_iter().cloned().collect();
        let names: Vec<String> = table.names().into_iter().map(str::to_owned).collect();
        let asked: Vec<&str> = names.iter().map(String::as_str).collect();
        have(&of, "its classes", &classify.of, &series, &asked)?;
        table
            .compile(&asked)
            .map_err(|error| wrong(key, &error.to_string()))?;
        let band = StepBand {
            name: "class".to_owned(),
            nature: Nature::Classes(classes),
        };
        Ok(self.each(name, &series, band, |entry, _| Pixels::Classify {
            table: table.clone(),
            variables: names
                .iter()
                .map(|name| Variable::new(&entry.of, name))
                .collect(),
        }))
    }

    /// Something made of the heights of one name.
    fn of_heights(
        &mut self,
        key: &str,
        name: &str,
        of: &str,
        band: &str,
        nature: Nature,
        make: impl Fn(&str) -> Pixels,
    ) -> Result<Series> {
        let series = self.series(&format!("{key}.of"), of)?;
        have(&format!("{key}.band"), "this", of, &series, &[band])?;
        let made = make("").bands().into_iter().next().unwrap_or_default();
        let made = StepBand { name: made, nature };
        Ok(self.each(name, &series, made, |entry, _| make(&entry.of)))
    }
}

/// Of every pixel the first look that has a value.
fn first(input: &str, bands: &[String]) -> Pixels {
    Pixels::Mosaic {
        of: input.to_owned(),
        bands: bands.to_vec(),
        blend: raster::mosaic::Blend::First,
        gains: Vec::new(),
    }
}

fn table(key: &str, classify: &Classify, series: &Series) -> Result<Table> {
    let parse = |key: String, text: &str| {
        Formula::parse(text).map_err(|error| wrong(&key, &error.to_string()))
    };
    if let Some(thresholds) = &classify.thresholds {
        return Ok(Table::Thresholds {
            of: parse(format!("{key}.thresholds.value"), &thresholds.value)?,
            breaks: thresholds.breaks.clone(),
            classes: thresholds.classes.iter().map(class).collect(),
        });
    }
    if let Some(rules) = &classify.rules {
        let rule = |(place, rule): (usize, &crate::recipe::Rule)| {
            Ok(classify::Rule {
                when: parse(format!("{key}.rules[{place}].when"), &rule.when)?,
                class: class(&rule.class),
            })
        };
        return Ok(Table::Rules {
            rules: rules.iter().enumerate().map(rule).collect::<Result<_>>()?,
            otherwise: classify.otherwise.as_ref().map(class),
        });
    }
    Table::water(series.band("swir16").is_some()).map_err(|error| wrong(key, &error.to_string()))
}

fn class(class: &Class) -> classify::Class {
    classify::Class {
        code: class.code,
        zh: class.zh.clone(),
        en: class.en.clone(),
        colour: class.colour.clone(),
    }
}

/// Band names as roles are written: `NIR` and `near_infrared` are `nir`.
fn roles(key: &str, bands: &[String]) -> Result<Vec<String>> {
    if bands.is_empty() {
        return Err(wrong(&format!("{key}.bands"), "name at least one band"));
    }
    let role = |band: &String| {
        raster::product::Role::known(band).map_or_else(|| band.clone(), |role| role.to_string())
    };
    Ok(bands.iter().map(role).collect())
}

/// Every image has these bands.
fn all_have(key: &str, found: &FoundInput, bands: &[String]) -> Result<()> {
    for look in &found.looks {
        if let Some(band) = bands.iter().find(|band| !look.bands.contains_key(*band)) {
            let has: Vec<&str> = look.bands.keys().map(String::as_str).collect();
            let why = format!(
                "the image “{}” has no band {band} (it has {}); leave the image out by `ids` or `sensors`, or choose other bands",
                look.id,
                has.join(", ")
            );
            return Err(wrong(&format!("{key}.bands"), &why));
        }
    }
    Ok(())
}

/// A name's images have these bands.
fn have(key: &str, what: &str, of: &str, series: &Series, bands: &[&str]) -> Result<()> {
    match bands.iter().find(|band| series.band(band).is_none()) {
        None => Ok(()),
        Some(band) => {
            let known = near::unknown(band, &series.names(), &format!("a band of “{of}”"));
            Err(wrong(key, &format!("{what} needs it: {known}")))
        }
    }
}

/// The bands that every image of an input has.
fn common_bands(found: &FoundInput) -> Vec<String> {
    let Some(first) = found.looks.first() else {
        return Vec::new();
    };
    let everywhere = |role: &&String| {
        found
            .looks
            .iter()
            .all(|look| look.bands.contains_key(*role))
    };
    first.bands.keys().filter(everywhere).cloned().collect()
}

fn had(found: &FoundInput) -> String {
    let look = |look: &FoundLook| {
        let roles: Vec<&str> = look.bands.keys().map(String::as_str).collect();
        format!("{}: {}", look.id, roles.join(" "))
    };
    found.looks.iter().map(look).collect::<Vec<_>>().join("; ")
}

fn measured(found: &FoundInput, bands: &[String]) -> Vec<StepBand> {
    let band = |role: &String| StepBand {
        name: role.clone(),
        nature: Nature::Measured(numbers(found.looks.iter(), role)),
    };
    bands.iter().map(band).collect()
}

/// How a band is stored, if all images store it alike.
fn numbers<'look>(
    mut looks: impl Iterator<Item = &'look FoundLook>,
    role: &str,
) -> Option<Numbers> {
    let first = looks.next()?.bands.get(role)?.numbers;
    looks
        .all(|look| {
            look.bands
                .get(role)
                .is_some_and(|band| band.numbers == first)
        })
        .then_some(first)
}
