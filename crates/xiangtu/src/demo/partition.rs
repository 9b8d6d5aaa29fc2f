//! From a grid of labels to polygons that share their borders point for point.
//!
//! A border between two labels is smoothed and thinned once, the same whichever side it is
//! walked from, so neighbours fit together with no gap and no overlap.

use geo::{Contains, Coord, LineString, Polygon};

use super::ground::Lattice;

/// How borders are drawn.
#[derive(Clone, Copy)]
pub(super) struct Drawing {
    /// How often corners are rounded off before thinning.
    pub(super) rounds: usize,
    /// How far the thinned line may be from the rounded one, metres.
    pub(super) tolerance: f64,
}

/// A corner between cells: column and row.
type Corner = (usize, usize);

/// The polygons of every group: `group` names the group of a label (0 belongs to none) and is
/// below `groups`. Borders are those of the labels, also inside a group.
pub(super) fn polygons(
    labels: &Lattice<u32>,
    groups: usize,
    group: impl Fn(u32) -> u32,
    drawing: Drawing,
) -> Vec<Vec<Polygon<f64>>> {
    let walker = Walker { labels, group };
    let mut shells: Vec<Vec<LineString<f64>>> = vec![Vec::new(); groups];
    let mut holes: Vec<Vec<LineString<f64>>> = vec![Vec::new(); groups];
    let mut walked = vec![false; labels.cells.len()];
    for start in 0..labels.cells.len() {
        let (column, row) = (start % labels.columns, start / labels.columns);
        let own = walker.at(column as i64, row as i64);
        let below = walker.at(column as i64, row as i64 + 1);
        if own == 0 || own == below || walked[start] {
            continue;
        }
        let corners = walker.ring(own, (column, row + 1), &mut walked);
        let ring = walker.draw(&corners, drawing);
        let kind = if turns_left(&corners) {
            &mut shells
        } else {
            &mut holes
        };
        kind[own as usize].push(ring);
    }
    shells
        .into_iter()
        .zip(holes)
        .map(|(shells, holes)| assemble(shells, holes))
        .collect()
}

fn assemble(shells: Vec<LineString<f64>>, mut holes: Vec<LineString<f64>>) -> Vec<Polygon<f64>> {
    let alone = shells.len() == 1;
    shells
        .into_iter()
        .map(|shell| {
            let mut polygon = Polygon::new(shell, Vec::new());
            let (mine, others) = std::mem::take(&mut holes).into_iter().partition(|hole| {
                alone || hole.0.first().is_some_and(|first| polygon.contains(first))
            });
            holes = others;
            let mine: Vec<LineString<f64>> = mine;
            for hole in mine {
                polygon.interiors_push(hole);
            }
            polygon
        })
        .collect()
}

/// Whether a ring of corners runs against the clock (rows count downwards).
fn turns_left(corners: &[Corner]) -> bool {
    let mut twice = 0_i64;
    for (index, &(c, r)) in corners.iter().enumerate() {
        let (next_c, next_r) = corners[(index + 1) % corners.len()];
        twice += c as i64 * next_r as i64 - next_c as i64 * r as i64;
    }
    twice < 0
}

struct Walker<'a, G> {
    labels: &'a Lattice<u32>,
    group: G,
}

impl<G: Fn(u32) -> u32> Walker<'_, G> {
    fn label(&self, column: i64, row: i64) -> u32 {
        let outside = column < 0
            || row < 0
            || column >= self.labels.columns as i64
            || row >= self.labels.rows as i64;
        if outside {
            0
        } else {
            self.labels.cells[row as usize * self.labels.columns + column as usize]
        }
    }

    fn at(&self, column: i64, row: i64) -> u32 {
        (self.group)(self.label(column, row))
    }

    /// Walks around a group with the group on the left, from a corner eastwards along the
    /// lower side of a cell; notes the lower sides it passed.
    fn ring(&self, own: u32, start: Corner, walked: &mut [bool]) -> Vec<Corner> {
        const AHEAD: [(i64, i64); 4] = [(1, 0), (0, -1), (-1, 0), (0, 1)];
        // The cell ahead on the left and the one on the right, from a corner, for east,
        // north, west and south.
        const LEFT: [(i64, i64); 4] = [(0, -1), (-1, -1), (-1, 0), (0, 0)];
        const RIGHT: [(i64, i64); 4] = [(0, 0), (0, -1), (-1, -1), (-1, 0)];
        let mut corners = Vec::new();
        let (mut corner, mut way) = (start, 0);
        loop {
            corners.push(corner);
            let (c, r) = (corner.0 as i64, corner.1 as i64);
            if way == 0 {
                walked[(corner.1 - 1) * self.labels.columns + corner.0] = true;
            }
            corner = ((c + AHEAD[way].0) as usize, (r + AHEAD[way].1) as usize);
            let (c, r) = (corner.0 as i64, corner.1 as i64);
            let left = self.at(c + LEFT[way].0, r + LEFT[way].1) == own;
            let right = self.at(c + RIGHT[way].0, r + RIGHT[way].1) == own;
            way = match (left, right) {
                (false, _) => (way + 1) % 4,
                (true, false) => way,
                (true, true) => (way + 3) % 4,
            };
            if corner == start && way == 0 {
                return corners;
            }
        }
    }

    /// Whether more than two borders meet at a corner.
    fn is_node(&self, (column, row): Corner) -> bool {
        let (c, r) = (column as i64, row as i64);
        let around = [
            self.label(c - 1, r - 1),
            self.label(c, r - 1),
            self.label(c, r),
            self.label(c - 1, r),
        ];
        (0..4)
            .filter(|&side| around[side] != around[(side + 1) % 4])
            .count()
            > 2
    }

    /// Draws a ring of corners as a line, piece by piece between nodes.
    fn draw(&self, corners: &[Corner], drawing: Drawing) -> LineString<f64> {
        let mut cuts: Vec<usize> = (0..corners.len())
            .filter(|&index| self.is_node(corners[index]))
            .collect();
        if cuts.is_empty() {
            cuts = anchors(corners);
        }
        let mut points = Vec::new();
        for (position, &from) in cuts.iter().enumerate() {
            let to = cuts[(position + 1) % cuts.len()];
            let length = (to + corners.len() - from - 1) % corners.len() + 1;
            let piece: Vec<Corner> = (0..=length)
                .map(|away| corners[(from + away) % corners.len()])
                .collect();
            points.extend(self.line(piece, drawing));
            points.pop();
        }
        if let Some(&first) = points.first() {
            points.push(first);
        }
        LineString::from(points)
    }

    /// Smooths and thins one piece, always in the same direction.
    fn line(&self, mut piece: Vec<Corner>, drawing: Drawing) -> Vec<Coord<f64>> {
        let backwards = piece.iter().lt(piece.iter().rev());
        if backwards {
            piece.reverse();
        }
        let place = |&(column, row): &Corner| Coord {
            x: self.labels.west + column as f64 * self.labels.step,
            y: self.labels.north - row as f64 * self.labels.step,
        };
        let mut points = thin(
            &round_off(piece.iter().map(place).collect(), drawing.rounds),
            drawing.tolerance,
        );
        if backwards {
            points.reverse();
        }
        points
    }
}

/// Two corners at which a ring without nodes is cut: the smallest, and the one farthest from it.
fn anchors(corners: &[Corner]) -> Vec<usize> {
    let smallest = (0..corners.len())
        .min_by_key(|&index| corners[index])
        .unwrap_or(0);
    let (c, r) = corners[smallest];
    let away = |index: usize| {
        let (column, row) = corners[index];
        (
            column.abs_diff(c).pow(2) + row.abs_diff(r).pow(2),
            corners[index],
        )
    };
    let farthest = (0..corners.len())
        .max_by_key(|&index| away(index))
        .unwrap_or(0);
    let mut cuts = vec![smallest, farthest];
    cuts.sort_unstable();
    cuts
}

/// Moves every point but the ends towards its neighbours, a number of times.
pub(super) fn round_off(mut points: Vec<Coord<f64>>, times: usize) -> Vec<Coord<f64>> {
    for _ in 0..times {
        let before = points.clone();
        for index in 1..points.len().saturating_sub(1) {
            points[index] = (before[index - 1] + before[index] * 2.0 + before[index + 1]) / 4.0;
        }
    }
    points
}

/// Leaves out the points that are within the tolerance of the line without them (Douglas and
/// Peucker 1973).
pub(super) fn thin(points: &[Coord<f64>], tolerance: f64) -> Vec<Coord<f64>> {
    let mut keep = vec![false; points.len()];
    let mut open = vec![(0, points.len().saturating_sub(1))];
    while let Some((from, to)) = open.pop() {
        keep[from] = true;
        keep[to] = true;
        let (mut farthest, mut most) = (from, tolerance);
        for (index, &point) in points.iter().enumerate().take(to).skip(from + 1) {
            let away = away_from(point, points[from], points[to]);
            if away > most {
                (farthest, most) = (index, away);
            }
        }
        if farthest != from {
            open.push((from, farthest));
            open.push((farthest, to));
        }
    }
    points
        .iter()
        .zip(keep)
        .filter_map(|(&point, keep)| keep.then_some(point))
        .collect()
}

/// The distance of a point from a piece of line.
pub(super) fn away_from(point: Coord<f64>, from: Coord<f64>, to: Coord<f64>) -> f64 {
    let (along, off) = (to - from, point - from);
    let square = along.x * along.x + along.y * along.y;
    let share = if square > 0.0 {
        ((off.x * along.x + off.y * along.y) / square).clamp(0.0, 1.0)
    } else {
        0.0
    };
    super::ground::distance(point, from + along * share)
}

/// Gives scattered bits of a label to the label around them: only the largest piece of each
/// stays. Cells of label 0 that are enclosed by the image stay as they are.
pub(super) fn tidy(labels: &mut Lattice<u32>) {
    loop {
        let (piece, sizes) = pieces(labels);
        let mut largest: std::collections::BTreeMap<u32, (usize, usize)> =
            std::collections::BTreeMap::new();
        for (index, &label) in labels.cells.iter().enumerate() {
            let candidate = (sizes[piece[index]], piece[index]);
            let best = largest.entry(label).or_insert(candidate);
            if candidate.0 > best.0 {
                *best = candidate;
            }
        }
        let before = labels.clone();
        let mut changed = false;
        for (index, &label) in before.cells.iter().enumerate() {
            if largest
                .get(&label)
                .is_some_and(|&(_, kept)| kept == piece[index])
            {
                continue;
            }
            let other = before
                .neighbours(index)
                .filter(|&(_, away)| away < 1.2)
                .map(|(n, _)| before.cells[n])
                .find(|&other| other != label);
            if let Some(other) = other {
                labels.cells[index] = other;
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
}

/// The number of the connected piece each cell belongs to, and the sizes of the pieces.
fn pieces(labels: &Lattice<u32>) -> (Vec<usize>, Vec<usize>) {
    let mut piece = vec![usize::MAX; labels.cells.len()];
    let mut sizes = Vec::new();
    let mut open = Vec::new();
    for start in 0..labels.cells.len() {
        if piece[start] != usize::MAX {
            continue;
        }
        let number = sizes.len();
        sizes.push(0);
        piece[start] = number;
        open.push(start);
        while let Some(index) = open.pop() {
            sizes[number] += 1;
            for (next, away) in labels.neighbours(index) {
                if away < 1.2
                    && piece[next] == usize::MAX
                    && labels.cells[next] == labels.cells[index]
                {
                    piece[next] = number;
                    open.push(next);
                }
            }
        }
    }
    (piece, sizes)
}
