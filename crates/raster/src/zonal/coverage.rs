//! The exact share of every pixel that lies inside polygons, as runs of pixels along rows.
//!
//! Every edge adds, to the pixels of the rows it passes, the signed area to its right; summed up
//! along a row that is the share inside. It is how fonts are drawn with smooth edges (R. Levien,
//! font-rs, 2016), exact for straight edges, and holes come out by themselves from rings that turn
//! the other way. Only pixels that an edge passes are looked at one by one; between them all pixels
//! of a row have the same share, mostly the whole.

use geo::orient::{Direction, Orient};
use geo::{Area, BoundingRect, Coord, MultiPolygon};

use crate::Window;

/// Shares below this are rounding, not land.
const NOTHING: f64 = 1e-9;

/// An edge of a polygon in pixel coordinates.
pub type Edge = (Coord<f64>, Coord<f64>);

/// Pixels of one row, counted from a window's corner, that lie inside by the same share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Run {
    /// The row.
    pub row: usize,
    /// The first column.
    pub start: usize,
    /// The column after the last.
    pub end: usize,
    /// Above 0 and at most 1.
    pub share: f64,
}

/// Polygons in pixel coordinates, ready to be laid over rasters.
#[derive(Debug, Clone)]
pub struct Shape {
    polygons: MultiPolygon<f64>,
    bounds: Option<geo::Rect<f64>>,
    area: f64,
}

impl Shape {
    /// The shape of polygons in pixel coordinates: valid ones, of any direction of rings, that do not
    /// overlap each other.
    pub fn of(polygons: &MultiPolygon<f64>) -> Self {
        let polygons = polygons.orient(Direction::Default);
        Self {
            bounds: polygons.bounding_rect(),
            area: polygons.unsigned_area(),
            polygons,
        }
    }

    /// The area in pixels.
    pub fn area(&self) -> f64 {
        self.area
    }

    /// The pixels of an image of `width` × `height` that the polygons may touch; `None` when there
    /// are none.
    pub fn window(&self, width: u32, height: u32) -> Option<Window> {
        let bounds = self.bounds?;
        let clip = |low: f64, high: f64, length: u32| {
            let low = low.floor().clamp(0.0, f64::from(length));
            let high = high.ceil().clamp(0.0, f64::from(length));
            (high > low).then_some((low as i64, (high - low) as usize))
        };
        let (column, columns) = clip(bounds.min().x, bounds.max().x, width)?;
        let (row, rows) = clip(bounds.min().y, bounds.max().y, height)?;
        Some(Window::new(column, row, columns, rows))
    }

    /// The edges that pass rows from `top` to `bottom`.
    pub fn edges(&self, top: f64, bottom: f64) -> Vec<Edge> {
        let rings = self
            .polygons
            .iter()
            .flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()));
        rings
            .flat_map(|ring| ring.lines().map(|line| (line.start, line.end)))
            .filter(|(start, end)| start.y.min(end.y) < bottom && start.y.max(end.y) > top)
            .collect()
    }
}

/// Signed areas of a window of pixels, kept between windows so that drawing allocates nothing.
#[derive(Debug, Default)]
pub struct Canvas {
    width: usize,
    height: usize,
    /// Row after row, a cell more than the window is wide: what lies right of it goes there.
    areas: Vec<f64>,
    /// A bit for every cell that something was added to, `words` a row.
    touched: Vec<u64>,
    words: usize,
}

impl Canvas {
    /// The runs of a window's pixels inside the polygons whose edges these are, from the top left;
    /// `runs` is emptied first. Edges outside the window's rows may be left out, others not.
    pub fn runs(&mut self, window: Window, edges: &[Edge], runs: &mut Vec<Run>) {
        runs.clear();
        self.prepare(window);
        let origin = Coord {
            x: window.column as f64,
            y: window.row as f64,
        };
        for &(start, end) in edges {
            self.add(start - origin, end - origin);
        }
        for row in 0..self.height {
            self.collect(row, runs);
        }
    }

    /// Makes room; everything is zero before and after [`Self::runs`].
    fn prepare(&mut self, window: Window) {
        (self.width, self.height) = (window.width, window.height);
        self.words = (self.width + 2).div_ceil(64);
        let cells = (self.width + 2) * self.height;
        let words = self.words * self.height;
        if self.areas.len() < cells {
            self.areas.resize(cells, 0.0);
        }
        if self.touched.len() < words {
            self.touched.resize(words, 0);
        }
    }

    /// Adds an edge: cut at the window's rows, then row by row.
    fn add(&mut self, start: Coord<f64>, end: Coord<f64>) {
        // Downwards is negative because rings are counter-clockwise where y grows upwards.
        let (upper, lower, sign) = if start.y <= end.y {
            (start, end, -1.0)
        } else {
            (end, start, 1.0)
        };
        let (top, bottom) = (upper.y.max(0.0), lower.y.min(self.height as f64));
        if bottom <= top || upper.x.min(lower.x) >= self.width as f64 {
            return;
        }
        let slope = (lower.x - upper.x) / (lower.y - upper.y);
        let x_at = |y: f64| upper.x + (y - upper.y) * slope;
        let mut y = top;
        while y < bottom {
            let row = y.floor();
            let next = (row + 1.0).min(bottom);
            self.add_in_row(row as usize, x_at(y), x_at(next), sign * (next - y));
            y = next;
        }
    }

    /// A piece of an edge within one row, from `one` to `two` across, `height` high (signed).
    fn add_in_row(&mut self, row: usize, one: f64, two: f64, height: f64) {
        let (left, right) = if one <= two { (one, two) } else { (two, one) };
        let width = self.width as f64;
        let length = right - left;
        if right <= 0.0 {
            return self.add_in_cell(row, 0.0, height);
        }
        if left >= width {
            return;
        }
        if length < 1e-12 {
            return self.add_in_cell(row, left.max(0.0), height);
        }
        let per_column = height / length;
        // What lies left of the window counts from its first column on.
        if left < 0.0 {
            self.add_in_cell(row, 0.0, -left * per_column);
        }
        let mut x = left.max(0.0);
        let end = right.min(width);
        while x < end {
            let next = (x.floor() + 1.0).min(end);
            self.add_in_cell(row, f64::midpoint(x, next), (next - x) * per_column);
            x = next;
        }
    }

    /// A piece within one pixel, at `x` on average: its own pixel is covered right of `x`, all those
    /// further right whole.
    fn add_in_cell(&mut self, row: usize, x: f64, height: f64) {
        let column = (x as usize).min(self.width);
        let first = row * (self.width + 2) + column;
        let inside = x - column as f64;
        self.areas[first] += height * (1.0 - inside);
        self.areas[first + 1] += height * inside;
        let words = row * self.words;
        self.touched[words + column / 64] |= 1 << (column % 64);
        self.touched[words + (column + 1) / 64] |= 1 << ((column + 1) % 64);
    }

    /// The runs of one row; leaves it empty.
    fn collect(&mut self, row: usize, runs: &mut Vec<Run>) {
        let width = self.width;
        let areas = &mut self.areas[row * (width + 2)..(row + 1) * (width + 2)];
        let (mut sum, mut next) = (0.0_f64, 0);
        let mut run = |start: usize, end: usize, sum: f64| {
            if start < end && sum >= NOTHING {
                // Rounding must not make single pixels of what is wholly inside.
                let share = if sum > 1.0 - NOTHING { 1.0 } else { sum };
                runs.push(Run {
                    row,
                    start,
                    end,
                    share,
                });
            }
        };
        let words = &mut self.touched[row * self.words..(row + 1) * self.words];
        for (index, word) in words.iter_mut().enumerate() {
            while *word != 0 {
                let column = index * 64 + word.trailing_zeros() as usize;
                *word &= *word - 1;
                run(next, column.min(width), sum);
                sum += areas[column];
                areas[column] = 0.0;
                run(column, (column + 1).min(width), sum);
                next = column + 1;
            }
        }
        run(next, width, sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{BooleanOps, LineString, Polygon, Rect, Translate, polygon};
    use proptest::prelude::*;

    fn window(width: usize, height: usize) -> Window {
        Window::new(0, 0, width, height)
    }

    /// The share of every pixel, row after row; drawn twice, so that what a drawing leaves behind
    /// would be seen.
    fn shares(polygons: &MultiPolygon<f64>, window: Window) -> Vec<f64> {
        let edges = Shape::of(polygons).edges(f64::NEG_INFINITY, f64::INFINITY);
        let (mut canvas, mut runs) = (Canvas::default(), Vec::new());
        canvas.runs(Window::new(2, 1, 9, 9), &edges, &mut runs);
        canvas.runs(window, &edges, &mut runs);
        let mut shares = vec![0.0; window.width * window.height];
        for run in &runs {
            let row = run.row * window.width;
            assert!(run.share > 0.0 && run.share <= 1.0);
            for share in &mut shares[row + run.start..row + run.end] {
                assert!(*share == 0.0, "no pixel is in two runs");
                *share = run.share;
            }
        }
        shares
    }

    #[test]
    fn the_inside_is_one_run_a_row() {
        let square = MultiPolygon::new(vec![Rect::new((0.5, 0.0), (90.5, 3.0)).to_polygon()]);
        let edges = Shape::of(&square).edges(0.0, 3.0);
        let (mut canvas, mut runs) = (Canvas::default(), Vec::new());
        canvas.runs(window(100, 3), &edges, &mut runs);
        let whole: Vec<_> = runs.iter().filter(|run| run.end - run.start > 1).collect();
        assert_eq!(whole.len(), 3);
        assert!(
            whole
                .iter()
                .all(|run| run.start == 2 && run.end == 90 && run.share >= 1.0)
        );
    }

    #[test]
    fn a_triangle_by_hand() {
        let triangle = MultiPolygon::new(vec![
            polygon![(x: 0.0, y: 0.0), (x: 2.0, y: 0.0), (x: 0.0, y: 2.0)],
        ]);
        assert_eq!(shares(&triangle, window(2, 2)), [1.0, 0.5, 0.5, 0.0]);
    }

    #[test]
    fn the_direction_of_rings_does_not_matter() {
        let one = polygon![(x: 0.5, y: 0.5), (x: 2.5, y: 0.5), (x: 2.5, y: 1.5), (x: 0.5, y: 1.5)];
        let mut points = one.exterior().0.clone();
        points.reverse();
        let two = Polygon::new(LineString::new(points), vec![]);
        let of = |polygon: Polygon| shares(&MultiPolygon::new(vec![polygon]), window(3, 2));
        assert_eq!(of(one.clone()), [0.25, 0.5, 0.25, 0.25, 0.5, 0.25]);
        assert_eq!(of(one), of(two));
    }

    /// A star around a centre: never crosses itself.
    fn star(radii: &[f64], x: f64, y: f64) -> Polygon {
        let angle = |index: usize| std::f64::consts::TAU * index as f64 / radii.len() as f64;
        let points = radii.iter().enumerate().map(|(index, radius)| {
            (
                x + radius * angle(index).cos(),
                y + radius * angle(index).sin(),
            )
        });
        Polygon::new(points.collect::<LineString>(), vec![])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn shares_sum_up_to_the_area(
            outer in prop::collection::vec(4.0..9.0_f64, 5..30),
            inner in prop::collection::vec(0.5..3.0_f64, 3..12),
            x in 10.0..12.0_f64, y in 10.0..12.0_f64,
        ) {
            let hole = star(&inner, x, y).exterior().clone();
            let holed = Polygon::new(star(&outer, x, y).exterior().clone(), vec![hole]);
            let far = star(&inner, 30.5, 6.25);
            let both = MultiPolygon::new(vec![holed, far]);
            let sum: f64 = shares(&both, window(40, 24)).iter().sum();
            prop_assert!((sum - both.unsigned_area()).abs() < 1e-7, "{} {}", sum, both.unsigned_area());
        }

        #[test]
        fn every_share_is_the_intersection_with_its_pixel(
            radii in prop::collection::vec(1.0..4.0_f64, 3..12), x in 3.0..5.0_f64, y in 3.0..5.0_f64,
        ) {
            let polygon = MultiPolygon::new(vec![star(&radii, x, y)]);
            let shares = shares(&polygon, window(8, 8));
            for (index, share) in shares.iter().enumerate() {
                let corner = ((index % 8) as f64, (index / 8) as f64);
                let pixel = MultiPolygon::new(vec![Rect::new(corner, (corner.0 + 1.0, corner.1 + 1.0)).to_polygon()]);
                let exact = polygon.intersection(&pixel).unsigned_area();
                prop_assert!((share - exact).abs() < 1e-6, "pixel {}: {} {}", index, share, exact);
            }
        }

        #[test]
        fn a_window_sees_its_part_of_the_whole(
            radii in prop::collection::vec(3.0..14.0_f64, 3..20), column in -3_i64..20, row in -3_i64..20,
        ) {
            let polygon = MultiPolygon::new(vec![star(&radii, 9.3, 8.7)]);
            let part = shares(&polygon, Window::new(column, row, 7, 5));
            let moved = polygon.translate(-column as f64, -row as f64);
            let exact = Rect::new((0.0, 0.0), (7.0, 5.0)).to_polygon().intersection(&moved).unsigned_area();
            prop_assert!((part.iter().sum::<f64>() - exact).abs() < 1e-5);
        }
    }
}
