//! Coefficients to bits (T.81, F.1.2).

use super::tables::{Code, Huffman};
use super::transform::PLACES;

/// Bits wait here until there are enough of them.
const FULL: u32 = 32;

/// Sixteen zeros.
const ZEROS: usize = 0xF0;
const END_OF_BLOCK: usize = 0;

/// The scan of a picture as it grows.
pub struct Scan<'bytes> {
    bytes: &'bytes mut Vec<u8>,
    waiting: u64,
    count: u32,
}

impl<'bytes> Scan<'bytes> {
    pub fn new(bytes: &'bytes mut Vec<u8>) -> Self {
        Self {
            bytes,
            waiting: 0,
            count: 0,
        }
    }

    /// One block: its coefficients in the order of [`PLACES`], a bit for each that is not zero in zigzag
    /// order, and the first coefficient of the block before.
    #[inline]
    pub fn block(&mut self, coefficients: &[i16; 64], some: u64, before: i16, huffman: &Huffman) {
        let difference = i32::from(coefficients[0]) - i32::from(before);
        self.number(&huffman.dc, 0, difference);
        let mut some = some & !1;
        let mut last = 0;
        while some != 0 {
            let index = some.trailing_zeros();
            some &= some - 1;
            let mut zeros = index - last - 1;
            last = index;
            while zeros > 15 {
                self.code(huffman.ac[ZEROS]);
                zeros -= 16;
            }
            let value = i32::from(coefficients[usize::from(PLACES[index as usize % 64] % 64)]);
            self.number(&huffman.ac, (zeros as usize) << 4, value);
        }
        if last < 63 {
            self.code(huffman.ac[END_OF_BLOCK]);
        }
    }

    /// How many bits a number has, as a code, and those bits; of a negative one the bits of the
    /// number below it.
    #[inline]
    fn number(&mut self, codes: &[Code; 256], symbol: usize, value: i32) {
        let sign = value >> 31;
        let size = u32::BITS - ((value ^ sign) - sign).leading_zeros();
        let code = codes[(symbol | size as usize) & 255];
        let bits = (value + sign) as u32 & ((1 << size) - 1);
        self.push(
            u32::from(code.bits) << size | bits,
            u32::from(code.length) + size,
        );
    }

    #[inline]
    fn code(&mut self, code: Code) {
        self.push(u32::from(code.bits), u32::from(code.length));
    }

    /// At most 27 bits.
    #[inline]
    fn push(&mut self, bits: u32, length: u32) {
        self.waiting = self.waiting << length | u64::from(bits);
        self.count += length;
        if self.count >= FULL {
            self.count -= FULL;
            self.word((self.waiting >> self.count) as u32);
        }
    }

    /// Four bytes; a zero behind each that could be mistaken for the beginning of a marker.
    #[inline]
    fn word(&mut self, word: u32) {
        // Adding one turns the highest bit of 0xFF off; what else this finds is merely slower.
        let perhaps = word & !word.wrapping_add(0x0101_0101) & 0x8080_8080;
        if perhaps == 0 {
            self.bytes.extend_from_slice(&word.to_be_bytes());
        } else {
            for byte in word.to_be_bytes() {
                self.byte(byte);
            }
        }
    }

    fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
        if byte == 0xFF {
            self.bytes.push(0);
        }
    }

    /// The last bits, filled up with ones.
    pub fn finish(mut self) {
        self.push(0x7F, 7);
        while self.count >= 8 {
            self.count -= 8;
            self.byte((self.waiting >> self.count) as u8);
        }
    }
}
