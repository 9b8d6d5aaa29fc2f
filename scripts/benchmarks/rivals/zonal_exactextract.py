"""exactextract over parcels. Usage: zonal_exactextract.py RASTER ZONES OUT feature-sequential|raster-sequential"""

import sys
import time

import geopandas
from exactextract import exact_extract

raster, zones, out, strategy = sys.argv[1:]
began = time.perf_counter()
table = exact_extract(
    raster, geopandas.read_file(zones), ["mean", "count", "stdev", "min", "max"], include_cols=["id"], strategy=strategy,
    output="pandas", max_cells_in_memory=100_000_000,
)  # fmt: skip
table.to_csv(out, index=False)
# Without starting Python and its packages.
print(f"took {time.perf_counter() - began:.3f} s")
