"""Two overlapping scenes feathered in numpy.

usage: mosaic.py METRES OUT FIRST SECOND

Scenes of one grid whose corners are whole pixels apart; 0 is no data. The weight of a pixel is its distance
to the nearest pixel without data (of the same scene, in any band), at most METRES. Writes the mosaic's bands
over both scenes, little-endian float64, NaN for no data, to OUT; answers its width and height, and
for each band the means and deviations of both scenes where both have data.
"""

import json
import sys

import numpy as np
import rasterio

metres, out, *paths = float(sys.argv[1]), *sys.argv[2:]
files = [rasterio.open(path) for path in paths]
side = files[0].res[0]
west, north = min(file.bounds.left for file in files), max(file.bounds.top for file in files)
width = round((max(file.bounds.right for file in files) - west) / side)
height = round((north - min(file.bounds.bottom for file in files)) / side)
scenes = []
for file in files:
    left, top = round((file.bounds.left - west) / side), round((north - file.bounds.top) / side)
    scene = np.full((file.count, height, width), np.nan)
    pixels = file.read().astype(float)
    pixels[:, (pixels == 0).any(axis=0)] = np.nan
    scene[:, top : top + file.height, left : left + file.width] = pixels
    scenes.append(scene)


def weights(valid):
    """Every hole within reach is tried at every pixel; what lies beyond the mosaic is a hole."""
    reach = int(np.ceil(metres / side))
    holes = np.pad(~valid, reach, constant_values=True)
    nearest = np.full(valid.shape, metres)
    for down in range(-reach, reach + 1):
        for right in range(-reach, reach + 1):
            away = np.hypot(down, right) * side
            if away < metres:
                hole = holes[reach + down :, reach + right :][:height, :width]
                nearest[hole & (nearest > away)] = away
    return nearest / metres


total, mosaic = np.zeros((height, width)), np.zeros_like(scenes[0])
for scene in scenes:
    weight = weights(~np.isnan(scene[0]))
    total += weight
    mosaic += np.nan_to_num(scene) * weight
with np.errstate(invalid="ignore", divide="ignore"):
    (mosaic / total).astype("<f8").tofile(out)
both = ~np.isnan(scenes[0][0]) & ~np.isnan(scenes[1][0])
overlap = [[[scene[band][both].mean(), scene[band][both].std()] for scene in scenes] for band in range(len(mosaic))]
print(json.dumps({"width": width, "height": height, "overlap": overlap}))
