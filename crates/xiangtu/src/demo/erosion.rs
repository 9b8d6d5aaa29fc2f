//! Valleys and ridges the way the land makes them: uplift, and streams that cut down to the
//! river (the stream power law, solved from the outlets upwards as Braun and Willett 2013).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::ground::Lattice;
use super::noise::{hash, unit};

/// Metres of uplift a step.
const UPLIFT: f64 = 5.4;
/// How far a cell levels out towards its neighbours in a step.
const CREEP: f64 = 0.065;

/// Which way the water goes.
pub(super) struct Drainage {
    /// All cells, from the outlets upwards: every cell comes after the one it drains to.
    pub(super) order: Vec<usize>,
    /// The cell each cell drains to; an outlet drains to itself.
    pub(super) receiver: Vec<usize>,
}

/// Finds the way of the water from every cell to an outlet: a priority flood (Barnes 2014)
/// climbs from the outlets, so that no hollow is left without a way out.
pub(super) fn drain(heights: &Lattice<f64>, outlet: &[bool]) -> Drainage {
    let count = heights.cells.len();
    let mut level = vec![i64::MAX; count];
    let mut settled = vec![false; count];
    let mut receiver: Vec<usize> = (0..count).collect();
    let mut order = Vec::with_capacity(count);
    let mut heap = BinaryHeap::new();
    let millimetres = |index: usize| (heights.cells[index] * 1000.0) as i64;
    for index in (0..count).filter(|&index| outlet[index]) {
        level[index] = millimetres(index);
        heap.push(Reverse((level[index], index)));
    }
    while let Some(Reverse((height, index))) = heap.pop() {
        settled[index] = true;
        order.push(index);
        let mut steepest = 0.0;
        for (neighbour, away) in heights.neighbours(index) {
            if settled[neighbour] {
                // A little chance keeps streams from running along the lines of the grid.
                let chance = 0.7 + 0.6 * unit(hash(0xF10, index as i64, neighbour as i64));
                let fall = (height - level[neighbour]) as f64 / away * chance;
                if !outlet[index] && fall > steepest {
                    steepest = fall;
                    receiver[index] = neighbour;
                }
            } else if level[neighbour] == i64::MAX {
                level[neighbour] = millimetres(neighbour).max(height + 1);
                heap.push(Reverse((level[neighbour], neighbour)));
            }
        }
    }
    Drainage { order, receiver }
}

/// The area that drains through each cell, square metres.
pub(super) fn catchment<T>(grid: &Lattice<T>, drainage: &Drainage) -> Vec<f64> {
    let mut area = vec![grid.step * grid.step; grid.cells.len()];
    for &index in drainage.order.iter().rev() {
        let receiver = drainage.receiver[index];
        if receiver != index {
            area[receiver] += area[index];
        }
    }
    area
}

/// Lets the land rise and the streams cut for a number of steps; outlets keep their height.
/// `hardness` is the resistance of the rock in each cell, 1 on average.
pub(super) fn erode(heights: &mut Lattice<f64>, outlet: &[bool], hardness: &[f64], steps: usize) {
    for _ in 0..steps {
        let drainage = drain(heights, outlet);
        let area = catchment(heights, &drainage);
        for &index in &drainage.order {
            let receiver = drainage.receiver[index];
            if receiver == index {
                continue;
            }
            let cut = 0.12 / hardness[index] * area[index].sqrt() / heights.step;
            let raised = heights.cells[index] + UPLIFT;
            heights.cells[index] = (raised + cut * heights.cells[receiver]) / (1.0 + cut);
        }
        creep(heights, outlet);
    }
}

fn creep(heights: &mut Lattice<f64>, outlet: &[bool]) {
    let before = heights.clone();
    for index in (0..outlet.len()).filter(|&index| !outlet[index]) {
        let here = before.cells[index];
        let pull: f64 = before
            .neighbours(index)
            .map(|(n, away)| (before.cells[n] - here) / away)
            .sum();
        heights.cells[index] = here + CREEP * pull;
    }
}
