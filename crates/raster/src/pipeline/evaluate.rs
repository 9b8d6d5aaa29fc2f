//! One strip of a program's grid.

use std::collections::HashMap;
use std::sync::Arc;

use super::PipelineError;
use super::field::Field;
use super::looks::{self, Sources};
use super::mosaic::Meeting;
use super::program::{Input, Operation, Program};
use crate::composite::{Choice, Method, Reducer};
use crate::terrain::Ground;
use crate::viewshed::{self, Land, View};
use crate::warp::SIDE;
use crate::{Raster, Window};

/// Works the nodes of a program over one window; each is made once for every margin asked.
pub struct Evaluator<'a> {
    pub program: &'a Program,
    pub sources: &'a Sources,
    pub stop: &'a (dyn Fn() -> bool + Sync),
    pub window: Window,
    made: HashMap<(String, usize), Arc<Field>>,
}

/// The looks of an input over a window: for each look, its planes in the order of the bands.
type Planes = Vec<Vec<Vec<f32>>>;

impl<'a> Evaluator<'a> {
    pub fn new(
        program: &'a Program,
        sources: &'a Sources,
        stop: &'a (dyn Fn() -> bool + Sync),
        window: Window,
    ) -> Self {
        Self {
            program,
            sources,
            stop,
            window,
            made: HashMap::new(),
        }
    }

    /// The bands of a node, or of an input of one look, with a margin around the window.
    pub fn field(&mut self, name: &str, margin: usize) -> Result<Arc<Field>, PipelineError> {
        let key = (name.to_owned(), margin);
        if let Some(made) = self.made.get(&key) {
            return Ok(Arc::clone(made));
        }
        let window = grown(self.window, margin);
        let field = match self.program.node(name) {
            Some(node) => self.make(&node.operation, window, margin)?,
            None => self.single(name, window)?,
        };
        let field = Arc::new(field);
        self.made.insert(key, Arc::clone(&field));
        Ok(field)
    }

    fn single(&self, name: &str, window: Window) -> Result<Field, PipelineError> {
        let look = self
            .program
            .input(name)
            .and_then(|input| input.looks.first());
        let look = look.ok_or_else(|| PipelineError::NoLooks(name.to_owned()))?;
        let names: Vec<String> = look.bands.iter().map(|band| band.name.clone()).collect();
        let planes = looks::read(look, &names, self.sources, &self.program.grid, window)?;
        Ok(Field {
            window,
            names: names.into(),
            planes,
        })
    }

    fn make(
        &mut self,
        operation: &Operation,
        window: Window,
        margin: usize,
    ) -> Result<Field, PipelineError> {
        let mut field = Field::new(window, &operation.bands());
        match operation {
            Operation::Composite { of, method, bands } => {
                let input = self.expect(of)?;
                self.composite(input, method, bands, &mut field)?;
            }
            Operation::Mosaic {
                of,
                bands,
                blend,
                gains,
            } => {
                let meeting = Meeting {
                    bands,
                    blend: *blend,
                    gains,
                };
                self.mosaic(self.expect(of)?, &meeting, &mut field)?;
            }
            Operation::Expression {
                formula, variables, ..
            } => self.expression(formula, variables, margin, &mut field)?,
            Operation::Classify { table, variables } => {
                self.classify(table, variables, margin, &mut field)?;
            }
            Operation::Change {
                before,
                after,
                measure,
            } => self.change(before, after, *measure, margin, &mut field)?,
            Operation::Terrain { of, band, product } => {
                let wider = Program::margin(operation);
                let heights = self.field(of, margin + wider)?;
                let of_heights = heights.window;
                let values = heights.plane(band).to_vec();
                let raster = Raster::from_values(of_heights.width, of_heights.height, values);
                let ground = Ground::of(&self.program.grid, window);
                let relief = product.apply(&raster, &ground);
                let relief = relief.map_err(|error| PipelineError::operation(band, &error))?;
                field.planes = vec![relief.values];
            }
            Operation::Viewshed {
                of,
                band,
                masts,
                sight,
            } => {
                let heights = self.field(of, margin)?;
                viewshed::none_yet(heights.plane(band), &mut field.planes[0]);
                for index in 0..masts.len() {
                    let view = View::of(&self.program.grid, masts, index, *sight);
                    self.look_from(&view, (of, band), &mut field)?;
                }
            }
        }
        Ok(field)
    }

    /// Counts one mast in, over the heights between it and the window.
    fn look_from(
        &self,
        view: &View,
        (of, band): (&str, &str),
        field: &mut Field,
    ) -> Result<(), PipelineError> {
        let Some(window) = view.needs(field.window) else {
            return Ok(());
        };
        let heights = Self::new(self.program, self.sources, self.stop, window).field(of, 0)?;
        let land = Land {
            window,
            heights: heights.plane(band),
        };
        view.count(&land, field.window, &mut field.planes[0])
            .map_err(|error| PipelineError::operation(band, &error))
    }

    fn expect(&self, name: &str) -> Result<&'a Input, PipelineError> {
        let input = self.program.input(name);
        input.ok_or_else(|| PipelineError::NoLooks(name.to_owned()))
    }

    fn planes(
        &self,
        input: &Input,
        bands: &[String],
        window: Window,
    ) -> Result<Planes, PipelineError> {
        let mut planes = vec![Vec::new(); input.looks.len()];
        let mut pairs: Vec<_> = planes.iter_mut().zip(&input.looks).collect();
        // Another thread works beside this one on the same blocks: it begins at the other end, so that
        // they seldom wait for each other's unpacking.
        if window.column.div_euclid(SIDE as i64) % 2 != 0 {
            pairs.reverse();
        }
        for (planes, look) in pairs {
            if (self.stop)() {
                return Err(PipelineError::Stopped);
            }
            *planes = looks::read(look, bands, self.sources, &self.program.grid, window)?;
        }
        Ok(planes)
    }

    fn composite(
        &self,
        input: &Input,
        method: &Method,
        bands: &[String],
        field: &mut Field,
    ) -> Result<(), PipelineError> {
        let mut read = bands.to_vec();
        let mut place = |name: &String| {
            read.iter()
                .position(|known| known == name)
                .unwrap_or_else(|| {
                    read.push(name.clone());
                    read.len() - 1
                })
        };
        let index = match method {
            Method::MaximumIndex { high, low } => Some((place(high), place(low))),
            _ => None,
        };
        let planes = self.planes(input, &read, field.window)?;
        match method {
            Method::MaximumIndex { .. } => {
                whole(&planes, 0..planes.len(), bands.len(), index, field);
            }
            Method::MostRecent => {
                // The latest first; of one day the first.
                let mut order: Vec<usize> = (0..planes.len()).collect();
                order.sort_by_key(|&look| std::cmp::Reverse(input.looks[look].date));
                whole(&planes, order.into_iter(), bands.len(), None, field);
            }
            Method::Count => count(&planes, &mut field.planes[0]),
            _ => reduce(method, &planes, field),
        }
        Ok(())
    }
}

/// Each band by itself.
fn reduce(method: &Method, planes: &Planes, field: &mut Field) {
    let Some(reducer) = Reducer::new(method, planes.len()) else {
        return;
    };
    for (band, out) in field.planes.iter_mut().enumerate() {
        let looks: Vec<&[f32]> = planes.iter().map(|look| look[band].as_slice()).collect();
        reducer.row(&looks, out);
    }
}

fn count(planes: &Planes, out: &mut [f32]) {
    for (pixel, out) in out.iter_mut().enumerate() {
        let clear = |look: &&Vec<Vec<f32>>| look.iter().all(|band| !band[pixel].is_nan());
        *out = planes.iter().filter(clear).count() as f32;
    }
}

/// Whole pixels: of the look with the greatest index, or of the first one in `order` that has all
/// bands.
fn whole(
    planes: &Planes,
    order: impl Iterator<Item = usize>,
    bands: usize,
    index: Option<(usize, usize)>,
    field: &mut Field,
) {
    let size = field.window.width * field.window.height;
    let mut choice = Choice::new(size);
    for look in order {
        let values = &planes[look];
        let score = |pixel: usize| {
            if values[..bands].iter().any(|band| band[pixel].is_nan()) {
                return f32::NAN;
            }
            index.map_or(0.0, |(high, low)| {
                let (high, low) = (values[high][pixel], values[low][pixel]);
                (high - low) / (high + low)
            })
        };
        choice.offer(look, (0..size).map(score));
    }
    for (band, out) in field.planes.iter_mut().enumerate() {
        let columns: Vec<&[f32]> = planes.iter().map(|look| look[band].as_slice()).collect();
        choice.take(&columns, out);
    }
}

/// A window with a margin around it.
pub fn grown(window: Window, margin: usize) -> Window {
    Window::new(
        window.column - margin as i64,
        window.row - margin as i64,
        window.width + 2 * margin,
        window.height + 2 * margin,
    )
}
