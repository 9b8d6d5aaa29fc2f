"""What rio-cogeo and rasterio (with a newer GDAL than the system's) say of GeoTIFF files.

usage: cog.py validate FILE...           strict validation
       cog.py compare FILE BAND SOURCE   is FILE's first band equal to band BAND of SOURCE?
"""

import json
import sys

import numpy as np
import rasterio
from rio_cogeo.cogeo import cog_validate


def validate(path):
    valid, errors, warnings = cog_validate(path, strict=True, quiet=True)
    with rasterio.open(path) as file:
        layout = file.tags(ns="IMAGE_STRUCTURE").get("LAYOUT")
        overviews = file.overviews(1)
    return {"path": path, "valid": valid, "errors": errors, "warnings": warnings,
            "layout": layout, "overviews": overviews}


def compare(path, number, source):
    with rasterio.open(path) as ours, rasterio.open(source) as theirs:
        same_pixels = bool(np.array_equal(ours.read(1), theirs.read(number)))
        return {"pixels": same_pixels, "transform": ours.transform.almost_equals(theirs.transform),
                "crs": ours.crs == theirs.crs, "nodata": ours.nodata,
                "dtype": ours.dtypes[0] == theirs.dtypes[number - 1]}


question, *rest = sys.argv[1:]
if question == "validate":
    answer = [validate(path) for path in rest]
else:
    answer = compare(rest[0], int(rest[1]), rest[2])
json.dump(answer, sys.stdout)
