"""Is every source band kept somewhere in the object store, pixel for pixel?

usage: bands.py OBJECTS SOURCE...
"""

import json
import pathlib
import sys

import numpy as np
import rasterio

objects, *sources = sys.argv[1:]
kept = []
for path in pathlib.Path(objects).rglob("*.tif"):
    with rasterio.open(path) as file:
        kept.append((file.read(1), file.transform, file.crs, file.nodata, file.dtypes[0]))
answer = []
for source in sources:
    with rasterio.open(source) as file:
        pixels, transform, crs, dtype = file.read(1), file.transform, file.crs, file.dtypes[0]
    twin = next((k for k in kept if k[0].shape == pixels.shape and k[4] == dtype
                 and k[1].almost_equals(transform) and np.array_equal(k[0], pixels)), None)
    answer.append({"source": source, "found": twin is not None,
                   "nodata": twin and twin[3], "crs": bool(twin and twin[2] == crs)})
json.dump(answer, sys.stdout)
