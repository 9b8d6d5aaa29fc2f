//! A piece of an image in memory.

/// A rectangle of pixels; it may reach beyond the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first column.
    pub column: i64,
    /// The first row.
    pub row: i64,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Window {
    /// A rectangle of pixels.
    pub fn new(column: i64, row: i64, width: usize, height: usize) -> Self {
        Self {
            column,
            row,
            width,
            height,
        }
    }
}

/// Computed values: bands × rows × columns, NaN for no data.
#[derive(Debug, Clone, PartialEq)]
pub struct Raster {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Bands.
    pub bands: usize,
    /// Band after band, row after row.
    pub values: Vec<f32>,
}

impl Raster {
    /// All no data.
    pub fn empty(width: usize, height: usize, bands: usize) -> Self {
        Self {
            width,
            height,
            bands,
            values: vec![f32::NAN; width * height * bands],
        }
    }

    /// One band from its values, row after row; short input is filled up with no data.
    pub fn from_values(width: usize, height: usize, mut values: Vec<f32>) -> Self {
        values.resize(width * height, f32::NAN);
        Self {
            width,
            height,
            bands: 1,
            values,
        }
    }

    /// The value at a place; NaN outside.
    pub fn get(&self, band: usize, column: usize, row: usize) -> f32 {
        if band < self.bands && column < self.width && row < self.height {
            self.values[(band * self.height + row) * self.width + column]
        } else {
            f32::NAN
        }
    }

    /// One band's values, row after row; empty when there is no such band.
    pub fn band(&self, band: usize) -> &[f32] {
        let size = self.width * self.height;
        self.values
            .get(band * size..(band + 1) * size)
            .unwrap_or_default()
    }

    /// One row of the first band; empty when there is no such row.
    pub fn row(&self, row: usize) -> &[f32] {
        self.band(0)
            .get(row * self.width..(row + 1) * self.width)
            .unwrap_or_default()
    }

    /// Whether nothing in it is a number.
    pub fn is_empty(&self) -> bool {
        self.values.iter().all(|value| value.is_nan())
    }
}
