"""Statistics of the Gers communes by exactextract, on images that rasterio writes.

usage: zones.py SCENE COMMUNES FOLDER

Writes the NDVI (float32) and the red band (int16, many equal values) to FOLDER; answers the communes
in degrees and in pixels, and for each image its path and a row a commune.
"""

import json
import sys

import numpy as np
import rasterio
from exactextract import exact_extract
from pyproj import Transformer
from shapely import segmentize
from shapely import transform as move
from shapely.geometry import MultiPolygon, mapping, shape

from gers_scene import NODATA, band, ndvi

# Degrees, about ten metres: edges are straight in degrees, so they bend on the map.
STEP = 1e-4
ASKED = ["count", "mean", "stdev", "min", "max", "median", "quantile(q=0.1)", "quantile(q=0.9)"]


def write(path, values, transform, crs, nodata):
    height, width = values.shape
    layout = {"tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "deflate"}
    with rasterio.open(path, "w", "GTiff", width, height, 1, crs, transform, values.dtype, nodata, **layout) as file:
        file.write(values, 1)


def moved(geometry, source, target):
    change = Transformer.from_crs(source, target, always_xy=True)
    return move(geometry, change.transform, interleaved=False)


def rings(geometry):
    parts = geometry.geoms if isinstance(geometry, MultiPolygon) else [geometry]
    return [[list(ring.coords) for ring in [part.exterior, *part.interiors]] for part in parts]


def number(value):
    """JSON has no NaN, and numpy's numbers are none of its own."""
    return None if value is None or np.isnan(value) else float(value)


def main():
    scene, communes, folder = sys.argv[1:]
    with open(communes, encoding="utf-8") as file:
        outlines = [shape(feature["geometry"]) for feature in json.load(file)["features"]]
    # The file holds Lambert-93 coordinates (EPSG:2154) inside GeoJSON.
    outlines = [moved(outline, 2154, 4326) for outline in outlines]
    index, transform, crs = ndvi(scene)
    red, _, _ = band(scene, "B4")
    on_map = [moved(segmentize(outline, STEP), 4326, crs) for outline in outlines]
    features = [{"type": "Feature", "properties": {}, "geometry": mapping(outline)} for outline in on_map]
    to_pixel = ~transform
    in_pixels = [move(outline, lambda x, y: to_pixel * (x, y), interleaved=False) for outline in on_map]
    images = []
    for name, values, nodata in [("ndvi", index.astype("f4"), np.nan), ("red", red.astype("i2"), NODATA)]:
        path = f"{folder}/{name}.tif"
        write(path, values, transform, crs, nodata)
        # Of whole numbers exactextract gives quantiles cut to whole numbers.
        exact = f"{folder}/{name}-float64.tif"
        write(exact, values.astype("f8"), transform, crs, nodata)
        found = exact_extract(exact, features, ASKED)
        rows = [{key: number(value) for key, value in row["properties"].items()} for row in found]
        images.append({"path": path, "rows": rows})
    zones = {"degrees": outlines, "pixels": in_pixels}
    answer = {unit: [rings(zone) for zone in found] for unit, found in zones.items()}
    json.dump({**answer, "images": images}, sys.stdout)


main()
