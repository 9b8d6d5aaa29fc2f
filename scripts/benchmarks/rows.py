"""What is compared: of every row its inputs, both sides' commands, and how the results are checked."""

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import rasterio
from rasterio.warp import transform_bounds

import inputs
import quality

HERE = Path(__file__).parent
RIVALS = HERE / "rivals"
BUILT = Path(os.environ["XIANGTU_BUILT"]) / "deps"
REAL = Path(os.environ["XIANGTU_REAL_DATA"])
MADE = Path(os.environ["XIANGTU_BENCH"])

NAIP = REAL / "aerial/naip_north-dakota/m_4709963_se_14_1_20200831.tif"
INN = REAL / "satellite/s2_l2a_inn-valley/S2B_T33UUP_20210617_RGBN_10m.tif"
BOLZANO = REAL / "satellite/s2_l2a_bolzano/S2_L2A_sample_20220612_B04_B03_B02_B08_SCL.tif"
UTM = "EPSG:32633"


@dataclass(frozen=True)
class Side:
    """A program, its command, and the file or folder it leaves."""

    name: str
    command: list[str]
    made: Path


@dataclass(frozen=True)
class Row:
    """One comparison."""

    work: str
    """What is done, with the format of the source."""
    goal: float
    """How many times faster ours shall be."""
    sources: list[Path]
    ours: Side
    others: list[Side]
    check: Callable[[Path, Path], str]
    rounds: int = 2
    memory: bool = True
    """Whether memory is compared: not where all sides are given their inputs in memory."""


def program(name: str) -> str:
    """The newest build of one of crates/raster/benches."""
    built = [path for path in BUILT.glob(f"{name}-*") if re.fullmatch(rf"{name}-[0-9a-f]{{16}}", path.name)]
    return str(max(built, key=lambda path: path.stat().st_mtime, default=BUILT / name))


def script(name: str) -> list[str]:
    """One of the other side's programs."""
    path = str(RIVALS / name)
    return [sys.executable, path] if name.endswith(".py") else ["bash", path]


def composite() -> Row:
    dates, side, half = 12, 4400, 30_000
    folder = MADE / "season"
    folder.mkdir(exist_ok=True)
    sources = []
    for date in range(dates):
        sources.append(inputs.noisy(folder / f"date_{date}.tif", INN, [1, 4], side, UTM, 10, date, compress="deflate"))
        shift = date * 331
        sources.append(inputs.classes(folder / f"scl_{date}.tif", BOLZANO, 5, side, UTM, 10, shift, compress="deflate"))
    with rasterio.open(sources[0]) as source:
        west, south, east, north = transform_bounds(source.crs, 3857, *source.bounds)
    x, y = round((west + east) / 2), round((south + north) / 2)
    extent = [str(edge) for edge in (x - half, y - half, x + half, y + half)]
    resolution = str(2 * half / 4000)
    made = {name: MADE / f"composite_{name}" for name in ("ours", "gdal", "odc")}
    words = lambda name: [str(folder), str(made[name])]  # noqa: E731
    exact = [*script("composite_gdal.sh"), str(folder), str(MADE / "composite_exact"), " ".join(extent), resolution, "0"]
    return Row(
        "12 dates: warp to 3857, mask, medians of red and NIR, NDVI, COGs; 4000² (Deflate)", 5, sources,
        Side("ours", [program("composite"), *words("ours"), *extent, resolution], made["ours"]),
        [
            Side("GDAL 3.6", [*script("composite_gdal.sh"), *words("gdal"), " ".join(extent), resolution], made["gdal"]),
            Side("odc-stac", [*script("composite_odc.py"), *words("odc"), *extent, resolution], made["odc"]),
        ],
        partial(quality.of_composites, exact=MADE / "composite_exact", make=exact),
    )  # fmt: skip


def warp() -> Row:
    source = inputs.noisy(MADE / "scene.tif", INN, [1, 2, 3], 10_000, UTM, 10, 3)
    like = inputs.warped_grid(MADE / "warp_like.tif", source, "EPSG:3857")
    made = {name: MADE / f"warp_{name}.tif" for name in ("gdal", "rasterio")}
    ours = MADE / "warp_ours"
    ours.mkdir(exist_ok=True)
    return Row(
        "warp 10 000² × 3 UInt16, UTM → 3857, cubic, ZSTD COG (not packed)", 8, [source],
        Side("ours", [program("warp"), str(source), str(like), str(ours)], ours / "warped.tif"),
        [
            Side("GDAL 3.6", [*script("warp_gdal.sh"), str(source), str(made["gdal"])], made["gdal"]),
            Side("GDAL in rasterio", [*script("rasterio_warp.py"), "warp", str(source), str(made["rasterio"])], made["rasterio"]),
        ],
        partial(quality.of_warps, exact=MADE / "warp_exact.tif", source=source),
        rounds=1,
    )  # fmt: skip


def cog(codec: str, goal: float) -> Row:
    source = inputs.noisy(MADE / "picture.tif", NAIP, [1, 2, 3], 20_000, "EPSG:26914", 1, 1)
    made = {name: MADE / f"{codec}_{name}.tif" for name in ("ours", "gdal")}
    return Row(
        f"COG of 20 000² × 3 Byte with overviews, {codec} (not packed)", goal, [source],
        Side("ours", [program("cog"), str(source), str(made["ours"]), "--codec", codec.lower()], made["ours"]),
        [Side("GDAL 3.6", [*script("cog_gdal.sh"), str(source), str(made["gdal"]), codec], made["gdal"])],
        partial(quality.of_images, source=source),
    )  # fmt: skip


def zonal() -> Row:
    raster = inputs.index(MADE / "ndvi.tif", INN, 1, 4, 10_000, UTM, 10)
    zones = inputs.parcels(MADE / "parcels.geojson", raster, 160, 125, 5)
    made = {name: MADE / f"zonal_{name}.csv" for name in ("ours", "raster-sequential", "feature-sequential")}
    words = lambda name: [str(raster), str(zones), str(made[name])]  # noqa: E731
    return Row(
        "mean, count, std, min, max of 20 000 parcels on 10 000² Float32 (not packed)", 8, [raster, zones],
        Side("ours", [program("zonal"), *words("ours")], made["ours"]),
        [
            Side(f"exactextract, {name}", [*script("zonal_exactextract.py"), *words(name), name], made[name])
            for name in ("raster-sequential", "feature-sequential")
        ],
        partial(quality.of_tables, raster=raster, zones=zones),
    )  # fmt: skip


def index(kind: str, words: str) -> Row:
    nothing = MADE
    return Row(
        f"normalised difference of two UInt16 bands with nodata, 100 Mpx in memory, to {words}", 2, [],
        Side("ours", [program("expression"), kind], nothing),
        [Side("numexpr", [*script("index_numexpr.py"), kind], nothing)],
        lambda ours, theirs: "",
        memory=False,
    )  # fmt: skip


def polygonise() -> Row:
    smallest = "10"
    source = inputs.classes(MADE / "classes.tif", BOLZANO, 5, 10_000, "EPSG:32632", 10, 0, dtype="uint8")
    made = {name: MADE / f"patches_{name}" for name in ("ours.geojsonl", "gdal.fgb", "rasterio.geojsonl")}
    words = lambda name: [str(source), str(made[name]), smallest]  # noqa: E731
    return Row(
        "sieve (< 10 px) and polygonise 100 Mpx of classes, Byte (not packed)", 3, [source],
        Side("ours", [program("vectorise"), *words("ours.geojsonl")], made["ours.geojsonl"]),
        [
            Side("GDAL 3.6", [*script("polygonise_gdal.sh"), *words("gdal.fgb")], made["gdal.fgb"]),
            Side("GDAL in rasterio", [*script("polygonise_rasterio.py"), *words("rasterio.geojsonl")], made["rasterio.geojsonl"]),
        ],
        quality.of_polygons,
    )  # fmt: skip


ROWS: dict[str, Callable[[], Row]] = {
    "composite": composite,
    "warp": warp,
    "jpeg": partial(cog, "JPEG", 3),
    "webp": partial(cog, "WEBP", 1.5),
    "zstd": partial(cog, "ZSTD", 3),
    "zonal": zonal,
    "index": partial(index, "float", "Float32"),
    "colours": partial(index, "colours", "an 8-bit colour index"),
    "polygonise": polygonise,
}
