//! Pieces of lines put together as they come, row by row.

use std::collections::{HashMap, VecDeque};

use geo::Coord;

/// The edge of the lattice of pixel centres that goes from a centre to the east (0) or south (1).
pub type Edge = (u32, u32, u8);
/// Where a line of a level crosses the lattice.
type Place = (i64, Edge);

/// Lines that are not yet whole.
#[derive(Debug, Clone, Default)]
pub struct Stitches {
    chains: Vec<Chain>,
    /// Places in the list that are free again.
    free: Vec<usize>,
    /// The chains by where they begin and where they end, as long as something may be joined there.
    begins: HashMap<Place, usize>,
    ends: HashMap<Place, usize>,
}

#[derive(Debug, Clone)]
struct Chain {
    points: VecDeque<Coord<f64>>,
    begin: Place,
    end: Place,
    /// At how many of its ends something may be joined.
    open: u8,
}

/// A piece of a line through one square.
#[derive(Debug, Clone, Copy)]
pub struct Piece {
    pub level: i64,
    pub from: (Edge, Coord<f64>),
    pub to: (Edge, Coord<f64>),
}

impl Stitches {
    /// Adds a piece; answers the line that it closes to a ring.
    pub fn add(&mut self, piece: Piece) -> Option<VecDeque<Coord<f64>>> {
        let ((from, first), (to, last)) = (piece.from, piece.to);
        let (from, to) = ((piece.level, from), (piece.level, to));
        match (self.ends.remove(&from), self.begins.remove(&to)) {
            (None, None) => {
                let chain = Chain {
                    points: VecDeque::from([first, last]),
                    begin: from,
                    end: to,
                    open: 2,
                };
                let index = self.keep(chain);
                self.begins.insert(from, index);
                self.ends.insert(to, index);
            }
            (Some(before), None) => {
                let chain = &mut self.chains[before];
                chain.points.push_back(last);
                chain.end = to;
                self.ends.insert(to, before);
            }
            (None, Some(after)) => {
                let chain = &mut self.chains[after];
                chain.points.push_front(first);
                chain.begin = from;
                self.begins.insert(from, after);
            }
            (Some(before), Some(after)) if before == after => {
                let mut ring = self.take(before);
                ring.push_back(last);
                return Some(ring);
            }
            (Some(before), Some(after)) => self.join(before, after),
        }
        None
    }

    /// The shorter one goes into the longer one.
    fn join(&mut self, before: usize, after: usize) {
        let longer = self.chains[before].points.len() >= self.chains[after].points.len();
        let (kept, gone) = if longer {
            (before, after)
        } else {
            (after, before)
        };
        let (begin, end) = (self.chains[before].begin, self.chains[after].end);
        let open = self.chains[before].open + self.chains[after].open - 2;
        let points = self.take(gone);
        let chain = &mut self.chains[kept];
        if longer {
            chain.points.extend(points);
        } else {
            for point in points.into_iter().rev() {
                chain.points.push_front(point);
            }
        }
        (chain.begin, chain.end, chain.open) = (begin, end, open);
        // An end where nothing can be joined any more has no place here.
        for (place, ends) in [(begin, &mut self.begins), (end, &mut self.ends)] {
            if let Some(index) = ends.get_mut(&place) {
                *index = kept;
            }
        }
    }

    /// Only level edges of a row can be joined from now on. Hands over the lines that cannot grow, in the
    /// order of where they begin.
    pub fn settle(&mut self, row: u32, each: &mut impl FnMut(i64, VecDeque<Coord<f64>>)) {
        let mut whole = Vec::new();
        for ends in [&mut self.begins, &mut self.ends] {
            ends.retain(|&(_, edge), &mut index| {
                let stays = edge.1 == row && edge.2 == 0;
                if !stays {
                    let chain = &mut self.chains[index];
                    chain.open -= 1;
                    if chain.open == 0 {
                        whole.push((chain.begin, index));
                    }
                }
                stays
            });
        }
        whole.sort_unstable();
        for ((level, _), index) in whole {
            each(level, self.take(index));
        }
    }

    /// How many lines are not yet whole.
    #[cfg(test)]
    pub fn open(&self) -> usize {
        self.chains.len() - self.free.len()
    }

    fn keep(&mut self, chain: Chain) -> usize {
        if let Some(index) = self.free.pop() {
            self.chains[index] = chain;
            return index;
        }
        self.chains.push(chain);
        self.chains.len() - 1
    }

    fn take(&mut self, index: usize) -> VecDeque<Coord<f64>> {
        self.free.push(index);
        std::mem::take(&mut self.chains[index].points)
    }
}
