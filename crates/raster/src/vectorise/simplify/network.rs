//! The borders of all patches as one net of corners.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

/// Column and row of a pixel's corner.
pub type Point = (i64, i64);

/// The side of a square of the index of corners.
const SQUARE: i64 = 8;

/// Corners and the pieces between them.
pub struct Network {
    /// The corners on every column and row, sorted: pieces of outlines are vertical or level.
    columns: HashMap<i64, Vec<i64>>,
    rows: HashMap<i64, Vec<i64>>,
    /// The two neighbours of a corner that may go.
    free: HashMap<Point, [Point; 2]>,
    pieces: HashSet<(Point, Point)>,
    gone: HashSet<Point>,
    squares: HashMap<Point, Vec<Point>>,
}

impl Network {
    /// The net of closed rings of whole corners with level and vertical pieces, none repeated at the end.
    pub fn of(rings: impl Iterator<Item = Vec<Point>> + Clone) -> Self {
        let mut network = Self {
            columns: HashMap::new(),
            rows: HashMap::new(),
            free: HashMap::new(),
            pieces: HashSet::new(),
            gone: HashSet::new(),
            squares: HashMap::new(),
        };
        let corners: HashSet<Point> = rings.clone().flatten().collect();
        for &(x, y) in &corners {
            network.columns.entry(x).or_default().push(y);
            network.rows.entry(y).or_default().push(x);
            let square = (x.div_euclid(SQUARE), y.div_euclid(SQUARE));
            network.squares.entry(square).or_default().push((x, y));
        }
        let lines = network
            .columns
            .values_mut()
            .chain(network.rows.values_mut());
        lines.for_each(|line| line.sort_unstable());
        let mut neighbours: HashMap<Point, Vec<Point>> = HashMap::new();
        for ring in rings {
            let points: Vec<Point> = network.walk(&ring).collect();
            for (index, &point) in points.iter().enumerate() {
                let next = points[(index + 1) % points.len()];
                if network.pieces.insert(piece(point, next)) {
                    neighbours.entry(point).or_default().push(next);
                    neighbours.entry(next).or_default().push(point);
                }
            }
        }
        let frame = Frame::around(&corners);
        let free = neighbours.into_iter().filter_map(|(point, neighbours)| {
            let two: [Point; 2] = neighbours.try_into().ok()?;
            (!frame.holds(point)).then_some((point, two))
        });
        network.free = free.collect();
        network
    }

    /// The corners left on a ring, with those of others on its pieces, from its first on.
    pub fn walk<'a>(&'a self, ring: &'a [Point]) -> impl Iterator<Item = Point> + 'a {
        let pieces = ring.iter().zip(ring.iter().cycle().skip(1));
        let corners = pieces.flat_map(|(&start, &end)| self.along(start, end));
        corners.filter(|point| !self.gone.contains(point))
    }

    /// All corners of a level or vertical piece but its end.
    fn along(&self, start: Point, end: Point) -> Vec<Point> {
        let upright = start.0 == end.0;
        let (line, from, to) = if upright {
            (self.columns.get(&start.0), start.1, end.1)
        } else {
            (self.rows.get(&start.1), start.0, end.0)
        };
        let line = line.map_or(&[][..], Vec::as_slice);
        let between = |low, high| {
            let first = line.partition_point(|&at| at < low);
            let last = line.partition_point(|&at| at <= high);
            line[first..last.max(first)].iter().copied()
        };
        let place = |at| {
            if upright {
                (start.0, at)
            } else {
                (at, start.1)
            }
        };
        if from < to {
            between(from, to - 1).map(place).collect()
        } else {
            between(to + 1, from).rev().map(place).collect()
        }
    }

    /// Takes the corners whose triangle's doubled area is at most `limit`, the smallest first.
    pub fn simplify(&mut self, limit: i64) {
        let mut heap: BinaryHeap<Reverse<(i64, Point)>> = BinaryHeap::new();
        let all = self.free.iter();
        heap.extend(
            all.map(|(&point, &[one, two])| Reverse((doubled_area(one, point, two), point))),
        );
        while let Some(Reverse((area, point))) = heap.pop() {
            if area > limit {
                break;
            }
            let Some(&[one, two]) = self.free.get(&point) else {
                continue;
            };
            // An older entry of a corner whose neighbours have changed since.
            if doubled_area(one, point, two) != area || !self.may_go(one, point, two) {
                continue;
            }
            self.take(one, point, two);
            for (corner, other) in [(one, two), (two, one)] {
                if let Some(neighbours) = self.free.get_mut(&corner) {
                    for neighbour in neighbours.iter_mut().filter(|at| **at == point) {
                        *neighbour = other;
                    }
                    let [before, after] = *neighbours;
                    heap.push(Reverse((doubled_area(before, corner, after), corner)));
                }
            }
        }
    }

    /// Whether the straight way from one neighbour to the other is new and touches nothing.
    fn may_go(&self, one: Point, point: Point, two: Point) -> bool {
        if self.pieces.contains(&piece(one, two)) {
            return false;
        }
        let corners = [one, point, two];
        let low = |of: fn(&Point) -> i64| corners.iter().map(of).fold(i64::MAX, i64::min);
        let high = |of: fn(&Point) -> i64| corners.iter().map(of).fold(i64::MIN, i64::max);
        let range =
            |of: fn(&Point) -> i64| low(of).div_euclid(SQUARE)..=high(of).div_euclid(SQUARE);
        let squares =
            range(|point| point.1).flat_map(|y| range(|point| point.0).map(move |x| (x, y)));
        let others = squares
            .filter_map(|square| self.squares.get(&square))
            .flatten();
        others
            .filter(|other| !corners.contains(other))
            .all(|&other| !within(other, corners))
    }

    fn take(&mut self, one: Point, point: Point, two: Point) {
        self.free.remove(&point);
        self.gone.insert(point);
        self.pieces.remove(&piece(one, point));
        self.pieces.remove(&piece(point, two));
        self.pieces.insert(piece(one, two));
        let square = (point.0.div_euclid(SQUARE), point.1.div_euclid(SQUARE));
        if let Some(square) = self.squares.get_mut(&square) {
            square.retain(|&other| other != point);
        }
    }
}

/// The rectangle around all corners.
struct Frame {
    low: Point,
    high: Point,
}

impl Frame {
    fn around(corners: &HashSet<Point>) -> Self {
        let (low, high) = ((i64::MAX, i64::MAX), (i64::MIN, i64::MIN));
        let frame = Self { low, high };
        corners.iter().fold(frame, |frame, &(x, y)| Self {
            low: (frame.low.0.min(x), frame.low.1.min(y)),
            high: (frame.high.0.max(x), frame.high.1.max(y)),
        })
    }

    fn holds(&self, (x, y): Point) -> bool {
        x == self.low.0 || x == self.high.0 || y == self.low.1 || y == self.high.1
    }
}

/// A piece, the same from both of its ends.
fn piece(one: Point, two: Point) -> (Point, Point) {
    (one.min(two), one.max(two))
}

/// Twice the signed area of a triangle.
fn cross(a: Point, b: Point, c: Point) -> i64 {
    (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)
}

fn doubled_area(a: Point, b: Point, c: Point) -> i64 {
    cross(a, b, c).abs()
}

/// Whether a point lies in a triangle or on its sides, within the box around it.
fn within(point: Point, [a, b, c]: [Point; 3]) -> bool {
    let sides = [cross(a, b, point), cross(b, c, point), cross(c, a, point)];
    let inside = sides.iter().all(|&side| side >= 0) || sides.iter().all(|&side| side <= 0);
    // On a triangle without area every point of its line would count.
    let spans = |value: i64, one: i64, two: i64, three: i64| {
        (one.min(two).min(three)..=one.max(two).max(three)).contains(&value)
    };
    inside && spans(point.0, a.0, b.0, c.0) && spans(point.1, a.1, b.1, c.1)
}
