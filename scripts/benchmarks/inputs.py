"""Large inputs made of the small real scenes: tiled up, with noise so that they do not compress too well.

Every file is made once and kept under its name, so that both sides read the same bytes.
"""

import json
from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin
from rasterio.warp import calculate_default_transform
from rasterio.windows import Window

# Files are written in squares of this side.
BLOCK = 2000


def noisy(path: Path, scene: Path, bands: list[int], side: int, crs: str, pixel: float, seed: int, **profile) -> Path:
    """`side` × `side` pixels of some bands of a scene, mirrored at its edges and repeated, with noise.

    The noise is normal with a deviation of 1 % of the band's, at least 1; nodata (0) stays where it is.
    """
    if path.exists():
        return path
    with rasterio.open(scene) as source:
        pixels = source.read(bands)
    # Mirrored, so that the repetition has no edges that a real scene would not have.
    pixels = np.concatenate([pixels, pixels[:, :, ::-1]], axis=2)
    pixels = np.concatenate([pixels, pixels[:, ::-1, :]], axis=1)
    deviation = [max(1.0, 0.01 * band[band > 0].std()) for band in pixels]
    chance = np.random.default_rng(seed)
    options = {
        "driver": "GTiff", "width": side, "height": side, "count": len(bands), "dtype": pixels.dtype,
        "crs": crs, "transform": from_origin(600_000, 5_300_000, pixel, pixel), "nodata": 0,
        "tiled": True, "blockxsize": 512, "blockysize": 512, "BIGTIFF": "IF_SAFER", **profile,
    }  # fmt: skip
    unfinished = path.with_suffix(".unfinished")
    limit = np.iinfo(pixels.dtype).max
    with rasterio.open(unfinished, "w", **options) as out:
        for row in range(0, side, BLOCK):
            for column in range(0, side, BLOCK):
                height, width = min(BLOCK, side - row), min(BLOCK, side - column)
                rows = (np.arange(row, row + height)) % pixels.shape[1]
                columns = (np.arange(column, column + width)) % pixels.shape[2]
                block = pixels[:, rows[:, None], columns].astype(np.float32)
                for band, scale in zip(block, deviation):
                    noise = chance.standard_normal(band.shape, dtype=np.float32) * scale
                    band[...] = np.where(band > 0, np.clip(np.rint(band + noise), 1, limit), 0)
                out.write(block.astype(pixels.dtype), window=Window(column, row, width, height))
    unfinished.rename(path)
    return path


def classes(path: Path, scene: Path, band: int, side: int, crs: str, pixel: float, shift: int, **profile) -> Path:
    """Classes of a scene, repeated: as `noisy` without noise, moved by `shift` pixels so that dates differ."""
    if path.exists():
        return path
    with rasterio.open(scene) as source:
        pixels = source.read(band)
    pixels = np.concatenate([pixels, pixels[:, ::-1]], axis=1)
    pixels = np.concatenate([pixels, pixels[::-1]], axis=0)
    index = np.arange(side) + shift
    tiled = pixels[(index % pixels.shape[0])[:, None], index % pixels.shape[1]]
    options = {
        "driver": "GTiff", "width": side, "height": side, "count": 1, "dtype": pixels.dtype, "crs": crs,
        "transform": from_origin(600_000, 5_300_000, pixel, pixel), "nodata": 0,
        "tiled": True, "blockxsize": 512, "blockysize": 512, **profile,
    }  # fmt: skip
    unfinished = path.with_suffix(".unfinished")
    with rasterio.open(unfinished, "w", **options) as out:
        out.write(tiled, 1)
    unfinished.rename(path)
    return path


def index(path: Path, scene: Path, red: int, near_infrared: int, side: int, crs: str, pixel: float, **profile) -> Path:
    """The normalised difference of two bands of a scene with noise as Float32; nodata is NaN."""
    if path.exists():
        return path
    bands = noisy(path.with_suffix(".bands.tif"), scene, [red, near_infrared], side, crs, pixel, 7)
    unfinished = path.with_suffix(".unfinished")
    with rasterio.open(bands) as source:
        options = source.profile | {"count": 1, "dtype": "float32", "nodata": np.nan} | profile
        with rasterio.open(unfinished, "w", **options) as out:
            for row in range(0, side, BLOCK):
                window = Window(0, row, side, min(BLOCK, side - row))
                red, near = source.read(window=window).astype(np.float32)
                with np.errstate(invalid="ignore"):
                    out.write((near - red) / (near + red), 1, window=window)
    bands.unlink()
    unfinished.rename(path)
    return path


def parcels(path: Path, raster: Path, across: int, down: int, seed: int) -> Path:
    """Parcels of eight corners that share their borders and cover the whole raster, in its reference system."""
    if path.exists():
        return path
    with rasterio.open(raster) as source:
        bounds, code = source.bounds, source.crs.to_epsg()
    chance = np.random.default_rng(seed)
    # Corners and the middles of the sides between them: a lattice twice as fine, with every point moved.
    columns, rows = np.meshgrid(np.arange(2 * across + 1.0), np.arange(2 * down + 1.0))
    moved = chance.uniform(-0.35, 0.35, (2, *columns.shape))
    inside = (columns > 0) & (columns < 2 * across), (rows > 0) & (rows < 2 * down)
    columns, rows = columns + moved[0] * inside[0], rows + moved[1] * inside[1]
    x = bounds.left + columns * (bounds.right - bounds.left) / (2 * across)
    y = bounds.top - rows * (bounds.top - bounds.bottom) / (2 * down)
    around = [(0, 0), (1, 0), (2, 0), (2, 1), (2, 2), (1, 2), (0, 2), (0, 1), (0, 0)]
    features = []
    for row in range(0, 2 * down, 2):
        for column in range(0, 2 * across, 2):
            ring = [[x[row + down, column + right], y[row + down, column + right]] for down, right in around]
            geometry = {"type": "Polygon", "coordinates": [ring]}
            features.append({"type": "Feature", "properties": {"id": len(features)}, "geometry": geometry})
    crs = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{code}"}}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}))
    return path


def warped_grid(path: Path, source: Path, crs: str) -> Path:
    """An empty file with the grid that gdalwarp chooses for a source in another reference system."""
    if path.exists():
        return path
    with rasterio.open(source) as image:
        place, width, height = calculate_default_transform(image.crs, crs, image.width, image.height, *image.bounds)
    options = {"width": width, "height": height, "count": 1, "dtype": "uint8", "crs": crs, "transform": place}
    with rasterio.open(path, "w", driver="GTiff", tiled=True, sparse_ok=True, **options):
        return path
