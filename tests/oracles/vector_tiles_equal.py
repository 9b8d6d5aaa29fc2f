"""Compares vector tiles of two programs, feature by feature, as mapbox-vector-tile reads them.

usage: vector_tiles_equal.py FOLDER

FOLDER holds pairs NAME.ours.mvt and NAME.theirs.mvt (a missing file is an empty tile). Features
belong together by layer and id. Answers with counts, the worst distance between geometries in steps
of the tile, and what does not match. Polygons of less than TINY square steps are not compared: one
of our tiles draws some of them for all, theirs none.
"""

import glob
import json
import os
import sys

import mapbox_vector_tile
from shapely import hausdorff_distance, make_valid
from shapely.geometry import shape

TINY = 6
# A polygon is compared by what only one side covers, spread along its outline.
FRAME = shape({"type": "Polygon", "coordinates": [[[-63, -63], [4159, -63], [4159, 4159], [-63, 4159], [-63, -63]]]})


def read(path):
    if not os.path.exists(path):
        return {}
    with open(path, "rb") as file:
        decoded = mapbox_vector_tile.decode(file.read(), default_options={"y_coord_down": True})
    return {
        (name, feature["id"]): (feature["properties"], make_valid(shape(feature["geometry"])))
        for name, layer in decoded.items()
        for feature in layer["features"]
    }


def distance(ours, theirs):
    if ours.geom_type.endswith("Polygon") and theirs.geom_type.endswith("Polygon"):
        # Within the frame: on its edge the two cut differently.
        ours, theirs = ours.intersection(FRAME), theirs.intersection(FRAME)
        return ours.symmetric_difference(theirs).area / max(theirs.length, ours.length, 4)
    return hausdorff_distance(ours, theirs)


def negligible(geometry):
    if geometry.area > 0:
        return geometry.area < TINY
    # A line that only grazes the frame, or came to nothing but a step.
    return geometry.length < 2 or not geometry.intersects(FRAME)


answer = {"tiles": 0, "compared": 0, "negligible": 0, "worst": 0, "wrong": []}
for theirs_path in sorted(glob.glob(os.path.join(sys.argv[1], "*.theirs.mvt"))):
    name = os.path.basename(theirs_path).removesuffix(".theirs.mvt")
    theirs, ours = read(theirs_path), read(theirs_path.replace(".theirs.", ".ours."))
    answer["tiles"] += 1
    for key in sorted(theirs.keys() | ours.keys()):
        if key not in theirs or key not in ours:
            properties, geometry = (theirs.get(key) or ours.get(key))
            if geometry.geom_type.endswith("Point") or not negligible(geometry):
                side = "ours" if key in ours else "theirs"
                answer["wrong"].append(f"{name} {key}: only {side} {geometry.wkt[:200]}")
            else:
                answer["negligible"] += 1
            continue
        (our_properties, our_geometry), (properties, geometry) = ours[key], theirs[key]
        if our_properties != properties:
            answer["wrong"].append(f"{name} {key}: {our_properties}, not {properties}")
        if geometry.area > 0 and negligible(geometry):
            answer["negligible"] += 1
            continue
        far = distance(our_geometry, geometry)
        answer["compared"] += 1
        answer["worst"] = max(answer["worst"], far)
        if far > 2:
            answer["wrong"].append(f"{name} {key}: {far} {our_geometry.wkt[:300]} not {geometry.wkt[:300]}")
answer["failures"] = len(answer["wrong"])
answer["wrong"] = answer["wrong"][:20]
json.dump(answer, sys.stdout)
