"""A scene whose eastern half is in the next UTM zone, and the whole put together by gdalwarp.

usage: two_zones.py split SCENE CRS WEST EAST
           the western 60 % of a scene as it is, its eastern 60 % (they overlap) warped to CRS: GeoTIFFs
           with 0 for no data
       two_zones.py compare WEST EAST FOUND
           the first band of FOUND compared with those of WEST and, where it has none, EAST, each warped
           (bilinear, exact transform) onto FOUND's grid: pixels with a value, pixels that have one on
           one side only, and of the others how many differ by more than one, and the largest difference

Answers one JSON document.
"""

import json
import subprocess
import sys

import numpy as np
import rasterio


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


def compare(west, east, found):
    with rasterio.open(found) as file:
        pixels = file.read(1, masked=True).astype(float).filled(0)
        first, second = (on_grid_of(file, path) for path in (west, east))
    expected = np.where(first > 0, first, second)
    both = (pixels > 0) & (expected > 0)
    differences = np.abs(pixels - np.rint(expected))[both]
    return {
        "pixels": int(both.sum()),
        "one_side": int(((pixels > 0) != (expected > 0)).sum()),
        "differ": int((differences > 1).sum()),
        "worst": float(differences.max()),
        "from_east": int((both & (first == 0)).sum()),
    }


what, *rest = sys.argv[1:]
print(json.dumps({"split": split, "compare": compare}[what](*rest)))
