"""The newer GDAL inside the rasterio wheel: sieve and polygonise. Usage: polygonise_rasterio.py IN OUT.geojsonl SMALLEST"""

import json
import sys

import rasterio
import rasterio.features

source, out, smallest = sys.argv[1:]
with rasterio.open(source) as image, open(out, "w") as lines:
    classes = rasterio.features.sieve(image.read(1), int(smallest), mask=image.read_masks(1), connectivity=4)
    for geometry, value in rasterio.features.shapes(classes, mask=classes != 0, transform=image.transform):
        json.dump({"type": "Feature", "properties": {"value": int(value)}, "geometry": geometry}, lines)
        lines.write("\n")
