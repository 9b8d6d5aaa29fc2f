"""What a mast sees, by brute force in numpy: every ray against every crossing.

usage: viewshed.py FILE COLUMN ROW HEIGHT TARGET CURVATURE REACH OUT

The mast stands in the middle of a pixel; pixels within REACH columns and rows are tried. Writes 1 or 0
of each, row after row, as float64 to OUT, and answers its place.
"""

import json
import sys

import numpy as np
import rasterio
from pyproj import Geod

path, out = sys.argv[1], sys.argv[8]
column, row, reach = int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[7])
height, target, curvature = (float(word) for word in sys.argv[4:7])
with rasterio.open(path) as file:
    heights = file.read(1).astype(float)
    heights[file.read_masks(1) == 0] = np.nan
    transform = file.transform
longitude, latitude = transform * (column + 0.5, row + 0.5)
half = transform.a / 2
geod = Geod(ellps="WGS84")
across = geod.inv(longitude - half, latitude, longitude + half, latitude)[2]
down = geod.inv(longitude, latitude - half, longitude, latitude + half)[2]

rows, columns = np.mgrid[0 : heights.shape[0], 0 : heights.shape[1]]
distance = np.hypot((columns - column) * across, (rows - row) * down)
apparent = heights - curvature * distance**2 / (2 * 6378137.0)
eye = heights[row, column] + height


def crossings(dx, dy):
    """The apparent land where the ray crosses columns and rows of centres, and how far along."""
    for steps, vertical in ((abs(dx), True), (abs(dy), False)):
        if steps < 2:
            continue
        part = np.arange(1, steps) / steps
        x, y = column + dx * part, row + dy * part
        if vertical:
            x = np.rint(x)
        else:
            y = np.rint(y)
        x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
        x1, y1 = np.ceil(x).astype(int), np.ceil(y).astype(int)
        weight = (x - x0) + (y - y0)
        way = part * np.hypot(dx * across, dy * down)
        land = (1 - weight) * heights[y0, x0] + weight * heights[y1, x1]
        yield part, land - curvature * way**2 / (2 * 6378137.0)


seen = []
for dy in range(-reach, reach + 1):
    for dx in range(-reach, reach + 1):
        end = apparent[row + dy, column + dx] + target
        free = all((land <= eye + (end - eye) * part).all() for part, land in crossings(dx, dy))
        seen.append(float(free))
np.array(seen, "<f8").tofile(out)
print(json.dumps({"longitude": longitude, "latitude": latitude, "seen": sum(seen)}))
