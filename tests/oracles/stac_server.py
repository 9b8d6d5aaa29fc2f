"""A STAC API of stac-fastapi and pgstac over real scenes, and a server of their images.

usage: stac_server.py DATABASE DATA FOLDER [PAGES]
           DATABASE: an address of a PostgreSQL server as libpq reads it; pgstac gets a database of its own there
           DATA: the folder of the real scenes
           FOLDER: where single bands are written
           PAGES: the process ends without a word when it is asked for one page more than these

Collections: `field` (one COG a band, keys as the Planetary Computer has them), `gers` (one file of strips a band, keys
as Earth Search has them; only the item tells nodata and scale), `bolzano` (one image of all bands, STAC 1.1), `bucket`
(the same image as s3://village/scenes/bolzano.tif), `lost` (an image that is not there).
A page has at most five items, whatever is asked for. Answers one line of JSON, {"api": …, "assets": …}, when it
is ready, and ends with its standard input. ASSETS/log is what was asked for: path, range, status and bytes sent.
"""

import asyncio
import json
import os
import socket
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import psycopg
import rasterio
import rasterio.shutil
import uvicorn
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pypgstac.db import PgstacDB
from pypgstac.load import Loader, Methods
from pypgstac.migrate import Migrate
from rasterio.warp import transform_bounds
from stac_fastapi.pgstac.app import instantiate_api
from stac_fastapi.pgstac.config import PostgresSettings
from stac_fastapi.pgstac.core import CoreCrudClient
from stac_fastapi.pgstac.db import close_db_connection, connect_to_db
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

PAGE = 5
COG = "image/tiff; application=geotiff; profile=cloud-optimized"
# The common names of Sentinel-2's bands.
NAMES = {
    "B02": "blue", "B03": "green", "B04": "red", "B08": "nir", "B8A": "nir08", "B11": "swir16", "B12": "swir22",
}  # fmt: skip


def item(collection, name, when, image, assets, **more):
    """An item of STAC 1.0 on the ground of an image."""
    with rasterio.open(image) as file:
        west, south, east, north = transform_bounds(file.crs, 4326, *file.bounds)
        projection = {
            "proj:epsg": file.crs.to_epsg(),
            "proj:shape": list(file.shape),
            "proj:transform": list(file.transform)[:6],
        }
    corners = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": name,
        "collection": collection,
        "bbox": [west, south, east, north],
        "geometry": {"type": "Polygon", "coordinates": [corners]},
        "properties": {"datetime": when, "platform": "sentinel-2", **projection},
        "links": [],
        "assets": assets,
    } | more


def asset(href, band, nodata=0):
    """One band, in the words of the extensions eo and raster."""
    found = {"href": href, "type": COG, "roles": ["data"]}
    if band in NAMES:
        found["eo:bands"] = [{"name": band, "common_name": NAMES[band]}]
        found["raster:bands"] = [{"nodata": nodata, "scale": 0.0001, "offset": 0}]
    return found


def field(data, folder, assets):
    """14 dates of one field, their bands apart."""
    for source in sorted((data / "satellite/s2_l2a_timeseries_field-a").glob("*.tif")):
        day = next(word for word in source.stem.split("_") if len(word) == 8)
        found = {}
        with rasterio.open(source) as file:
            classes = file.read(6)
            for number, band in enumerate(file.descriptions, 1):
                target = folder / f"{day}_{band}.tif"
                with rasterio.MemoryFile() as memory:
                    with memory.open(**(file.profile | {"count": 1})) as single:
                        single.write(file.read(number), 1)
                    rasterio.shutil.copy(memory.name, target, driver="COG", compress="DEFLATE")
                found[band] = asset(f"{assets}/bands/{target.name}", band)
        # What there is beside the bands, and no recipe may take for one.
        found["preview"] = {"href": f"{assets}/bands/{day}.jpg", "type": "image/jpeg", "roles": ["thumbnail"]}
        found["red-jp2"] = found["B04"] | {"href": "s3://not-here/B04.jp2", "type": "image/jp2"}
        one = item("field", f"S2_{day}", f"{day[:4]}-{day[4:6]}-{day[6:]}T10:50:31Z", source, found)
        one["properties"]["eo:cloud_cover"] = 100 * float(np.isin(classes, [8, 9, 10]).mean())
        yield one


def bolzano(data, assets, collection="bolzano", href=None):
    """All bands in one file of tiles."""
    (source,) = (data / "satellite/s2_l2a_bolzano").glob("*.tif")
    bands = [{"name": band} for band in ("B04", "B03", "B02", "B08", "SCL")]
    for band, common in zip(bands, ("red", "green", "blue", "nir")):
        band["eo:common_name"] = common
    href = href or f"{assets}/data/{source.relative_to(data)}"
    image = {"href": href, "type": COG, "roles": ["data"], "nodata": 0, "raster:scale": 0.0001, "bands": bands}
    yield item(collection, f"S2_{collection}", "2022-06-12T10:10:31Z", source, {"image": image}, stac_version="1.1.0")


def gers(data, assets):
    """One file of strips a band: that −10000 is nothing, no file says."""
    found = {}
    for source in sorted((data / "satellite/s2_l2a_maja_gers").glob("*_FRE_B*.tif")):
        band = source.stem.rsplit("_", 1)[1]
        band = band if len(band) == 3 else band.replace("B", "B0")
        href = f"{assets}/data/{source.relative_to(data)}"
        found[NAMES[band]] = asset(href, band, nodata=-10000)
        if band == "B08":
            finest = source
    yield item("gers", "S2_gers", "2018-10-23T10:51:07Z", finest, found)


def lost(data, assets):
    """An item that is older than its images."""
    (source,) = (data / "satellite/s2_l2a_bolzano").glob("*.tif")
    red = asset(f"{assets}/data/gone.tif", "B04")
    yield item("lost", "S2_lost", "2022-06-13T10:10:31Z", source, {"red": red})


def fill(database, items):
    """The schema of pgstac, its collections and items; the database's address."""
    name = f"stac_{os.getpid()}"
    with psycopg.connect(database, autocommit=True) as server:
        server.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    own = make_conninfo(database, dbname=name)
    with psycopg.connect(own, autocommit=True) as server:
        for extension in ("btree_gist", "postgis"):
            server.execute(f"create extension if not exists {extension}")
    with PgstacDB(own) as pgstac:
        Migrate(pgstac).run_migration()
        loader = Loader(pgstac)
        extent = {"spatial": {"bbox": [[-180, -90, 180, 90]]}, "temporal": {"interval": [[None, None]]}}
        about = {"type": "Collection", "stac_version": "1.0.0", "license": "other", "description": "scenes"}
        names = sorted({one["collection"] for one in items})
        collections = [about | {"id": name, "links": [], "extent": extent} for name in names]
        loader.load_collections(iter(collections), insert_mode=Methods.insert)
        loader.load_items(iter(items), insert_mode=Methods.insert)
    return own


class OnSocket(PostgresSettings):
    """The same settings for a server on a Unix socket."""

    @property
    def connection_string(self):
        return f"postgresql://{self.pguser}@/{self.pgdatabase}?host={self.pghost}&port={self.pgport}"


class Pages(CoreCrudClient):
    """Holds pages short, and ends with the last one that may be asked for."""

    left = float("inf")

    async def _search_base(self, search_request, request):
        if Pages.left == 0:
            os._exit(0)
        Pages.left -= 1
        search_request.limit = min(search_request.limit or PAGE, PAGE)
        return await super()._search_base(search_request, request)


def api(database):
    parts = conninfo_to_dict(database)
    settings = OnSocket(
        pguser=parts["user"], pgpassword="", pghost=parts["host"], pgport=parts.get("port", 5432),
        pgdatabase=parts["dbname"],
    )  # fmt: skip

    @asynccontextmanager
    async def connected(app):
        await connect_to_db(app, postgres_settings=settings)
        yield
        await close_db_connection(app)

    return instantiate_api(client=Pages, lifespan=connected).app


class Logged:
    """What was asked of an application, and the bytes it sent."""

    def __init__(self, inner, log):
        self.inner, self.log = inner, log

    async def __call__(self, scope, receive, send):
        asked = dict(scope["headers"]).get(b"range")
        entry = {"path": scope["path"], "range": asked and asked.decode(), "status": None, "bytes": 0}
        self.log.append(entry)

        async def count(message):
            entry["status"] = message.get("status", entry["status"])
            entry["bytes"] += len(message.get("body", b""))
            await send(message)

        await self.inner(scope, receive, count)


def images(data, folder):
    log = []
    files = {"/data": data, "/bands": folder}
    mounted = [Mount(path, Logged(StaticFiles(directory=at), log)) for path, at in files.items()]
    return Starlette(routes=[Route("/log", lambda _: JSONResponse(log)), *mounted])


def port():
    bound = socket.create_server(("127.0.0.1", 0))
    return bound, "http://127.0.0.1:{}".format(bound.getsockname()[1])


async def serve(database, data, folder):
    (api_socket, api_address), (image_socket, image_address) = port(), port()
    items = [
        *field(data, folder, image_address),
        *bolzano(data, image_address),
        *bolzano(data, image_address, "bucket", "s3://village/scenes/bolzano.tif"),
        *gers(data, image_address),
        *lost(data, image_address),
    ]
    own = await asyncio.to_thread(fill, database, items)
    servers = [
        uvicorn.Server(uvicorn.Config(app, log_level="error")) for app in (api(own), images(data, folder))
    ]
    tasks = [
        asyncio.create_task(server.serve([bound]))
        for server, bound in zip(servers, (api_socket, image_socket))
    ]
    while not all(server.started for server in servers):
        await asyncio.sleep(0.02)
    print(json.dumps({"api": api_address, "assets": image_address}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for server in servers:
        server.should_exit = True
    await asyncio.gather(*tasks)


def main():
    database, data, folder, *pages = sys.argv[1:]
    if pages:
        Pages.left = int(pages[0])
    asyncio.run(serve(database, Path(data), Path(folder)))


main()
