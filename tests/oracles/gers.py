"""What the Gers scene holds, computed from its source files alone.

usage: gers.py pixels FOLDER COUNT      random pixels: lon, lat, ndvi (null where there is no data)
       gers.py zonal FOLDER COMMUNES    exactextract: NDVI by commune
"""

import json
import sys

import numpy as np
from pyproj import Transformer

from gers_scene import ndvi


def pixels(folder, count):
    value, transform, crs = ndvi(folder)
    random = np.random.default_rng(20181023)
    rows = random.integers(0, value.shape[0], count)
    columns = random.integers(0, value.shape[1], count)
    missing = np.argwhere(np.isnan(value))
    if len(missing):
        chosen = missing[random.integers(0, len(missing), 20)]
        rows, columns = np.append(rows, chosen[:, 0]), np.append(columns, chosen[:, 1])
    to_degrees = Transformer.from_crs(crs, 4326, always_xy=True)
    answer = []
    for row, column in zip(rows, columns):
        lon, lat = to_degrees.transform(*(transform * (column + 0.5, row + 0.5)))
        number = value[row, column]
        answer.append({"lon": lon, "lat": lat, "ndvi": None if np.isnan(number) else number})
    return answer


def zonal(folder, communes):
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource
    from shapely import transform as move
    from shapely.geometry import mapping, shape

    value, transform, crs = ndvi(folder)
    with open(communes, encoding="utf-8") as file:
        features = json.load(file)["features"]
    # The file holds Lambert-93 coordinates (EPSG:2154) inside GeoJSON.
    to_scene = Transformer.from_crs(2154, crs, always_xy=True)
    projected = [
        {
            "type": "Feature",
            "properties": {"code": feature["properties"]["INSEE_COM"]},
            "geometry": mapping(move(shape(feature["geometry"]), to_scene.transform, interleaved=False)),
        }
        for feature in features
    ]
    height, width = value.shape
    west, north = transform * (0, 0)
    east, south = transform * (width, height)
    source = NumPyRasterSource(value, xmin=west, ymin=south, xmax=east, ymax=north, nodata=np.nan)
    rows = exact_extract(source, projected, ["mean", "count", "min", "max", "stdev"], include_cols=["code"])
    answer = [row["properties"] for row in rows]
    for row in answer:
        # A commune outside the scene has no mean; JSON has no NaN.
        for key, number in row.items():
            if isinstance(number, float) and np.isnan(number):
                row[key] = None
    return answer


question, folder, argument = sys.argv[1:]
json.dump(pixels(folder, int(argument)) if question == "pixels" else zonal(folder, argument), sys.stdout)
