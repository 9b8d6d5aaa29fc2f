"""Reads a running server's tiles as desktop GIS do, and compares them with GDAL's warp of the stored images.

usage: grids.py sets URL
           our tile matrix sets against morecantile's: greatest relative differences
       grids.py gdal-wmts URL LAYER SET LEVEL OBJECTS [LEGEND]
           a tile of a layer by GDAL's WMTS driver against gdalwarp -et 0
       grids.py owslib URL LAYER SET LEVEL OBJECTS [LEGEND]
           the same by OWSLib, against rasterio's reproject
       grids.py gdal-ogcapi URL LAYER SET LEVEL OBJECTS [LEGEND]
           the same by GDAL's OGCAPI driver (map tiles)
       grids.py capabilities URL
           what OWSLib reads of the capabilities

URL ends before /wmts and /ogc. OBJECTS is the folder of stored images: which of them the layer shows is
found by looking. LEGEND is a JSON list of [number, red, green, blue]: the layer's numbers are coloured so.
"""

import ctypes
import io
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import morecantile
import numpy as np
import rasterio
from owslib.wmts import WebMapTileService
from PIL import Image
from pyproj import Transformer
from rasterio.transform import from_bounds
from rasterio.warp import Resampling, reproject

HALF_MERIDIAN = 20003931.4586255
EPSG = {"WebMercatorQuad": 3857, "WorldCRS84Quad": 4326, "CGCS2000Quad": 4490}


def get(url):
    with urllib.request.urlopen(url) as answer:
        return answer.read()


def document(url, set_id):
    return json.loads(get(f"{url}/ogc/tileMatrixSets/{set_id}"))


def code(set_id):
    return EPSG.get(set_id) or int(set_id.rsplit("_", 1)[1])


def tile_at(url, set_id, level, longitude, latitude):
    """Row, column and bounds (x to the east) of the tile of a level that holds a place, by the document."""
    matrix = next(m for m in document(url, set_id)["tileMatrices"] if m["id"] == level)
    x, y = Transformer.from_crs(4326, code(set_id), always_xy=True).transform(longitude, latitude)
    first, second = matrix["pointOfOrigin"]
    west, north = (first, second) if set_id in ("WebMercatorQuad", "WorldCRS84Quad") else (second, first)
    span = matrix["cellSize"] * matrix["tileWidth"]
    column, row = int((x - west) // span), int((north - y) // span)
    left, top = west + column * span, north - row * span
    return row, column, (left, top - span, left + span, top)


def relative(one, two):
    return max(abs(a - b) / max(abs(b), 1.0) for a, b in zip(one, two, strict=True))


def sets(url):
    """Corners, scales and sizes; a set that morecantile does not know is read and laid out by it."""
    greatest = {}
    for set_id in ("WebMercatorQuad", "WorldCRS84Quad"):
        ours, theirs = document(url, set_id), morecantile.tms.get(set_id)
        assert ours["crs"] == json.loads(theirs.model_dump_json(by_alias=True))["crs"], set_id
        for own, other in zip(ours["tileMatrices"], theirs.tileMatrices, strict=False):
            assert (own["id"], own["matrixWidth"], own["matrixHeight"]) == (
                other.id, other.matrixWidth, other.matrixHeight)  # fmt: skip
            numbers = [own["scaleDenominator"], own["cellSize"], *own["pointOfOrigin"]]
            other = [other.scaleDenominator, other.cellSize, *other.pointOfOrigin]
            greatest[set_id] = max(greatest.get(set_id, 0), relative(numbers, other))
    utm = morecantile.tms.get("UTM31WGS84Quad")
    for set_id in ("CGCS2000_GK_4524", "CGCS2000_GK_4545"):
        ours = document(url, set_id)
        x = (36_500_000 if set_id.endswith("4524") else 500_000) - HALF_MERIDIAN / 2
        for own, other in zip(ours["tileMatrices"], utm.tileMatrices, strict=True):
            assert (own["id"], own["matrixWidth"], own["matrixHeight"]) == (
                other.id, other.matrixWidth, other.matrixHeight)  # fmt: skip
            numbers = [own["scaleDenominator"], own["cellSize"], *own["pointOfOrigin"]]
            wanted = [other.scaleDenominator, other.cellSize, HALF_MERIDIAN, x]
            greatest[set_id] = max(greatest.get(set_id, 0), relative(numbers, wanted))
    for set_id in ("CGCS2000Quad", "CGCS2000_GK_4545"):
        # Parsed and laid out by them: where their tile lies is where ours does.
        theirs = morecantile.TileMatrixSet(**document(url, set_id))
        for level in (1, 10, 14):
            row, column, bounds = tile_at(url, set_id, str(level), 108.4, 31.2)
            index = next(i for i, m in enumerate(theirs.tileMatrices) if m.id == str(level))
            laid = theirs.xy_bounds(morecantile.Tile(column, row, int(theirs.tileMatrices[index].id)))
            greatest[f"{set_id} tiles"] = max(greatest.get(f"{set_id} tiles", 0), relative(laid, bounds))
    return greatest


def capabilities(url):
    service = WebMapTileService(f"{url}/wmts")
    matrices = {}
    for name, matrix_set in service.tilematrixsets.items():
        first = matrix_set.tilematrix[min(matrix_set.tilematrix, key=int)]
        matrices[name] = [matrix_set.crs, first.identifier, first.scaledenominator, list(first.topleftcorner)]
    layers = {
        name: {"sets": list(layer.tilematrixsetlinks), "bounds": layer.boundingBoxWGS84,
               "formats": layer.formats, "styles": list(layer.styles),
               "times": [d["values"] for d in layer.dimensions.values()] if hasattr(layer, "dimensions") else []}
        for name, layer in service.contents.items()
    }  # fmt: skip
    return {"sets": matrices, "layers": layers}


def candidates(objects, coloured):
    """Stored images that may be the layer's: numbers for a coloured layer, else pictures with alpha."""
    found = []
    for path in sorted(Path(objects).rglob("*.tif")):
        with rasterio.open(path) as image:
            kind = (image.count == 1 and image.dtypes[0] == "float32") if coloured else image.count == 4
            if kind:
                found.append(str(path))
    assert found, "no stored image of this kind"
    return found


def by_gdalwarp(path, epsg, bounds):
    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/warped.tif"
        # An error of 0 asks PROJ for every pixel.
        subprocess.run(["gdalwarp", "-q", "-t_srs", f"EPSG:{epsg}", "-r", "bilinear", "-et", "0", "-ovr", "NONE",
                        "-te", *map(repr, bounds), "-ts", "256", "256", path, out], check=True)  # fmt: skip
        with rasterio.open(out) as image:
            return image.read().astype(float)


def by_rasterio(path, epsg, bounds):
    with rasterio.open(path) as image:
        nodata = image.nodata
        target = np.full((image.count, 256, 256), 0 if nodata is None else nodata, image.dtypes[0])
        reproject(rasterio.band(image, list(range(1, image.count + 1))), target, dst_crs=f"EPSG:{epsg}",
                  dst_transform=from_bounds(*bounds, 256, 256), resampling=Resampling.bilinear, tolerance=0.01)  # fmt: skip
        return target.astype(float)


def expected(path, epsg, bounds, legend, warp):
    """Colours and where there are any."""
    values = warp(path, epsg, bounds)
    if legend is None:
        return np.moveaxis(values[:3], 0, -1), values[3] > 254.5
    stops = np.array(legend, float)
    colours = [np.interp(values[0], stops[:, 0], stops[:, i]) for i in (1, 2, 3)]
    return np.stack(colours, axis=-1), np.isfinite(values[0])


def compare(tile, bounds, epsg, objects, legend, warp):
    """The nearest stored image: shares of pixels within one and two grey levels, and the greatest difference."""
    best = None
    for path in candidates(objects, legend is not None):
        colours, valid = expected(path, epsg, bounds, legend, warp)
        # The last pixels before an edge of the data are mixed by rules of their own.
        inner = valid.copy()
        for axis in (0, 1):
            for step in (-2, -1, 1, 2):
                inner &= np.roll(valid, step, axis)
        inner[:2], inner[-2:], inner[:, :2], inner[:, -2:] = False, False, False, False
        if inner.sum() < 5000:
            continue
        off = np.abs(tile[..., :3] - np.rint(colours)).max(axis=-1)[inner]
        answer = {"pixels": int(inner.sum()), "within_1": float((off <= 1.0).mean()),
                  "within_2": float((off <= 2.0).mean()), "median": float(np.median(off)),
                  "greatest": float(off.max()), "spread": float(tile[..., :3][inner].std()),
                  "opaque": float((tile[..., 3][inner] == 255).mean())}  # fmt: skip
        if best is None or answer["within_1"] > best["within_1"]:
            best = answer
    assert best, "no stored image fills the tile"
    return best


def centre(url, layer):
    collection = json.loads(get(f"{url}/ogc/collections/{layer}"))
    west, south, east, north = collection["extent"]["spatial"]["bbox"][0]
    return (west + east) / 2, (south + north) / 2


def by_gdal(source, bounds, options=None):
    """The pixels of the bounds by Debian's GDAL or, with options for opening, by a newer one."""
    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/tile.tif"
        west, south, east, north = bounds
        cut = ["-projwin", *map(repr, (west, north, east, south)), "-outsize", "256", "256"]
        if options is None:
            environment = {**os.environ, "GDAL_DEFAULT_WMS_CACHE_PATH": f"{folder}/cache"}
            subprocess.run(["gdal_translate", "-q", *cut, source, out], check=True, env=environment)
        else:
            # In a process of its own: two GDALs in one disturb each other.
            words = json.dumps([source, options, cut, out])
            subprocess.run([sys.executable, __file__, "newer-gdal", words], check=True)
        with rasterio.open(out) as image:
            return np.moveaxis(image.read().astype(float), 0, -1), image.crs.to_epsg(), list(image.bounds)


def newer_gdal(source, options, cut, out):
    """`gdal_translate` by the library of the pyogrio wheel: Debian's takes the degrees of a collection's box for
    metres, and rasterio's has no OGC API."""
    import pyogrio

    libraries = Path(pyogrio.__file__).parent.with_name("pyogrio.libs")
    gdal = ctypes.CDLL(str(next(libraries.glob("libgdal*"))))
    for name in ("GDALOpenEx", "GDALTranslateOptionsNew", "GDALTranslate"):
        getattr(gdal, name).restype = ctypes.c_void_p

    def texts(words):
        return (ctypes.c_char_p * (len(words) + 1))(*[word.encode() for word in words], None)

    gdal.GDALAllRegister()
    raster, verbose = 0x02, 0x40
    image = gdal.GDALOpenEx(source.encode(), raster | verbose, texts(["OGCAPI"]), texts(options), None)
    assert image, source
    how = gdal.GDALTranslateOptionsNew(texts(cut), None)
    made = gdal.GDALTranslate(out.encode(), ctypes.c_void_p(image), ctypes.c_void_p(how), None)
    assert made, source
    gdal.GDALClose(ctypes.c_void_p(made))


def question(what, url, layer, set_id, level, objects, legend=None):
    legend = legend and json.loads(legend)
    row, column, bounds = tile_at(url, set_id, level, *centre(url, layer))
    if what == "owslib":
        service = WebMapTileService(f"{url}/wmts")
        answer = service.gettile(layer=layer, tilematrixset=set_id, tilematrix=level, row=row, column=column,
                                 format="image/png")  # fmt: skip
        tile = np.asarray(Image.open(io.BytesIO(answer.read())).convert("RGBA")).astype(float)
        return compare(tile, bounds, code(set_id), objects, legend, by_rasterio)
    if what == "gdal-wmts":
        source = (f"WMTS:{url}/wmts/1.0.0/WMTSCapabilities.xml,layer={layer},tilematrixset={set_id},"
                  f"tilematrix={level}")  # fmt: skip
        tile, crs, found = by_gdal(source, bounds)
    else:
        options = ["API=TILES", f"TILEMATRIXSET={set_id}", f"TILEMATRIX={level}", "IMAGE_FORMAT=PNG", "CACHE=NO"]
        tile, crs, found = by_gdal(f"OGCAPI:{url}/ogc/collections/{layer}", bounds, options)
    answer = compare(tile, bounds, code(set_id), objects, legend, by_gdalwarp)
    return {**answer, "epsg": crs, "off": max(abs(a - b) for a, b in zip(found, bounds, strict=True))}


def main():
    what, *rest = sys.argv[1:]
    if what == "newer-gdal":
        newer_gdal(*json.loads(rest[0]))
        return
    answers = {"sets": sets, "capabilities": capabilities}
    print(json.dumps(answers[what](*rest) if what in answers else question(what, *rest)))


if __name__ == "__main__":
    main()
