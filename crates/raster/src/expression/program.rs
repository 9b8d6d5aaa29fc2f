//! A formula as steps over columns of a few hundred pixels.
//!
//! Every value of a formula is a *slot*: first the inputs, then the constants, then registers, which
//! are used again as soon as nothing needs their value. A block is small enough that all its slots
//! stay in the fastest cache, so that each pixel is fetched from memory once.

use super::operation::{Binary, Unary};
use super::tree::{Id, Node, Tree};

/// A formula ready to run.
#[derive(Debug, Clone, PartialEq)]
pub struct Compiled {
    pub(super) inputs: usize,
    pub(super) constants: Vec<f32>,
    pub(super) registers: usize,
    pub(super) steps: Vec<Step>,
    /// The slot of the result.
    pub(super) result: usize,
}

/// What fills one register.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Step {
    pub operation: Operation,
    /// A register, counted from the first.
    pub to: usize,
}

/// An operation and the slots it reads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Operation {
    Unary(Unary, usize),
    Binary(Binary, usize, usize),
    Choose(usize, usize, usize),
}

impl Compiled {
    /// `places` tells for each name of the tree which of the `inputs` it is.
    pub(super) fn of(tree: &Tree, root: Id, places: &[usize], inputs: usize) -> Self {
        let needed = last_uses(tree, root);
        let mut compiled = Self {
            inputs,
            constants: constants(tree, &needed),
            registers: 0,
            steps: Vec::new(),
            result: 0,
        };
        let first_register = inputs + compiled.constants.len();
        let mut slots = vec![0; tree.nodes.len()];
        let mut free = Vec::new();
        let mut constants = inputs..first_register;
        for (id, node) in tree.nodes.iter().enumerate() {
            if needed[id].is_none() {
                continue;
            }
            let operation = match *node {
                Node::Name(name) => {
                    slots[id] = places[name];
                    continue;
                }
                Node::Number(_) => {
                    slots[id] = constants.next().unwrap_or_default();
                    continue;
                }
                Node::Unary(operation, a) => Operation::Unary(operation, slots[a]),
                Node::Binary(operation, a, b) => Operation::Binary(operation, slots[a], slots[b]),
                Node::Choose(c, a, b) => Operation::Choose(slots[c], slots[a], slots[b]),
            };
            // Taken before those of its operands are free again: a step never writes what it reads.
            let to = free.pop().unwrap_or(compiled.registers);
            compiled.registers = compiled.registers.max(to + 1);
            compiled.steps.push(Step { operation, to });
            slots[id] = first_register + to;
            let mut done: Vec<Id> = node.needs().filter(|a| needed[*a] == Some(id)).collect();
            done.sort_unstable();
            done.dedup();
            free.extend(
                done.iter()
                    .filter_map(|a| slots[*a].checked_sub(first_register)),
            );
        }
        compiled.result = slots[root];
        compiled
    }

    /// How many columns it is run over.
    pub fn inputs(&self) -> usize {
        self.inputs
    }
}

/// The last node that needs each node; `None` for those that nothing needs.
fn last_uses(tree: &Tree, root: Id) -> Vec<Option<Id>> {
    let mut last = vec![None; tree.nodes.len()];
    // The result is needed after everything.
    last[root] = Some(tree.nodes.len());
    for (id, node) in tree.nodes.iter().enumerate().rev() {
        if last[id].is_some() {
            for needed in node.needs() {
                last[needed] = last[needed].max(Some(id));
            }
        }
    }
    last
}

fn constants(tree: &Tree, needed: &[Option<Id>]) -> Vec<f32> {
    let nodes = tree.nodes.iter().zip(needed);
    nodes
        .filter_map(|(node, needed)| match node {
            Node::Number(bits) if needed.is_some() => Some(f32::from_bits(*bits)),
            _ => None,
        })
        .collect()
}
