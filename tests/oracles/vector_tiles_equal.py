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
from shapely.geometry import box, shape
from shapely.ops import unary_union

TINY = 6
# The two cut differently at the edge of the frame, half in the buffer: compared is what lies well within.
WITHIN = box(-56, -56, 4152, 4152)


def read(path):
    if not os.path.exists(path):
        return {}
    with open(path, "rb") as file:
        decoded = mapbox_vector_tile.decode(file.read(), default_options={"y_coord_down": True})
    return {
        (name, feature["id"]): (feature["properties"], repaired(feature["geometry"]))
        for name, layer in decoded.items()
        for feature in layer["features"]
    }


def repaired(document):
    if document["type"].endswith("LineString"):
        several = document["type"].startswith("Multi")
        lines = [without_spikes(line) for line in (document["coordinates"] if several else [document["coordinates"]])]
        return shape({"type": "MultiLineString", "coordinates": lines})
    # A ring that runs twice along a seam of the frame covers nothing there: its structure counts, not its lines.
    return make_valid(shape(document), method="structure", keep_collapsed=False)


def without_spikes(line):
    """Without the places where a line turns back on itself at once: PostGIS leaves those out."""
    kept = []
    for place in line:
        if len(kept) > 1 and list(kept[-2]) == list(place):
            kept.pop()
        else:
            kept.append(place)
    return kept if len(kept) > 1 else line


def distance(ours, theirs):
    """How far the two lie apart; polygons by what only one covers, spread along their outline."""
    if theirs.area > 0:
        ours, theirs = polygons(ours), polygons(theirs)
        return ours.symmetric_difference(theirs).area / max(theirs.length, ours.length, 4)
    for far in (0.5, 1, 1.5, 2):
        off = ours.difference(theirs.buffer(far)).union(theirs.difference(ours.buffer(far)))
        if off.intersection(WITHIN).is_empty:
            return far
    return hausdorff_distance(ours, theirs)


def polygons(geometry):
    # What fell apart at the frame stays joined along its edge: such seams have no ground.
    parts = [part for part in getattr(geometry, "geoms", [geometry]) if part.geom_type.endswith("Polygon")]
    return unary_union(parts).intersection(WITHIN)


def negligible(geometry, only_one=False):
    if geometry.area > 0:
        return geometry.area < (2 * TINY if only_one else TINY)
    # A line of a few steps that the other side drew as none, or one that only grazes the frame.
    return geometry.length < 2 * TINY or not geometry.intersects(WITHIN)


answer = {"tiles": 0, "compared": 0, "negligible": 0, "worst": 0, "wrong": []}
for theirs_path in sorted(glob.glob(os.path.join(sys.argv[1], "*.theirs.mvt"))):
    name = os.path.basename(theirs_path).removesuffix(".theirs.mvt")
    theirs, ours = read(theirs_path), read(theirs_path.replace(".theirs.", ".ours."))
    answer["tiles"] += 1
    for key in sorted(theirs.keys() | ours.keys()):
        if key not in theirs or key not in ours:
            properties, geometry = (theirs.get(key) or ours.get(key))
            if geometry.geom_type.endswith("Point") or not negligible(geometry, True):
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
