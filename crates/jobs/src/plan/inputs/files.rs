//! GeoTIFFs, read where they are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use raster::cog::CogReader;
use raster::mask::{Field, Legend};
use raster::product::{self, Classes, Role};

use super::{FoundBand, FoundLook, Meaning, Numbers, nothing};
use crate::recipe::{BandMask, File};
use crate::{Error, Result, Workshop};

pub(super) async fn looks(
    workshop: &Workshop,
    key: &str,
    files: &[File],
    meanings: &mut BTreeMap<String, Meaning>,
) -> Result<Vec<FoundLook>> {
    allowed(workshop, key)?;
    let (key, files) = (format!("{key}.files"), files.to_vec());
    let read = workshop.blocking(move |_| {
        let look = |(place, file): (usize, &File)| look(&format!("{key}[{place}]"), file);
        files
            .iter()
            .enumerate()
            .map(look)
            .collect::<Result<Vec<_>>>()
    });
    let looks = read.await?;
    for band in looks.iter().flat_map(|look| look.bands.values()) {
        meanings.insert(band.source.clone(), Meaning::of(&band.numbers));
    }
    Ok(looks)
}

/// Only who sits at the machine may name its files: a recipe that comes over the network may not.
fn allowed(workshop: &Workshop, key: &str) -> Result<()> {
    if workshop.local_files {
        return Ok(());
    }
    let why = "files of the server can only be read by `xiangtu run` on the server itself; bring them in with `xiangtu ingest` and use `scenes`";
    Err(nothing(key, why))
}

fn open(key: &str, path: &Path) -> Result<(String, CogReader)> {
    let whole = path.canonicalize().map_err(|source| {
        nothing(
            &format!("{key}.path"),
            &format!("{} cannot be opened: {source}", path.display()),
        )
    })?;
    let reader = CogReader::open_path(&whole).map_err(|source| Error::Cog {
        what: path.display().to_string(),
        source,
    })?;
    Ok((format!("file:{}", whole.display()), reader))
}

fn look(key: &str, file: &File) -> Result<FoundLook> {
    let (source, reader) = open(key, &file.path)?;
    let mut bands = BTreeMap::new();
    for (&number, role) in &file.bands {
        let band = index(key, &file.path, &reader, number)?;
        let role: Role = role.parse()?;
        let mut found = found(&source, &reader, band);
        let numbers = &mut found.numbers;
        numbers.nodata = file.nodata.or(numbers.nodata);
        numbers.scale = file.scale.unwrap_or(numbers.scale);
        numbers.offset = file.offset.unwrap_or(numbers.offset);
        bands.insert(role.to_string(), found);
    }
    let classes = match &file.mask {
        None => None,
        Some(mask) => Some(classes(key, file, mask, &source, &reader)?),
    };
    Ok(FoundLook {
        bands,
        classes,
        ..FoundLook::new(name(&file.path), file.date, "")
    })
}

fn found(source: &str, reader: &CogReader, band: usize) -> FoundBand {
    let meaning = &reader.bands()[band];
    FoundBand {
        source: source.to_owned(),
        band,
        grid: reader.georeference().clone(),
        numbers: Numbers {
            data_type: reader.data_type(),
            nodata: reader.nodata(),
            scale: meaning.scale,
            offset: meaning.offset,
        },
    }
}

fn index(key: &str, path: &Path, reader: &CogReader, number: u16) -> Result<usize> {
    let has = reader.bands().len();
    match usize::from(number).checked_sub(1) {
        Some(band) if band < has => Ok(band),
        _ => {
            let why = format!(
                "{} has {has} bands, counted from 1; there is no band {number}",
                path.display()
            );
            Err(nothing(&format!("{key}.bands"), &why))
        }
    }
}

fn classes(
    key: &str,
    file: &File,
    mask: &BandMask,
    source: &str,
    reader: &CogReader,
) -> Result<(String, usize, Legend)> {
    let key = format!("{key}.mask");
    let legend = legend(&key, mask)?;
    match &mask.path {
        None => Ok((
            source.to_owned(),
            index(&key, &file.path, reader, mask.band)?,
            legend,
        )),
        Some(path) => {
            let (source, reader) = open(&key, path)?;
            let band = index(&key, path, &reader, mask.band)?;
            Ok((source, band, legend))
        }
    }
}

fn legend(key: &str, mask: &BandMask) -> Result<Legend> {
    if let Some(word) = &mask.classes {
        let role: Role = word.parse()?;
        let known = || {
            nothing(
                key,
                &format!(
                    "“{word}” is no kind of classes; there are scl, fmask, qa_pixel, cloud_mask"
                ),
            )
        };
        return Ok(Legend::from(Classes::of(&role).ok_or_else(known)?));
    }
    let field = |field: &crate::recipe::MaskField| {
        let class = field.class.parse();
        let class = class
            .map_err(|unknown: raster::mask::UnknownClass| nothing(key, &unknown.to_string()))?;
        Ok(Field {
            class,
            start: field.start,
            length: field.length,
            values: field.values.clone(),
        })
    };
    if mask.fields.is_empty() {
        return Err(nothing(
            key,
            "say how its numbers are read: `classes` or `fields`",
        ));
    }
    Ok(Legend::Fields(
        mask.fields.iter().map(field).collect::<Result<_>>()?,
    ))
}

fn name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or(path.as_os_str());
    stem.to_string_lossy().into_owned()
}

/// Every GeoTIFF of a folder; bands and dates are told by descriptions and names, as at `ingest`.
pub(super) async fn folder(
    workshop: &Workshop,
    key: &str,
    folder: &Path,
    meanings: &mut BTreeMap<String, Meaning>,
) -> Result<Vec<FoundLook>> {
    allowed(workshop, key)?;
    let (key, folder) = (format!("{key}.folder"), folder.to_owned());
    let found = workshop
        .blocking(move |shop| gather(shop, &key, &folder))
        .await?;
    meanings.extend(found.1);
    Ok(found.0)
}

type Gathered = (Vec<FoundLook>, BTreeMap<String, Meaning>);

fn gather(workshop: &Workshop, key: &str, folder: &PathBuf) -> Result<Gathered> {
    let mut looks: Vec<FoundLook> = Vec::new();
    let mut meanings = BTreeMap::new();
    for path in product::inputs(std::slice::from_ref(folder))? {
        let described = workshop.foreign.describe(&path)?;
        let product = product::recognise(&path, &described);
        let Some(acquired) = product.acquired else {
            let why = format!(
                "{} does not tell its date; name it under `files`",
                path.display()
            );
            return Err(nothing(key, &why));
        };
        let (date, sensor) = (acquired.date(), product.sensor.unwrap_or_default());
        let (source, reader) = open(key, &path)?;
        for (band, meaning) in product.bands.into_iter().enumerate() {
            let Some(meaning) = meaning else { continue };
            let role = meaning.role.to_string();
            // The same band again is another image of the same day.
            let fits = |look: &FoundLook| {
                let taken = look.bands.contains_key(&role)
                    || (meaning.classes.is_some() && look.classes.is_some());
                look.date == date && look.sensor == sensor && !taken
            };
            let place = looks.iter().position(fits).unwrap_or_else(|| {
                looks.push(FoundLook::new(name(&path), date, &sensor));
                looks.len() - 1
            });
            let look = &mut looks[place];
            if let Some(classes) = meaning.classes {
                look.classes = Some((source.clone(), band, Legend::from(classes)));
                continue;
            }
            let mut found = found(&source, &reader, band);
            found.numbers = Numbers {
                nodata: meaning.nodata,
                scale: meaning.scale,
                offset: meaning.offset,
                ..found.numbers
            };
            meanings.insert(source.clone(), Meaning::of(&found.numbers));
            look.bands.insert(role, found);
        }
    }
    Ok((looks, meanings))
}
