//! A mask brought onto another grid.

use std::sync::Arc;

use grid::bounds::Bounds;

use super::{Numbers, Reach, grow};
use crate::Window;
use crate::cog::{CogError, CogReader, Sample, Samples, Threads};
use crate::georeference::GeoReference;
use crate::terrain::metres_of_degree;
use crate::warp::{self, ControlGrid, Kernel, Row};

/// What of a mask hides the ground.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The mask's file.
    pub reader: &'a CogReader,
    /// Which of its bands, counted from 0.
    pub band: usize,
    /// The numbers that hide.
    pub numbers: &'a Numbers,
    /// The numbers that mean nothing was observed, when that hides as well: they do not grow. What lies
    /// outside the mask's image counts as one of them, and what is no number of sixteen bits (a class
    /// is one), as nodata of −9999 or NaN.
    pub nowhere: Option<&'a Numbers>,
    /// How many metres around what hides are hidden as well.
    pub metres: f64,
}

impl Question<'_> {
    /// What is hidden in a window of `grid`: 0 where the ground is to be seen. A pixel asks the mask's
    /// pixel that contains its centre; growth is measured on the mask's own grid.
    ///
    /// # Errors
    /// When the mask cannot be read.
    pub fn hidden(&self, grid: &GeoReference, window: Window) -> Result<Vec<u8>, CogError> {
        let source = self.reader.georeference();
        self.hidden_along(window, |net| Arc::new(warp::control(source, grid, net)))
    }

    /// As [`Self::hidden`], with where the pixels of each of [`warp::frames`] lie in the mask.
    ///
    /// # Errors
    /// As [`Self::hidden`].
    pub(crate) fn hidden_along(
        &self,
        window: Window,
        net: impl Fn(Window) -> Arc<ControlGrid>,
    ) -> Result<Vec<u8>, CogError> {
        let outside = u8::from(self.nowhere.is_some());
        let source = self.reader.georeference();
        let reach = Reach::new(self.metres, ground_size(source));
        let mut hidden = vec![outside; window.width * window.height];
        let mut places = Row::default();
        for frame in warp::frames(window) {
            let control = net(frame.window);
            let bounds = control.bounds(&frame.columns, &frame.rows);
            let read = bounds.and_then(|bounds| read_window(source, &bounds, reach.margin()));
            let Some(read) = read else {
                continue;
            };
            let hides = self.bits(read, &reach)?;
            if outside == 0 && hides.iter().all(|&hides| hides == 0) {
                continue;
            }
            let columns = frame.columns_in(window);
            let rows = hidden.chunks_exact_mut(window.width);
            let rows = rows.skip(frame.first_row_in(window));
            for (row, out) in frame.rows.clone().zip(rows) {
                let wanted = (row, frame.columns.clone());
                places.place(&control, wanted, (1.0, 1.0), Kernel::Nearest, read);
                places.pick(&hides, &mut out[columns.clone()]);
            }
        }
        Ok(hidden)
    }

    /// What hides in a window of the mask's own grid, grown.
    fn bits(&self, read: Window, reach: &Reach) -> Result<Vec<u8>, CogError> {
        let bands = [self.band];
        let samples = self.reader.gather_samples(0, &bands, read, Threads::This)?;
        let mut hides = Vec::with_capacity(read.width * read.height);
        let mut nowhere = Vec::new();
        for samples in &samples {
            hides.extend(told(self.numbers, samples, 0));
            if let Some(numbers) = self.nowhere {
                nowhere.extend(told(numbers, samples, 1));
            }
        }
        grow(&mut hides, read.width, reach);
        for (hides, nowhere) in hides.iter_mut().zip(nowhere) {
            *hides |= nowhere;
        }
        Ok(hides)
    }
}

/// 1 where a class is one of the numbers, and `other` where there is no class.
fn told(numbers: &Numbers, samples: &Samples, other: u8) -> Vec<u8> {
    fn wide<S: Sample>(numbers: &Numbers, samples: &[S], other: u8) -> Vec<u8> {
        let one = |sample: &S| {
            let number = sample.to_f64();
            // NaN fails both comparisons.
            if number > -1.0 && number < 65_536.0 {
                u8::from(numbers.contains(number as u16))
            } else {
                other
            }
        };
        samples.iter().map(one).collect()
    }
    let one = |number: u16| u8::from(numbers.contains(number));
    match samples {
        Samples::U8(samples) => samples.iter().map(|&class| one(class.into())).collect(),
        Samples::U16(samples) => samples.iter().map(|&class| one(class)).collect(),
        Samples::I16(samples) => wide(numbers, samples, other),
        Samples::F32(samples) => wide(numbers, samples, other),
    }
}

/// The part of the mask's image that a rectangle of it needs, with a margin; `None` outside.
fn read_window(source: &GeoReference, bounds: &Bounds, margin: usize) -> Option<Window> {
    let margin = margin as f64 + 2.0;
    let clip = |low: f64, high: f64, length: u32| {
        let low = (low - margin).floor().clamp(0.0, f64::from(length));
        let high = (high + margin).ceil().clamp(0.0, f64::from(length));
        (high > low).then_some((low as i64, (high - low) as usize))
    };
    let (column, width) = clip(bounds.west, bounds.east, source.width)?;
    let (row, height) = clip(bounds.south, bounds.north, source.height)?;
    Some(Window::new(column, row, width, height))
}

/// The sides of a pixel in metres on the ground, in the middle of the image.
fn ground_size(source: &GeoReference) -> (f64, f64) {
    let (column, row) = (
        f64::from(source.width) / 2.0,
        f64::from(source.height) / 2.0,
    );
    let here = source.lonlat(column, row);
    let (east, north) = metres_of_degree(here.1);
    let metres = |there: (f64, f64)| ((there.0 - here.0) * east).hypot((there.1 - here.1) * north);
    let across = metres(source.lonlat(column + 1.0, row));
    // UTM's own scale (0.9996) is no reason to lose the pixel that a round distance just reaches.
    let nearest = |size: f64, map: f64| {
        if (size / map - 1.0).abs() < 0.002 {
            map
        } else {
            size
        }
    };
    let down = metres(source.lonlat(column, row + 1.0));
    let [_, a, b, _, c, d] = source.transform;
    (nearest(across, a.hypot(c)), nearest(down, b.hypot(d)))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::cog::{Band, CogOptions, CogWriter};
    use crate::mask::{ClassName, Field, Legend};

    fn grid() -> GeoReference {
        let transform = [6e5, 10.0, 0.0, 3.45e6, 0.0, -10.0];
        GeoReference::from_epsg(32648, transform, 4, 1).expect("a known code")
    }

    fn cog<S: Sample>(values: [S; 4], nodata: f64) -> CogReader {
        let options = CogOptions::new(grid(), S::DATA_TYPE, Band::new("a"));
        let mut writer = CogWriter::new(options.with_nodata(Some(nodata))).expect("a writer");
        writer.write_rows(&values).expect("takes rows");
        let mut bytes = Vec::new();
        writer.finish(&mut bytes).expect("finishes");
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(&bytes).expect("writes");
        CogReader::open(file).expect("opens")
    }

    /// What is hidden of a row when class 0 is cloud; and when what was not observed hides as well.
    fn hidden(reader: &CogReader) -> [Vec<u8>; 2] {
        let field = |class, value| Field {
            class,
            start: 0,
            length: 16,
            values: vec![value],
        };
        let legend = Legend::Fields(vec![
            field(ClassName::Cloud, 0),
            field(ClassName::NoData, 3),
        ]);
        let of = |class| legend.numbers(&[class]).expect("tells it");
        let (numbers, nowhere) = (of(ClassName::Cloud), of(ClassName::NoData));
        [None, Some(&nowhere)].map(|nowhere| {
            let question = Question {
                reader,
                band: 0,
                numbers: &numbers,
                nowhere,
                metres: 0.0,
            };
            let window = Window::new(0, 0, 4, 1);
            question.hidden(&grid(), window).expect("reads")
        })
    }

    #[test]
    fn nodata_that_is_no_class_is_not_class_0() {
        let expected = [vec![1, 0, 0, 0], vec![1, 0, 1, 1]];
        assert_eq!(hidden(&cog([0_i16, 1, -9999, 3], -9999.0)), expected);
        assert_eq!(
            hidden(&cog([0.0_f32, 1.0, f32::NAN, 3.0], f64::NAN)),
            expected
        );
        assert_eq!(hidden(&cog([0.0_f32, 1.0, 70_000.0, 3.0], -1e9)), expected);
        // A nodata that is a class is that class.
        assert_eq!(hidden(&cog([0_u8, 1, 0, 3], 0.0))[0], [1, 0, 1, 0]);
    }
}
