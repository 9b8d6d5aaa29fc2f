//! Tables of results: columns of one type each, written as CSV or Parquet batch by batch.

mod csv;
mod parquet;

use std::io::Write;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use csv::Mark;

/// Rows that are gathered before a Parquet row group is written.
const ROW_GROUP: usize = 1 << 16;

/// Why a table could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// Writing failed.
    #[error("the table could not be written ({0}); check the disk's free space")]
    Io(#[from] std::io::Error),
    /// Parquet's own faults.
    #[error("the Parquet table could not be written ({0})")]
    Parquet(#[from] ::parquet::errors::ParquetError),
    /// A row that does not fit the columns.
    #[error("a row has {found} values, but the table has {columns} columns")]
    Width {
        /// Values in the row.
        found: usize,
        /// Columns of the table.
        columns: usize,
    },
    /// A value of another type than its column.
    #[error("the column “{column}” holds values of the type {kind:?}; {value:?} is none")]
    Kind {
        /// The column.
        column: String,
        /// What it holds.
        kind: Kind,
        /// The value.
        value: Value,
    },
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// UTF-8 text.
    Text,
    /// Whole numbers of 64 bits.
    Integer,
    /// Double precision.
    Float,
    /// Days.
    Date,
}

/// A column's name and type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// The name in the first row.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

impl Column {
    /// A column.
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self {
            name: name.into(),
            kind,
        }
    }
}

/// One value, or none.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing: an empty cell.
    Missing,
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number.
    Float(f64),
    /// A day.
    Date(NaiveDate),
}

impl Value {
    fn kind(&self) -> Option<Kind> {
        match self {
            Self::Missing => None,
            Self::Text(_) => Some(Kind::Text),
            Self::Integer(_) => Some(Kind::Integer),
            Self::Float(_) => Some(Kind::Float),
            Self::Date(_) => Some(Kind::Date),
        }
    }
}

impl From<Option<f64>> for Value {
    /// What is not finite is missing: neither CSV readers nor people agree on how it is written.
    fn from(value: Option<f64>) -> Self {
        value
            .filter(|value| value.is_finite())
            .map_or(Self::Missing, Self::Float)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// RFC 4180 in UTF-8 with a byte order mark, so that spreadsheets show Chinese.
    Csv,
    /// Apache Parquet, Snappy.
    Parquet,
}

impl Format {
    /// The extension of its files, without a dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

/// Takes rows one by one and writes them; memory is bounded by one row group.
pub struct TableWriter<W: Write + Send> {
    columns: Vec<Column>,
    waiting: Vec<Vec<Value>>,
    out: Out<W>,
}

enum Out<W: Write + Send> {
    Csv(csv::CsvWriter<W>),
    Parquet(Box<parquet::Writer<W>>),
}

impl<W: Write + Send> TableWriter<W> {
    /// Begins a table.
    ///
    /// # Errors
    /// When writing fails.
    pub fn new(out: W, columns: Vec<Column>, format: Format) -> Result<Self, TableError> {
        let out = match format {
            Format::Csv => Out::Csv(csv::CsvWriter::new(out, &columns, Mark::Written)?),
            Format::Parquet => Out::Parquet(Box::new(parquet::Writer::new(out, &columns)?)),
        };
        Ok(Self {
            columns,
            waiting: Vec::new(),
            out,
        })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When its values do not fit the columns, or writing fails.
    pub fn row(&mut self, row: Vec<Value>) -> Result<(), TableError> {
        if row.len() != self.columns.len() {
            return Err(TableError::Width {
                found: row.len(),
                columns: self.columns.len(),
            });
        }
        let differs = |(column, value): &(&Column, &Value)| {
            value.kind().is_some_and(|kind| kind != column.kind)
        };
        if let Some((column, value)) = self.columns.iter().zip(&row).find(differs) {
            return Err(TableError::Kind {
                column: column.name.clone(),
                kind: column.kind,
                value: value.clone(),
            });
        }
        match &mut self.out {
            Out::Csv(csv) => csv.row(&row),
            Out::Parquet(_) => {
                self.waiting.push(row);
                if self.waiting.len() >= ROW_GROUP {
                    self.flush()?;
                }
                Ok(())
            }
        }
    }

    fn flush(&mut self) -> Result<(), TableError> {
        if let Out::Parquet(parquet) = &mut self.out
            && !self.waiting.is_empty()
        {
            parquet.group(&self.columns, &self.waiting)?;
            self.waiting.clear();
        }
        Ok(())
    }

    /// Ends the table and gives back what it was written to.
    ///
    /// # Errors
    /// When writing fails.
    pub fn finish(mut self) -> Result<W, TableError> {
        self.flush()?;
        match self.out {
            Out::Csv(csv) => csv.finish(),
            Out::Parquet(parquet) => parquet.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<Column> {
        vec![
            Column::new("名称", Kind::Text),
            Column::new("count", Kind::Integer),
            Column::new("mean", Kind::Float),
            Column::new("date", Kind::Date),
        ]
    }

    fn rows() -> Vec<Vec<Value>> {
        let day = |day| NaiveDate::from_ymd_opt(2024, 6, day).map_or(Value::Missing, Value::Date);
        vec![
            vec!["大河村".into(), Value::Integer(3), Some(0.1).into(), day(1)],
            vec![
                "a, \"b\"\n c".into(),
                Value::Missing,
                Some(f64::NAN).into(),
                day(30),
            ],
            vec![
                Value::Missing,
                Value::Integer(-1),
                Some(-1e-7).into(),
                Value::Missing,
            ],
        ]
    }

    fn written(format: Format) -> Vec<u8> {
        let mut writer = TableWriter::new(Vec::new(), columns(), format).unwrap();
        for row in rows() {
            writer.row(row).unwrap();
        }
        writer.finish().unwrap()
    }

    #[test]
    fn csv_as_spreadsheets_open_it() {
        let text = String::from_utf8(written(Format::Csv)).unwrap();
        let expected = "\u{feff}名称,count,mean,date\r\n大河村,3,0.1,2024-06-01\r\n\
             \"a, \"\"b\"\"\n c\",,,2024-06-30\r\n,-1,-0.0000001,\r\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn parquet_reads_back_as_it_was_written() {
        use ::parquet::file::reader::{FileReader as _, SerializedFileReader};
        use ::parquet::record::Field;

        let reader =
            SerializedFileReader::new(bytes::Bytes::from(written(Format::Parquet))).unwrap();
        let found: Vec<Vec<Field>> = reader
            .get_row_iter(None)
            .unwrap()
            .map(|row| {
                row.unwrap()
                    .get_column_iter()
                    .map(|(_, field)| field.clone())
                    .collect()
            })
            .collect();
        assert_eq!(found.len(), 3);
        assert_eq!(found[0][0], Field::Str("大河村".to_owned()));
        assert_eq!(found[0][1], Field::Long(3));
        assert_eq!(found[0][2], Field::Double(0.1));
        // Days since 1970-01-01.
        assert_eq!(found[0][3], Field::Date(19_875));
        assert_eq!(found[1][2], Field::Null);
        assert_eq!(found[2][0], Field::Null);
        assert_eq!(found[2][2], Field::Double(-1e-7));
    }

    #[test]
    fn rows_that_do_not_fit_are_refused() {
        let mut writer = TableWriter::new(Vec::new(), columns(), Format::Csv).unwrap();
        let short = writer.row(vec![Value::Missing]);
        assert!(matches!(
            short,
            Err(TableError::Width {
                found: 1,
                columns: 4
            })
        ));
        let wrong = vec![
            Value::Integer(1),
            Value::Missing,
            Value::Missing,
            Value::Missing,
        ];
        let error = writer.row(wrong).unwrap_err();
        assert!(error.to_string().contains("名称"), "{error}");
    }
}
