"""Formulas, classes, change and thresholds over real scenes, in double precision.

usage: algebra.py FORMULA SCALE OUT SCENE...

FORMULA is ndvi, evi, water or greens of one scene, or difference, ratio or magnitude of two (before,
after): the difference of NDVI, the ratio of near infrared, the magnitude over all four bands. Bands are
red, green, blue, near infrared; values are stored numbers × SCALE. Writes little-endian float64, NaN for
no data, row after row, to OUT; answers with the valid pixels, with the two values that Otsu's threshold
lies between and the variance between both sides (every pair of neighbouring values is tried), and with
the mean and the standard deviation.
"""

import json
import sys

import numpy as np
import rasterio

def read(path, scale):
    with rasterio.open(path) as file:
        return np.where(file.read_masks() == 0, np.nan, file.read().astype(float)) * scale


def ndvi(scene):
    red, _, _, nir = scene
    return (nir - red) / (nir + red)


def evi(scene):
    red, _, blue, nir = scene
    return 2.5 * (nir - red) / (nir + 6 * red - 7.5 * blue + 1)


def water(scene):
    _, green, _, nir = scene
    wet = (green - nir) / (green + nir)
    return np.where(np.isnan(wet), np.nan, np.where((wet > 0) & (nir < 0.15), 1, 2))


def greens(scene):
    green = ndvi(scene)
    return np.where(np.isfinite(green), 1 + np.digitize(green, [0.2003, 0.5007, 0.7001]), np.nan)


FORMULAS = {
    "ndvi": ndvi,
    "evi": evi,
    "water": water,
    "greens": greens,
    "difference": lambda before, after: ndvi(after) - ndvi(before),
    "ratio": lambda before, after: after[3] / before[3],
    "magnitude": lambda before, after: np.linalg.norm(after - before, axis=0),
}


def otsu(values):
    """The last value below the threshold, the first above it, and the variance between the sides."""
    values, counts = np.unique(values, return_counts=True)
    below = np.cumsum(counts)[:-1]
    above = counts.sum() - below
    sums = np.cumsum(values * counts)
    apart = sums[:-1] / below - (sums[-1] - sums[:-1]) / above
    between = below * above * apart**2 / counts.sum() ** 2
    best = int(np.argmax(between))
    return float(values[best]), float(values[best + 1]), float(between[best])


def main():
    name, scale, out, *paths = sys.argv[1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        values = FORMULAS[name](*(read(path, float(scale)) for path in paths))
    values[~np.isfinite(values)] = np.nan
    values.astype("<f8").tofile(out)
    valid = values[~np.isnan(values)]
    print(
        json.dumps(
            {
                "valid": int(valid.size),
                "otsu": otsu(valid),
                "mean": valid.mean(),
                "deviation": valid.std(),
            }
        )
    )


main()
