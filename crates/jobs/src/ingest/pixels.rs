//! The pixels of one band, from the foreign file into a COG.

use std::io::BufWriter;

use objects::ObjectWriter;
use raster::{
    cog::{Band, CogError, CogOptions, CogWriter},
    foreign::{Samples, Strip},
    product::{Classes, Role},
    sample::{DataType, Sample},
};

use super::plan::{BandPlan, Plan};
use crate::{Error, Result, SceneBand, Workshop};

/// A band that was read; its object is not finished yet.
pub(super) struct ReadBand {
    pub band: SceneBand,
    pub object: ObjectWriter,
    /// The share of observed pixels under cloud, of a band of classes.
    pub clouds: Option<f64>,
    /// How far its word about clouds is trusted; lower is better.
    pub rank: usize,
}

/// Where a picture with an alpha band has no picture: one bit a pixel.
pub(super) struct Mask {
    width: usize,
    height: usize,
    opaque: Vec<u64>,
}

impl Mask {
    fn is_opaque(&self, row: usize, column: usize) -> bool {
        let bit = row * self.width + column;
        self.opaque
            .get(bit / 64)
            .is_none_or(|word| word >> (bit % 64) & 1 == 1)
    }

    fn fits(&self, band: &BandPlan) -> bool {
        (self.width, self.height)
            == (
                band.georeference.width as usize,
                band.georeference.height as usize,
            )
    }
}

/// Reads the alpha band, if there is one.
pub(super) fn alpha_mask(workshop: &Workshop, plan: &Plan) -> Result<Option<Mask>> {
    let Some(alpha) = plan
        .bands
        .iter()
        .find(|band| band.meaning.role == Role::Alpha)
    else {
        return Ok(None);
    };
    let (width, height) = (
        alpha.georeference.width as usize,
        alpha.georeference.height as usize,
    );
    let mut mask = Mask {
        width,
        height,
        opaque: vec![0; (width * height).div_ceil(64)],
    };
    workshop
        .foreign
        .read_band::<Error, _>(&alpha.path, alpha.number, |strip| {
            let first = strip.first_row * width;
            for (bit, value) in (first..).zip(strip.samples.numbers()) {
                if value != 0.0
                    && let Some(word) = mask.opaque.get_mut(bit / 64)
                {
                    *word |= 1 << (bit % 64);
                }
            }
            Ok(())
        })?;
    Ok(Some(mask))
}

/// Reads one band into a COG of its own grid and type.
pub(super) fn read(workshop: &Workshop, plan: &BandPlan, mask: Option<&Mask>) -> Result<ReadBand> {
    let mask = mask.filter(|mask| mask.fits(plan) && plan.meaning.classes.is_none());
    // Where there is no picture a number has to say so: 0, and dark pixels that are 0 become 1.
    let nodata = plan.meaning.nodata.or_else(|| mask.map(|_| 0.0));
    let failed = |source: CogError| Error::Cog {
        what: plan.path.display().to_string(),
        source,
    };
    let options = options(plan, nodata);
    let mut writer = CogWriter::new_in(options, workshop.objects.scratch()).map_err(failed)?;
    let mut tally = Tally::new(plan, nodata);
    let total = u64::from(plan.georeference.height);
    workshop
        .foreign
        .read_band::<Error, _>(&plan.path, plan.number, |mut strip| {
            if let Some(mask) = mask {
                clear(&mut strip, mask);
            }
            tally.count(&strip.samples);
            write(&mut writer, &strip.samples).map_err(failed)?;
            workshop
                .progress
                .advance((strip.first_row + strip.rows) as u64, total);
            Ok(())
        })?;
    let mut object = workshop.objects.create("tif")?;
    let mut out = BufWriter::new(&mut object);
    writer.finish(&mut out).map_err(failed)?;
    std::io::Write::flush(&mut out).map_err(|error| failed(error.into()))?;
    drop(out);
    Ok(ReadBand {
        clouds: tally.clouds(),
        rank: plan.meaning.classes.map_or(usize::MAX, rank),
        band: SceneBand {
            role: plan.meaning.role.clone(),
            object: String::new(),
            data_type: plan.data_type,
            nodata,
            scale: plan.meaning.scale,
            offset: plan.meaning.offset,
            classes: plan.meaning.classes,
            valid_share: tally.valid_share(),
            georeference: plan.georeference.clone(),
        },
        object,
    })
}

fn options(plan: &BandPlan, nodata: Option<f64>) -> CogOptions {
    let band = Band::new(plan.meaning.role.name()).scaled(plan.meaning.scale, plan.meaning.offset);
    let options =
        CogOptions::new(plan.georeference.clone(), plan.data_type, band).with_nodata(nodata);
    if plan.meaning.role.is_classes() {
        options.with_classes()
    } else {
        options
    }
}

fn write(writer: &mut CogWriter, samples: &Samples) -> std::result::Result<(), CogError> {
    match samples {
        Samples::U8(rows) => writer.write_rows(rows),
        Samples::U16(rows) => writer.write_rows(rows),
        Samples::I16(rows) => writer.write_rows(rows),
        Samples::F32(rows) => writer.write_rows(rows),
    }
}

/// Sets what is not opaque to 0, and what is opaque and 0 to 1.
fn clear(strip: &mut Strip, mask: &Mask) {
    let (first_row, width) = (strip.first_row, strip.width);
    match &mut strip.samples {
        Samples::U8(samples) => lift(samples, 1, first_row, width, mask),
        Samples::U16(samples) => lift(samples, 1, first_row, width, mask),
        Samples::I16(samples) => lift(samples, 1, first_row, width, mask),
        Samples::F32(samples) => lift(samples, f32::MIN_POSITIVE, first_row, width, mask),
    }
}

fn lift<T: Sample>(samples: &mut [T], least: T, first_row: usize, width: usize, mask: &Mask) {
    let nothing = T::default();
    for (at, sample) in samples.iter_mut().enumerate() {
        if !mask.is_opaque(first_row + at / width, at % width) {
            *sample = nothing;
        } else if *sample == nothing {
            *sample = least;
        }
    }
}

/// What is counted while pixels go by.
struct Tally {
    nodata: Option<f64>,
    classes: Option<Classes>,
    pixels: u64,
    valid: u64,
    observed: u64,
    cloud: u64,
}

impl Tally {
    fn new(plan: &BandPlan, nodata: Option<f64>) -> Self {
        let classes = plan
            .meaning
            .classes
            .filter(|_| plan.data_type != DataType::F32);
        Self {
            nodata,
            classes,
            pixels: 0,
            valid: 0,
            observed: 0,
            cloud: 0,
        }
    }

    fn count(&mut self, samples: &Samples) {
        for number in samples.numbers() {
            self.pixels += 1;
            let valid = !number.is_nan() && self.nodata != Some(number);
            self.valid += u64::from(valid);
            let Some(classes) = self.classes.filter(|_| valid && number >= 0.0) else {
                continue;
            };
            let class = number as u16;
            self.observed += u64::from(classes.is_observed(class));
            self.cloud += u64::from(classes.is_cloud(class));
        }
    }

    fn valid_share(&self) -> f64 {
        share(self.valid, self.pixels).unwrap_or(0.0)
    }

    fn clouds(&self) -> Option<f64> {
        self.classes.and_then(|_| share(self.cloud, self.observed))
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Whose word about clouds counts first.
fn rank(classes: Classes) -> usize {
    match classes {
        Classes::Scl => 0,
        Classes::QaPixel => 1,
        Classes::Fmask => 2,
        Classes::MajaClouds => 3,
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "shares of small whole numbers are exact")]
mod tests {
    use super::*;

    fn tally(classes: Option<Classes>, nodata: Option<f64>, samples: &Samples) -> Tally {
        let mut tally = Tally {
            nodata,
            classes,
            pixels: 0,
            valid: 0,
            observed: 0,
            cloud: 0,
        };
        tally.count(samples);
        tally
    }

    #[test]
    fn clouds_are_counted_among_what_was_observed() {
        let samples = Samples::U8(vec![0, 0, 4, 4, 5, 8, 9, 3]);
        let tally = tally(Some(Classes::Scl), Some(0.0), &samples);
        assert_eq!(tally.clouds(), Some(2.0 / 6.0));
        assert_eq!(tally.valid_share(), 0.75);
    }

    #[test]
    fn nodata_and_nan_are_not_valid() {
        let samples = Samples::F32(vec![f32::NAN, -1.0, 0.5, 0.25]);
        assert_eq!(tally(None, Some(-1.0), &samples).valid_share(), 0.5);
        assert_eq!(tally(None, None, &samples).clouds(), None);
    }

    #[test]
    fn what_alpha_hides_becomes_nodata_and_black_stays_a_colour() {
        let mask = Mask {
            width: 2,
            height: 2,
            opaque: vec![0b1011],
        };
        let samples = Samples::U8(vec![9, 0, 7, 8]);
        let mut strip = Strip {
            first_row: 0,
            rows: 2,
            width: 2,
            samples,
        };
        clear(&mut strip, &mask);
        assert_eq!(strip.samples, Samples::U8(vec![9, 1, 0, 8]));
    }
}
