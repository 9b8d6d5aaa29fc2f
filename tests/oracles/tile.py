"""Decodes a tile with Pillow (not our codec) and compares its colours with the Gers source.

usage: tile.py true-colour FOLDER TILE Z X Y
           rank correlation of each channel with each band, at places that look alike all around
       tile.py ndvi FOLDER TILE Z X Y
           greatest channel distance from the greenness ramp (0 to 255), at such places
"""

import json
import sys

import numpy as np
from PIL import Image
from pyproj import Transformer

from gers_scene import NODATA, band, ndvi

HALF_WORLD = 20037508.342789244
STOPS = np.linspace(-0.1, 0.9, 4)
COLOURS = np.array([(0x8C, 0x6A, 0x3F), (0xE9, 0xDD, 0xB8), (0x7F, 0xB0, 0x69), (0x1B, 0x5E, 0x3B)])


def places(size, z, x, y, transform, crs):
    """For every pixel centre of the tile: the row and column of the source it falls in."""
    span = 2 * HALF_WORLD / 2**z
    step = (np.arange(size) + 0.5) / size * span
    easting, northing = np.meshgrid(x * span - HALF_WORLD + step, HALF_WORLD - y * span - step)
    east, north = Transformer.from_crs(3857, crs, always_xy=True).transform(easting, northing)
    columns, rows = ~transform * (east, north)
    return np.floor(rows).astype(int), np.floor(columns).astype(int)


def alike(array, rows, columns, tolerance):
    """Where the source's 5 x 5 neighbourhood is inside the scene and varies by less than TOLERANCE."""
    inside = (rows >= 2) & (columns >= 2) & (rows < array.shape[0] - 2) & (columns < array.shape[1] - 2)
    r, c = np.where(inside, rows, 2), np.where(inside, columns, 2)
    around = np.stack([array[r + i, c + j] for i in range(-2, 3) for j in range(-2, 3)])
    return inside & (around.max(0) - around.min(0) < tolerance) & np.isfinite(around).all(0), r, c


def ranks(values):
    return np.argsort(np.argsort(values)).astype(float)


def main():
    question, folder, path, *numbers = sys.argv[1:]
    z, x, y = map(int, numbers)
    picture = np.asarray(Image.open(path).convert("RGBA")).astype(float)
    size = picture.shape[0]
    if question == "ndvi":
        value, transform, crs = ndvi(folder)
        good, rows, columns = alike(value, *places(size, z, x, y, transform, crs), 0.05)
        numbers = value[rows, columns][good]
        expected = np.stack([np.interp(numbers, STOPS, COLOURS[:, i]) for i in range(3)], axis=-1)
        distance = np.abs(picture[good][:, :3] - expected).max(axis=1)
        answer = {"places": int(good.sum()), "median": float(np.median(distance)),
                  "p99": float(np.percentile(distance, 99)), "opaque": float(picture[good][:, 3].mean() / 255)}
    else:
        bands = [band(folder, name) for name in ("B4", "B3", "B2")]
        array, transform, crs = bands[0]
        good, rows, columns = alike(array, *places(size, z, x, y, transform, crs), 150)
        good &= array[rows, columns] != NODATA
        correlation = [
            [float(np.corrcoef(ranks(picture[good][:, channel]), ranks(source[0][rows, columns][good]))[0, 1])
             for source in bands]
            for channel in range(3)
        ]
        answer = {"places": int(good.sum()), "correlation": correlation,
                  "opaque": float(picture[good][:, 3].mean() / 255), "size": size}
    json.dump(answer, sys.stdout)


main()
