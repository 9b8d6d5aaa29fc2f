//! Which runs belong together.

use super::{Connectedness, NO_DATA, Runs};

/// The component of every run: numbers from 0 in the order of their first runs.
pub struct Labels {
    /// By run.
    pub of: Vec<u32>,
    /// How many there are.
    pub count: usize,
}

/// Joins the runs of equal value that touch. Every row of no data is a component of its own kind too:
/// callers look at the value.
pub fn labels(runs: &Runs, connectedness: Connectedness) -> Labels {
    let mut parents: Vec<u32> = (0..runs.len() as u32).collect();
    for row in 1..runs.height() {
        contacts(runs, row, connectedness, |here, above| {
            let value = runs.value(here);
            if value == runs.value(above) && value != NO_DATA {
                join(&mut parents, here as u32, above as u32);
            }
        });
    }
    // Parents lie before their children, so one pass from the front numbers all.
    let mut count = 0;
    for run in 0..parents.len() {
        let parent = parents[run] as usize;
        parents[run] = if parent == run {
            count += 1;
            count - 1
        } else {
            parents[parent]
        };
    }
    Labels {
        of: parents,
        count: count as usize,
    }
}

/// Every pair of a run of a row and a run above it that it touches, from west to east.
pub fn contacts(
    runs: &Runs,
    row: usize,
    connectedness: Connectedness,
    mut each: impl FnMut(usize, usize),
) {
    let reach = u32::from(connectedness == Connectedness::Eight);
    let (here, above) = (runs.row(row), runs.row(row - 1));
    let mut first = above.start;
    for run in here.clone() {
        let (start, end) = (runs.start(run), runs.end(run, here.end));
        while first < above.end && runs.end(first, above.end) + reach <= start {
            first += 1;
        }
        let mut other = first;
        while other < above.end && runs.start(other) < end + reach {
            each(run, other);
            other += 1;
        }
    }
}

fn join(parents: &mut [u32], one: u32, two: u32) {
    let (one, two) = (root(parents, one), root(parents, two));
    let (low, high) = (one.min(two), one.max(two));
    parents[high as usize] = low;
}

fn root(parents: &mut [u32], mut run: u32) -> u32 {
    while parents[run as usize] != run {
        let grandparent = parents[parents[run as usize] as usize];
        parents[run as usize] = grandparent;
        run = grandparent;
    }
    run
}
