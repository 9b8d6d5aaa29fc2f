"""A Parquet table as pyarrow reads it.

usage: table.py FILE
"""

import json
import sys

import pyarrow.parquet as parquet

file = parquet.ParquetFile(sys.argv[1])
table = file.read()
json.dump(
    {
        "types": {field.name: str(field.type) for field in table.schema},
        "compression": file.metadata.row_group(0).column(0).compression,
        "groups": file.metadata.num_row_groups,
        "rows": table.slice(0, 2).to_pylist() + table.slice(table.num_rows - 1).to_pylist(),
        "count": table.num_rows,
        "sum": sum(number for number in table["count"].to_pylist() if number is not None),
        "missing": {name: table[name].null_count for name in table.column_names},
    },
    sys.stdout,
    default=str,
)
