"""Raster tiles beside other people's servers: nginx with the same bytes as files, Martin with the same COG,
TiTiler with the same pixels.

Usage: serving.py   (scripts/bench serving installs what it needs)

Every side is asked for the same tiles by the same load generator, one side after the other; tiles of zooms
12 to 14 over the Gers scene. Both sides keep their decoded blocks; ours keeps no finished tiles where the
table says so.
"""

import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import rasterio
import rasterio.warp
from PIL import Image

HERE = Path(__file__).parent
REAL = Path(os.environ["XIANGTU_REAL_DATA"])
MADE = Path(os.environ["XIANGTU_BENCH"])
PROGRAM = str(Path(os.environ["XIANGTU_BUILT"]) / "xiangtu")
TITILER = Path(os.environ.get("XIANGTU_TITILER", ".")) / "bin"
SCENE = REAL / "satellite/s2_l2a_maja_gers"
COMMUNES = REAL / "vector/communes_gers_epsg2154.geojson"
LOW, HIGH = 0, 2500
SECONDS = 10
CLIENTS = 16
PORTS = {"ours": 18081, "nginx": 18082, "titiler": 18083, "martin": 18084}
MERCATOR = 20_037_508.342789244


@dataclass
class Load:
    """What the load generator saw."""

    rate: float
    p50: str
    p99: str


def tiles() -> list[tuple[int, int, int]]:
    """The tiles over the scene that hold some of it."""
    found = []
    for zoom in (12, 13, 14):
        with rasterio.open(next(SCENE.glob("*_FRE_B4.tif"))) as file:
            west, south, east, north = rasterio.warp.transform_bounds(file.crs, 4326, *file.bounds)
        x = [math.floor((longitude + 180) / 360 * 2**zoom) for longitude in (west, east)]
        y = [
            math.floor((0.5 - math.asinh(math.tan(math.radians(latitude))) / (2 * math.pi)) * 2**zoom)
            for latitude in (north, south)
        ]
        found += [(zoom, column, row) for column in range(x[0], x[1] + 1) for row in range(y[0], y[1] + 1)]
    return found


def get(url: str) -> bytes | None:
    """What there is; `None` for nothing there, and beyond a layer's zooms."""
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.read() if answer.status == 200 else None
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise


@contextmanager
def running(command: list[str], port: int, probe: str, **options):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        for _ in range(600):
            try:
                get(f"http://127.0.0.1:{port}{probe}")
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise SystemExit(f"{command[0]} does not answer at {probe}")
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def load(port: int, paths: list[str], warm: bool = True) -> Load:
    listed = MADE / "paths.txt"
    listed.write_text("\n".join(paths))
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{SECONDS}s", "--latency", "-s", str(HERE / "tiles.lua"), f"http://127.0.0.1:{port}"]
    if warm:
        for path in paths:
            get(f"http://127.0.0.1:{port}{path}")
    said = subprocess.run(command, env=os.environ | {"PATHS": str(listed)}, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said:
        raise SystemExit(f"not every answer was a tile:\n{said}")
    find = lambda pattern: re.search(pattern, said)[1]  # noqa: E731
    return Load(float(find(r"Requests/sec:\s+([\d.]+)")), find(r"50%\s+(\S+)"), find(r"99%\s+(\S+)"))


def one_image() -> Path:
    """Red, green, blue and near infrared of the scene in one COG of its own grid, for TiTiler."""
    made = MADE / "gers_rgbn.tif"
    if not made.exists():
        bands = [next(SCENE.glob(f"*_FRE_{band}.tif")) for band in ("B4", "B3", "B2", "B8")]
        stack = MADE / "gers_stack.vrt"
        subprocess.run(["gdalbuildvrt", "-q", "-separate", "-srcnodata", "-10000", "-vrtnodata", "-10000", stack, *bands], check=True)
        subprocess.run(["gdal_translate", "-q", "-of", "COG", "-co", "COMPRESS=DEFLATE", "-co", "PREDICTOR=YES", stack, made], check=True)
    return made


def exact(tile: tuple[int, int, int]) -> np.ndarray:
    """Red, green, blue of a tile by gdalwarp without approximation, stretched; NaN for no data."""
    zoom, column, row = tile
    span = 2 * MERCATOR / 2**zoom
    west, north = column * span - MERCATOR, MERCATOR - row * span
    made = MADE / "exact_tile.tif"
    box = [west, north - span, west + span, north]
    command = ["gdalwarp", "-q", "-overwrite", "-t_srs", "EPSG:3857", "-te", *map(repr, box), "-ts", "256", "256"]
    command += ["-r", "bilinear", "-et", "0", "-ot", "Float32", "-dstnodata", "nan", "-ovr", "NONE", str(one_image()), str(made)]
    subprocess.run(command, check=True)
    with rasterio.open(made) as file:
        pixels = file.read([1, 2, 3])
    return np.clip((pixels - LOW) / (HIGH - LOW), 0, 1) * 255


def psnr(url, wanted: list[tuple[int, int, int]]) -> float:
    """Of all pixels with data of some tiles of the deepest zoom."""
    errors = []
    for tile in wanted:
        found = np.asarray(Image.open(BytesIO(get(url(tile)))).convert("RGB"), dtype=float).transpose(2, 0, 1)
        off = found - exact(tile)
        errors.append(off[~np.isnan(off)])
    return 10 * math.log10(255**2 / np.mean(np.concatenate(errors) ** 2))


def publish(home: dict[str, str]) -> None:
    scaled = [str(LOW / 10_000), str(HIGH / 10_000)]
    for words in (
        ["import", "areas", str(COMMUNES)],
        ["ingest", str(SCENE), "--id", "gers"],
        ["layer", "true-colour", "gers", "--id", "stored", "--audience", "public"],
        ["layer", "live", "gers", "--bands", "red,green,blue", "--stretch", ",".join(scaled), "--gamma", "1", "--id", "live", "--audience", "public"],
        ["layer", "live", "gers", "--index", "ndvi", "--id", "ndvi", "--audience", "public"],
    ):  # fmt: skip
        subprocess.run([PROGRAM, *words], env=home, check=True, stdout=subprocess.DEVNULL)


def nginx(folder: Path) -> list[str]:
    settings = folder / "nginx.conf"
    settings.write_text(f"""
worker_processes 2;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; open_file_cache max=4096; keepalive_requests 1000000;
  types {{ image/webp webp; }}
  server {{ listen 127.0.0.1:{PORTS["nginx"]}; root {folder}; }}
}}
""")
    return ["nginx", "-c", str(settings)]


def martin(folder: Path) -> list[str]:
    """Serving the very file that our layer is, without a cache."""
    crs = lambda file: rasterio.open(file).crs.to_epsg()  # noqa: E731
    image = next(file for file in (folder / "home/objects").rglob("*.tif") if crs(file) == 3857)
    settings = folder / "martin.yaml"
    settings.write_text(f"""
listen_addresses: 127.0.0.1:{PORTS["martin"]}
worker_processes: 2
cache_size_mb: 0
cog:
  sources:
    stored: {image}
""")
    return ["martin", "--config", str(settings)]


def row(work: str, ours: Load, against: str, theirs: Load, goal: float, results: str = "") -> str:
    cells = [
        work, against, f"{ours.rate:.0f} ({ours.p50}, {ours.p99})", f"{theirs.rate:.0f} ({theirs.p50}, {theirs.p99})",
        f"{ours.rate / theirs.rate:.2f}", f"≥ {goal:g}", results,
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    MADE.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="xiangtu-serving-", dir="/var/tmp"))
    place.chmod(0o755)
    home = os.environ | {"XIANGTU_HOME": str(place / "home")}
    (place / "home").mkdir(mode=0o755)
    publish(home)
    wanted = tiles()
    ours = lambda layer, ending: [f"/tiles/{layer}/{z}/{x}/{y}.{ending}" for z, x, y in wanted]  # noqa: E731
    serve = [PROGRAM, "up", "--listen", f"127.0.0.1:{PORTS['ours']}", "--no-demo"]
    address = f"http://127.0.0.1:{PORTS['ours']}"
    table = []

    with running(serve, PORTS["ours"], "/health/ready", env=home):
        aligned = [path for path in ours("stored", "webp") if get(address + path)]
        for path in aligned:
            file = place / path[1:]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(get(address + path))
        print(len(aligned), "aligned tiles of", sum(map(len, map(get, (address + path for path in aligned)))) // len(aligned), "bytes")
        warm = load(PORTS["ours"], aligned)
    with running(nginx(place), PORTS["nginx"], aligned[0]):
        files = load(PORTS["nginx"], aligned)
    table.append(row("aligned RGB tile, WebP, warm", warm, "nginx, the same bytes as files", files, 0.8))

    plain = lambda path: path.removeprefix("/tiles").removesuffix(".webp")  # noqa: E731
    with running(martin(place), PORTS["martin"], "/health"):
        # It does not find the finest level of our file.
        same = [path for path in aligned if get(f"http://127.0.0.1:{PORTS['martin']}{plain(path)}") == (place / path[1:]).read_bytes()]
        print(len(same), "aligned tiles given by Martin, byte for byte")
        unkept = load(PORTS["martin"], [plain(path) for path in same])

    image = one_image()
    base = "/cog/tiles/WebMercatorQuad/{z}/{x}/{y}.{ending}?url=" + str(image)
    rgb = base + f"&bidx=1&bidx=2&bidx=3&rescale={LOW},{HIGH}&resampling=bilinear&reproject=bilinear"
    ndvi = base + "&expression=(b4-b1)/(b4%2Bb1)&rescale=-0.1,0.9&colormap_name=rdylgn&resampling=bilinear&reproject=bilinear"
    theirs = lambda text, ending: [text.format(z=z, x=x, y=y, ending=ending) for z, x, y in wanted]  # noqa: E731
    settings = {"GDAL_CACHEMAX": "200", "VSI_CACHE": "TRUE", "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR"}
    titiler = [str(TITILER / "uvicorn"), "--app-dir", str(HERE / "rivals"), "titiler_same_quality:app", "--workers", "2", "--port", str(PORTS["titiler"]), "--log-level", "critical"]
    works = (("jpg", "live", rgb, 25), ("webp", "live", rgb, 12), ("png", "live", rgb, 25), ("png", "ndvi", ndvi, 40))
    measured = {}
    with running([*serve, "--tile-cache", "0"], PORTS["ours"], "/health/ready", env=home):
        # Both sides are asked for the same tiles: those that hold something.
        wanted = [tile for tile in wanted if get(f"{address}/tiles/live/{tile[0]}/{tile[1]}/{tile[2]}.png")]
        deepest = [tile for tile in wanted if tile[0] == wanted[-1][0]][::5]
        print(len(wanted), "warped tiles,", len(deepest), "of them compared")
        table.append(row("aligned RGB tile, WebP, no finished tiles kept", load(PORTS["ours"], same), "Martin 1.14 COG, cache off", unkept, 4))
        for ending, layer, _, _ in works:
            found = load(PORTS["ours"], ours(layer, ending))
            quality = psnr(lambda tile: f"{address}/tiles/{layer}/{tile[0]}/{tile[1]}/{tile[2]}.{ending}", deepest) if layer == "live" else 0
            measured[ending, layer] = (found, quality)
    with running(titiler, PORTS["titiler"], "/healthz", env=os.environ | settings):
        for ending, layer, text, goal in works:
            found = load(PORTS["titiler"], theirs(text, ending))
            mine, quality = measured[ending, layer]
            words = ""
            if layer == "live":
                there = psnr(lambda tile: f"http://127.0.0.1:{PORTS['titiler']}" + text.format(z=tile[0], x=tile[1], y=tile[2], ending=ending), deepest)
                words = f"PSNR to the exact warp {quality:.2f} and {there:.2f} dB"
            work = "NDVI of two Int16 bands, coloured when asked" if layer == "ndvi" else "RGB of a UTM GeoTIFF, warped"
            table.append(row(f"{work}, {ending.upper()}, no finished tiles kept", mine, "TiTiler 2.4, 2 workers", found, goal, words))

    print("\n| work | against | ours /s (p50, p99) | theirs /s (p50, p99) | times | goal | results |\n|---|---|---|---|---|---|---|")
    print("\n".join(table))
    shutil.rmtree(place)


if __name__ == "__main__":
    sys.exit(main())
