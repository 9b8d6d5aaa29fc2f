//! Small patches become part of their largest neighbours.
//!
//! The rule of GDAL's `GDALSieveFilter`: sizes and neighbours are those before anything merges; among
//! equally large neighbours the first met counts; where the largest neighbour is small itself, its
//! largest neighbour is asked, and so on; a chain that ends among small ones changes nothing.

use super::components::{Labels, contacts, labels};
use super::{NO_DATA, Options, Runs};

const NONE: u32 = u32::MAX;

/// The same image with its small patches merged away.
pub fn sieved(runs: Runs, options: Options) -> Runs {
    let labels = labels(&runs, options.connectedness);
    let sizes = sizes(&runs, &labels);
    if sizes.iter().all(|&size| size >= options.minimum_pixels) {
        return runs;
    }
    let neighbours = neighbours(&runs, &labels, &sizes, options);
    let values = new_values(&runs, &labels, &sizes, &neighbours, options.minimum_pixels);
    let mut merged = Runs::new(runs.width());
    for row in 0..runs.height() {
        let row = runs.row(row);
        merged.push_runs(row.map(|run| (runs.start(run), values[labels.of[run] as usize])));
    }
    merged
}

/// Pixels by component.
pub fn sizes(runs: &Runs, labels: &Labels) -> Vec<u64> {
    let mut sizes = vec![0; labels.count];
    for row in 0..runs.height() {
        let row = runs.row(row);
        for run in row.clone() {
            let length = runs.end(run, row.end) - runs.start(run);
            sizes[labels.of[run] as usize] += u64::from(length);
        }
    }
    sizes
}

/// The largest neighbour of every component.
fn neighbours(runs: &Runs, labels: &Labels, sizes: &[u64], options: Options) -> Vec<u32> {
    let mut largest = vec![NONE; labels.count];
    let mut meet = |one: usize, two: usize| {
        if runs.value(one) == NO_DATA || runs.value(two) == NO_DATA {
            return;
        }
        let (one, two) = (labels.of[one], labels.of[two]);
        if one == two {
            return;
        }
        for (from, to) in [(one, two), (two, one)] {
            let known = largest[from as usize];
            if known == NONE || sizes[known as usize] < sizes[to as usize] {
                largest[from as usize] = to;
            }
        }
    };
    for row in 0..runs.height() {
        let range = runs.row(row);
        let mut last = range.start;
        // A run's contacts above come before its contact with the next run, as in GDAL's scan.
        if row > 0 {
            contacts(runs, row, options.connectedness, |here, above| {
                while last < here {
                    meet(last, last + 1);
                    last += 1;
                }
                meet(here, above);
            });
        }
        while last + 1 < range.end {
            meet(last, last + 1);
            last += 1;
        }
    }
    largest
}

/// The value every component takes.
fn new_values(
    runs: &Runs,
    labels: &Labels,
    sizes: &[u64],
    neighbours: &[u32],
    minimum: u64,
) -> Vec<i32> {
    let mut values = vec![NO_DATA; labels.count];
    for (run, &label) in labels.of.iter().enumerate() {
        values[label as usize] = runs.value(run);
    }
    let small = |label: u32| sizes[label as usize] < minimum;
    let old = values.clone();
    let mut chain = Vec::new();
    for label in 0..labels.count as u32 {
        if !small(label) || old[label as usize] == NO_DATA {
            continue;
        }
        chain.clear();
        let mut at = label;
        while at != NONE && small(at) && !chain.contains(&at) {
            chain.push(at);
            at = neighbours[at as usize];
        }
        if at != NONE && !small(at) {
            values[label as usize] = old[at as usize];
        }
    }
    values
}
