"""What a PMTiles and an MBTiles file of the same tiles hold, read by the package pmtiles and by sqlite3.

usage: archives.py FILE.pmtiles FILE.mbtiles
"""

import gzip
import json
import sqlite3
import sys

import mapbox_vector_tile
from pmtiles.reader import MmapSource, Reader, all_tiles

with open(sys.argv[1], "rb") as file:
    source = MmapSource(file)
    reader = Reader(source)
    header, metadata = reader.header(), reader.metadata()
    theirs = {place: data for place, data in all_tiles(source)}
assert header["clustered"], "the tiles are not in the order of the directory"

database = sqlite3.connect(sys.argv[2])
assert database.execute("pragma integrity_check").fetchone() == ("ok",)
described = dict(database.execute("select name, value from metadata"))
rows = database.execute("select zoom_level, tile_column, tile_row, tile_data from tiles")
ours = {(zoom, column, (1 << zoom) - 1 - row): data for zoom, column, row, data in rows}
names = set()
for data in ours.values():
    names.update(mapbox_vector_tile.decode(gzip.decompress(data)))

assert json.loads(described["json"])["vector_layers"] == metadata["vector_layers"]
assert described["format"] == "pbf" and described["attribution"] == metadata["attribution"]
bounds = [header[side] / 1e7 for side in ("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7")]
assert all(abs(a - float(b)) < 1e-6 for a, b in zip(bounds, described["bounds"].split(",")))
assert [header["min_zoom"], header["max_zoom"]] == [int(described["minzoom"]), int(described["maxzoom"])]
assert names == {layer["id"] for layer in metadata["vector_layers"]}
json.dump(
    {
        "same_tiles": ours == theirs,
        "tiles": len(ours),
        "contents": header["tile_contents_count"],
        "zooms": [header["min_zoom"], header["max_zoom"]],
        "layers": [layer["id"] for layer in metadata["vector_layers"]],
        "attribution": metadata["attribution"],
    },
    sys.stdout,
)
