//! The exact share of every pixel that lies inside polygons.
//!
//! Every edge adds, to the pixels of the rows it passes, the signed area to its right; summed up
//! along a row that is the share inside. It is how fonts are drawn with smooth edges (R. Levien,
//! font-rs, 2016), exact for straight edges, and holes come out by themselves from rings that turn
//! the other way.

use geo::orient::{Direction, Orient};
use geo::{BoundingRect, Coord, MultiPolygon};

use crate::Window;

/// Shares below this are rounding, not land.
const NOTHING: f64 = 1e-9;

/// The edges of polygons in pixel coordinates, ready to be laid over rasters.
#[derive(Debug, Clone)]
pub struct Coverage {
    edges: Vec<(Coord<f64>, Coord<f64>)>,
    bounds: Option<geo::Rect<f64>>,
}

impl Coverage {
    /// The coverage of polygons in pixel coordinates: valid ones, of any direction of rings, that do
    /// not overlap each other.
    pub fn of(polygons: &MultiPolygon<f64>) -> Self {
        let oriented = polygons.orient(Direction::Default);
        let rings = oriented
            .iter()
            .flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()));
        let edges = rings
            .flat_map(|ring| ring.lines().map(|line| (line.start, line.end)))
            .collect();
        Self {
            edges,
            bounds: oriented.bounding_rect(),
        }
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

    /// The share of every pixel of a window inside the polygons, 0 to 1, row after row.
    pub fn shares(&self, window: Window) -> Vec<f64> {
        let mut strip = Strip::new(window);
        for &(start, end) in &self.edges {
            strip.add(start, end);
        }
        strip.into_shares()
    }
}

/// Signed areas of a window of pixels, one cell a row wider than the window: what lies right of it
/// goes there and is dropped.
struct Strip {
    window: Window,
    areas: Vec<f64>,
}

impl Strip {
    fn new(window: Window) -> Self {
        Self {
            window,
            areas: vec![0.0; (window.width + 2) * window.height],
        }
    }

    /// Adds an edge: cut at the window's rows, then row by row.
    fn add(&mut self, start: Coord<f64>, end: Coord<f64>) {
        let origin = Coord {
            x: self.window.column as f64,
            y: self.window.row as f64,
        };
        let (start, end) = (start - origin, end - origin);
        // Downwards is negative because rings are counter-clockwise where y grows upwards.
        let (upper, lower, sign) = if start.y <= end.y {
            (start, end, -1.0)
        } else {
            (end, start, 1.0)
        };
        let (top, bottom) = (upper.y.max(0.0), lower.y.min(self.window.height as f64));
        if bottom <= top {
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
        let width = self.window.width as f64;
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
        let column = (x as usize).min(self.window.width);
        let first = row * (self.window.width + 2) + column;
        let inside = x - column as f64;
        self.areas[first] += height * (1.0 - inside);
        self.areas[first + 1] += height * inside;
    }

    fn into_shares(self) -> Vec<f64> {
        let width = self.window.width;
        let mut shares = Vec::with_capacity(width * self.window.height);
        for row in self.areas.chunks_exact(width + 2) {
            let mut sum = 0.0;
            shares.extend(row[..width].iter().map(|area| {
                sum += area;
                if sum < NOTHING {
                    0.0
                } else {
                    f64::min(sum, 1.0)
                }
            }));
        }
        shares
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Area, BooleanOps, LineString, Polygon, Rect, Translate, polygon};
    use proptest::prelude::*;

    fn window(width: usize, height: usize) -> Window {
        Window::new(0, 0, width, height)
    }

    #[test]
    fn a_triangle_by_hand() {
        let triangle = MultiPolygon::new(vec![
            polygon![(x: 0.0, y: 0.0), (x: 2.0, y: 0.0), (x: 0.0, y: 2.0)],
        ]);
        assert_eq!(
            Coverage::of(&triangle).shares(window(2, 2)),
            [1.0, 0.5, 0.5, 0.0]
        );
    }

    #[test]
    fn the_direction_of_rings_does_not_matter() {
        let one = polygon![(x: 0.5, y: 0.5), (x: 2.5, y: 0.5), (x: 2.5, y: 1.5), (x: 0.5, y: 1.5)];
        let mut points = one.exterior().0.clone();
        points.reverse();
        let two = Polygon::new(LineString::new(points), vec![]);
        let shares =
            |polygon: Polygon| Coverage::of(&MultiPolygon::new(vec![polygon])).shares(window(3, 2));
        assert_eq!(shares(one.clone()), [0.25, 0.5, 0.25, 0.25, 0.5, 0.25]);
        assert_eq!(shares(one), shares(two));
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
            let sum: f64 = Coverage::of(&both).shares(window(40, 24)).iter().sum();
            prop_assert!((sum - both.unsigned_area()).abs() < 1e-7, "{} {}", sum, both.unsigned_area());
        }

        #[test]
        fn every_share_is_the_intersection_with_its_pixel(
            radii in prop::collection::vec(1.0..4.0_f64, 3..12), x in 3.0..5.0_f64, y in 3.0..5.0_f64,
        ) {
            let polygon = MultiPolygon::new(vec![star(&radii, x, y)]);
            let shares = Coverage::of(&polygon).shares(window(8, 8));
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
            let part = Coverage::of(&polygon).shares(Window::new(column, row, 7, 5));
            let moved = polygon.translate(-column as f64, -row as f64);
            let exact = Rect::new((0.0, 0.0), (7.0, 5.0)).to_polygon().intersection(&moved).unsigned_area();
            prop_assert!((part.iter().sum::<f64>() - exact).abs() < 1e-5);
        }
    }
}
