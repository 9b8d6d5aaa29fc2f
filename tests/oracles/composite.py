"""Composites and masks by numpy.

usage: composite.py season OUT METRES FILE...
           14 dates of red, green, blue, nir, swir, SCL: under a mask of cloud and cloud shadow grown
           by METRES, the medians of red and nir, their NDVI, the first quartile of nir, the red of the
           greenest date and the count of clear dates: six planes
       composite.py mask OUT METRES FILE BAND numbers|bits NUMBER,...
           1 where the band has one of the numbers (or any of the bits), grown by METRES

Writes little-endian float64, NaN for no data, plane after plane, to OUT.
"""

import json
import sys
import warnings

import numpy as np
import rasterio


def grown(mask, metres, side):
    """Every pixel whose centre is at most so far from the centre of a pixel of the mask."""
    reach = int(metres // side)
    wide = np.pad(mask, reach)
    out = np.zeros_like(mask)
    rows, columns = mask.shape
    for down in range(-reach, reach + 1):
        for right in range(-reach, reach + 1):
            if np.hypot(down, right) * side <= metres:
                out |= wide[reach + down :, reach + right :][:rows, :columns]
    return out


def season(metres, paths):
    reds, nirs = [], []
    for path in paths:
        with rasterio.open(path) as file:
            red, nir, classes = (file.read(band).astype(float) for band in (1, 4, 6))
            hidden = grown(np.isin(classes, [3, 8, 9]), metres, file.res[0])
        for band, into in ((red, reds), (nir, nirs)):
            band[hidden | (band == 0)] = np.nan
            into.append(band)
    reds, nirs = np.array(reds), np.array(nirs)
    with warnings.catch_warnings():
        # A pixel without any clear date is meant to be NaN.
        warnings.simplefilter("ignore", RuntimeWarning)
        red, nir = np.nanmedian(reds, axis=0), np.nanmedian(nirs, axis=0)
        low = np.nanpercentile(nirs, 25, axis=0)
    ndvis = (nirs - reds) / (nirs + reds)
    greenest = np.nanargmax(np.where(np.isnan(ndvis), -9, ndvis), axis=0)
    count = (~np.isnan(ndvis)).sum(axis=0).astype(float)
    of_greenest = np.take_along_axis(reds, greenest[None], axis=0)[0]
    return np.array([red, nir, (nir - red) / (nir + red), low, of_greenest, count])


def mask(metres, path, band, rule, numbers):
    numbers = [int(number) for number in numbers.split(",")]
    with rasterio.open(path) as file:
        classes = file.read(int(band)).astype(int)
        side = file.res[0]
    if rule == "numbers":
        hidden = np.isin(classes, numbers)
    else:
        hidden = (classes & sum(1 << bit for bit in numbers)) != 0
    return grown(hidden, metres, side).astype(float)


def main():
    what, out, metres, *rest = sys.argv[1:]
    planes = season(float(metres), rest) if what == "season" else mask(float(metres), *rest)
    planes.astype("<f8").tofile(out)
    print(json.dumps({"values": int((~np.isnan(planes)).sum()), "sum": float(np.nansum(planes))}))


if __name__ == "__main__":
    main()
