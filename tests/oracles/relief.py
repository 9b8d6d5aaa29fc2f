"""Relief by its formulas in double precision (Horn 1981; Mark 1992), on the ellipsoid.

usage: relief.py heights FILE OUT                the heights as float64, and where they lie
       relief.py hillshade|multidirectional|slope|percent|aspect FILE OUT

Writes little-endian float64, NaN for no data, row after row, to OUT.
"""

import json
import sys

import numpy as np
import rasterio
from pyproj import Geod


def read(path):
    with rasterio.open(path) as file:
        heights = file.read(1).astype(float)
        heights[file.read_masks(1) == 0] = np.nan
        return heights, file.transform


def gradient(heights, transform):
    """Metres up a metre to the east and to the north; beyond the edges the land goes on."""
    wide = np.pad(heights, 1, constant_values=np.nan)
    wide[0], wide[-1] = 2 * wide[1] - wide[2], 2 * wide[-2] - wide[-3]
    wide[:, 0], wide[:, -1] = 2 * wide[:, 1] - wide[:, 2], 2 * wide[:, -2] - wide[:, -3]
    rows, columns = heights.shape

    def shifted(down, right):
        piece = wide[1 + down : 1 + down + rows, 1 + right : 1 + right + columns]
        return np.where(np.isnan(piece), heights, piece)

    along = sum(w * (shifted(d, 1) - shifted(d, -1)) for d, w in ((-1, 1), (0, 2), (1, 1))) / 8
    down = sum(w * (shifted(1, r) - shifted(-1, r)) for r, w in ((-1, 1), (0, 2), (1, 1))) / 8
    geod = Geod(ellps="WGS84")
    latitudes = transform.f + (np.arange(rows) + 0.5) * transform.e
    half = transform.a / 2
    across = [geod.inv(-half, at, half, at)[2] for at in latitudes]
    tall = [geod.inv(0, at - half, 0, at + half)[2] for at in latitudes]
    return along / np.array(across)[:, None], -down / np.array(tall)[:, None]


def hillshade(east, north, azimuth=315, altitude=45):
    sun, high = np.radians(azimuth), np.radians(altitude)
    lit = np.sin(high) - np.cos(high) * (east * np.sin(sun) + north * np.cos(sun))
    return np.maximum(lit, 0) / np.sqrt(1 + east**2 + north**2)


def multidirectional(east, north):
    facing = np.arctan2(-east, -north)
    lights = [225, 270, 315, 360]
    weights = [np.sin(facing - np.radians(azimuth)) ** 2 for azimuth in lights]
    shades = [hillshade(east, north, azimuth) for azimuth in lights]
    return sum(weight * shade for weight, shade in zip(weights, shades)) / 2


def relief(name, heights, transform):
    east, north = gradient(heights, transform)
    steep = np.hypot(east, north)
    if name == "hillshade":
        return 1 + 254 * hillshade(east, north)
    if name == "multidirectional":
        return 1 + 254 * multidirectional(east, north)
    if name == "slope":
        return np.degrees(np.arctan(steep))
    if name == "percent":
        return 100 * steep
    return np.where(steep == 0, np.nan, np.degrees(np.arctan2(-east, -north)) % 360)


def main():
    name, path, out = sys.argv[1:]
    heights, transform = read(path)
    values = heights if name == "heights" else relief(name, heights, transform)
    values.astype("<f8").tofile(out)
    print(
        json.dumps(
            {
                "width": heights.shape[1],
                "height": heights.shape[0],
                "transform": transform.to_gdal(),
                "standard_deviation": float(np.nanstd(values)),
            }
        )
    )


main()
