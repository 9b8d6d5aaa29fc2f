"""The newer GDAL inside the rasterio wheel: warp or translate to a COG.

Usage: rasterio_warp.py warp IN OUT | cog IN OUT CODEC
"""

import os
import sys

import rasterio
import rasterio.shutil
from rasterio.enums import Resampling
from rasterio.warp import calculate_default_transform, reproject

work, source, out = sys.argv[1:4]
with rasterio.Env(GDAL_NUM_THREADS="ALL_CPUS", GDAL_CACHEMAX=512), rasterio.open(source) as image:
    if work == "warp":
        # To a plain file first, as `gdalwarp -of COG` does itself: through a virtual file every block is
        # warped alone, on one core.
        transform, width, height = calculate_default_transform(image.crs, "EPSG:3857", image.width, image.height, *image.bounds)
        options = image.profile | {
            "driver": "GTiff", "crs": "EPSG:3857", "transform": transform, "width": width, "height": height,
            "tiled": True, "blockxsize": 512, "blockysize": 512, "bigtiff": "YES",
        }  # fmt: skip
        plain = f"{out}.plain.tif"
        with rasterio.open(plain, "w", **options) as warped:
            bands = list(range(1, image.count + 1))
            reproject(
                rasterio.band(image, bands), rasterio.band(warped, bands), resampling=Resampling.cubic,
                num_threads=2, warp_mem_limit=512,
            )  # fmt: skip
        with rasterio.open(plain) as warped:
            rasterio.shutil.copy(warped, out, driver="COG", compress="ZSTD", predictor="YES", num_threads="ALL_CPUS")
        os.remove(plain)
    else:
        options = {"predictor": "YES"} if sys.argv[4] == "ZSTD" else {"quality": "80", "overview_quality": "80"}
        rasterio.shutil.copy(
            image, out, driver="COG", compress=sys.argv[4], num_threads="ALL_CPUS",
            overview_resampling="AVERAGE", **options,
        )  # fmt: skip
