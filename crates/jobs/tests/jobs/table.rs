//! Parquet tables as another program reads them.

use std::{fs::File, path::Path, process::Command};

use chrono::NaiveDate;
use jobs::table::{Column, Format, Kind, TableWriter, Value};
use serde_json::json;

/// More than fit one row group.
const ROWS: i64 = 70_000;

fn write(path: &Path) {
    let columns = vec![
        Column::new("名称", Kind::Text),
        Column::new("count", Kind::Integer),
        Column::new("mean", Kind::Float),
        Column::new("date", Kind::Date),
    ];
    let file = File::create(path).unwrap();
    let mut out = TableWriter::new(file, columns, Format::Parquet).unwrap();
    let date = NaiveDate::from_ymd_opt(1969, 12, 31).unwrap();
    for row in 0..ROWS {
        // Every seventh lacks its mean, every second its date.
        let mean = (row % 7 != 0).then_some(row as f64 / 3.0);
        let date = (row % 2 == 1).then_some(Value::Date(date));
        out.row(vec![
            format!("第{row}组").as_str().into(),
            Value::Integer(row - 5),
            mean.into(),
            date.unwrap_or(Value::Missing),
        ])
        .unwrap();
    }
    out.finish().unwrap();
}

#[test]
fn parquet_reads_the_same_in_pyarrow() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.parquet");
    write(&path);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = std::env::var_os("XIANGTU_PYTHON")
        .map_or_else(|| root.join(".venv/bin/python"), Into::into);
    let output = Command::new(python)
        .arg(root.join("tests/oracles/table.py"))
        .arg(&path)
        .output()
        .unwrap();
    let trouble = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{trouble}");
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = json!({
        "types": {"名称": "string", "count": "int64", "mean": "double", "date": "date32[day]"},
        "compression": "SNAPPY",
        "groups": 2,
        "rows": [
            {"名称": "第0组", "count": -5, "mean": null, "date": null},
            {"名称": "第1组", "count": -4, "mean": 1.0 / 3.0, "date": "1969-12-31"},
            {"名称": "第69999组", "count": 69_994, "mean": 23_333.0, "date": "1969-12-31"},
        ],
        "count": ROWS,
        "sum": ROWS * (ROWS - 1) / 2 - 5 * ROWS,
        "missing": {"名称": 0, "count": 0, "mean": 10_000, "date": 35_000},
    });
    assert_eq!(found, expected);
}
