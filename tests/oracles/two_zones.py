"""A scene whose eastern half is in the next UTM zone, and the whole put together by gdalwarp.

usage: two_zones.py split SCENE CRS WEST EAST
           the western 60 % of a scene as it is, its eastern 60 % (they overlap) warped to CRS: GeoTIFFs
           with 0 for no data
       two_zones.py compare FIRST SECOND FOUND
           the first band of FOUND compared with those of FIRST and, where it has none, SECOND, each warped
           (bilinear, exact transform) onto FOUND's grid: pixels with a value, pixels that have one on
           one side only; of the others how many differ by more than one and a tenth of the range of their
           neighbours, the root mean square of the differences, and the image's standard deviation

Answers one JSON document.
"""

import json
import subprocess
import sys

import numpy as np
import rasterio
from numpy.lib.stride_tricks import sliding_window_view


def gdal(*words):
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL)


def split(scene, crs, west, east):
    with rasterio.open(scene) as file:
        width, height = file.width, file.height
    part = width * 6 // 10
    gdal("gdal_translate", "-q", "-a_nodata", 0, "-srcwin", 0, 0, part, height, scene, west)
    half = f"{east}.half.tif"
    gdal("gdal_translate", "-q", "-a_nodata", 0, "-srcwin", width - part, 0, part, height, scene, half)
    gdal("gdalwarp", "-q", "-t_srs", crs, "-tr", 30, 30, "-r", "bilinear", "-et", 0, half, east)


def on_grid_of(found, path):
    out = f"{path}.again.tif"
    box = found.bounds
    gdal("gdalwarp", "-q", "-overwrite", "-t_srs", found.crs, "-te", box.left, box.bottom, box.right, box.top,
         "-ts", found.width, found.height, "-r", "bilinear", "-et", 0, "-ot", "Float64", path, out)  # fmt: skip
    with rasterio.open(out) as file:
        return file.read(1)


def compare(*paths):
    *parts, found = paths
    with rasterio.open(found) as file:
        pixels = file.read(1, masked=True).astype(float).filled(0)
        first, second = (on_grid_of(file, path) for path in parts)
    expected = np.where(first > 0, first, second)
    both = (pixels > 0) & (expected > 0)
    # A place that is off by a twentieth of a pixel is off by a part of what lies around it.
    around = sliding_window_view(np.pad(expected, 1, mode="edge"), (3, 3)).reshape(*expected.shape, 9)
    allowed = 1 + 0.1 * (around.max(axis=2) - around.min(axis=2))
    differences = np.abs(pixels - np.rint(expected))
    return {
        "pixels": int(both.sum()),
        "one_side": int(((pixels > 0) != (expected > 0)).sum()),
        "differ": int((both & (differences > allowed)).sum()),
        "rms": float(np.sqrt(np.mean(np.square(differences[both])))),
        "deviation": float(expected[both].std()),
        "from_second": int((both & (first == 0)).sum()),
    }


what, *rest = sys.argv[1:]
print(json.dumps({"split": split, "compare": compare}[what](*rest)))
