//! What is done with one value: the one definition that folding constants and columns of pixels
//! share. NaN is "no data" and whatever is computed from it has none; truth is 1, untruth 0.

#![expect(
    clippy::inline_always,
    reason = "these must become part of the loop that is compiled for the processor at hand"
)]
#![expect(clippy::float_cmp, reason = "equal means equal in a formula")]

/// Of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Unary {
    Negate,
    Absolute,
    SquareRoot,
    Exponential,
    Logarithm,
    Not,
    Valid,
}

/// Of two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Minimum,
    Maximum,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    And,
    Or,
}

/// A value, or no data where it is infinite.
#[inline(always)]
pub(super) fn finite(value: f32) -> f32 {
    if value.abs() < f32::INFINITY {
        value
    } else {
        f32::NAN
    }
}

#[inline(always)]
fn truth(value: bool) -> f32 {
    if value { 1.0 } else { 0.0 }
}

/// The truth of two values' relation where both are data.
#[inline(always)]
fn both(a: f32, b: f32, value: bool) -> f32 {
    if a.is_nan() | b.is_nan() {
        f32::NAN
    } else {
        truth(value)
    }
}

/// `math` in double precision, rounded once: the same on every machine, which the platform's own
/// library is not.
#[inline(always)]
fn exactly(value: f32, math: fn(f64) -> f64) -> f32 {
    finite(math(f64::from(value)) as f32)
}

#[inline(always)]
pub(super) fn negate(a: f32) -> f32 {
    -a
}

#[inline(always)]
pub(super) fn exponential(a: f32) -> f32 {
    exactly(a, libm::exp)
}

#[inline(always)]
pub(super) fn logarithm(a: f32) -> f32 {
    exactly(a, libm::log)
}

#[inline(always)]
pub(super) fn not(a: f32) -> f32 {
    if a.is_nan() {
        f32::NAN
    } else {
        truth(a == 0.0)
    }
}

#[inline(always)]
pub(super) fn valid(a: f32) -> f32 {
    truth(!a.is_nan())
}

#[inline(always)]
pub(super) fn divide(a: f32, b: f32) -> f32 {
    if b == 0.0 { f32::NAN } else { a / b }
}

#[inline(always)]
pub(super) fn power(a: f32, b: f32) -> f32 {
    // IEEE has 1 for NaN to the power of 0.
    if a.is_nan() | b.is_nan() {
        return f32::NAN;
    }
    finite(libm::pow(f64::from(a), f64::from(b)) as f32)
}

#[inline(always)]
pub(super) fn minimum(a: f32, b: f32) -> f32 {
    if a < b {
        a
    } else if b <= a {
        b
    } else {
        f32::NAN
    }
}

#[inline(always)]
pub(super) fn maximum(a: f32, b: f32) -> f32 {
    if a > b {
        a
    } else if b >= a {
        b
    } else {
        f32::NAN
    }
}

#[inline(always)]
pub(super) fn choose(condition: f32, a: f32, b: f32) -> f32 {
    if condition.is_nan() {
        f32::NAN
    } else if condition == 0.0 {
        b
    } else {
        a
    }
}

impl Unary {
    /// Every value of a column; as long as the shorter of both.
    #[inline(always)]
    pub(super) fn column(self, a: &[f32], to: &mut [f32]) {
        match self {
            Self::Negate => each(a, to, negate),
            Self::Absolute => each(a, to, f32::abs),
            Self::SquareRoot => each(a, to, f32::sqrt),
            Self::Exponential => each(a, to, exponential),
            Self::Logarithm => each(a, to, logarithm),
            Self::Not => each(a, to, not),
            Self::Valid => each(a, to, valid),
        }
    }

    /// One value.
    pub(super) fn of(self, a: f32) -> f32 {
        let mut to = [0.0];
        self.column(&[a], &mut to);
        to[0]
    }
}

impl Binary {
    /// Every pair of two columns; as long as the shortest of the three.
    #[inline(always)]
    pub(super) fn columns(self, a: &[f32], b: &[f32], to: &mut [f32]) {
        match self {
            Self::Add => pairs(a, b, to, |a, b| a + b),
            Self::Subtract => pairs(a, b, to, |a, b| a - b),
            Self::Multiply => pairs(a, b, to, |a, b| a * b),
            Self::Divide => pairs(a, b, to, divide),
            Self::Power => pairs(a, b, to, power),
            Self::Minimum => pairs(a, b, to, minimum),
            Self::Maximum => pairs(a, b, to, maximum),
            Self::Less => pairs(a, b, to, |a, b| both(a, b, a < b)),
            Self::LessEqual => pairs(a, b, to, |a, b| both(a, b, a <= b)),
            Self::Greater => pairs(a, b, to, |a, b| both(a, b, a > b)),
            Self::GreaterEqual => pairs(a, b, to, |a, b| both(a, b, a >= b)),
            Self::Equal => pairs(a, b, to, |a, b| both(a, b, a == b)),
            Self::NotEqual => pairs(a, b, to, |a, b| both(a, b, a != b)),
            Self::And => pairs(a, b, to, |a, b| both(a, b, a != 0.0 && b != 0.0)),
            Self::Or => pairs(a, b, to, |a, b| both(a, b, a != 0.0 || b != 0.0)),
        }
    }

    /// One pair.
    pub(super) fn of(self, a: f32, b: f32) -> f32 {
        let mut to = [0.0];
        self.columns(&[a], &[b], &mut to);
        to[0]
    }
}

/// Where the condition is true from `a`, where it is untrue from `b`.
#[inline(always)]
pub(super) fn choose_columns(condition: &[f32], a: &[f32], b: &[f32], to: &mut [f32]) {
    for (((to, condition), a), b) in to.iter_mut().zip(condition).zip(a).zip(b) {
        *to = choose(*condition, *a, *b);
    }
}

#[inline(always)]
fn each(a: &[f32], to: &mut [f32], of: impl Fn(f32) -> f32) {
    for (to, a) in to.iter_mut().zip(a) {
        *to = of(*a);
    }
}

#[inline(always)]
fn pairs(a: &[f32], b: &[f32], to: &mut [f32], of: impl Fn(f32, f32) -> f32) {
    for ((to, a), b) in to.iter_mut().zip(a).zip(b) {
        *to = of(*a, *b);
    }
}
