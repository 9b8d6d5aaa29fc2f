"""A GeoParquet file of the features of a GeoJSON, written by pyarrow and shapely: argv[1] to argv[2]."""

import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq
from shapely import to_wkb
from shapely.geometry import shape

features = json.load(open(sys.argv[1], encoding="utf-8"))["features"]
columns = {name: [feature["properties"][name] for feature in features] for name in features[0]["properties"]}
columns["MU"] = [float(value) for value in columns["MU"]]
columns["geometry"] = [to_wkb(shape(feature["geometry"])) for feature in features]
geo = {
    "version": "1.0.0",
    "primary_column": "geometry",
    "columns": {"geometry": {"encoding": "WKB", "geometry_types": ["Polygon"]}},
}
table = pa.table(columns).replace_schema_metadata({"geo": json.dumps(geo)})
pq.write_table(table, sys.argv[2], compression="zstd")
print(json.dumps({"rows": table.num_rows}))
