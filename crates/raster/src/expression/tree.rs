//! A formula as a list of nodes, each after those it needs; what occurs twice is one node, and what
//! is known beforehand is a number.

use std::collections::HashMap;

use super::operation::{Binary, Unary};

/// The place of a node in its tree.
pub(super) type Id = usize;

/// One step of a formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Node {
    /// The bits of a number: bits can be compared, NaN cannot.
    Number(u32),
    /// A name by its place among the tree's names.
    Name(usize),
    Unary(Unary, Id),
    Binary(Binary, Id, Id),
    Choose(Id, Id, Id),
}

/// A name and where it first stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub text: String,
    pub position: usize,
}

/// A formula being built.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tree {
    pub nodes: Vec<Node>,
    pub names: Vec<Name>,
    places: HashMap<Node, Id>,
}

impl Tree {
    pub fn number(&mut self, value: f32) -> Id {
        self.node(Node::Number(value.to_bits()))
    }

    pub fn name(&mut self, text: &str, position: usize) -> Id {
        let known = self.names.iter().position(|name| name.text == text);
        let index = known.unwrap_or_else(|| {
            let text = text.to_owned();
            self.names.push(Name { text, position });
            self.names.len() - 1
        });
        self.node(Node::Name(index))
    }

    pub fn unary(&mut self, operation: Unary, a: Id) -> Id {
        match self.value(a) {
            Some(a) => self.number(operation.of(a)),
            None => self.node(Node::Unary(operation, a)),
        }
    }

    pub fn binary(&mut self, operation: Binary, a: Id, b: Id) -> Id {
        match (operation, self.value(a), self.value(b)) {
            (_, Some(a), Some(b)) => self.number(operation.of(a, b)),
            (Binary::Power, None, Some(exponent)) => self.power(a, b, exponent),
            _ => self.node(Node::Binary(operation, a, b)),
        }
    }

    pub fn choose(&mut self, condition: Id, a: Id, b: Id) -> Id {
        match self.value(condition) {
            Some(known) if known.is_nan() => self.number(f32::NAN),
            Some(known) => {
                if known == 0.0 {
                    b
                } else {
                    a
                }
            }
            None => self.node(Node::Choose(condition, a, b)),
        }
    }

    /// The powers people write are multiplications and roots: exact, and many times faster.
    fn power(&mut self, a: Id, b: Id, exponent: f32) -> Id {
        let is = |value: f32| exponent.to_bits() == value.to_bits();
        if is(1.0) {
            a
        } else if is(2.0) {
            self.node(Node::Binary(Binary::Multiply, a, a))
        } else if is(3.0) {
            let square = self.node(Node::Binary(Binary::Multiply, a, a));
            self.node(Node::Binary(Binary::Multiply, square, a))
        } else if is(0.5) {
            self.node(Node::Unary(Unary::SquareRoot, a))
        } else {
            self.node(Node::Binary(Binary::Power, a, b))
        }
    }

    fn value(&self, id: Id) -> Option<f32> {
        match self.nodes[id] {
            Node::Number(bits) => Some(f32::from_bits(bits)),
            _ => None,
        }
    }

    fn node(&mut self, node: Node) -> Id {
        let next = self.nodes.len();
        let id = *self.places.entry(node).or_insert(next);
        if id == next {
            self.nodes.push(node);
        }
        id
    }
}

impl Node {
    /// The nodes it needs.
    pub fn needs(self) -> impl Iterator<Item = Id> {
        let needed = match self {
            Self::Number(_) | Self::Name(_) => [None; 3],
            Self::Unary(_, a) => [Some(a), None, None],
            Self::Binary(_, a, b) => [Some(a), Some(b), None],
            Self::Choose(condition, a, b) => [Some(condition), Some(a), Some(b)],
        };
        needed.into_iter().flatten()
    }
}
