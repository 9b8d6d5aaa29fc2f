//! Steps become a program: every name stands for one image, or one a date.

mod images;
mod layers;
mod names;
mod steps;

use std::collections::BTreeMap;

use raster::georeference::GeoReference;
use raster::pipeline::{Input, Program};
use raster::warp::Kernel;
use store::area::Area;

use self::names::Names;
pub(in crate::plan) use self::steps::needs;
use super::derive::Surroundings;
use super::inputs::{self, Found};
use super::{Image, PictureImage, Plan, grid};
use crate::Result;
use crate::recipe::{OutputKind, Recipe};

/// A plan in the making.
pub(super) struct Compiler<'a> {
    recipe: &'a Recipe,
    found: &'a Found,
    grid: GeoReference,
    kernel: Kernel,
    program: Program,
    images: Vec<Image>,
    pictures: Vec<PictureImage>,
    names: Names,
}

/// The plan of a recipe over the images that were found.
pub(super) fn plan(
    recipe: &Recipe,
    place: Option<&Area>,
    area: i64,
    found: &Found,
    surroundings: &Surroundings,
) -> Result<Plan> {
    let looks: Vec<_> = found.looks().collect();
    let only_tables = recipe
        .outputs
        .iter()
        .all(|output| matches!(output.kind(), Ok(OutputKind::Table(table)) if table.of.is_none()));
    let grid = if only_tables && looks.is_empty() {
        nowhere()
    } else {
        grid::common(&recipe.grid, &looks, place.map(|area| area.bounds))?
    };
    let mut compiler = Compiler {
        recipe,
        found,
        kernel: inputs::kernel(recipe.grid.resampling),
        program: Program {
            grid: grid.clone(),
            inputs: Vec::new(),
            nodes: Vec::new(),
            outputs: Vec::new(),
        },
        grid,
        images: Vec::new(),
        pictures: Vec::new(),
        names: Names::default(),
    };
    for (place, step) in recipe.steps.iter().enumerate() {
        compiler.step(place, step)?;
    }
    let (layers, derived) = compiler.outputs(surroundings)?;
    let mut program = compiler.program;
    keep_what_is_used(&mut program);
    program.check()?;
    let mut scenes: Vec<String> = compiler
        .images
        .iter()
        .flat_map(|image| image.scenes.clone())
        .collect();
    scenes.sort();
    scenes.dedup();
    Ok(Plan {
        recipe: recipe.recipe.clone(),
        area,
        meanings: found.meanings.clone(),
        images: compiler.images,
        pictures: compiler.pictures,
        program,
        derived,
        layers,
        scenes,
    })
}

/// The grid of a plan that makes no image.
fn nowhere() -> GeoReference {
    GeoReference {
        projection: ::grid::projection::Projection::WebMercator,
        epsg: Some(3857),
        transform: [0.0, 1.0, 0.0, 0.0, 0.0, -1.0],
        width: 1,
        height: 1,
    }
}

/// Steps nobody asks for are not worked, and of images only the bands that somebody needs are opened.
fn keep_what_is_used(program: &mut Program) {
    let mut needed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut waiting: Vec<(String, Vec<String>)> = program
        .outputs
        .iter()
        .map(|output| (output.of.clone(), output.bands.clone()))
        .collect();
    while let Some((name, bands)) = waiting.pop() {
        let known = needed.entry(name.clone()).or_default();
        let new: Vec<String> = bands
            .into_iter()
            .filter(|band| !known.contains(band))
            .collect();
        let first = known.is_empty();
        known.extend(new);
        if let Some(node) = program.nodes.iter().find(|node| node.name == name)
            && first
        {
            waiting.extend(needs(&node.operation));
        }
    }
    program.nodes.retain(|node| needed.contains_key(&node.name));
    program
        .inputs
        .retain(|input| needed.contains_key(&input.name));
    for Input { name, looks } in &mut program.inputs {
        let bands = needed.get(name).cloned().unwrap_or_default();
        for look in looks {
            look.bands.retain(|band| bands.contains(&band.name));
        }
    }
}
