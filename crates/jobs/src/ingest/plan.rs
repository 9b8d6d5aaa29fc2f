//! What will be read from which file, before any pixel is.

use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDateTime, NaiveTime, Utc};
use raster::{
    foreign::{Foreign, RasterDescription},
    georeference::GeoReference,
    product::{self, BandMeaning, Product, Role},
    sample::DataType,
};

use super::IngestRequest;
use crate::{Error, Result};

/// A scene to be read.
#[derive(Debug)]
pub(super) struct Plan {
    pub id: String,
    pub acquired: DateTime<Utc>,
    pub sensor: String,
    pub cloud_share: Option<f64>,
    pub bands: Vec<BandPlan>,
}

/// A band to be read.
#[derive(Debug)]
pub(super) struct BandPlan {
    pub path: PathBuf,
    /// Its number in the file, counted from 1.
    pub number: usize,
    pub meaning: BandMeaning,
    pub data_type: DataType,
    pub georeference: GeoReference,
}

/// One file and what is known of it.
struct Source {
    path: PathBuf,
    description: RasterDescription,
    product: Product,
}

impl Plan {
    pub fn make(foreign: &Foreign, request: &IngestRequest) -> Result<Self> {
        if let Some(value) = request
            .cloud_share
            .filter(|share| !(0.0..=1.0).contains(share))
        {
            return Err(Error::CloudShare { value });
        }
        let sources: Vec<Source> = product::inputs(&request.paths)?
            .into_iter()
            .map(|path| {
                let description = foreign.describe(&path)?;
                let product = product::recognise(&path, &description);
                Ok(Source {
                    path,
                    description,
                    product,
                })
            })
            .collect::<Result<_>>()?;
        let bands = bands(&sources, request)?;
        Ok(Self {
            acquired: acquired(&sources, request)?,
            sensor: sensor(&sources, request)?,
            id: id(&sources, request)?,
            cloud_share: request.cloud_share,
            bands,
        })
    }

    /// The grid of the band with the most pixels: what the scene is said to be.
    pub fn finest(&self) -> Option<&GeoReference> {
        let grids = self.bands.iter().map(|band| &band.georeference);
        grids.max_by_key(|grid| u64::from(grid.width) * u64::from(grid.height))
    }
}

fn bands(sources: &[Source], request: &IngestRequest) -> Result<Vec<BandPlan>> {
    let found = sources
        .iter()
        .map(|source| source.description.bands.len())
        .sum();
    let given = request.bands.len();
    if given != 0 && given != found {
        return Err(Error::BandCount { given, found });
    }
    let mut words = request.bands.iter();
    let mut bands: Vec<BandPlan> = Vec::new();
    for source in sources {
        for (number, meaning) in meanings(source, &mut words)? {
            let band = source.plan(number, meaning, request.nodata)?;
            let twin = bands
                .iter()
                .find(|other| other.meaning.role == band.meaning.role);
            if let Some(twin) = twin {
                return Err(Error::RoleTwice {
                    role: band.meaning.role.to_string(),
                    first: twin.path.clone(),
                    second: band.path,
                });
            }
            bands.push(band);
        }
    }
    if bands.iter().all(|band| band.meaning.role == Role::Alpha) {
        return Err(Error::NoBands);
    }
    Ok(bands)
}

/// The bands of one file that are wanted, with their numbers.
fn meanings<'a>(
    source: &Source,
    words: &mut impl ExactSizeIterator<Item = &'a String>,
) -> Result<Vec<(usize, BandMeaning)>> {
    let count = source.description.bands.len();
    if words.len() > 0 {
        let by_hand = (1..=count).zip(words);
        let taken = by_hand.filter(|(_, word)| word.trim() != "-");
        return taken
            .map(|(number, word)| {
                Ok(source
                    .named(number, word.parse()?)
                    .map(|band| (number, band)))
            })
            .filter_map(Result::transpose)
            .collect();
    }
    if source.product.bands.iter().all(Option::is_none) {
        let roles = ["red", "green", "blue", "nir", "swir16", "swir22", "scl"];
        let example: Vec<&str> = roles
            .into_iter()
            .chain(std::iter::repeat("-"))
            .take(count)
            .collect();
        let path = source.path.clone();
        return Err(Error::UnknownBands {
            path,
            count,
            example: example.join(","),
        });
    }
    let known = (1..).zip(&source.product.bands);
    Ok(known
        .filter_map(|(number, meaning)| {
            let unnamed = || source.named(number, Role::Other(format!("band{number}")));
            meaning
                .clone()
                .or_else(unnamed)
                .map(|meaning| (number, meaning))
        })
        .collect())
}

impl Source {
    fn named(&self, number: usize, role: Role) -> Option<BandMeaning> {
        product::meaning_of(&self.path, &self.description, number, role)
    }

    fn plan(&self, number: usize, meaning: BandMeaning, nodata: Option<f64>) -> Result<BandPlan> {
        let missing = || Error::BandCount {
            given: number,
            found: self.description.bands.len(),
        };
        let band = number
            .checked_sub(1)
            .and_then(|place| self.description.bands.get(place));
        let data_type = band.ok_or_else(missing)?.data_type;
        let by_hand = nodata.filter(|value| meaning.classes.is_none() && data_type.holds(*value));
        Ok(BandPlan {
            path: self.path.clone(),
            number,
            meaning: BandMeaning {
                nodata: by_hand.or(meaning.nodata),
                ..meaning
            },
            data_type,
            georeference: georeference(&self.path, &self.description)?,
        })
    }
}

/// The grid and the place of a file.
///
/// # Errors
/// When nobody knows its reference system.
pub(crate) fn georeference(path: &Path, description: &RasterDescription) -> Result<GeoReference> {
    let projection = description
        .epsg
        .and_then(grid::projection::Projection::from_epsg);
    let nowhere = || {
        Error::Foreign(raster::foreign::Error::Refused {
            path: path.to_owned(),
            fault: raster::foreign::Fault::NoReferenceSystem,
        })
    };
    Ok(GeoReference {
        projection: projection
            .or_else(|| description.lattice.clone())
            .ok_or_else(nowhere)?,
        epsg: description.epsg,
        transform: description.transform,
        // The reader of foreign files bounds both sides by a million.
        width: description.width as u32,
        height: description.height as u32,
    })
}

/// When the scene was taken: the day given, else the one all files agree on.
fn acquired(sources: &[Source], request: &IngestRequest) -> Result<DateTime<Utc>> {
    let mut told: Option<NaiveDateTime> = None;
    for moment in sources.iter().filter_map(|source| source.product.acquired) {
        match (told, request.date) {
            (Some(first), None) if first.date() != moment.date() => {
                return Err(Error::Dates {
                    first: first.date(),
                    second: moment.date(),
                });
            }
            (None, _) => told = Some(moment),
            _ => {}
        }
    }
    let told = match request.date {
        // The files' time of day is worth keeping when the day is the same.
        Some(day) => told
            .filter(|told| told.date() == day)
            .or(Some(day.and_time(NaiveTime::MIN))),
        None => told,
    };
    told.map(|moment| moment.and_utc())
        .ok_or_else(|| Error::NoDate {
            path: first_path(sources),
        })
}

fn sensor(sources: &[Source], request: &IngestRequest) -> Result<String> {
    let told = sources
        .iter()
        .find_map(|source| source.product.sensor.clone());
    let given = request
        .sensor
        .as_deref()
        .map(str::trim)
        .filter(|sensor| !sensor.is_empty());
    given
        .map(str::to_owned)
        .or(told)
        .ok_or_else(|| Error::NoSensor {
            path: first_path(sources),
        })
}

fn first_path(sources: &[Source]) -> PathBuf {
    sources
        .first()
        .map(|source| source.path.clone())
        .unwrap_or_default()
}

/// The id given, else what the files' names have in common.
fn id(sources: &[Source], request: &IngestRequest) -> Result<String> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    if let Some(id) = &request.id {
        let good = !id.is_empty() && id.len() <= 100 && id.chars().all(plain);
        let refused = || Error::Id {
            id: id.clone(),
            what: "scene",
        };
        return if good { Ok(id.clone()) } else { Err(refused()) };
    }
    let stems: Vec<String> = sources
        .iter()
        .filter_map(|source| Some(source.path.file_stem()?.to_string_lossy().into_owned()))
        .collect();
    let common = common_prefix(&stems);
    let id: String = common
        .chars()
        .map(|letter| if plain(letter) { letter } else { '-' })
        .collect();
    let id = id.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
    let id: String = id.chars().take(100).collect();
    if id.is_empty() {
        Err(Error::Id {
            id: common,
            what: "scene",
        })
    } else {
        Ok(id)
    }
}

/// The beginning all names share, cut where a word ends.
fn common_prefix(names: &[String]) -> String {
    let Some((first, rest)) = names.split_first() else {
        return String::new();
    };
    let shared = |other: &String| {
        let pairs = first.char_indices().zip(other.chars());
        pairs
            .take_while(|((_, one), other)| one == other)
            .map(|((at, one), _)| at + one.len_utf8())
            .last()
    };
    let length = rest
        .iter()
        .map(|other| shared(other).unwrap_or(0))
        .min()
        .unwrap_or(first.len());
    let prefix = first.get(..length).unwrap_or_default();
    let whole = rest.is_empty()
        || first
            .get(length..)
            .is_some_and(|rest| rest.starts_with(['_', '-', '.']));
    match prefix.rfind(['_', '-', '.']) {
        Some(end) if !whole => prefix.get(..end).unwrap_or_default().to_owned(),
        _ => prefix.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(names: &[&str]) -> String {
        common_prefix(
            &names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn an_id_is_what_the_names_share() {
        assert_eq!(prefix(&["S2_20220612_SCL"]), "S2_20220612_SCL");
        assert_eq!(
            prefix(&["T30TYP_20181023_B02", "T30TYP_20181023_B03"]),
            "T30TYP_20181023"
        );
        assert_eq!(prefix(&["T30_V1-9_FRE_B2", "T30_V1-9_CLM_R1"]), "T30_V1-9");
        assert_eq!(prefix(&["T30_FRE_B8", "T30_FRE_B8A"]), "T30_FRE");
        assert_eq!(prefix(&["a", "b"]), "");
    }
}
