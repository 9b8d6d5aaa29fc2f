//! From red, green and blue to luma and chroma (JFIF 1.02, after ITU-R BT.601), sixteen rows at a
//! time: what one row of minimum coded units needs.

/// Rows of luma at a time; half of them of chroma.
pub const ROWS: usize = 16;

/// Fractional bits of the factors below.
const BITS: u32 = 16;

/// Samples less 128, so that they lie about zero: rows × columns.
pub struct Planes {
    pub luma: Vec<i16>,
    /// Blue and red, half the columns and half the rows: the mean of 2 × 2 pixels.
    pub chroma: [Vec<i16>; 2],
}

impl Planes {
    pub fn new(width: usize) -> Self {
        let chroma = vec![0; width / 2 * ROWS / 2];
        Self {
            luma: vec![0; width * ROWS],
            chroma: [chroma.clone(), chroma],
        }
    }

    /// From [`ROWS`] rows of red, green and blue.
    #[expect(
        clippy::inline_always,
        reason = "compiled again inside a function for AVX2"
    )]
    #[inline(always)]
    pub fn fill(&mut self, bands: [&[u8]; 3], width: usize) {
        let [red, green, blue] = bands.map(|band| band.chunks_exact(width * 2));
        let pairs = red
            .zip(green)
            .zip(blue)
            .map(|((red, green), blue)| [red, green, blue]);
        let luma = self.luma.chunks_exact_mut(width * 2);
        let [blue, red] = &mut self.chroma;
        let chroma = blue
            .chunks_exact_mut(width / 2)
            .zip(red.chunks_exact_mut(width / 2));
        for ((pair, luma), (blue, red)) in pairs.zip(luma).zip(chroma) {
            fill_luma(pair, luma);
            fill_chroma(pair, width, blue, red);
        }
    }
}

#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn fill_luma([red, green, blue]: [&[u8]; 3], luma: &mut [i16]) {
    for (((out, red), green), blue) in luma.iter_mut().zip(red).zip(green).zip(blue) {
        let [red, green, blue] = [*red, *green, *blue].map(i32::from);
        let sum = 19_595 * red + 38_470 * green + 7_471 * blue + (1 << (BITS - 1));
        *out = ((sum >> BITS) - 128) as i16;
    }
}

/// From two rows, one behind the other in each band.
#[expect(
    clippy::inline_always,
    reason = "compiled again inside a function for AVX2"
)]
#[inline(always)]
fn fill_chroma(pair: [&[u8]; 3], width: usize, blue: &mut [i16], red: &mut [i16]) {
    let [r, g, b] = pair.map(|band| {
        let (upper, lower) = band.split_at(width);
        upper
            .as_chunks::<2>()
            .0
            .iter()
            .zip(lower.as_chunks::<2>().0)
    });
    for ((blue, red), ((r, g), b)) in blue.iter_mut().zip(red).zip(r.zip(g).zip(b)) {
        // Sums of four, which the two further bits divide.
        let sum = |(a, b): (&[u8; 2], &[u8; 2])| {
            let [a, b, c, d] = [a[0], a[1], b[0], b[1]].map(i32::from);
            a + b + c + d
        };
        let (r, g, b) = (sum(r), sum(g), sum(b));
        let half = 1 << (BITS + 1);
        *blue = ((-11_059 * r - 21_709 * g + 32_768 * b + half) >> (BITS + 2)).min(127) as i16;
        *red = ((32_768 * r - 27_439 * g - 5_329 * b + half) >> (BITS + 2)).min(127) as i16;
    }
}
