//! Describing a raster and reading its bands.

use std::{collections::BTreeMap, path::Path};

use gdal::{
    Dataset, Metadata as _,
    raster::{ColorInterpretation, GdalDataType, GdalType, RasterBand},
    spatial_ref::SpatialRef,
};
use grid::projection::Projection;

use super::{
    Stop,
    answers::Answers,
    drivers::{self, Kind},
    lattice, reference,
};
use crate::{
    foreign::{
        description::{BandDescription, RasterDescription},
        fault::Fault,
        protocol::{Frame, LARGEST_STRIP, RawSamples},
    },
    sample::DataType,
};

/// The longest side of an image: a whole province at one metre.
const LONGEST_SIDE: usize = 1_000_000;
const MOST_BANDS: usize = 1000;
/// Bytes of pixels a strip aims at.
const STRIP: usize = 4 << 20;

pub(super) fn describe(path: &Path) -> Result<RasterDescription, Fault> {
    let dataset = open(path)?;
    let (width, height) = dataset.raster_size();
    let system = dataset
        .spatial_ref()
        .ok()
        .filter(|system| !system.is_local());
    let system = system.ok_or(Fault::NoReferenceSystem)?;
    let transform = dataset
        .geo_transform()
        .map_err(|_none| Fault::NoTransform)?;
    let [_, a, b, _, c, d] = transform;
    let area = a * d - b * c;
    if !transform.iter().all(|term| term.is_finite()) || area == 0.0 {
        return Err(Fault::NoTransform);
    }
    let epsg = reference::epsg(&system);
    let bands = (1..=dataset.raster_count()).map(|band| describe_band(&dataset, band));
    Ok(RasterDescription {
        driver: dataset.driver().short_name(),
        width,
        height,
        transform,
        epsg,
        crs_name: reference::name(&system),
        wkt: system.to_wkt().unwrap_or_default(),
        lattice: sampled(&system, epsg, &transform, (width, height))?,
        bands: bands.collect::<Result<_, _>>()?,
        metadata: tags(dataset.metadata_domain("")),
    })
}

fn sampled(
    system: &SpatialRef,
    epsg: Option<u32>,
    transform: &[f64; 6],
    size: (usize, usize),
) -> Result<Option<Projection>, Fault> {
    if epsg.and_then(Projection::from_epsg).is_some() {
        return Ok(None);
    }
    if let Some(projection) = reference::sinusoidal(system) {
        return Ok(Some(Projection::Sinusoidal(projection)));
    }
    lattice::over_image(system, transform, size).map(Some)
}

/// One band from top to bottom.
pub(super) fn read(path: &Path, number: usize, answers: &mut Answers) -> Result<(), Stop> {
    let dataset = open(path)?;
    require_whole(&dataset, path)?;
    let band = band(&dataset, number)?;
    match sample_type(&band, number)? {
        DataType::U8 => strips::<u8, 1>(path, &band, number, u8::to_le_bytes, answers),
        DataType::U16 => strips::<u16, 2>(path, &band, number, u16::to_le_bytes, answers),
        DataType::I16 => strips::<i16, 2>(path, &band, number, i16::to_le_bytes, answers),
        DataType::F32 => strips::<f32, 4>(path, &band, number, f32::to_le_bytes, answers),
    }
}

fn strips<T: GdalType + Copy + Default, const N: usize>(
    path: &Path,
    band: &RasterBand,
    number: usize,
    encode: fn(T) -> [u8; N],
    answers: &mut Answers,
) -> Result<(), Stop> {
    let (width, height) = band.size();
    let rows_at_once = strip_rows(width * N, band.block_size().1);
    let samples = RawSamples {
        data_type: sample_type(band, number)?,
    };
    let mut values = vec![T::default(); width * rows_at_once];
    let mut bytes = Vec::with_capacity(values.len() * N);
    for first_row in (0..height).step_by(rows_at_once) {
        let rows = rows_at_once.min(height - first_row);
        values.truncate(width * rows);
        let place = isize::try_from(first_row).unwrap_or(isize::MAX);
        let read =
            band.read_into_slice((0, place), (width, rows), (width, rows), &mut values, None);
        let said = drivers::failure(path);
        // Some drivers complain and still call the read a success.
        if read.is_err() || !said.is_empty() {
            let detail = if said.is_empty() {
                "no data".to_owned()
            } else {
                said
            };
            return Err(Fault::Pixels {
                band: number,
                row: first_row,
                detail,
            }
            .into());
        }
        bytes.clear();
        bytes.extend(values.iter().copied().flat_map(encode));
        answers.send_with(
            &Frame::Strip {
                first_row,
                rows,
                width,
                height,
                samples,
            },
            &bytes,
        )?;
    }
    Ok(())
}

/// Rows read at once: whole blocks, so that none is decoded twice, unless blocks are huge.
fn strip_rows(row_bytes: usize, block_rows: usize) -> usize {
    let most = (LARGEST_STRIP / row_bytes.max(1)).max(1);
    let aim = (STRIP / row_bytes.max(1)).max(1);
    let block_rows = block_rows.max(1);
    if block_rows > most {
        most
    } else {
        (aim / block_rows).max(1) * block_rows
    }
}

fn open(path: &Path) -> Result<Dataset, Fault> {
    let dataset = drivers::open(path, Kind::Raster, &[])?;
    let ((width, height), bands) = (dataset.raster_size(), dataset.raster_count());
    let sides = 1..=LONGEST_SIDE;
    if sides.contains(&width) && sides.contains(&height) && (1..=MOST_BANDS).contains(&bands) {
        Ok(dataset)
    } else {
        Err(Fault::Size {
            width,
            height,
            bands,
        })
    }
}

/// GDAL takes the missing end of a raw image for zeros, as if it were sparse.
fn require_whole(dataset: &Dataset, path: &Path) -> Result<(), Fault> {
    let told = |key| dataset.metadata_item(key, "ENVI");
    let packed = told("file_compression").is_some_and(|word| word.trim() != "0");
    if dataset.driver().short_name() != "ENVI" || packed {
        return Ok(());
    }
    let (width, height) = dataset.raster_size();
    let mut needs = told("header_offset")
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(0);
    for number in 1..=dataset.raster_count() {
        let sample = usize::from(band(dataset, number)?.band_type().bytes());
        needs += (width * height * sample) as u64;
    }
    let has = std::fs::metadata(path).map_or(0, |file| file.len());
    if has < needs {
        Err(Fault::Short { has, needs })
    } else {
        Ok(())
    }
}

fn band(dataset: &Dataset, number: usize) -> Result<RasterBand<'_>, Fault> {
    let bands = dataset.raster_count();
    dataset.rasterband(number).map_err(|_none| Fault::NoBand {
        band: number,
        bands,
    })
}

fn sample_type(band: &RasterBand, number: usize) -> Result<DataType, Fault> {
    match band.band_type() {
        GdalDataType::UInt8 => Ok(DataType::U8),
        GdalDataType::UInt16 => Ok(DataType::U16),
        GdalDataType::Int16 => Ok(DataType::I16),
        GdalDataType::UInt32
        | GdalDataType::Int32
        | GdalDataType::Float32
        | GdalDataType::Float64 => Ok(DataType::F32),
        other => Err(Fault::DataType {
            band: number,
            data_type: other.name(),
        }),
    }
}

fn describe_band(dataset: &Dataset, number: usize) -> Result<BandDescription, Fault> {
    let band = band(dataset, number)?;
    let data_type = sample_type(&band, number)?;
    let colour = band.color_interpretation();
    let given = |text: String| Some(text).filter(|text| !text.trim().is_empty());
    let said = |value: Option<f64>, neutral: f64| {
        value.filter(|value| value.is_finite() && (value - neutral).abs() > f64::EPSILON)
    };
    Ok(BandDescription {
        data_type,
        nodata: band
            .no_data_value()
            .and_then(|value| representable(value, data_type)),
        description: band.description().ok().and_then(given),
        scale: said(band.scale(), 1.0),
        offset: said(band.offset(), 0.0),
        unit: given(band.unit()),
        colour: (colour != ColorInterpretation::Undefined).then(|| colour.name()),
        tags: tags(band.metadata_domain("")),
    })
}

/// A nodata value as a sample can have it: files declare −10000 for bytes, and print a float's
/// limits with too few digits.
fn representable(value: f64, data_type: DataType) -> Option<f64> {
    match data_type {
        DataType::F32 => Some(f64::from(value as f32)),
        _ => Some(value).filter(|value| data_type.holds(*value)),
    }
}

fn tags(entries: Option<Vec<String>>) -> BTreeMap<String, String> {
    let pair = |entry: String| {
        entry
            .split_once('=')
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    entries
        .unwrap_or_default()
        .into_iter()
        .filter_map(pair)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strips_are_whole_blocks_of_a_few_megabytes() {
        assert_eq!(strip_rows(20_000, 512), 512);
        assert_eq!(strip_rows(2_000, 1), 2_097);
        assert_eq!(strip_rows(2_000, 1_000), 2_000);
        assert_eq!(strip_rows(1 << 20, 100_000), 256);
    }
}
