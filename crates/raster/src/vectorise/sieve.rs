//! Small patches become part of their largest neighbours.
//!
//! The rule of GDAL's `GDALSieveFilter`: sizes and neighbours are those before anything merges; among
//! equally large neighbours the first met counts; where the largest neighbour is small itself, its
//! largest neighbour is asked, and so on; a chain that ends among small ones changes nothing.

use super::components::{Labels, contacts, labels};
use super::{Connectedness, NO_DATA, Options, Runs};

const NONE: u32 = u32::MAX;

/// A run, and one of the row above that it touches.
type Contact = (usize, usize);

/// The same image with its small patches merged away.
pub fn sieved(mut runs: Runs, options: Options) -> Runs {
    let labels = labels(&runs, options.connectedness);
    let sizes = sizes(&runs, &labels);
    if sizes.iter().all(|&size| size >= options.minimum_pixels) {
        return runs;
    }
    let neighbours = neighbours(&runs, &labels, &sizes, options);
    let values = new_values(&runs, &labels, &sizes, &neighbours, options.minimum_pixels);
    runs.revalue(|run| values[labels.of[run] as usize]);
    runs
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
    let mut touching: Vec<Contact> = Vec::new();
    for row in 0..runs.height() {
        touching.clear();
        if row > 0 {
            contacts(runs, row, options.connectedness, |here, above| {
                touching.push((here, above));
            });
        }
        let first = runs.row(row).start;
        let mut touched = touching.as_mut_slice();
        for here in runs.row(row) {
            let own = touched
                .iter()
                .take_while(|contact| contact.0 == here)
                .count();
            let (contacts, rest) = std::mem::take(&mut touched).split_at_mut(own);
            touched = rest;
            let (early, late) = as_gdal_meets(runs, here, contacts, options);
            for contact in early {
                meet(here, contact.1);
            }
            if here > first {
                meet(here, here - 1);
            }
            for contact in late {
                meet(here, contact.1);
            }
        }
    }
    largest
}

/// The contacts above a run in GDAL's order, as far as they come before the contact with the run to the
/// west and those after it: a pixel looks north, then north-west, north-east, and west.
fn as_gdal_meets<'a>(
    runs: &Runs,
    here: usize,
    contacts: &'a mut [Contact],
    options: Options,
) -> (&'a [Contact], &'a [Contact]) {
    let start = runs.start(here);
    let reach = u32::from(options.connectedness == Connectedness::Eight);
    if contacts.len() > 1 && runs.start(contacts[1].1) == start {
        contacts.swap(0, 1);
    }
    let early = contacts
        .iter()
        .filter(|contact| runs.start(contact.1) <= start + reach);
    let early = early.count();
    contacts.split_at(early)
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
