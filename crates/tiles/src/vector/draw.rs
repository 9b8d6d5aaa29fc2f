//! A tile of a layer in memory, as a vector tile (Mapbox Vector Tile 2.1).

use std::ops::Range;

use grid::tile::Tile;

use super::clip;
use super::layer::{Band, Feature, Kind, Layer, band};
use super::plane::{self, EXTENT, Place, Window};
use super::protobuf::{self, Pen, field};

/// Polygons of less than so many square steps of the tile are too small to be drawn each.
const TINY: f64 = 4.0;

/// What a tile does not show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Polygons too small to be drawn, whose ground others of their kind stand for.
    pub tiny: u32,
    /// Features of which no step is left.
    pub vanished: u32,
    /// Features that made the tile too large, the smallest first.
    pub thinned: u32,
}

impl LeftOut {
    /// Counts the same of another layer.
    pub(crate) fn add(&mut self, other: Self) {
        self.tiny += other.tiny;
        self.vanished += other.vanished;
        self.thinned += other.thinned;
    }
}

/// A feature's geometry as commands.
struct Drawn {
    feature: usize,
    commands: Range<usize>,
}

/// Appends the layer's part of a tile to `out`: nothing when there is nothing to show.
///
/// `sees` says for each of the layer's areas whether it may be seen. The part takes at most
/// `budget` bytes.
pub fn layer(
    out: &mut Vec<u8>,
    layer: &Layer,
    tile: Tile,
    sees: Option<&[bool]>,
    budget: usize,
) -> LeftOut {
    let mut sketch = Sketch::new(layer, tile);
    let shown = sketch.shown;
    layer.tree.search(&shown, &mut |feature| {
        let Feature {
            area, first_zoom, ..
        } = layer.features[feature];
        if first_zoom <= tile.zoom && sees.is_none_or(|sees| sees[area as usize]) {
            sketch.feature(feature);
        }
    });
    let Sketch {
        commands,
        mut drawn,
        mut left_out,
        ..
    } = sketch;
    if drawn.is_empty() {
        return left_out;
    }
    let mut body = assemble(layer, &commands, &drawn);
    if body.len() > budget {
        let before = drawn.len();
        thin_out(layer, &mut drawn, budget);
        left_out.thinned = (before - drawn.len()) as u32;
        body = assemble(layer, &commands, &drawn);
    }
    protobuf::bytes(out, field::TILE_LAYERS, &body);
    left_out
}

/// The geometry of a tile while it is drawn.
struct Sketch<'layer> {
    layer: &'layer Layer,
    band: &'layer Band,
    window: Window,
    shown: plane::Rectangle,
    zoom: u8,
    commands: Vec<u8>,
    drawn: Vec<Drawn>,
    left_out: LeftOut,
    /// Square steps of tiny polygons that none stands for yet.
    owed: f64,
    /// A square step of the tile on the plane.
    square: f64,
    places: Vec<Place>,
    spare: Vec<Place>,
}

impl<'layer> Sketch<'layer> {
    fn new(layer: &'layer Layer, tile: Tile) -> Self {
        let window = Window::of(tile);
        Self {
            layer,
            band: &layer.bands[band(tile.zoom)],
            window,
            shown: window.shown(),
            zoom: tile.zoom,
            commands: Vec::new(),
            drawn: Vec::new(),
            left_out: LeftOut::default(),
            owed: 0.0,
            square: plane::step(tile.zoom).powi(2),
            places: Vec::new(),
            spare: Vec::new(),
        }
    }

    fn feature(&mut self, feature: usize) {
        let begin = self.commands.len();
        let whole = self.shown.contains(&self.layer.tree.rectangle(feature));
        match self.layer.features[feature].kind {
            Kind::Points => self.points(feature),
            Kind::Lines => self.lines(feature, whole),
            Kind::Polygons => {
                let steps = f64::from(self.layer.features[feature].ground) / self.square;
                if steps < TINY {
                    return self.tiny(feature, steps);
                }
                self.polygons(feature, whole);
            }
        }
        let commands = begin..self.commands.len();
        if commands.is_empty() {
            self.left_out.vanished += 1;
        } else {
            self.drawn.push(Drawn { feature, commands });
        }
    }

    /// One of many tiny polygons is drawn, as large as all together: what is dense stays dense.
    fn tiny(&mut self, feature: usize, steps: f64) {
        self.owed += steps;
        let [x, y] = self
            .window
            .locate(self.layer.tree.rectangle(feature).centre());
        if self.owed < TINY || !clip::shows([x, y]) {
            self.left_out.tiny += 1;
            return;
        }
        self.owed -= TINY;
        let begin = self.commands.len();
        let square = [
            [x - 1, y - 1],
            [x + 1, y - 1],
            [x + 1, y + 1],
            [x - 1, y + 1],
        ];
        Pen::new(&mut self.commands).ring(&square);
        self.drawn.push(Drawn {
            feature,
            commands: begin..self.commands.len(),
        });
    }

    fn points(&mut self, feature: usize) {
        self.places.clear();
        for (vertices, _, _) in self.band.parts(feature) {
            let places = vertices.iter().map(|vertex| self.window.locate(*vertex));
            self.places
                .extend(places.filter(|place| clip::shows(*place)));
        }
        if !self.places.is_empty() {
            Pen::new(&mut self.commands).points(&self.places);
        }
    }

    fn lines(&mut self, feature: usize, whole: bool) {
        let band = self.band;
        let mut commands = std::mem::take(&mut self.commands);
        let mut pen = Pen::new(&mut commands);
        for (vertices, zooms, _) in band.parts(feature) {
            self.locate(vertices, zooms);
            if !whole {
                clip::line(&self.places, &mut self.spare, |piece| pen.line(piece));
            } else if self.places.len() > 1 {
                pen.line(&self.places);
            }
        }
        self.commands = commands;
    }

    fn polygons(&mut self, feature: usize, whole: bool) {
        let band = self.band;
        let mut commands = std::mem::take(&mut self.commands);
        let mut pen = Pen::new(&mut commands);
        // Holes of a ring that vanished have nothing to be cut from.
        let mut outside = false;
        for (vertices, zooms, hole) in band.parts(feature) {
            if hole && !outside {
                continue;
            }
            self.locate(vertices, zooms);
            if !whole {
                clip::ring(&mut self.places, &mut self.spare);
                self.places.dedup();
            }
            if self.places.len() > 1 && self.places.first() == self.places.last() {
                self.places.pop();
            }
            let area = clip::doubled_area(&self.places);
            if !hole {
                outside = area != 0;
            }
            if area == 0 {
                continue;
            }
            // Exterior rings run clockwise on the screen, holes against it.
            if (area < 0) != hole {
                self.places.reverse();
            }
            pen.ring(&self.places);
        }
        self.commands = commands;
    }

    /// Fills `places` with what this zoom needs of a part, in steps of the tile.
    fn locate(&mut self, vertices: &[Place], zooms: &[u8]) {
        self.places.clear();
        for (vertex, first) in vertices.iter().zip(zooms) {
            if *first <= self.zoom {
                let place = self.window.locate(*vertex);
                if self.places.last() != Some(&place) {
                    self.places.push(place);
                }
            }
        }
    }
}

/// The body of the layer's message.
fn assemble(layer: &Layer, commands: &[u8], drawn: &[Drawn]) -> Vec<u8> {
    let mut body = Vec::with_capacity(commands.len() + 32 * drawn.len());
    protobuf::number(&mut body, field::LAYER_VERSION, 2);
    protobuf::bytes(&mut body, field::LAYER_NAME, layer.name.as_bytes());
    let (mut keys, mut values) = (Used::new(layer.keys.len()), Used::new(layer.values.len()));
    let (mut tags, mut message) = (Vec::new(), Vec::new());
    for Drawn {
        feature,
        commands: range,
    } in drawn
    {
        let feature = &layer.features[*feature];
        tags.clear();
        for [key, value] in &layer.tags[feature.tags.start as usize..feature.tags.end as usize] {
            protobuf::varint(&mut tags, keys.number(*key));
            protobuf::varint(&mut tags, values.number(*value));
        }
        message.clear();
        protobuf::number(&mut message, field::FEATURE_ID, feature.id);
        protobuf::bytes(&mut message, field::FEATURE_TAGS, &tags);
        protobuf::number(&mut message, field::FEATURE_TYPE, feature.kind as u64);
        protobuf::bytes(
            &mut message,
            field::FEATURE_GEOMETRY,
            &commands[range.clone()],
        );
        protobuf::bytes(&mut body, field::LAYER_FEATURES, &message);
    }
    for key in keys.order {
        protobuf::bytes(&mut body, field::LAYER_KEYS, layer.keys.get(key));
    }
    for value in values.order {
        protobuf::bytes(&mut body, field::LAYER_VALUES, layer.values.get(value));
    }
    protobuf::number(&mut body, field::LAYER_EXTENT, EXTENT as u64);
    body
}

/// Leaves the largest features, as many as fit.
fn thin_out(layer: &Layer, drawn: &mut Vec<Drawn>, budget: usize) {
    let rank = |one: &Drawn| layer.features[one.feature].rank;
    drawn.sort_by(|one, other| rank(other).total_cmp(&rank(one)));
    let (mut keys, mut values) = (Used::new(layer.keys.len()), Used::new(layer.values.len()));
    // Name, version and extent.
    let mut taken = layer.name.len() + 16;
    let pair =
        protobuf::width(layer.keys.len() as u64) + protobuf::width(layer.values.len() as u64);
    // A field's number and its length.
    let field = |bytes: usize| 1 + protobuf::width(bytes as u64) + bytes;
    let fits = drawn.iter().position(|Drawn { feature, commands }| {
        let feature = &layer.features[*feature];
        let tags = &layer.tags[feature.tags.start as usize..feature.tags.end as usize];
        // The id and the kind besides.
        let message = field(commands.len()) + field(pair * tags.len()) + 13;
        taken += field(message);
        for [key, value] in tags {
            let key = keys.first(*key).map(|key| layer.keys.get(key));
            let value = values.first(*value).map(|value| layer.values.get(value));
            let words = [key, value].into_iter().flatten();
            taken += words.map(|word| field(word.len())).sum::<usize>();
        }
        taken > budget
    });
    drawn.truncate(fits.unwrap_or(drawn.len()));
    drawn.sort_by_key(|one| one.feature);
}

/// Words of the layer that the tile uses, by their numbers in the tile.
struct Used {
    /// One more than the number in the tile; 0 for a word not used yet.
    numbers: Vec<u32>,
    order: Vec<u32>,
}

impl Used {
    fn new(words: usize) -> Self {
        Self {
            numbers: vec![0; words],
            order: Vec::new(),
        }
    }

    fn number(&mut self, word: u32) -> u64 {
        self.first(word);
        u64::from(self.numbers[word as usize] - 1)
    }

    /// The word when it is used for the first time.
    fn first(&mut self, word: u32) -> Option<u32> {
        let number = &mut self.numbers[word as usize];
        if *number > 0 {
            return None;
        }
        self.order.push(word);
        *number = self.order.len() as u32;
        Some(word)
    }
}
