//! Rings from the ends of runs.
//!
//! Every vertical piece of a border is a segment of the part on its one side; where two rows meet, the
//! horizontal pieces link the ends of segments. Following the links gives the rings. A part whose own
//! pixels meet at a corner is linked round the other two pixels there: exactly one of those lies
//! inside the part, so ring and hole touch, as the OGC allows, and no ring touches itself.

use geo::{Coord, LineString, MultiPolygon, Polygon};
use rayon::prelude::*;

use super::components::Labels;
use super::{NO_DATA, Patch, Runs, sieve};

const NONE: u32 = u32::MAX;
/// Patches built before they are handed over.
const TOGETHER: usize = 512;

/// A vertical piece of the border of a part.
struct Segment {
    column: u32,
    top: u32,
    bottom: u32,
    part: u32,
    /// What follows beyond the top and the bottom: twice the segment, plus one for its bottom.
    links: [u32; 2],
}

/// All borders.
pub struct Outlines {
    segments: Vec<Segment>,
}

/// The two parts on either side of a line, and the segment ends that their horizontal borders come from.
#[derive(Clone, Copy)]
struct Line {
    above: u32,
    below: u32,
    from_above: u32,
    from_below: u32,
}

impl Line {
    fn from(&self, part: u32) -> u32 {
        if self.above == part {
            self.from_above
        } else {
            self.from_below
        }
    }
}

/// The vertical borders at a column of a row: of the part to the west and of the part to the east.
#[derive(Clone, Copy)]
struct Post {
    column: u32,
    west: u32,
    east: u32,
    west_segment: u32,
    east_segment: u32,
}

impl Outlines {
    /// Follows the borders of all parts but those of no data.
    pub fn trace(runs: &Runs, parts: &Labels) -> Self {
        let mut outlines = Self {
            segments: Vec::new(),
        };
        let (mut above, mut below) = (Vec::new(), Vec::new());
        for row in 0..=runs.height() {
            posts(runs, parts, row, &mut below);
            outlines.line(row as u32, &above, &mut below);
            std::mem::swap(&mut above, &mut below);
        }
        outlines
    }

    /// The line between two rows, from west to east.
    fn line(&mut self, row: u32, above: &[Post], below: &mut [Post]) {
        let (mut up, mut down) = (0, 0);
        let mut left = Line {
            above: NONE,
            below: NONE,
            from_above: NONE,
            from_below: NONE,
        };
        while up < above.len() || down < below.len() {
            let next_up = above.get(up).map_or(u32::MAX, |post| post.column);
            let next_down = below.get(down).map_or(u32::MAX, |post| post.column);
            let column = next_up.min(next_down);
            let no_post = |part| Post {
                column,
                west: part,
                east: part,
                west_segment: NONE,
                east_segment: NONE,
            };
            let upper = if next_up == column {
                above[up]
            } else {
                no_post(left.above)
            };
            let mut absent = no_post(left.below);
            let lower = if next_down == column {
                &mut below[down]
            } else {
                &mut absent
            };
            left = self.corner(row, left, &upper, lower);
            up += usize::from(next_up == column);
            down += usize::from(next_down == column);
        }
    }

    /// The point where a post above or below meets the line.
    fn corner(&mut self, row: u32, left: Line, upper: &Post, lower: &mut Post) -> Line {
        let mut right = Line {
            above: upper.east,
            below: lower.east,
            from_above: NONE,
            from_below: NONE,
        };
        let around = [upper.west, upper.east, lower.west, lower.east];
        for (index, &part) in around.iter().enumerate() {
            if part == NONE || around[..index].contains(&part) {
                continue;
            }
            let [north_west, north_east, south_west, south_east] =
                around.map(|other| other == part);
            let (west, east) = (north_west != south_west, north_east != south_east);
            let (north, south) = (north_west != north_east, south_west != south_east);
            if north && south && !west {
                let segment = upper.segment(part);
                lower.set_segment(part, segment);
                continue;
            }
            let from_east = if west && east && !north {
                left.from(part)
            } else {
                let end_north = if north {
                    self.close(upper.segment(part), row)
                } else {
                    NONE
                };
                let end_south = if south {
                    self.open(part, row, lower)
                } else {
                    NONE
                };
                // Round the other pixel where all four borders meet.
                let west_meets_south = if west && east { !south_west } else { south };
                let (to_west, to_east) = if west_meets_south {
                    (end_south, end_north)
                } else {
                    (end_north, end_south)
                };
                if west {
                    self.link(left.from(part), to_west);
                }
                if west && east {
                    to_east
                } else if north {
                    end_north
                } else {
                    end_south
                }
            };
            if east && north_east {
                right.from_above = from_east;
            } else if east {
                right.from_below = from_east;
            }
        }
        right
    }

    fn close(&mut self, segment: u32, row: u32) -> u32 {
        self.segments[segment as usize].bottom = row;
        2 * segment + 1
    }

    fn open(&mut self, part: u32, row: u32, lower: &mut Post) -> u32 {
        let segment = self.segments.len() as u32;
        self.segments.push(Segment {
            column: lower.column,
            top: row,
            bottom: row,
            part,
            links: [NONE; 2],
        });
        lower.set_segment(part, segment);
        2 * segment
    }

    fn link(&mut self, one: u32, two: u32) {
        self.segments[one as usize / 2].links[one as usize % 2] = two;
        self.segments[two as usize / 2].links[two as usize % 2] = one;
    }

    /// Hands over the patches: `patches` joins parts that touch at corners, else each is its own.
    pub fn emit(
        self,
        runs: &Runs,
        parts: &Labels,
        patches: Option<&Labels>,
        emit: &mut impl FnMut(Patch),
    ) {
        let rings = self.rings_by_part(parts.count);
        let sizes = sieve::sizes(runs, patches.unwrap_or(parts));
        // Parts and patches are both numbered by their first runs.
        let mut first_run = vec![usize::MAX; parts.count];
        for (run, &part) in parts.of.iter().enumerate().rev() {
            first_run[part as usize] = run;
        }
        let patch_of =
            |part: usize| patches.map_or(part, |patches| patches.of[first_run[part]] as usize);
        let mut order: Vec<usize> = (0..parts.count).collect();
        order.sort_by_key(|&part| patch_of(part));
        let groups: Vec<&[usize]> = order
            .chunk_by(|&one, &two| patch_of(one) == patch_of(two))
            .filter(|group| runs.value(first_run[group[0]]) != NO_DATA)
            .collect();
        let patch = |group: &&[usize]| {
            let polygons = group.iter().filter_map(|&part| {
                let starts = &rings.1[rings.0[part]..rings.0[part + 1]];
                self.polygon(starts)
            });
            Patch {
                value: runs.value(first_run[group[0]]),
                pixels: sizes[patch_of(group[0])],
                polygons: MultiPolygon::new(polygons.collect()),
            }
        };
        // Some at a time on all cores: the whole would be as large as the answer.
        for groups in groups.chunks(TOGETHER) {
            let patches: Vec<Patch> = groups.par_iter().map(patch).collect();
            patches.into_iter().for_each(&mut *emit);
        }
    }

    /// A segment of every ring, sorted by part, and where each part's begin.
    fn rings_by_part(&self, parts: usize) -> (Vec<usize>, Vec<u32>) {
        let mut seen = vec![false; self.segments.len()];
        let mut starts = Vec::new();
        for first in 0..self.segments.len() {
            if seen[first] {
                continue;
            }
            starts.push(first as u32);
            let mut at = 2 * first as u32;
            while !seen[at as usize / 2] {
                seen[at as usize / 2] = true;
                at = self.segments[at as usize / 2].links[1 - at as usize % 2];
            }
        }
        let part = |start: &u32| self.segments[*start as usize].part as usize;
        starts.sort_by_key(part);
        let mut offsets = vec![0; parts + 1];
        for start in &starts {
            offsets[part(start) + 1] += 1;
        }
        for part in 0..parts {
            offsets[part + 1] += offsets[part];
        }
        (offsets, starts)
    }

    /// The first ring of a part, which begins at its first pixel, is its exterior.
    fn polygon(&self, starts: &[u32]) -> Option<Polygon<f64>> {
        let (exterior, holes) = starts.split_first()?;
        let holes = holes.iter().map(|&start| self.ring(start));
        Some(Polygon::new(self.ring(*exterior), holes.collect()))
    }

    /// Rings start down their first segment, which has the part to its east if it is an exterior and
    /// to its west if it is a hole: both turn as they should.
    fn ring(&self, start: u32) -> LineString<f64> {
        let mut points = Vec::new();
        let mut at = 2 * start;
        loop {
            let segment = &self.segments[at as usize / 2];
            let ends = [segment.top, segment.bottom].map(|row| Coord {
                x: f64::from(segment.column),
                y: f64::from(row),
            });
            let end = at as usize % 2;
            points.extend([ends[end], ends[1 - end]]);
            at = segment.links[1 - end];
            if at / 2 == start {
                break;
            }
        }
        points.push(points[0]);
        LineString::new(points)
    }
}

impl Post {
    fn segment(&self, part: u32) -> u32 {
        if self.west == part {
            self.west_segment
        } else {
            self.east_segment
        }
    }

    fn set_segment(&mut self, part: u32, segment: u32) {
        if self.west == part {
            self.west_segment = segment;
        } else {
            self.east_segment = segment;
        }
    }
}

/// The posts of a row, the image's two edges included.
fn posts(runs: &Runs, parts: &Labels, row: usize, posts: &mut Vec<Post>) {
    posts.clear();
    let range = runs.row(row);
    let mut west = NONE;
    let mut post = |column, east: u32| {
        if east != west {
            posts.push(Post {
                column,
                west,
                east,
                west_segment: NONE,
                east_segment: NONE,
            });
            west = east;
        }
    };
    for run in range.clone() {
        let part = if runs.value(run) == NO_DATA {
            NONE
        } else {
            parts.of[run]
        };
        post(runs.start(run), part);
    }
    if !range.is_empty() {
        post(runs.width(), NONE);
    }
}
