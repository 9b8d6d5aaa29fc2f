"""A normalised difference of a 10 m and a 20 m band of the Gers scene: ours against GDAL's
bilinear resampling of the coarse band onto the fine grid.

usage: aligned.py FOLDER FINE COARSE OBJECTS
"""

import json
import pathlib
import sys

import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.warp import reproject

from gers_scene import NODATA, band

folder, fine_name, coarse_name, objects = sys.argv[1:]
fine, transform, crs = band(folder, fine_name)
coarse, coarse_transform, _ = band(folder, coarse_name)
resampled = np.full(fine.shape, float(NODATA))
reproject(coarse, resampled, src_transform=coarse_transform, src_crs=crs, dst_transform=transform,
          dst_crs=crs, src_nodata=NODATA, dst_nodata=NODATA, resampling=Resampling.bilinear)
valid = (fine != NODATA) & (resampled != NODATA) & (fine + resampled != 0)
expected = np.full(fine.shape, np.nan)
expected[valid] = (fine[valid] - resampled[valid]) / (fine[valid] + resampled[valid])

ours = None
for path in pathlib.Path(objects).rglob("*.tif"):
    with rasterio.open(path) as file:
        if file.dtypes[0] == "float32":
            ours = file.read(1).astype(float)
both = np.isfinite(ours) & np.isfinite(expected)
difference = np.abs(ours[both] - expected[both])
differs = int((np.isfinite(ours) != np.isfinite(expected)).sum())
json.dump({"shape": list(ours.shape), "median": float(np.median(difference)),
           "p99": float(np.percentile(difference, 99)), "nodata_differs": differs}, sys.stdout)
