"""odc-stac and dask: the same twelve dates, masks, medians, NDVI and COGs.

Usage: composite_odc.py INPUTS OUT WEST SOUTH EAST NORTH RESOLUTION
"""

import sys
from datetime import datetime, timezone
from pathlib import Path

import dask
import numpy as np
import odc.geo.cog
import odc.stac
import pystac
import rasterio
import xarray
from odc.geo.geobox import GeoBox
from rasterio.warp import transform_bounds

DATES = 12
# The fastest of 1024, 2048 and 4096 on two cores.
CHUNK = 2048


def item(inputs: Path, index: int) -> pystac.Item:
    """One date as a STAC item over local files."""
    with rasterio.open(inputs / f"date_{index}.tif") as source:
        epsg, shape, transform = source.crs.to_epsg(), source.shape, list(source.transform)
        west, south, east, north = transform_bounds(source.crs, 4326, *source.bounds)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    made = pystac.Item(
        f"date-{index}",
        {"type": "Polygon", "coordinates": [ring]},
        [west, south, east, north],
        datetime(2021, index + 1, 1, tzinfo=timezone.utc),
        {"proj:code": f"EPSG:{epsg}", "proj:shape": list(shape), "proj:transform": transform},
        stac_extensions=[
            "https://stac-extensions.github.io/projection/v2.0.0/schema.json",
            "https://stac-extensions.github.io/raster/v1.1.0/schema.json",
        ],
    )
    for name, path, bands in (("image", f"date_{index}.tif", 2), ("scl", f"scl_{index}.tif", 1)):
        asset = pystac.Asset(str(inputs / path), roles=["data"], media_type=pystac.MediaType.COG)
        asset.extra_fields["raster:bands"] = [{"data_type": "uint16", "nodata": 0}] * bands
        made.add_asset(name, asset)
    return made


def main() -> None:
    inputs, out = Path(sys.argv[1]), Path(sys.argv[2])
    west, south, east, north, resolution = map(float, sys.argv[3:])
    out.mkdir(parents=True, exist_ok=True)
    dask.config.set(scheduler="threads", num_workers=2)
    box = GeoBox.from_bbox((west, south, east, north), crs="EPSG:3857", resolution=resolution, tight=True)
    data = odc.stac.load(
        [item(inputs, index) for index in range(DATES)],
        bands=["image.1", "image.2", "scl"],
        geobox=box,
        resampling={"image.1": "bilinear", "image.2": "bilinear", "scl": "nearest"},
        chunks={"x": CHUNK, "y": CHUNK},
    )
    red, nir = data["image.1"], data["image.2"]
    clear = ~((data["scl"] >= 8) & (data["scl"] <= 10))
    median = lambda band: (  # noqa: E731
        band.where(clear & (band > 0)).astype("float32").median("time", skipna=True)
    )
    red, nir = median(red), median(nir)
    ndvi = (nir - red) / (nir + red)
    whole = lambda band: band.fillna(0).round().astype("uint16")  # noqa: E731
    made = xarray.Dataset({"red": whole(red), "nir": whole(nir), "ndvi": ndvi.astype("float32")}).compute()
    for name, nothing in (("red", 0), ("nir", 0), ("ndvi", np.nan)):
        band = made[name].odc.assign_crs("EPSG:3857")
        band.odc.nodata = nothing
        odc.geo.cog.write_cog(band, str(out / f"{name}.tif"), overwrite=True, compress="zstd", predictor=2 if nothing == 0 else 3)


if __name__ == "__main__":
    main()
