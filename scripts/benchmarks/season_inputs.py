"""The inputs of the long run: twelve dates of two bands, enlarged and tiled up from real scenes, with noise and
clouds.

Usage: season_inputs.py SCENES OUT SIDE DATES   (30000 12: 21.6 thousand million samples, under 25 GB)
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin
from rasterio.windows import Window

STRIP = 1024
# Pixels of the scene are this often repeated: all dates and what is made of them have to fit on a disk.
REPEATED = 4
# A pool of noise, laid at another place in every strip: cheaper than fresh noise, and no more regular to a packer.
POOL = 4096
# Cloud shapes: a coarse field of chance, enlarged; what is above the quantile is cloud (nodata).
CLOUD_SHARE = 0.3
CLOUD_CELL = 256


def clouds(side: int, chance: np.random.Generator) -> np.ndarray:
    """A coarse field; interpolated where it is used."""
    cells = side // CLOUD_CELL + 3
    field = chance.standard_normal((cells, cells))
    for axis in (0, 1):
        field = (field + np.roll(field, 1, axis) + np.roll(field, -1, axis)) / 3
    return (field > np.quantile(field, 1 - CLOUD_SHARE)).astype(np.float32)


def cloud_strip(field: np.ndarray, row: int, height: int, side: int) -> np.ndarray:
    """Where clouds are in a strip of rows: the field interpolated linearly, cut at a half."""
    y = np.arange(row, row + height) / CLOUD_CELL
    x = np.arange(side) / CLOUD_CELL
    top, left = y.astype(int), x.astype(int)
    down, right = (y - top)[:, None].astype(np.float32), (x - left).astype(np.float32)
    upper = field[top][:, left] * (1 - right) + field[top][:, left + 1] * right
    lower = field[top + 1][:, left] * (1 - right) + field[top + 1][:, left + 1] * right
    return upper * (1 - down) + lower * down > 0.5


def make(scene: Path, out: Path, side: int, seed: int) -> None:
    """One date."""
    if out.exists():
        return
    with rasterio.open(scene) as source:
        pixels = source.read([1, 4]).astype(np.int32)
    pixels = np.concatenate([pixels, pixels[:, :, ::-1]], axis=2)
    pixels = np.concatenate([pixels, pixels[:, ::-1, :]], axis=1)
    chance = np.random.default_rng(seed)
    noise = np.rint(chance.standard_normal((POOL, POOL))).astype(np.int32)
    field = clouds(side, chance)
    columns = np.arange(side) // REPEATED % pixels.shape[2]
    unfinished = out.with_suffix(".unfinished")
    options = {
        "driver": "GTiff", "width": side, "height": side, "count": 2, "dtype": "uint16", "crs": "EPSG:32633",
        "transform": from_origin(300_000, 5_500_000, 10, 10), "nodata": 0, "tiled": True, "blockxsize": 512,
        "blockysize": 512, "BIGTIFF": "YES", "compress": "zstd", "zstd_level": 1, "predictor": 2,
    }  # fmt: skip
    with rasterio.open(unfinished, "w", **options) as target:
        for row in range(0, side, STRIP):
            height = min(STRIP, side - row)
            rows = np.arange(row, row + height) // REPEATED % pixels.shape[1]
            strip = pixels[:, rows[:, None], columns]
            down, across = chance.integers(0, POOL, 2)
            places = (np.arange(height)[:, None] + down) % POOL, (np.arange(side) + across) % POOL
            strip = np.clip(strip + noise[places], 1, 65_535)
            strip[:, cloud_strip(field, row, height, side)] = 0
            target.write(strip.astype(np.uint16), window=Window(0, row, side, height))
    unfinished.rename(out)


def main() -> None:
    scenes, out = sorted(Path(sys.argv[1]).glob("*RGBN_10m.tif")), Path(sys.argv[2])
    side, dates = int(sys.argv[3]), int(sys.argv[4])
    out.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(2) as pool:
        for index in range(dates):
            name = out / f"2021-{index + 1:02}-15.tif"
            pool.submit(make, scenes[index % len(scenes)], name, side, index)


if __name__ == "__main__":
    main()
