"""Patches of a classified scene by GDAL (rasterio's): sieved and polygonised.

usage: classes.py FILE BAND STEP MINIMUM OUT

Classes are band // STEP + 1, 0 where the band is 0 (no data); writes them as bytes to OUT and
answers the size of the image and every patch as [value, area, bounds, holes] in pixels.
"""

import json
import sys

import rasterio
from rasterio.features import shapes, sieve
from shapely.geometry import shape

path, band, step, minimum, out = sys.argv[1:]
with rasterio.open(path) as file:
    values = file.read(int(band))
classes = (values // int(step) + 1).clip(0, 255).astype("uint8")
classes[values == 0] = 0
classes.tofile(out)
valid = classes != 0
sieved = sieve(classes, int(minimum), mask=valid, connectivity=4) if int(minimum) > 1 else classes
patches = []
for geometry, value in shapes(sieved, mask=valid, connectivity=4):
    polygon = shape(geometry)
    assert polygon.is_valid
    patches.append([value, polygon.area, *polygon.bounds, len(polygon.interiors)])
print(json.dumps({"width": classes.shape[1], "height": classes.shape[0], "patches": sorted(patches)}))
