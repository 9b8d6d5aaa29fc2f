//! The kinds of products, known by their file names.

use std::path::Path;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

/// A kind of product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Sentinel-2 as ESA delivers it: a SAFE folder of JPEG 2000 files.
    Sentinel2Safe {
        /// The processing baseline, 400 for N0400, where the folder's name tells.
        baseline: Option<u16>,
    },
    /// Sentinel-2 by MAJA (Theia): one GeoTIFF a band.
    Maja,
    /// Sentinel-2 bands cut and repacked by somebody.
    Sentinel2Export,
    /// Landsat, Collections 1 and 2.
    Landsat {
        /// 4 to 9.
        mission: u8,
        /// Whether the numbers are Collection 2 surface reflectance or temperature.
        level2: bool,
    },
    /// Landsat surface reflectance before collections (LEDAPS stacks).
    LandsatLedaps {
        /// 4 to 8.
        mission: u8,
    },
    /// Aerial images of the United States' NAIP.
    Naip,
    /// Nothing known.
    Other,
}

/// What a file name says.
#[derive(Debug, Clone, PartialEq)]
pub struct Name {
    /// The kind of product.
    pub family: Family,
    /// Who took it, in STAC's words.
    pub sensor: Option<String>,
    /// When.
    pub acquired: Option<NaiveDateTime>,
}

impl Name {
    /// Reads the name of a file, and of the SAFE folder around it.
    pub fn read(path: &Path) -> Self {
        let stem = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let tokens: Vec<&str> = stem.split(['_', '.']).collect();
        maja(&tokens)
            .or_else(|| safe(path, &tokens))
            .or_else(|| landsat_collection(&tokens))
            .or_else(|| landsat_ledaps(&tokens))
            .or_else(|| naip(&tokens))
            .or_else(|| sentinel2_export(&tokens))
            .unwrap_or_else(|| Self {
                family: Family::Other,
                sensor: None,
                acquired: only_date(&tokens),
            })
    }
}

/// `SENTINEL2B_20181023-105107-455_L2A_T30TYP_D_V1-9_FRE_B4`.
fn maja(tokens: &[&str]) -> Option<Name> {
    let unit = tokens.first()?.strip_prefix("SENTINEL2")?;
    let acquired = moment(tokens.get(1)?)?;
    Some(Name {
        family: Family::Maja,
        sensor: Some(format!("sentinel-2{}", unit.to_ascii_lowercase())),
        acquired: Some(acquired),
    })
}

/// `T30TYP_20181023T105107_B04_10m` below `S2B_MSIL2A_20181023T105107_N0400_R051_T30TYP_….SAFE`.
fn safe(path: &Path, tokens: &[&str]) -> Option<Name> {
    let &[tile, time, _band, ..] = tokens else {
        return None;
    };
    let is_tile = tile.len() == 6 && tile.starts_with('T') && digits(tile.get(1..3)?);
    let acquired = moment(time).filter(|_| is_tile && time.contains('T'))?;
    let folder = path.ancestors().skip(1).find_map(|folder| {
        let name = folder.file_name()?.to_string_lossy().into_owned();
        name.contains("_MSIL").then_some(name)
    });
    let folder = folder.unwrap_or_default();
    let baseline = folder
        .split('_')
        .find_map(|token| token.strip_prefix('N')?.parse().ok());
    let unit = folder.get(..3).filter(|unit| unit.starts_with("S2"));
    let sensor = unit.map_or_else(|| "sentinel-2".to_owned(), platform);
    let family = Family::Sentinel2Safe { baseline };
    Some(Name {
        family,
        sensor: Some(sensor),
        acquired: Some(acquired),
    })
}

/// `S2B_T33UUP_20210617_RGBN_10m`, `S2_L2A_sample_20220612_B04_B03`.
fn sentinel2_export(tokens: &[&str]) -> Option<Name> {
    let unit = tokens
        .first()
        .filter(|unit| matches!(unit.len(), 2 | 3) && unit.starts_with("S2"))?;
    let acquired = tokens.iter().find_map(|token| moment(token));
    Some(Name {
        family: Family::Sentinel2Export,
        sensor: Some(platform(unit)),
        acquired,
    })
}

/// "S2B" → "sentinel-2b".
fn platform(unit: &str) -> String {
    format!(
        "sentinel-2{}",
        unit.get(2..).unwrap_or_default().to_ascii_lowercase()
    )
}

/// `LC08_L2SP_224077_20200518_20200820_02_T1_SR_B4`.
fn landsat_collection(tokens: &[&str]) -> Option<Name> {
    let &[sensor, level, place, day, ..] = tokens else {
        return None;
    };
    let instrument = sensor.strip_prefix('L')?.get(..1)?;
    let mission: u8 = sensor
        .get(2..4)?
        .parse()
        .ok()
        .filter(|mission| (4..=9).contains(mission))?;
    let known = sensor.len() == 4 && "COTEM".contains(instrument) && level.starts_with('L');
    let acquired = date(day).filter(|_| known && place.len() == 6 && digits(place))?;
    let level2 =
        level.starts_with("L2") && tokens.iter().any(|token| matches!(*token, "SR" | "ST"));
    Some(Name {
        family: Family::Landsat { mission, level2 },
        sensor: Some(format!("landsat-{mission}")),
        acquired: Some(acquired),
    })
}

/// `LE70220491999322EDC01_stack`: sensor, path, row, year, day of the year, station.
fn landsat_ledaps(tokens: &[&str]) -> Option<Name> {
    let id = tokens
        .first()
        .filter(|id| id.len() >= 16 && id.is_ascii())?;
    let instrument = id.strip_prefix('L')?.get(..1)?;
    let mission: u8 = id
        .get(2..3)?
        .parse()
        .ok()
        .filter(|mission| (4..=8).contains(mission))?;
    let numbers = id
        .get(3..16)
        .filter(|numbers| "COTEM".contains(instrument) && digits(numbers))?;
    let day = NaiveDate::from_yo_opt(
        numbers.get(6..10)?.parse().ok()?,
        numbers.get(10..13)?.parse().ok()?,
    )?;
    Some(Name {
        family: Family::LandsatLedaps { mission },
        sensor: Some(format!("landsat-{mission}")),
        acquired: Some(day.and_time(NaiveTime::MIN)),
    })
}

/// `m_4709963_se_14_1_20100629`.
fn naip(tokens: &[&str]) -> Option<Name> {
    let &["m", place, ..] = tokens else {
        return None;
    };
    let acquired = tokens.iter().skip(2).find_map(|token| date(token));
    let acquired = acquired.filter(|_| place.len() == 7 && digits(place))?;
    Some(Name {
        family: Family::Naip,
        sensor: Some("naip".to_owned()),
        acquired: Some(acquired),
    })
}

/// The date in a name nobody knows, if there is exactly one.
fn only_date(tokens: &[&str]) -> Option<NaiveDateTime> {
    let mut dates: Vec<_> = tokens
        .iter()
        .flat_map(|token| token.split('-'))
        .filter_map(moment)
        .collect();
    dates.dedup();
    if let [only] = dates.as_slice() {
        Some(*only)
    } else {
        None
    }
}

/// `20181023`, `20181023T105107` or `20181023-105107-455`.
fn moment(token: &str) -> Option<NaiveDateTime> {
    let (day, time) = token.split_once(['T', '-']).unwrap_or((token, ""));
    let day = date(day)?;
    let time = time.get(..6).filter(|time| digits(time));
    let time = time.and_then(|time| NaiveTime::parse_from_str(time, "%H%M%S").ok());
    Some(time.map_or(day, |time| day.date().and_time(time)))
}

/// Eight digits that are a day since the first Landsat.
pub(super) fn date(token: &str) -> Option<NaiveDateTime> {
    let token = Some(token).filter(|token| token.len() == 8 && digits(token))?;
    let day = NaiveDate::parse_from_str(token, "%Y%m%d").ok()?;
    let first = NaiveDate::from_ymd_opt(1972, 7, 23)?;
    (day >= first).then(|| day.and_time(NaiveTime::MIN))
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
