//! Whether a program makes sense, before anything is read.

use std::collections::HashSet;

use super::PipelineError;
use super::looks::numbers_of;
use super::mosaic::Meeting;
use super::program::{Input, Node, Operation, Program};
use crate::composite::Method;
use crate::expression::Expression;
use crate::terrain;

impl Program {
    /// Whether every name, band, class and formula is known, nothing is made of itself, and outputs
    /// describe what they keep.
    ///
    /// # Errors
    /// The first thing that is wrong, in words for whoever wrote the recipe.
    pub fn check(&self) -> Result<(), PipelineError> {
        let mut names = HashSet::new();
        let inputs = self.inputs.iter().map(|input| &input.name);
        for name in inputs.chain(self.nodes.iter().map(|node| &node.name)) {
            if !names.insert(name) {
                return Err(PipelineError::Twice(name.clone()));
            }
        }
        for input in &self.inputs {
            check_masks(input)?;
        }
        for node in &self.nodes {
            self.walk(node, &mut Vec::new())?;
            self.check_node(node)?;
        }
        let mut names = HashSet::new();
        for output in &self.outputs {
            if !names.insert(&output.name) {
                return Err(PipelineError::Twice(output.name.clone()));
            }
            for band in &output.bands {
                self.expect_band(&output.name, &output.of, band)?;
            }
            let described = output.options.bands.len();
            if output.bands.len() != described || output.options.georeference != self.grid {
                return Err(PipelineError::Operation {
                    user: output.name.clone(),
                    why: format!(
                        "it keeps {} bands on the program's grid and describes {described}",
                        output.bands.len()
                    ),
                });
            }
        }
        Ok(())
    }

    pub(super) fn input(&self, name: &str) -> Option<&Input> {
        self.inputs.iter().find(|input| input.name == name)
    }

    pub(super) fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.name == name)
    }

    /// The margin a node needs beyond its window of what it is made of.
    pub(super) fn margin(operation: &Operation) -> usize {
        match operation {
            Operation::Terrain { .. } => terrain::MARGIN,
            _ => 0,
        }
    }

    fn walk<'a>(&'a self, node: &'a Node, path: &mut Vec<&'a str>) -> Result<(), PipelineError> {
        let again = path.contains(&node.name.as_str());
        path.push(&node.name);
        if again {
            return Err(PipelineError::Circular(path.join(" → ")));
        }
        for name in sources_of(&node.operation) {
            if let Some(next) = self.node(name) {
                self.walk(next, path)?;
            }
        }
        path.pop();
        Ok(())
    }

    fn check_node(&self, node: &Node) -> Result<(), PipelineError> {
        let user = &node.name;
        match &node.operation {
            Operation::Composite { of, method, bands } => {
                self.expect_looks(user, of, bands)?;
                if let Method::MaximumIndex { high, low } = method {
                    self.expect_looks(user, of, &[high.clone(), low.clone()])?;
                }
                Ok(())
            }
            Operation::Mosaic {
                of,
                bands,
                blend,
                gains,
            } => {
                self.expect_looks(user, of, bands)?;
                let meeting = Meeting {
                    bands,
                    blend: *blend,
                    gains,
                };
                let looks = self.expect_input(user, of)?.looks.len();
                match meeting.wrong(looks, &self.grid) {
                    Some(why) => Err(PipelineError::operation(user, &why)),
                    None => Ok(()),
                }
            }
            Operation::Expression {
                formula, variables, ..
            } => {
                for variable in variables {
                    self.expect_band(user, &variable.of, &variable.band)?;
                }
                let names: Vec<_> = variables.iter().map(|one| one.name.as_str()).collect();
                let compiled = Expression::parse(formula).and_then(|one| one.compile(&names));
                compiled
                    .map(|_| ())
                    .map_err(|error| PipelineError::operation(user, &error))
            }
            Operation::Classify { table, variables } => {
                for variable in variables {
                    self.expect_band(user, &variable.of, &variable.band)?;
                }
                let names: Vec<_> = variables.iter().map(|one| one.name.as_str()).collect();
                table
                    .compile(&names)
                    .map(|_| ())
                    .map_err(|error| PipelineError::operation(user, &error))
            }
            Operation::Change {
                before,
                after,
                measure,
            } => {
                for one in before.iter().chain(after) {
                    self.expect_band(user, &one.of, &one.band)?;
                }
                let (before, after) = (before.len(), after.len());
                if before != after {
                    let why = format!(
                        "before has {before} bands and after {after}; give both the same bands"
                    );
                    return Err(PipelineError::operation(user, &why));
                }
                measure
                    .program(before)
                    .map(|_| ())
                    .map_err(|error| PipelineError::operation(user, &error))
            }
            Operation::Terrain { of, band, .. } => self.expect_band(user, of, band),
            Operation::Viewshed {
                of, band, masts, ..
            } => {
                // NaN is neither.
                let idle = masts.iter().position(|mast| {
                    let here = mast.longitude.is_finite() && mast.latitude.is_finite();
                    !(here && mast.height_m.is_finite() && mast.range_m > 0.0)
                });
                if let Some(index) = idle {
                    let why = format!("mast {index} needs a place, a height and a range above 0 m");
                    return Err(PipelineError::operation(user, &why));
                }
                self.expect_band(user, of, band)
            }
        }
    }

    /// The bands of a node, or of an input of one look.
    fn bands(&self, user: &str, of: &str) -> Result<Vec<String>, PipelineError> {
        if let Some(node) = self.node(of) {
            return Ok(node.operation.bands());
        }
        let input = self.expect_input(user, of)?;
        match input.looks.as_slice() {
            [look] => Ok(look.bands.iter().map(|band| band.name.clone()).collect()),
            looks => Err(PipelineError::SeveralLooks {
                user: user.to_owned(),
                input: of.to_owned(),
                count: looks.len(),
            }),
        }
    }

    fn expect_band(&self, user: &str, of: &str, band: &str) -> Result<(), PipelineError> {
        let has = self.bands(user, of)?;
        if has.iter().any(|name| name == band) {
            return Ok(());
        }
        Err(PipelineError::MissingBand {
            user: user.to_owned(),
            band: band.to_owned(),
            of: format!("“{of}”"),
            has: has.join(", "),
        })
    }

    fn expect_input(&self, user: &str, name: &str) -> Result<&Input, PipelineError> {
        let inputs = self.inputs.iter().map(|input| input.name.as_str());
        let nodes = self.nodes.iter().map(|node| node.name.as_str());
        self.input(name).ok_or_else(|| PipelineError::UnknownName {
            user: user.to_owned(),
            name: name.to_owned(),
            known: inputs.chain(nodes).collect::<Vec<_>>().join(", "),
        })
    }

    fn expect_looks(&self, user: &str, of: &str, bands: &[String]) -> Result<(), PipelineError> {
        if self.node(of).is_some() {
            return Err(PipelineError::NotAnInput {
                user: user.to_owned(),
                name: of.to_owned(),
            });
        }
        let input = self.expect_input(user, of)?;
        if input.looks.is_empty() {
            return Err(PipelineError::NoLooks(of.to_owned()));
        }
        for look in &input.looks {
            let has = |band: &&String| look.bands.iter().any(|one| &one.name == *band);
            if let Some(band) = bands.iter().find(|band| !has(band)) {
                let names: Vec<_> = look.bands.iter().map(|band| band.name.as_str()).collect();
                return Err(PipelineError::MissingBand {
                    user: user.to_owned(),
                    band: band.clone(),
                    of: format!("the image “{}”", look.id),
                    has: names.join(", "),
                });
            }
        }
        Ok(())
    }
}

impl Operation {
    /// The names of the bands it makes.
    pub fn bands(&self) -> Vec<String> {
        match self {
            Self::Composite {
                method: Method::Count,
                ..
            } => vec!["count".to_owned()],
            Self::Composite { bands, .. } | Self::Mosaic { bands, .. } => bands.clone(),
            Self::Expression { band, .. } => vec![band.clone()],
            Self::Classify { .. } => vec!["class".to_owned()],
            Self::Change { .. } => vec!["change".to_owned()],
            Self::Terrain { .. } => vec!["terrain".to_owned()],
            Self::Viewshed { .. } => vec!["visible".to_owned()],
        }
    }
}

/// The nodes and inputs that an operation is made of.
pub(super) fn sources_of(operation: &Operation) -> Vec<&str> {
    match operation {
        Operation::Composite { of, .. }
        | Operation::Mosaic { of, .. }
        | Operation::Terrain { of, .. }
        | Operation::Viewshed { of, .. } => vec![of],
        Operation::Expression { variables, .. } | Operation::Classify { variables, .. } => {
            variables
                .iter()
                .map(|variable| variable.of.as_str())
                .collect()
        }
        Operation::Change { before, after, .. } => {
            let both = before.iter().chain(after);
            both.map(|one| one.of.as_str()).collect()
        }
    }
}

fn check_masks(input: &Input) -> Result<(), PipelineError> {
    for look in &input.looks {
        if let Some(mask) = &look.mask {
            numbers_of(look, mask)?;
        }
    }
    Ok(())
}
