//! Apache Parquet: every column may be empty, so that its schema says nothing the rows do not.

use std::io::Write;
use std::sync::Arc;

use chrono::NaiveDate;
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use super::{Column, Kind, TableError, Value};

pub struct Writer<W: Write + Send> {
    file: SerializedFileWriter<W>,
}

impl<W: Write + Send> Writer<W> {
    pub fn new(out: W, columns: &[Column]) -> Result<Self, TableError> {
        let fields = columns.iter().map(field).collect::<Result<Vec<_>, _>>()?;
        let schema = Type::group_type_builder("table")
            .with_fields(fields)
            .build()?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by("xiangtu".to_owned())
            .build();
        let file = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))?;
        Ok(Self { file })
    }

    pub fn group(&mut self, columns: &[Column], rows: &[Vec<Value>]) -> Result<(), TableError> {
        let mut group = self.file.next_row_group()?;
        for (index, column) in columns.iter().enumerate() {
            let values = rows.iter().map(|row| &row[index]);
            match column.kind {
                Kind::Text => write::<ByteArrayType, _>(&mut group, values, |value| match value {
                    Value::Text(text) => Some(ByteArray::from(text.as_str())),
                    _ => None,
                }),
                Kind::Integer => write::<Int64Type, _>(&mut group, values, |value| match value {
                    Value::Integer(number) => Some(*number),
                    _ => None,
                }),
                Kind::Float => write::<DoubleType, _>(&mut group, values, |value| match value {
                    Value::Float(number) => Some(*number),
                    _ => None,
                }),
                Kind::Date => write::<Int32Type, _>(&mut group, values, |value| match value {
                    Value::Date(date) => Some(days(*date)),
                    _ => None,
                }),
            }?;
        }
        group.close()?;
        Ok(())
    }

    pub fn finish(self) -> Result<W, TableError> {
        let mut out = self.file.into_inner()?;
        out.flush()?;
        Ok(out)
    }
}

fn field(column: &Column) -> Result<Arc<Type>, ParquetError> {
    let (physical, logical) = match column.kind {
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Integer => (Physical::INT64, None),
        Kind::Float => (Physical::DOUBLE, None),
        Kind::Date => (Physical::INT32, Some(LogicalType::Date)),
    };
    let field = Type::primitive_type_builder(&column.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical);
    field.build().map(Arc::new)
}

fn write<'rows, T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: impl Iterator<Item = &'rows Value>,
    take: impl Fn(&Value) -> Option<T::T>,
) -> Result<(), ParquetError> {
    let taken: Vec<Option<T::T>> = values.map(take).collect();
    let levels: Vec<i16> = taken
        .iter()
        .map(|value| i16::from(value.is_some()))
        .collect();
    let present: Vec<T::T> = taken.into_iter().flatten().collect();
    let missing = || ParquetError::General("a column more than the schema has".to_owned());
    let mut column = group.next_column()?.ok_or_else(missing)?;
    column
        .typed::<T>()
        .write_batch(&present, Some(&levels), None)?;
    column.close()
}

/// Since 1970-01-01.
fn days(date: NaiveDate) -> i32 {
    date.signed_duration_since(NaiveDate::default()).num_days() as i32
}
