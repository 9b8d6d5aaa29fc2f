//! As much of protocol buffers as a letter needs.

/// A message being written.
#[derive(Default)]
pub(super) struct Message(Vec<u8>);

impl Message {
    pub fn bytes(self) -> Vec<u8> {
        self.0
    }

    pub fn number(&mut self, field: u32, value: u32) {
        self.varint(field << 3);
        self.varint(value);
    }

    /// Zigzag: small numbers stay small whatever their sign.
    pub fn signed(&mut self, field: u32, value: i32) {
        self.number(field, ((value << 1) ^ (value >> 31)) as u32);
    }

    pub fn text(&mut self, field: u32, text: &str) {
        self.raw(field, text.as_bytes());
    }

    pub fn message(&mut self, field: u32, message: &Self) {
        self.raw(field, &message.0);
    }

    pub fn raw(&mut self, field: u32, bytes: &[u8]) {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u32);
        self.0.extend_from_slice(bytes);
    }

    fn varint(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_specification() {
        let mut message = Message::default();
        message.number(1, 150);
        message.text(2, "testing");
        message.signed(3, -2);
        let expected = b"\x08\x96\x01\x12\x07testing\x18\x03";
        assert_eq!(message.bytes(), expected);
    }
}
