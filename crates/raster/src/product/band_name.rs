//! From names of bands to roles.

use std::path::Path;

use super::{Family, Name, Role};
use crate::foreign::{BandDescription, RasterDescription};

/// The role of each band, from the best source there is: the bands' own descriptions, the list of
/// bands in the file name, the product's fixed order, the colours.
pub(super) fn roles(
    path: &Path,
    name: &Name,
    description: &RasterDescription,
) -> Vec<Option<Role>> {
    let count = description.bands.len();
    let stem = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let described: Vec<_> = description
        .bands
        .iter()
        .map(|band| described(name.family, band))
        .collect();
    if described.iter().any(Option::is_some) {
        return completed(name.family, described);
    }
    let listed = if count == 1 {
        single(name.family, &stem).map(|role| vec![role])
    } else {
        None
    };
    listed
        .or_else(|| listed_in(name.family, &stem, count))
        .or_else(|| fixed_order(name.family, count))
        .map_or_else(
            || description.bands.iter().map(colour).collect(),
            |roles| roles.into_iter().map(Some).collect(),
        )
}

/// What a band says of itself: "B4 red", "B08", "band 1 reflectance", "SCL".
fn described(family: Family, band: &BandDescription) -> Option<Role> {
    let tags = [
        "DESCRIPTION",
        "BAND_NAME",
        "COMMON_NAME",
        "long_name",
        "standard_name",
    ];
    let tagged = tags.iter().filter_map(|tag| band.tags.get(*tag));
    let texts: Vec<&String> = tagged.chain(&band.description).collect();
    // A word such as "red" is surer than a number, which means something else on every satellite.
    let by_word = texts.iter().find_map(|text| {
        let mut words = text
            .split_whitespace()
            .filter(|word| word.len() > 2 && !word.eq_ignore_ascii_case("band"));
        Role::known(text)
            .filter(|_| text.len() > 2)
            .or_else(|| words.find_map(Role::known))
    });
    by_word.or_else(|| texts.iter().find_map(|text| by_number(family, text)))
}

/// "B08", "B8A", "band 7 reflectance" by the satellite's own numbering.
fn by_number(family: Family, text: &str) -> Option<Role> {
    let lower = text.to_ascii_lowercase();
    let number = match lower.strip_prefix("band") {
        Some(rest) => rest
            .trim_start_matches([' ', '_'])
            .split_whitespace()
            .next()?
            .to_owned(),
        None => lower.split_whitespace().find_map(|word| {
            let number = word.rsplit('_').next()?.strip_prefix('b')?;
            number
                .starts_with(|first: char| first.is_ascii_digit())
                .then(|| number.to_owned())
        })?,
    };
    numbered(family, &number, number.len() > 1 && number.starts_with('0'))
}

/// The role of a band number on a satellite. Where the satellite is unknown, only the two-digit
/// numbers of Sentinel-2 are understood.
fn numbered(family: Family, number: &str, two_digits: bool) -> Option<Role> {
    let number = number.trim_start_matches('0').to_ascii_uppercase();
    match family {
        Family::Sentinel2Safe { .. } | Family::Maja | Family::Sentinel2Export => sentinel2(&number),
        Family::Landsat { mission: 8..=9, .. } | Family::LandsatLedaps { mission: 8 } => {
            landsat_oli(&number)
        }
        Family::Landsat { .. } | Family::LandsatLedaps { .. } => landsat_tm(&number),
        Family::Other if two_digits || number == "8A" => sentinel2(&number),
        Family::Naip | Family::Other => None,
    }
}

fn sentinel2(number: &str) -> Option<Role> {
    Some(match number {
        "1" => Role::Coastal,
        "2" => Role::Blue,
        "3" => Role::Green,
        "4" => Role::Red,
        "5" => Role::RedEdge071,
        "6" => Role::RedEdge075,
        "7" => Role::RedEdge078,
        "8" => Role::Nir,
        "8A" => Role::Nir08,
        "9" => Role::Nir09,
        "10" => Role::Cirrus,
        "11" => Role::Swir16,
        "12" => Role::Swir22,
        _ => return None,
    })
}

fn landsat_oli(number: &str) -> Option<Role> {
    Some(match number {
        "1" => Role::Coastal,
        "2" => Role::Blue,
        "3" => Role::Green,
        "4" => Role::Red,
        "5" => Role::Nir,
        "6" => Role::Swir16,
        "7" => Role::Swir22,
        "8" => Role::Pan,
        "9" => Role::Cirrus,
        "10" => Role::Lwir,
        _ => return None,
    })
}

fn landsat_tm(number: &str) -> Option<Role> {
    Some(match number {
        "1" => Role::Blue,
        "2" => Role::Green,
        "3" => Role::Red,
        "4" => Role::Nir,
        "5" => Role::Swir16,
        "6" => Role::Lwir,
        "7" => Role::Swir22,
        _ => return None,
    })
}

/// The role of a file with one band, from the end of its name: `…_FRE_B8A`, `…_SR_B4`,
/// `…_QA_PIXEL`, `…_B04_10m`, `…_SCL_20m`, `…_CLM_R1`.
fn single(family: Family, stem: &str) -> Option<Role> {
    let upper = stem.to_ascii_uppercase();
    if upper.ends_with("QA_PIXEL") || upper.ends_with("PIXEL_QA") {
        return Some(Role::QaPixel);
    }
    let tokens: Vec<&str> = upper.split('_').collect();
    let role = |token: &str| match token {
        "SCL" => Some(Role::Scl),
        "FMASK" => Some(Role::Fmask),
        "CLM" => Some(Role::CloudMask),
        _ if token.len() > 2 => Role::known(token).or_else(|| by_number(family, token)),
        _ => by_number(family, token),
    };
    tokens.iter().rev().take(3).find_map(|token| role(token))
}

/// A list of bands in the name that is as long as the file has bands: `_R_G_B_NIR_SWIR1_SCL_`,
/// `_RGBN_`, `_B04_B03_B02_B08_SCL`, `_B432_`.
fn listed_in(family: Family, stem: &str, count: usize) -> Option<Vec<Role>> {
    let tokens: Vec<&str> = stem.split(['_', '-', '.']).collect();
    let token_role = |token: &&str| by_number(family, token).or_else(|| Role::known(token));
    let run = tokens.windows(count.max(1)).find_map(|run| {
        run.iter()
            .map(token_role)
            .collect::<Option<Vec<_>>>()
            .filter(|_| count > 1)
    });
    run.or_else(|| tokens.iter().find_map(|token| packed(family, token, count)))
}

/// `RGBN` or `B432`: one letter or digit a band.
fn packed(family: Family, token: &str, count: usize) -> Option<Vec<Role>> {
    let token = token.to_ascii_uppercase();
    let letters = |letter: char| Role::known(letter.encode_utf8(&mut [0; 4]));
    let digits = |digit: char| numbered(family, digit.encode_utf8(&mut [0; 4]), false);
    let by_letter: Option<Vec<_>> = token.chars().map(letters).collect();
    let by_digit = || {
        token
            .strip_prefix('B')?
            .chars()
            .map(digits)
            .collect::<Option<Vec<_>>>()
    };
    by_letter
        .filter(|roles| roles.len() == count && count > 2)
        .or_else(|| by_digit().filter(|roles| roles.len() == count && count > 1))
}

/// Products that never say it, because it is always the same.
fn fixed_order(family: Family, count: usize) -> Option<Vec<Role>> {
    match (family, count) {
        (Family::Naip, 4) => Some(vec![Role::Red, Role::Green, Role::Blue, Role::Nir]),
        (Family::Naip, 3) => Some(vec![Role::Red, Role::Green, Role::Blue]),
        _ => None,
    }
}

/// The eighth band of a LEDAPS stack is Fmask, described as "Band 8" or not at all.
fn completed(family: Family, mut roles: Vec<Option<Role>>) -> Vec<Option<Role>> {
    if let (Family::LandsatLedaps { .. }, [.., Some(_), last @ None]) =
        (family, roles.as_mut_slice())
    {
        *last = Some(Role::Fmask);
    }
    roles
}

fn colour(band: &BandDescription) -> Option<Role> {
    match band.colour.as_deref() {
        Some("Red") => Some(Role::Red),
        Some("Green") => Some(Role::Green),
        Some("Blue") => Some(Role::Blue),
        Some("Alpha") => Some(Role::Alpha),
        _ => None,
    }
}
