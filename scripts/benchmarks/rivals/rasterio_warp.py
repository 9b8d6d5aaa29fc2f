"""The newer GDAL inside the rasterio wheel: warp or translate to a COG.

Usage: rasterio_warp.py warp IN OUT | cog IN OUT CODEC
"""

import sys

import rasterio
import rasterio.shutil
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT

work, source, out = sys.argv[1:4]
with rasterio.Env(GDAL_NUM_THREADS="ALL_CPUS", GDAL_CACHEMAX=512), rasterio.open(source) as image:
    if work == "warp":
        with WarpedVRT(image, crs="EPSG:3857", resampling=Resampling.cubic, num_threads=2) as warped:
            rasterio.shutil.copy(warped, out, driver="COG", compress="ZSTD", predictor="YES", num_threads="ALL_CPUS")
    else:
        options = {"predictor": "YES"} if sys.argv[4] == "ZSTD" else {"quality": "80", "overview_quality": "80"}
        rasterio.shutil.copy(
            image, out, driver="COG", compress=sys.argv[4], num_threads="ALL_CPUS",
            overview_resampling="AVERAGE", **options,
        )  # fmt: skip
