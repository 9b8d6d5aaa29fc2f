//! Bringing the brightness of a mosaic's scenes together, before any chunk is worked: the gains are
//! the same for all of them.

use raster::pipeline::{self, Operation};

use super::Plan;
use crate::recipe::Recipe;
use crate::sources::Sources;
use crate::{Result, Workshop};

/// The mosaics of a recipe that want it.
pub(super) fn wanted(recipe: &Recipe) -> Vec<String> {
    let wants =
        |step: &&crate::recipe::Step| step.mosaic.as_ref().is_some_and(|mosaic| mosaic.balance);
    recipe
        .steps
        .iter()
        .filter(wants)
        .map(|step| step.name.clone())
        .collect()
}

/// The plan with the gains of these nodes, measured where the scenes overlap.
pub(super) fn balance(workshop: &Workshop, mut plan: Plan, wanted: &[String]) -> Result<Plan> {
    let sources = Sources::new(workshop, plan.meanings.clone())?;
    let program = plan.program.clone();
    for node in plan
        .program
        .nodes
        .iter_mut()
        .filter(|node| wanted.contains(&node.name))
    {
        if let Operation::Mosaic {
            of, bands, gains, ..
        } = &mut node.operation
        {
            *gains = pipeline::balance(&program, &sources, of, bands)?;
        }
    }
    Ok(plan)
}
