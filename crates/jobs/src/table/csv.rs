//! CSV by RFC 4180.

use std::io::Write;

use super::{Column, TableError, Value};

/// Whether a byte order mark begins the file: spreadsheets need it to see that it is UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It does.
    Written,
    /// It does not: for programs.
    LeftOut,
}

pub struct CsvWriter<W: Write> {
    out: W,
    line: String,
}

impl<W: Write> CsvWriter<W> {
    pub fn new(out: W, columns: &[Column], mark: Mark) -> Result<Self, TableError> {
        let line = match mark {
            Mark::Written => "\u{feff}".to_owned(),
            Mark::LeftOut => String::new(),
        };
        let mut writer = Self { out, line };
        for (index, column) in columns.iter().enumerate() {
            writer.cell(index, &column.name);
        }
        writer.end()?;
        Ok(writer)
    }

    pub fn row(&mut self, row: &[Value]) -> Result<(), TableError> {
        for (index, value) in row.iter().enumerate() {
            match value {
                Value::Missing => self.cell(index, ""),
                Value::Text(text) => self.cell(index, text),
                Value::Integer(number) => self.cell(index, &number.to_string()),
                Value::Float(number) => self.cell(index, &number.to_string()),
                Value::Date(date) => self.cell(index, &date.to_string()),
            }
        }
        self.end()
    }

    fn cell(&mut self, index: usize, text: &str) {
        if index > 0 {
            self.line.push(',');
        }
        if text.contains([',', '"', '\r', '\n']) {
            self.line.push('"');
            self.line.push_str(&text.replace('"', "\"\""));
            self.line.push('"');
        } else {
            self.line.push_str(text);
        }
    }

    fn end(&mut self) -> Result<(), TableError> {
        self.line.push_str("\r\n");
        self.out.write_all(self.line.as_bytes())?;
        self.line.clear();
        Ok(())
    }

    pub fn finish(mut self) -> Result<W, TableError> {
        self.out.flush()?;
        Ok(self.out)
    }
}
