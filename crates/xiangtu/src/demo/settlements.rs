//! Houses along the roads: a market street, hamlets, and a few that stand alone.

use geo::Coord;

use super::ground::{HEIGHT, WIDTH, distance};
use super::noise::Random;
use super::roads::{Hamlet, Road};
use super::terrain::Terrain;

/// What a roof is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Roof {
    /// Flat concrete.
    Concrete,
    /// Old dark tiles.
    Tile,
    /// Blue metal sheets.
    Blue,
    /// Red glazed tiles.
    Red,
}

/// A house: a rectangle on the ground.
pub(super) struct House {
    pub(super) place: Coord<f64>,
    /// Half its length and half its depth, metres.
    pub(super) half: (f64, f64),
    /// The direction of its length, of length 1.
    pub(super) along: Coord<f64>,
    pub(super) roof: Roof,
    pub(super) floors: u8,
    /// The hamlet it belongs to.
    pub(super) hamlet: String,
}

impl House {
    /// Its four corners against the clock.
    pub(super) fn corners(&self) -> [Coord<f64>; 4] {
        let across = Coord {
            x: -self.along.y,
            y: self.along.x,
        };
        let corner = |a: f64, b: f64| {
            self.place + self.along * (a * self.half.0) + across * (b * self.half.1)
        };
        [
            corner(-1.0, -1.0),
            corner(1.0, -1.0),
            corner(1.0, 1.0),
            corner(-1.0, 1.0),
        ]
    }
}

/// A place beside a road where a house could stand.
struct Plot {
    at: Coord<f64>,
    along: Coord<f64>,
}

/// Builds the houses.
pub(super) fn build(
    seed: u64,
    terrain: &Terrain,
    hamlets: &[Hamlet],
    roads: &[Road],
) -> Vec<House> {
    let mut random = Random::new(seed ^ 0x4005E);
    let plots = plots(roads);
    let mut houses: Vec<House> = Vec::new();
    for hamlet in hamlets {
        let reach = if hamlet.town {
            420.0
        } else {
            random.between(110.0, 210.0)
        };
        let likely = if hamlet.town {
            0.95
        } else {
            random.between(0.45, 0.8)
        };
        let rows = if hamlet.town { 4 } else { 2 };
        for plot in plots
            .iter()
            .filter(|plot| distance(plot.at, hamlet.place) < reach)
        {
            let thinning = 1.0 - 0.6 * distance(plot.at, hamlet.place) / reach;
            for row in 0..rows * 2 {
                if random.unit() < likely * thinning / (1.0 + f64::from(row / 2) * 0.35) {
                    let house = draw(&mut random, plot, row, hamlet);
                    if stands(&house, terrain, roads, &houses) {
                        houses.push(house);
                    }
                }
            }
        }
    }
    houses
}

/// Places every 17 m along all roads.
fn plots(roads: &[Road]) -> Vec<Plot> {
    let mut plots = Vec::new();
    for road in roads {
        let mut wait = 0.0;
        for pair in road.points.windows(2) {
            let length = distance(pair[0], pair[1]);
            let along = (pair[1] - pair[0]) / length.max(0.1);
            while wait < length {
                plots.push(Plot {
                    at: pair[0] + along * wait,
                    along,
                });
                wait += 17.0;
            }
            wait -= length;
        }
    }
    plots
}

fn draw(random: &mut Random, plot: &Plot, row: i32, hamlet: &Hamlet) -> House {
    let side = if row % 2 == 0 { 1.0 } else { -1.0 };
    let away = side * (15.0 + f64::from(row / 2) * 24.0 + random.between(0.0, 6.0));
    let across = Coord {
        x: -plot.along.y,
        y: plot.along.x,
    };
    let tilt = random.between(-0.2, 0.2);
    let along = plot.along + across * tilt;
    let along = along / (along.x * along.x + along.y * along.y).sqrt();
    let hall = hamlet.town && random.unit() < 0.07;
    let half = if hall {
        (random.between(15.0, 24.0), random.between(8.0, 11.0))
    } else {
        (random.between(5.5, 8.5), random.between(4.2, 5.8))
    };
    let roof = match random.unit() {
        _ if hall => Roof::Blue,
        chance if chance < 0.46 => Roof::Concrete,
        chance if chance < 0.80 => Roof::Tile,
        chance if chance < 0.90 => Roof::Blue,
        _ => Roof::Red,
    };
    let floors = if hamlet.town {
        random.between(2.0, 6.0)
    } else {
        random.between(1.0, 3.6)
    } as u8;
    House {
        place: plot.at + across * away,
        half,
        along,
        roof,
        floors,
        hamlet: hamlet.name.clone(),
    }
}

fn stands(house: &House, terrain: &Terrain, roads: &[Road], houses: &[House]) -> bool {
    let place = house.place;
    let margin = 40.0;
    let inside = place.x > margin
        && place.y > margin
        && place.x < WIDTH - margin
        && place.y < HEIGHT - margin;
    let beside = terrain.beside.nearest(place);
    let room = house.half.0 + 3.0;
    inside
        && beside.offset.abs() > beside.to_bank() + 40.0
        && terrain.slope(place) < 0.34
        && houses
            .iter()
            .all(|other| distance(other.place, place) > (other.half.0 + house.half.0).max(15.0))
        && roads.iter().all(|road| {
            let clear = house.half.1 + road.class.width() / 2.0 + 1.0;
            road.points.windows(2).all(|pair| {
                let near = (pair[0] + pair[1]) / 2.0;
                distance(near, place) > distance(pair[0], pair[1]) / 2.0 + room + 20.0
                    || super::partition::away_from(place, pair[0], pair[1]) > clear
            })
        })
}
