//! What the passes find, put together zone by zone.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::quantile::{Histogram, of_keys};
use super::summary::Summary;
use super::sweep::{Found, Step, Sweep, Zone};
use super::{ClassShare, Wanted, ZonalError, ZoneStatistics};

/// The most values (of 8 bytes) held for quantiles at a time: 128 MB.
pub const LIVE_VALUES: usize = 1 << 24;
/// Zones too large to hold that are gone over together: a histogram takes half a megabyte, and
/// 8 KB for every 128th part of a power of two in which there are values.
const LARGE_AT_ONCE: usize = 8;

/// What is gathered of one zone.
#[derive(Default)]
struct Gathered {
    summary: Summary,
    keys: Vec<u64>,
    classes: BTreeMap<i32, f64>,
    percentiles: Vec<Option<f64>>,
}

/// Puts together what a sweep finds.
pub struct Gatherer<'pass> {
    sweep: &'pass Sweep<'pass>,
    wanted: &'pass Wanted,
    /// The percentiles to find: those wanted, and the median behind them.
    percentiles: Vec<f64>,
    zones: Vec<Gathered>,
    live: usize,
}

impl<'pass> Gatherer<'pass> {
    pub fn new(sweep: &'pass Sweep<'pass>, wanted: &'pass Wanted) -> Self {
        let median = wanted.median.then_some(50.0);
        Self {
            sweep,
            wanted,
            percentiles: wanted.percentiles.iter().copied().chain(median).collect(),
            zones: sweep.zones.iter().map(|_| Gathered::default()).collect(),
            live: LIVE_VALUES,
        }
    }

    /// The same holding fewer values: for tests.
    #[cfg(test)]
    pub fn holding(self, live: usize) -> Self {
        Self { live, ..self }
    }

    /// All statistics, in the order of the zones.
    pub fn gather(mut self) -> Result<Vec<ZoneStatistics>, ZonalError> {
        let all: Vec<usize> = (0..self.zones.len()).collect();
        let mut held = vec![!self.percentiles.is_empty(); all.len()];
        let large = if self.percentiles.is_empty() {
            Vec::new()
        } else {
            too_large(self.sweep.zones, self.live)
        };
        for &zone in &large {
            held[zone] = false;
        }
        self.first_pass(&all, &held)?;
        for some in large.chunks(LARGE_AT_ONCE) {
            self.large_zones(some)?;
        }
        let Self {
            sweep,
            wanted,
            zones,
            ..
        } = self;
        let statistics = zones.into_iter().zip(sweep.zones);
        Ok(statistics
            .map(|(gathered, zone)| gathered.statistics(zone, wanted))
            .collect())
    }

    fn first_pass(&mut self, all: &[usize], held: &[bool]) -> Result<(), ZonalError> {
        let (sweep, percentiles) = (self.sweep, &self.percentiles);
        let gathered = &mut self.zones;
        let mut open: Vec<usize> = Vec::new();
        sweep.run(all, &|zone| held[zone], &mut |step| match step {
            Step::Found(found) => {
                let zone = &mut gathered[found.zone];
                if zone.keys.is_empty() && !found.keys.is_empty() {
                    open.push(found.zone);
                }
                zone.add(found);
            }
            Step::RowsDone(row) => {
                let ends =
                    |zone: usize| sweep.zones[zone].window.map(|it| it.row + it.height as i64);
                let done: Vec<usize> = open
                    .extract_if(.., |zone| ends(*zone).is_some_and(|end| end <= row))
                    .collect();
                let keys = done
                    .iter()
                    .map(|&zone| std::mem::take(&mut gathered[zone].keys));
                let keys: Vec<Vec<u64>> = keys.collect();
                let found: Vec<_> = keys
                    .into_par_iter()
                    .map(|keys| of_keys(keys, percentiles))
                    .collect();
                for (zone, found) in done.into_iter().zip(found) {
                    gathered[zone].percentiles = found;
                }
            }
        })
    }

    /// The quantiles of zones whose values cannot be held, in two passes.
    fn large_zones(&mut self, zones: &[usize]) -> Result<(), ZonalError> {
        let mut histograms: BTreeMap<usize, Histogram> =
            zones.iter().map(|&zone| (zone, Histogram::new())).collect();
        for second in [false, true] {
            self.sweep.run(zones, &|_| true, &mut |step| {
                if let Step::Found(found) = step
                    && let Some(histogram) = histograms.get_mut(&found.zone)
                {
                    if second {
                        histogram.look(&found.keys);
                    } else {
                        histogram.count(&found.keys);
                    }
                }
            })?;
            for histogram in histograms.values_mut().filter(|_| !second) {
                histogram.focus(&self.percentiles);
            }
        }
        for (zone, histogram) in histograms {
            self.zones[zone].percentiles = histogram.percentiles(&self.percentiles);
        }
        Ok(())
    }
}

impl Gathered {
    fn add(&mut self, found: Found) {
        self.summary.merge(&found.summary);
        if self.keys.is_empty() {
            self.keys = found.keys;
        } else {
            self.keys.extend(found.keys);
        }
        for (class, weight) in found.classes {
            *self.classes.entry(class).or_default() += weight;
        }
    }

    fn statistics(mut self, zone: &Zone, wanted: &Wanted) -> ZoneStatistics {
        let (summary, area) = (self.summary, zone.area());
        let share = |(class, weight): (i32, f64)| ClassShare {
            class,
            share: weight / summary.weight,
        };
        let median = if wanted.median {
            self.percentiles.pop().flatten()
        } else {
            None
        };
        ZoneStatistics {
            count: summary.count,
            // Rounding may leave it a hair above one.
            valid_share: if area > 0.0 {
                (summary.count / area).min(1.0)
            } else {
                0.0
            },
            mean: summary.mean(),
            std: summary.std(),
            min: summary.min(),
            max: summary.max(),
            median,
            percentiles: self.percentiles.into_iter().flatten().collect(),
            classes: self.classes.into_iter().map(share).collect(),
        }
    }
}

/// The zones to leave out so that no row of the image has more pixels in zones than can be held, the
/// largest first.
fn too_large(zones: &[Zone], live: usize) -> Vec<usize> {
    let mut by_row: Vec<usize> = (0..zones.len())
        .filter(|&zone| zones[zone].window.is_some())
        .collect();
    by_row.sort_by_key(|&zone| zones[zone].window.map(|window| window.row));
    let (mut active, mut held, mut large) = (Vec::<usize>::new(), 0, Vec::new());
    for zone in by_row {
        let row = zones[zone].window.map_or(0, |window| window.row);
        active.retain(|&other| {
            let ends = zones[other]
                .window
                .map_or(0, |window| window.row + window.height as i64);
            // A whole block of rows is worked on before zones that end in it are done.
            let stays = ends + ROWS_OF_A_BLOCK > row;
            held -= if stays { 0 } else { zones[other].pixels() };
            stays
        });
        active.push(zone);
        held += zones[zone].pixels();
        while held > live {
            let Some(place) = (0..active.len()).max_by_key(|&place| zones[active[place]].pixels())
            else {
                break;
            };
            let largest = active.swap_remove(place);
            held -= zones[largest].pixels();
            large.push(largest);
        }
    }
    large.sort_unstable();
    large
}

/// Blocks are seldom higher.
const ROWS_OF_A_BLOCK: i64 = 512;
