//! The outline of a letter as short straight lines.

use ttf_parser::OutlineBuilder;

/// Lines that a curve becomes: at 24 pixels an em nobody sees their corners.
const PIECES: u16 = 6;

/// A line from one point to another, in pixels; y upwards from the line the letter stands on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Line {
    pub from: [f32; 2],
    pub to: [f32; 2],
}

/// Closed rings of lines.
pub(super) struct Outline {
    scale: f32,
    start: [f32; 2],
    at: [f32; 2],
    pub lines: Vec<Line>,
}

impl Outline {
    /// An empty one; the units of the font are multiplied by `scale`.
    pub fn new(scale: f32) -> Self {
        Self {
            scale,
            start: [0.0; 2],
            at: [0.0; 2],
            lines: Vec::new(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Whole pixels around it: left, bottom, right, top.
    pub fn pixels(&self) -> [i32; 4] {
        let points = self.lines.iter().map(|line| line.from);
        let mut around = [f32::MAX, f32::MAX, f32::MIN, f32::MIN];
        for [x, y] in points {
            around = [
                around[0].min(x),
                around[1].min(y),
                around[2].max(x),
                around[3].max(y),
            ];
        }
        [
            around[0].floor() as i32,
            around[1].floor() as i32,
            around[2].ceil() as i32,
            around[3].ceil() as i32,
        ]
    }

    fn line(&mut self, to: [f32; 2]) {
        // A line without a length has no direction to be far from.
        if (to[0] - self.at[0]).hypot(to[1] - self.at[1]) > 0.0 {
            self.lines.push(Line { from: self.at, to });
        }
        self.at = to;
    }

    fn scaled(&self, x: f32, y: f32) -> [f32; 2] {
        [x * self.scale, y * self.scale]
    }
}

fn mix(from: [f32; 2], to: [f32; 2], part: f32) -> [f32; 2] {
    [
        from[0] + (to[0] - from[0]) * part,
        from[1] + (to[1] - from[1]) * part,
    ]
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.at = self.scaled(x, y);
        self.start = self.at;
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.line(self.scaled(x, y));
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (from, bend, to) = (self.at, self.scaled(x1, y1), self.scaled(x, y));
        for piece in 1..=PIECES {
            let part = f32::from(piece) / f32::from(PIECES);
            self.line(mix(mix(from, bend, part), mix(bend, to, part), part));
        }
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (from, to) = (self.at, self.scaled(x, y));
        let (out, back) = (self.scaled(x1, y1), self.scaled(x2, y2));
        for piece in 1..=PIECES {
            let part = f32::from(piece) / f32::from(PIECES);
            let middle = mix(out, back, part);
            let first = mix(mix(from, out, part), middle, part);
            self.line(mix(first, mix(middle, mix(back, to, part), part), part));
        }
    }

    fn close(&mut self) {
        self.line(self.start);
    }
}
