"""The properties of every feature of a vector tile, by layer, as mapbox-vector-tile reads them.

usage: vector_tile.py FILE
"""

import json
import sys

import mapbox_vector_tile

with open(sys.argv[1], "rb") as file:
    layers = mapbox_vector_tile.decode(file.read())
json.dump(
    {name: [feature["properties"] for feature in layer["features"]] for name, layer in layers.items()},
    sys.stdout,
)
