"""Warps by `gdalwarp` with an exact transform; and the sinusoidal grid through PROJ.

usage: warp.py warp SCENE BAND KERNEL CRS T0,T1,T2,T3,T4,T5 WIDTH HEIGHT OUT
           the band on another grid (GDAL's order of the transform), as little-endian float64, NaN for
           no data, in OUT
       warp.py sinusoidal FILE
           writes a GeoTIFF on a part of the MODIS grid; answers longitude and latitude of some pixels
       warp.py place FILE
           longitude and latitude of the same pixels of any file
"""

import json
import subprocess
import sys

import numpy as np
import rasterio
from pyproj import Transformer
from rasterio.transform import Affine

MODIS = "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m +no_defs"
PIXEL = 463.312716528
NAMES = {"nearest": "near"}


def warp(scene, band, kernel, crs, transform, width, height, out):
    x, across, _, y, _, down = (float(number) for number in transform.split(","))
    columns, rows = int(width), int(height)
    extent = [x, y + rows * down, x + columns * across, y]
    alone, warped = f"{out}.band.tif", f"{out}.tif"
    subprocess.run(["gdal_translate", "-q", "-b", band, scene, alone], check=True, stderr=subprocess.DEVNULL)
    # An error of 0 asks PROJ for every pixel; rasterio's `reproject` cannot be told to.
    subprocess.run(["gdalwarp", "-q", "-overwrite", "-t_srs", crs, "-r", NAMES.get(kernel, kernel), "-et", "0",
                    "-ot", "Float64", "-dstnodata", "nan", "-te", *map(repr, extent), "-ts", width, height,
                    alone, warped], check=True)  # fmt: skip
    with rasterio.open(warped) as file:
        target = file.read(1)
    target.astype("<f8").tofile(out)
    return {"valid": int((~np.isnan(target)).sum())}


def place(path):
    with rasterio.open(path) as file:
        degrees = Transformer.from_crs(file.crs, 4326, always_xy=True)
        pixels = [(0, 0), (file.width, 0), (file.width / 3, file.height / 2), (file.width, file.height)]
        return [list(degrees.transform(*(file.transform @ pixel))) for pixel in pixels]


def sinusoidal(path):
    # In the tile h27v05, over Chongqing.
    transform = Affine(PIXEL, 0, 90 * 111194.87428468118, 0, -PIXEL, 3_500_000)
    with rasterio.open(path, "w", driver="GTiff", width=90, height=60, count=1, dtype="int16", crs=MODIS,
                       transform=transform, nodata=-28672) as file:
        file.write(np.arange(5400, dtype="int16").reshape(1, 60, 90))
    return place(path)


def main():
    what, *rest = sys.argv[1:]
    print(json.dumps({"warp": warp, "sinusoidal": sinusoidal, "place": place}[what](*rest)))


main()
