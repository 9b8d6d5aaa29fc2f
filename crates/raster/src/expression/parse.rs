//! From text to a tree, by binding power (Pratt 1973, "Top down operator precedence").

use super::error::did_you_mean;
use super::operation::{Binary, Unary};
use super::token::{Placed, Token, tokens};
use super::tree::{Id, Tree};
use super::{DEEPEST, ExpressionError, LONGEST};

/// How strongly signs bind, weakest first; as in Python.
mod binds {
    pub const OR: u8 = 1;
    pub const AND: u8 = 2;
    pub const NOT: u8 = 3;
    pub const COMPARE: u8 = 4;
    pub const ADD: u8 = 5;
    pub const MULTIPLY: u8 = 6;
    pub const NEGATE: u8 = 7;
    pub const POWER: u8 = 8;
}

/// The functions and what they take.
const FUNCTIONS: [(&str, &str); 11] = [
    ("where", "a condition and two values"),
    ("min", "two or more values"),
    ("max", "two or more values"),
    ("abs", "one value"),
    ("sqrt", "one value"),
    ("pow", "a value and an exponent"),
    ("clamp", "a value, a lowest and a highest"),
    ("exp", "one value"),
    ("log", "one value"),
    ("valid", "one value"),
    ("first_valid", "two or more values"),
];

/// The tree of a formula and its last node.
pub(super) fn parse(text: &str) -> Result<(Tree, Id), ExpressionError> {
    let length = text.chars().count();
    if length > LONGEST {
        return Err(ExpressionError::Long(length));
    }
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        depth: 0,
        tree: Tree::default(),
    };
    if parser.tokens.len() == 1 {
        return Err(ExpressionError::Empty);
    }
    let root = parser.expression(0)?;
    match parser.next() {
        Placed {
            token: Token::End, ..
        } => Ok((parser.tree, root)),
        other => Err(expected("an operator or the end", other)),
    }
}

struct Parser<'a> {
    tokens: Vec<Placed<'a>>,
    at: usize,
    depth: usize,
    tree: Tree,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Placed<'a> {
        // The end is always there and never passed.
        self.tokens[self.at]
    }

    fn next(&mut self) -> Placed<'a> {
        let placed = self.peek();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        placed
    }

    /// Takes this sign if it stands here.
    fn takes(&mut self, sign: &str) -> bool {
        let here = matches!(self.peek().token, Token::Sign(found) if found == sign);
        if here {
            self.next();
        }
        here
    }

    fn wants(&mut self, sign: &str, expected_here: &'static str) -> Result<(), ExpressionError> {
        if self.takes(sign) {
            return Ok(());
        }
        Err(expected(expected_here, self.peek()))
    }

    /// What binds more strongly than `least`.
    fn expression(&mut self, least: u8) -> Result<Id, ExpressionError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(ExpressionError::Deep(self.peek().position));
        }
        let mut left = self.operand()?;
        while let Some((operation, power)) = infix(self.peek().token) {
            if power <= least {
                break;
            }
            let position = self.next().position;
            // The exponent may begin with a sign, and a ** b ** c is a ** (b ** c).
            let from = if power == binds::POWER {
                binds::NEGATE - 1
            } else {
                power
            };
            let right = self.expression(from)?;
            left = self.tree.binary(operation, left, right);
            let chained = |next| matches!(infix(next), Some((_, binds::COMPARE)));
            if power == binds::COMPARE && chained(self.peek().token) {
                return Err(ExpressionError::Chained(position));
            }
        }
        self.depth -= 1;
        Ok(left)
    }

    /// A number, a band, a function's value, something in parentheses, or one of these negated.
    fn operand(&mut self) -> Result<Id, ExpressionError> {
        let placed = self.next();
        match placed.token {
            Token::Number(value) => Ok(self.tree.number(value)),
            Token::Sign("(") => {
                let inner = self.expression(0)?;
                self.wants(")", "a closing parenthesis or an operator")?;
                Ok(inner)
            }
            Token::Sign("-") => {
                let of = self.expression(binds::NEGATE)?;
                Ok(self.tree.unary(Unary::Negate, of))
            }
            Token::Sign("+") => self.expression(binds::NEGATE),
            Token::Word("not") => {
                let of = self.expression(binds::NOT)?;
                Ok(self.tree.unary(Unary::Not, of))
            }
            Token::Word("and" | "or") | Token::Sign(_) | Token::End => {
                Err(expected("a value", placed))
            }
            Token::Word("nodata") => Ok(self.tree.number(f32::NAN)),
            Token::Word(name) if self.takes("(") => self.call(name, placed.position),
            Token::Word(name) => Ok(self.tree.name(name, placed.position)),
        }
    }

    fn call(&mut self, name: &str, position: usize) -> Result<Id, ExpressionError> {
        let Some(&(function, wanted)) = FUNCTIONS.iter().find(|(known, _)| *known == name) else {
            let known = FUNCTIONS.map(|(known, _)| known);
            return Err(ExpressionError::UnknownFunction {
                name: name.to_owned(),
                position,
                nearest: did_you_mean(name, &known),
                known: known.join(", "),
            });
        };
        let mut arguments = Vec::new();
        if !self.takes(")") {
            arguments.push(self.expression(0)?);
            while self.takes(",") {
                arguments.push(self.expression(0)?);
            }
            self.wants(")", "a comma or a closing parenthesis")?;
        }
        let found = arguments.len();
        self.apply(function, &arguments)
            .ok_or(ExpressionError::Arguments {
                function,
                position,
                wanted,
                found,
            })
    }

    /// A function of its arguments; `None` when they are too few or too many.
    fn apply(&mut self, function: &str, arguments: &[Id]) -> Option<Id> {
        let tree = &mut self.tree;
        match (function, arguments) {
            ("where", &[condition, a, b]) => Some(tree.choose(condition, a, b)),
            ("pow", &[a, b]) => Some(tree.binary(Binary::Power, a, b)),
            ("clamp", &[value, low, high]) => {
                let raised = tree.binary(Binary::Maximum, value, low);
                Some(tree.binary(Binary::Minimum, raised, high))
            }
            ("min", [first, rest @ ..]) if !rest.is_empty() => Some(
                rest.iter()
                    .fold(*first, |a, b| tree.binary(Binary::Minimum, a, *b)),
            ),
            ("max", [first, rest @ ..]) if !rest.is_empty() => Some(
                rest.iter()
                    .fold(*first, |a, b| tree.binary(Binary::Maximum, a, *b)),
            ),
            ("first_valid", [rest @ .., last]) if !rest.is_empty() => {
                Some(rest.iter().rfold(*last, |otherwise, a| {
                    let has_data = tree.unary(Unary::Valid, *a);
                    tree.choose(has_data, *a, otherwise)
                }))
            }
            (_, &[a]) => {
                let operation = match function {
                    "abs" => Unary::Absolute,
                    "sqrt" => Unary::SquareRoot,
                    "exp" => Unary::Exponential,
                    "log" => Unary::Logarithm,
                    "valid" => Unary::Valid,
                    _ => return None,
                };
                Some(tree.unary(operation, a))
            }
            _ => None,
        }
    }
}

/// The operation between two values that a piece stands for, and how strongly it binds.
fn infix(token: Token<'_>) -> Option<(Binary, u8)> {
    Some(match token {
        Token::Word("or") => (Binary::Or, binds::OR),
        Token::Word("and") => (Binary::And, binds::AND),
        Token::Sign("<") => (Binary::Less, binds::COMPARE),
        Token::Sign("<=") => (Binary::LessEqual, binds::COMPARE),
        Token::Sign(">") => (Binary::Greater, binds::COMPARE),
        Token::Sign(">=") => (Binary::GreaterEqual, binds::COMPARE),
        Token::Sign("==") => (Binary::Equal, binds::COMPARE),
        Token::Sign("!=") => (Binary::NotEqual, binds::COMPARE),
        Token::Sign("+") => (Binary::Add, binds::ADD),
        Token::Sign("-") => (Binary::Subtract, binds::ADD),
        Token::Sign("*") => (Binary::Multiply, binds::MULTIPLY),
        Token::Sign("/") => (Binary::Divide, binds::MULTIPLY),
        Token::Sign("**") => (Binary::Power, binds::POWER),
        _ => return None,
    })
}

fn expected(what: &'static str, found: Placed<'_>) -> ExpressionError {
    ExpressionError::Expected {
        expected: what,
        found: match found.token {
            Token::Number(value) => value.to_string(),
            Token::Word(word) => format!("`{word}`"),
            Token::Sign(sign) => format!("`{sign}`"),
            Token::End => "the end".to_owned(),
        },
        position: found.position,
    }
}
