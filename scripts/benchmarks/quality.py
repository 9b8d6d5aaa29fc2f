"""Whether what both sides made is the same, or equally good."""

import csv
import json
import math
import subprocess
from collections import defaultdict
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyogrio
import rasterio
import shapely
from rasterio.windows import Window

# Pictures are compared in squares of this side, every second one in both directions.
SQUARE = 2000


def psnr(made: Path, source: Path) -> float:
    """Of a quarter of the pixels, in decibels; infinite where all are the same."""
    squares, count = 0.0, 0
    with rasterio.open(made) as one, rasterio.open(source) as two:
        bands = two.indexes
        most = np.iinfo(two.dtypes[0]).max
        for row in range(0, two.height, 2 * SQUARE):
            for column in range(0, two.width, 2 * SQUARE):
                window = Window(column, row, min(SQUARE, two.width - column), min(SQUARE, two.height - row))
                difference = one.read(bands, window=window).astype(np.float32) - two.read(bands, window=window)
                squares += float(np.square(difference).sum(dtype=np.float64))
                count += difference.size
    return math.inf if squares == 0 else 10 * math.log10(most**2 * count / squares)


def same_kind(ours: Path, theirs: Path) -> None:
    """Both are COGs of the same compression, tile size, number of levels and type."""
    with rasterio.open(ours) as one, rasterio.open(theirs) as two:
        for of in (
            lambda file: file.tags(ns="IMAGE_STRUCTURE").get("COMPRESSION"),
            lambda file: file.tags(ns="IMAGE_STRUCTURE").get("LAYOUT"),
            lambda file: file.block_shapes[0],
            lambda file: file.overviews(1),
            lambda file: file.dtypes,
        ):
            if of(one) != of(two):
                raise SystemExit(f"{ours} and {theirs} are of different kinds: {of(one)} and {of(two)}")


def of_images(ours: Path, theirs: Path, source: Path) -> str:
    """Size as a share of theirs, and what was lost on both sides."""
    same_kind(ours, theirs)
    size = ours.stat().st_size / theirs.stat().st_size
    lost = [psnr(path, source) for path in (ours, theirs)]
    if lost == [math.inf, math.inf]:
        return f"size {size:.1%}, both lossless"
    return f"size {size:.1%}, PSNR {lost[0]:.2f} and {lost[1]:.2f} dB"


def of_tables(ours: Path, theirs: Path, raster: Path, zones: Path) -> str:
    """The greatest relative difference of every column, and of the zone whose means differ most the
    distance of both from the exact mean."""
    tables = []
    for path in (ours, theirs):
        with path.open() as file:
            tables.append({int(row.pop("id")): {name: float(text) for name, text in row.items()} for row in csv.DictReader(file)})
    one, two = tables
    if one.keys() != two.keys():
        raise SystemExit(f"{ours} and {theirs} have different zones")
    apart = lambda mine, other: abs(mine - other) / abs(other) if mine != other else 0.0  # noqa: E731
    names = next(iter(one.values()))
    worst = {name: max((apart(one[zone][name], two[zone][name]), zone) for zone in one) for name in names}
    zone = worst["mean"][1]
    features = json.loads(zones.read_text())["features"]
    exact = exact_mean(raster, features[zone]["geometry"]["coordinates"][0])
    far = [apart(table[zone]["mean"], exact) for table in tables]
    found = ", ".join(f"{name} {difference:.0e}" for name, (difference, _) in worst.items())
    return (
        f"{len(one)} zones, apart by up to {found}; the mean of zone {zone}, {exact:.2e}, is {far[0]:.0e} from the "
        f"exact one here and {far[1]:.0e} there"
    )


def exact_mean(raster: Path, ring: list[list[float]]) -> float:
    """The mean of the pixels inside a ring, each weighted by the share of it inside, in rational numbers:
    nothing is rounded before the end."""
    with rasterio.open(raster) as file:
        west, north, side = Fraction(file.transform.c), Fraction(file.transform.f), Fraction(file.transform.a)
        points = [((Fraction(x) - west) / side, (north - Fraction(y)) / side) for x, y in ring[:-1]]
        left, top = (math.floor(min(axis)) for axis in zip(*points))
        right, bottom = (math.ceil(max(axis)) for axis in zip(*points))
        values = file.read(1, window=Window(left, top, right - left, bottom - top))
    total = weight = Fraction(0)
    for row in range(top, bottom):
        strip = clip(clip(points, 1, row, 1), 1, row + 1, -1)
        for column in range(left, right):
            share = area(clip(clip(strip, 0, column, 1), 0, column + 1, -1)) if strip else 0
            value = values[row - top, column - left]
            if share and np.isfinite(value):
                total, weight = total + share * Fraction(float(value)), weight + share
    return float(total / weight)


def clip(points: list, axis: int, limit: int, sign: int) -> list:
    """The part of a ring beyond a limit (Sutherland and Hodgman, 1974); bridges it may leave have no area."""
    kept = []
    for one, two in zip(points, points[1:] + points[:1]):
        inside = [sign * (point[axis] - limit) >= 0 for point in (one, two)]
        if inside[0]:
            kept.append(one)
        if inside[0] != inside[1]:
            part = (limit - one[axis]) / (two[axis] - one[axis])
            kept.append(tuple(start + part * (end - start) for start, end in zip(one, two)))
    return kept


def area(points: list) -> Fraction:
    pairs = zip(points, points[1:] + points[:1])
    return abs(sum((one[0] * two[1] - two[0] * one[1] for one, two in pairs), Fraction(0))) / 2


def of_polygons(ours: Path, theirs: Path) -> str:
    """Both have the same polygons in number, and of every class the same area."""
    found = []
    for path in (ours, theirs):
        table = pyogrio.raw.read(path, columns=None)
        classes = table[3][[name in ("value", "DN") for name in table[0]["fields"]].index(True)]
        areas = shapely.area(shapely.from_wkb(table[2]))
        found.append((len(areas), {int(value): areas[classes == value].sum() for value in np.unique(classes)}))
    (count, one), (other, two) = found
    if count != other or one.keys() != two.keys():
        raise SystemExit(f"{ours} has {count} polygons of {sorted(one)}, {theirs} {other} of {sorted(two)}")
    worst = max(abs(one[value] - two[value]) / two[value] for value in one)
    return f"{count} polygons on both sides, areas of classes differ by up to {worst:.0e}"


def of_composites(ours: Path, theirs: Path, exact: Path, make: list[str]) -> str:
    """The sizes, and how far medians (in the sources' units) and index are from those of exact warps."""
    if not exact.exists():
        subprocess.run(make, check=True)
    found, sizes = [], [0, 0]
    for name, other in (("red", "median_1.cog"), ("nir", "median_2.cog"), ("ndvi", "ndvi.cog")):
        paths = [ours / f"{name}.tif", theirs / f"{other}.tif"]
        if not paths[1].exists():
            paths[1] = theirs / f"{name}.tif"
        sizes = [size + path.stat().st_size for size, path in zip(sizes, paths)]
        images = [read(path) for path in (exact / f"{other}.tif", *paths)]
        off = [np.sqrt(np.nanmean(np.square(image - images[0]))) for image in images[1:]]
        found.append(f"{name} {off[0]:.2g} and {off[1]:.2g}")
    return f"size {sizes[0] / sizes[1]:.1%}; off the exact ones by (RMS) {', '.join(found)}"


def read(path: Path) -> np.ndarray:
    """The first band, NaN where there is nothing."""
    with rasterio.open(path) as file:
        return file.read(1, masked=True).astype(np.float32).filled(np.nan)


def of_warps(ours: Path, theirs: Path, exact: Path, source: Path) -> str:
    """As of images, with what GDAL makes without approximation, in Float32, in place of a source."""
    if not exact.exists():
        with rasterio.open(theirs) as made:
            bounds = [str(edge) for edge in made.bounds]
            size = [str(made.width), str(made.height)]
        command = ["gdalwarp", "-q", "-t_srs", "EPSG:3857", "-te", *bounds, "-ts", *size, "-r", "cubic", "-et", "0"]
        command += ["-ot", "Float32", "-multi", "-wo", "NUM_THREADS=ALL_CPUS", "-co", "TILED=YES"]
        subprocess.run([*command, str(source), str(exact)], check=True)
    size = ours.stat().st_size / theirs.stat().st_size
    same_kind(ours, theirs)
    lost = [psnr(exact, path) for path in (ours, theirs)]
    return f"size {size:.1%}, PSNR to the exact warp {lost[0]:.2f} and {lost[1]:.2f} dB"
