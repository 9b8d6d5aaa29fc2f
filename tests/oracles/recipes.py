"""What the program's recipes come to, by numpy and rasterio.

usage: recipes.py season OUT METRES FILE...
           of red, green, blue, nir, swir, SCL: under a mask of cloud, cloud shadow and no data grown by
           METRES, the NDVI of the medians and the count of clear looks at OUT (two GeoTIFFs' paths
           joined by a comma), compared with them pixel by pixel
       recipes.py change OUT BEFORE AFTER
           the difference of NDVI at OUT compared; the pixels below mean − 2 standard deviations, in
           patches of at least 7 pixels that share sides: their count, and all their pixels
       recipes.py year FILE...
           count and mean of NDVI of every date, where SCL is neither cloud, shadow nor no data grown by 20 m

Answers one JSON document.
"""

import json
import sys
import warnings

import numpy as np
import rasterio
import rasterio.features
from composite import grown

HIDDEN = [0, 3, 8, 9]


def bands(path, metres):
    with rasterio.open(path) as file:
        red, nir, classes = (file.read(band).astype(float) for band in (1, 4, 6))
        # What was not observed hides itself and does not grow.
        hidden = grown(np.isin(classes, HIDDEN[1:]), metres, file.res[0]) | (classes == 0)
    hidden |= (red == 0) | (nir == 0)
    red[hidden], nir[hidden] = np.nan, np.nan
    return red, nir


def differences(path, expected):
    with rasterio.open(path) as file:
        found = file.read(1, masked=True).astype(float).filled(np.nan)
    same = np.isnan(found) == np.isnan(expected)
    worst = np.nanmax(np.abs(found - expected)) if (~np.isnan(expected)).any() else 0.0
    return {"shape": list(found.shape), "validity": int((~same).sum()), "worst": float(worst)}


def season(out, metres, paths):
    looks = [bands(path, float(metres)) for path in paths]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        red, nir = (np.nanmedian(np.array([look[band] for look in looks]), axis=0) for band in (0, 1))
    # The medians are stored as whole numbers and their NDVI is computed before that.
    ndvi = (nir - red) / (nir + red)
    count = (~np.isnan(np.array([look[0] for look in looks]))).sum(axis=0).astype(float)
    first, second = out.split(",")
    return {"ndvi": differences(first, ndvi), "count": differences(second, count)}


def change(out, before, after):
    def ndvi(path):
        with rasterio.open(path) as file:
            red, nir = file.read(1).astype(float), file.read(4).astype(float)
        return (nir - red) / (nir + red)

    difference = ndvi(after) - ndvi(before)
    changed = (difference <= difference.mean() - 2 * difference.std()).astype(np.uint8)
    patches = rasterio.features.shapes(changed, mask=changed == 1, connectivity=4)
    sizes = [
        int(round(rasterio.features.rasterize([(shape, 1)], out_shape=changed.shape).sum()))
        for shape, _ in patches
    ]
    large = [size for size in sizes if size >= 7]
    return {"difference": differences(out, difference), "patches": len(large), "pixels": sum(large)}


def year(paths):
    rows = []
    for path in paths:
        red, nir = bands(path, 20)
        ndvi = (nir - red) / (nir + red)
        seen = ~np.isnan(ndvi)
        rows.append({"count": int(seen.sum()), "mean": float(ndvi[seen].mean()) if seen.any() else None})
    return rows


def main():
    what, *rest = sys.argv[1:]
    if what == "season":
        out, metres, *paths = rest
        answer = season(out, metres, paths)
    elif what == "change":
        answer = change(*rest)
    else:
        answer = year(rest)
    print(json.dumps(answer))


main()
