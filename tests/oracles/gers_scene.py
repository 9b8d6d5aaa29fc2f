"""The Gers scene as its source files hold it: one band a file, no data = -10000 by convention."""

import glob

import numpy as np
import rasterio

NODATA = -10000


def band(folder, name):
    """(rows x columns of digital numbers, affine transform, CRS) of a band such as "B4"."""
    path = glob.glob(f"{folder}/*_FRE_{name}.tif")[0]
    with rasterio.open(path) as source:
        return source.read(1).astype(np.float64), source.transform, source.crs


def ndvi(folder):
    """(NIR - red) / (NIR + red), NaN where either band has no data."""
    red, transform, crs = band(folder, "B4")
    nir, _, _ = band(folder, "B8")
    valid = (red != NODATA) & (nir != NODATA) & (red + nir != 0)
    value = np.full(red.shape, np.nan)
    value[valid] = (nir[valid] - red[valid]) / (nir[valid] + red[valid])
    return value, transform, crs
