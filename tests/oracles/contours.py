"""Contour lines by contourpy.

usage: contours.py FILE INTERVAL BASE      by level: [ele, length in pixels, lines, closed lines]
"""

import json
import sys

import contourpy
import numpy as np
import rasterio

path, interval, base = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
with rasterio.open(path) as file:
    heights = np.ma.masked_array(file.read(1).astype(float), file.read_masks(1) == 0)
generator = contourpy.contour_generator(z=heights, name="serial")
answer = []
for level in range(int((heights.min() - base) // interval), int((heights.max() - base) // interval) + 1):
    ele = base + level * interval
    lines = generator.lines(ele)
    length = sum(np.hypot(*np.diff(line, axis=0).T).sum() for line in lines)
    closed = sum(bool((line[0] == line[-1]).all()) for line in lines)
    if lines:
        answer.append([ele, float(length), len(lines), closed])
print(json.dumps(answer))
