//! Classes of a stored image, strip by strip.

use super::{NO_DATA, Runs};
use crate::Window;
use crate::cog::{CogError, CogReader};
use crate::sample::Samples;

impl Runs {
    /// A band of an image, read in strips as high as its tiles: memory is that of a strip beside that of
    /// the runs. Numbers with a fraction count as the nearest whole number.
    ///
    /// # Errors
    /// When there is no such band or reading fails.
    pub fn read(reader: &CogReader, band: usize) -> Result<Self, CogError> {
        let (width, height) = (reader.georeference().width, reader.georeference().height);
        let mut runs = Self::new(width);
        let strip = reader.tile_size().max(1);
        for row in (0..height).step_by(strip as usize) {
            let rows = strip.min(height - row) as usize;
            let window = Window::new(0, i64::from(row), width as usize, rows);
            runs.push_samples(&reader.read_samples(0, band, window)?, reader.nodata());
        }
        Ok(runs)
    }

    /// As [`Self::push`], of stored numbers.
    pub fn push_samples(&mut self, samples: &Samples, nodata: Option<f64>) {
        match samples {
            Samples::U8(samples) => self.push(samples, nodata.map(|nodata| nodata as u8)),
            Samples::U16(samples) => self.push(samples, nodata.map(|nodata| nodata as u16)),
            Samples::I16(samples) => self.push(samples, nodata.map(|nodata| nodata as i16)),
            Samples::F32(samples) => {
                let class = |value: &f32| {
                    let missing = value.is_nan() || nodata == Some(f64::from(*value));
                    if missing {
                        NO_DATA
                    } else {
                        value.round() as i32
                    }
                };
                let classes: Vec<i32> = samples.iter().map(class).collect();
                self.push(&classes, Some(NO_DATA));
            }
        }
    }
}
