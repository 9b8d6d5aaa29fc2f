//! The tables of a baseline JPEG: the example tables of ITU-T T.81, annex K, which every decoder
//! and encoder knows, scaled by quality as the Independent JPEG Group does.

/// From the place in the zigzag to the place in a block, row by row (T.81, figure 5).
pub const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// T.81, table K.1, row by row.
const LUMA: [u8; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113,
    92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];

/// T.81, table K.2: 99 but for its first corner.
const CHROMA_CORNER: [[u8; 4]; 4] = [
    [17, 18, 24, 47],
    [18, 21, 26, 66],
    [24, 26, 56, 99],
    [47, 66, 99, 99],
];

/// How many codes there are of each length from 1 to 16, and what they stand for (T.81, K.3.3).
struct Codes {
    counts: [u8; 16],
    symbols: &'static [u8],
}

const DIFFERENCES: [u8; 12] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

const LUMA_DC: Codes = Codes {
    counts: [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
    symbols: &DIFFERENCES,
};

const CHROMA_DC: Codes = Codes {
    counts: [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0],
    symbols: &DIFFERENCES,
};

const LUMA_AC: Codes = Codes {
    counts: [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7D],
    symbols: &[
        0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61,
        0x07, 0x22, 0x71, 0x14, 0x32, 0x81, 0x91, 0xA1, 0x08, 0x23, 0x42, 0xB1, 0xC1, 0x15, 0x52,
        0xD1, 0xF0, 0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0A, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x25,
        0x26, 0x27, 0x28, 0x29, 0x2A, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x43, 0x44, 0x45,
        0x46, 0x47, 0x48, 0x49, 0x4A, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0x63, 0x64,
        0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A, 0x83,
        0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
        0x9A, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6,
        0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xD2, 0xD3,
        0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA, 0xE1, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8,
        0xE9, 0xEA, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA,
    ],
};

const CHROMA_AC: Codes = Codes {
    counts: [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77],
    symbols: &[
        0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61,
        0x71, 0x13, 0x22, 0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xA1, 0xB1, 0xC1, 0x09, 0x23, 0x33,
        0x52, 0xF0, 0x15, 0x62, 0x72, 0xD1, 0x0A, 0x16, 0x24, 0x34, 0xE1, 0x25, 0xF1, 0x17, 0x18,
        0x19, 0x1A, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x43, 0x44,
        0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0x63,
        0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A,
        0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97,
        0x98, 0x99, 0x9A, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4,
        0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xCA,
        0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7,
        0xE8, 0xE9, 0xEA, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA,
    ],
};

/// A code and how many bits it has, by symbol; no bits where there is no code.
#[derive(Clone, Copy)]
pub struct Code {
    pub bits: u16,
    pub length: u16,
}

/// What packs the coefficients of luma or of chroma.
pub struct Huffman {
    /// By the number of bits of a difference.
    pub dc: [Code; 256],
    /// By sixteen times the zeros before a coefficient, and the number of its bits.
    pub ac: [Code; 256],
}

/// Of luma, and of chroma.
pub static HUFFMAN: [Huffman; 2] = [
    Huffman {
        dc: LUMA_DC.codes(),
        ac: LUMA_AC.codes(),
    },
    Huffman {
        dc: CHROMA_DC.codes(),
        ac: CHROMA_AC.codes(),
    },
];

impl Codes {
    /// Shorter codes first, counted up (T.81, annex C).
    const fn codes(&self) -> [Code; 256] {
        let mut codes = [Code { bits: 0, length: 0 }; 256];
        let (mut next, mut symbol, mut length) = (0, 0, 0);
        while length < 16 {
            let mut left = self.counts[length];
            while left > 0 {
                codes[self.symbols[symbol] as usize] = Code {
                    bits: next,
                    length: length as u16 + 1,
                };
                next += 1;
                symbol += 1;
                left -= 1;
            }
            // The last code is all ones but for its last bit: doubled, it would not fit.
            next = next.wrapping_shl(1);
            length += 1;
        }
        codes
    }

    /// The segment that tells a decoder.
    fn segment(&self, class: u8, into: &mut Vec<u8>) {
        into.extend([0xFF, 0xC4, 0, 19 + self.symbols.len() as u8, class]);
        into.extend(self.counts);
        into.extend(self.symbols);
    }
}

/// The divisors of luma (0) or chroma (1) at a quality of 1 to 100, row by row.
pub fn quantisers(table: usize, quality: u8) -> [u8; 64] {
    let quality = u32::from(quality.clamp(1, 100));
    let scale = if quality < 50 {
        5000 / quality
    } else {
        200 - 2 * quality
    };
    std::array::from_fn(|place| {
        let (row, column) = (place / 8, place % 8);
        let chroma = CHROMA_CORNER.get(row).and_then(|row| row.get(column));
        let basis = if table == 0 {
            LUMA[place]
        } else {
            *chroma.unwrap_or(&99)
        };
        ((u32::from(basis) * scale + 50) / 100).clamp(1, 255) as u8
    })
}

/// The segments of all tables that pictures of so many bands need.
pub fn segments(quality: u8, bands: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for table in 0..bands.min(2) {
        let divisors = quantisers(table, quality);
        bytes.extend([0xFF, 0xDB, 0, 67, table as u8]);
        bytes.extend(ZIGZAG.map(|place| divisors[usize::from(place)]));
        let [dc, ac] = if table == 0 {
            [&LUMA_DC, &LUMA_AC]
        } else {
            [&CHROMA_DC, &CHROMA_AC]
        };
        dc.segment(table as u8, &mut bytes);
        ac.segment(0x10 | table as u8, &mut bytes);
    }
    bytes
}
