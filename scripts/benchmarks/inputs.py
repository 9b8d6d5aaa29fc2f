"""Large inputs made of the small real scenes: tiled up, with noise so that they do not compress too well.

Every file is made once and kept under its name, so that both sides read the same bytes.
"""

from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin
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
