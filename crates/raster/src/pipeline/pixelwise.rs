//! Operations that look at one pixel of some bands at a time.

use super::PipelineError;
use super::evaluate::Evaluator;
use super::field::Field;
use super::program::{BandOf, Variable};
use crate::change::Measure;
use crate::classify::Table;
use crate::expression::{Compiled, Expression};

impl Evaluator<'_> {
    /// A formula.
    pub(super) fn expression(
        &mut self,
        formula: &str,
        variables: &[Variable],
        margin: usize,
        field: &mut Field,
    ) -> Result<(), PipelineError> {
        let names = names(variables);
        let compiled = Expression::parse(formula).and_then(|one| one.compile(&names));
        let compiled = compiled.map_err(|error| PipelineError::operation(formula, &error))?;
        self.run(&compiled, &bands(variables), margin, field)
    }

    /// Change between two dates.
    pub(super) fn change(
        &mut self,
        before: &[BandOf],
        after: &[BandOf],
        measure: Measure,
        margin: usize,
        field: &mut Field,
    ) -> Result<(), PipelineError> {
        let compiled = measure.program(before.len());
        let compiled = compiled.map_err(|error| PipelineError::operation("change", &error))?;
        let both = before.iter().chain(after);
        let bands: Vec<_> = both
            .map(|one| (one.of.as_str(), one.band.as_str()))
            .collect();
        self.run(&compiled, &bands, margin, field)
    }

    /// Codes of classes, NaN for no data.
    pub(super) fn classify(
        &mut self,
        table: &Table,
        variables: &[Variable],
        margin: usize,
        field: &mut Field,
    ) -> Result<(), PipelineError> {
        let classifier = table.compile(&names(variables));
        let classifier = classifier.map_err(|error| PipelineError::operation("class", &error))?;
        self.with_columns(&bands(variables), margin, |columns| {
            let out = &mut field.planes[0];
            let mut codes = vec![0; out.len()];
            classifier.classify(columns, &mut codes);
            for (out, &code) in out.iter_mut().zip(&codes) {
                *out = if code == 0 { f32::NAN } else { f32::from(code) };
            }
        })
    }

    fn run(
        &mut self,
        compiled: &Compiled,
        bands: &[(&str, &str)],
        margin: usize,
        field: &mut Field,
    ) -> Result<(), PipelineError> {
        self.with_columns(bands, margin, |columns| {
            compiled.evaluate(columns, &mut field.planes[0]);
        })
    }

    /// The pixels of some bands, one column each.
    fn with_columns(
        &mut self,
        bands: &[(&str, &str)],
        margin: usize,
        work: impl FnOnce(&[&[f32]]),
    ) -> Result<(), PipelineError> {
        let fields = bands.iter().map(|(of, _)| self.field(of, margin));
        let fields = fields.collect::<Result<Vec<_>, _>>()?;
        let columns = fields.iter().zip(bands);
        let columns: Vec<&[f32]> = columns
            .map(|(field, (_, band))| field.plane(band))
            .collect();
        work(&columns);
        Ok(())
    }
}

fn names(variables: &[Variable]) -> Vec<&str> {
    variables.iter().map(|one| one.name.as_str()).collect()
}

fn bands(variables: &[Variable]) -> Vec<(&str, &str)> {
    let bands = variables.iter();
    bands
        .map(|one| (one.of.as_str(), one.band.as_str()))
        .collect()
}
