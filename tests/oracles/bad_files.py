"""Makes files that a program should refuse.

usage: bad_files.py without-crs FILE       a raster that does not say where it lies
       bad_files.py photo FILE W H         a JPEG of W x H pixels
"""

import json
import os
import sys

import numpy as np
import rasterio
from PIL import Image
from rasterio.transform import from_origin


def without_crs(path):
    with rasterio.open(path, "w", driver="GTiff", width=32, height=32, count=1, dtype="uint8",
                       transform=from_origin(0, 1, 0.1, 0.1)) as file:
        file.write(np.ones((32, 32), np.uint8), 1)


def photo(path, width, height):
    Image.new("RGB", (width, height), (90, 120, 60)).save(path, "JPEG", quality=30)


question, path, *rest = sys.argv[1:]
if question == "without-crs":
    without_crs(path)
else:
    photo(path, int(rest[0]), int(rest[1]))
json.dump({"bytes": os.path.getsize(path)}, sys.stdout)
