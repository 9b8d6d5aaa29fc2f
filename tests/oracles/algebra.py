"""Formulas, change and thresholds over real scenes, in double precision.

usage: algebra.py FORMULA SCALE OUT SCENE...

FORMULA is ndvi or evi of one scene, or difference, ratio or magnitude of two (before, after): the
difference of NDVI, the ratio of near infrared, the magnitude over all four bands. Bands are red, green, blue, near infrared;
values are stored numbers × SCALE. Writes little-endian float64, NaN for no data, row after row, to
OUT; answers with the valid pixels, and with Otsu's threshold and two standard deviations above the
mean, in 512 bins between the percentiles 1 and 99, values beyond them counted at these.
"""

import json
import sys

import numpy as np
import rasterio

BINS = 512


def read(path, scale):
    with rasterio.open(path) as file:
        return np.where(file.read_masks() == 0, np.nan, file.read().astype(float)) * scale


def ndvi(scene):
    red, _, _, nir = scene
    return (nir - red) / (nir + red)


def evi(scene):
    red, _, blue, nir = scene
    return 2.5 * (nir - red) / (nir + 6 * red - 7.5 * blue + 1)


FORMULAS = {
    "ndvi": ndvi,
    "evi": evi,
    "difference": lambda before, after: ndvi(after) - ndvi(before),
    "ratio": lambda before, after: after[3] / before[3],
    "magnitude": lambda before, after: np.linalg.norm(after - before, axis=0),
}


def otsu(values, edges):
    """Otsu's other criterion: the least variance within the two sides, tried after every bin."""
    counts, _ = np.histogram(values, edges)
    middles = (edges[:-1] + edges[1:]) / 2

    def spread(side):
        if not counts[side].any():
            return np.inf
        mean = np.average(middles[side], weights=counts[side])
        return np.sum(counts[side] * (middles[side] - mean) ** 2)

    within = [spread(slice(None, at)) + spread(slice(at, None)) for at in range(1, BINS)]
    return edges[1 + int(np.argmin(within))]


def main():
    name, scale, out, *paths = sys.argv[1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        values = FORMULAS[name](*(read(path, float(scale)) for path in paths))
    values[~np.isfinite(values)] = np.nan
    values.astype("<f8").tofile(out)
    valid = values[~np.isnan(values)]
    low, high = np.percentile(valid, [1, 99])
    kept = np.clip(valid, low, high)
    edges = np.linspace(low, high, BINS + 1)
    print(
        json.dumps(
            {
                "width": values.shape[1],
                "height": values.shape[0],
                "valid": int(valid.size),
                "low": low,
                "high": high,
                "bins": BINS,
                "otsu": otsu(kept, edges),
                "two_sigma": kept.mean() + 2 * kept.std(),
                "deviation": kept.std(),
            }
        )
    )


main()
