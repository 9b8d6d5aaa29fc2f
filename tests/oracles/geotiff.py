"""GeoTIFF files as rasterio (with a newer GDAL than the system's) writes and reads them.

usage: geotiff.py write SCENE FOLDER   one scene in many layouts; beside each its pixels, as .raw
       geotiff.py read FILE FOLDER     the pixels of every level, as FOLDER/LEVEL.raw, and the mask's
       geotiff.py corner FILE FOLDER   the last 100 columns and rows alone, as FOLDER/corner.raw

Pixels are band by band, row after row, little-endian.
"""

import itertools
import json
import sys
from pathlib import Path

import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.transform import Affine


def layouts():
    shapes = [{}, {"blockysize": 1}, {"blockysize": 7}, {"tiled": True, "blockxsize": 64, "blockysize": 32}]
    packings = [{}, {"compress": "deflate"}, {"compress": "lzw"}, {"compress": "zstd"}]
    for shape, packing, dtype, bands in itertools.product(
            shapes, packings, ["uint8", "uint16", "int16", "float32"], [1, 3, 5]):
        predictors = [1] if not packing else [1, 2, 3] if dtype == "float32" else [1, 2]
        for predictor, interleave in itertools.product(predictors, ["pixel", "band"]):
            if bands == 1 and interleave == "band":
                continue
            more = {"predictor": predictor} if predictor > 1 else {}
            # Not every one of the thousand, but each pair of properties somewhere.
            key = f"{shape}{packing}{dtype}{bands}{predictor}{interleave}"
            if sum(key.encode()) % 4:
                continue
            more["bigtiff"] = "YES" if sum(key.encode()) % 8 == 0 else "NO"
            more["endianness"] = "BIG" if sum(key.encode()) % 12 == 0 else "LITTLE"
            yield {**shape, **packing, **more, "dtype": dtype, "count": bands, "interleave": interleave}


def write(scene, folder):
    with rasterio.open(scene) as file:
        pixels = file.read(window=((0, 205), (0, 333)))
        transform, crs = file.transform, file.crs
    answers = []
    for number, layout in enumerate(layouts()):
        count, dtype = layout["count"], layout["dtype"]
        values = pixels[[band % len(pixels) for band in range(count)]].astype("float64")
        values = values * 1.37 - 1000 if dtype == "float32" else values - 800 * (dtype == "int16")
        values = (values % 256 if dtype == "uint8" else values).astype(dtype)
        path = Path(folder) / f"{number}.tif"
        profile = {"driver": "GTiff", "width": 333, "height": 205, "transform": transform, "crs": crs,
                   "nodata": 7, **layout}
        with rasterio.open(path, "w", **profile) as file:
            file.write(values)
            file.scales = [0.5] * count
            file.set_band_description(1, "first")
            if number % 3 == 0:
                file.build_overviews([2, 4], Resampling.nearest)
        with rasterio.open(path) as file:
            levels = [values]
            for level in range(len(file.overviews(1))):
                with rasterio.open(path, overview_level=level) as coarse:
                    levels.append(coarse.read())
        raw = path.with_suffix(".raw")
        raw.write_bytes(b"".join(level.astype(f"<{level.dtype.str[1:]}").tobytes() for level in levels))
        answers.append({"path": str(path), "raw": str(raw), "layout": layout, "epsg": crs.to_epsg(),
                        "levels": [list(level.shape) for level in levels],
                        "transform": transform.to_gdal()})
    return answers


def read(path, folder):
    answer = []
    with rasterio.open(path) as file:
        count = len(file.overviews(1)) + 1
        structure = file.tags(ns="IMAGE_STRUCTURE")
    for level in range(count):
        options = {} if level == 0 else {"overview_level": level - 1}
        with rasterio.open(path, **options) as file:
            values, mask = file.read(), file.dataset_mask()
        (Path(folder) / f"{level}.raw").write_bytes(values.tobytes())
        (Path(folder) / f"{level}.mask").write_bytes(mask.tobytes())
        answer.append(list(values.shape))
    return {"levels": answer, "structure": structure}


def corner(path, folder):
    with rasterio.open(path) as file:
        height, width = file.shape
        values = file.read(1, window=((height - 100, height), (width - 100, width)))
        (Path(folder) / "corner.raw").write_bytes(values.tobytes())
        bigtiff = open(path, "rb").read(3)[2] == 43
        return {"bigtiff": bigtiff, "overviews": file.overviews(1), "shape": [height, width]}


question, *rest = sys.argv[1:]
json.dump({"write": write, "read": read, "corner": corner}[question](*rest), sys.stdout)
