#!/usr/bin/env bash
# Usage: warp_gdal.sh IN OUT
set -euo pipefail
gdalwarp -q -overwrite -t_srs EPSG:3857 -r cubic -multi -wo NUM_THREADS=ALL_CPUS -of COG \
  -co COMPRESS=ZSTD -co PREDICTOR=YES -co NUM_THREADS=ALL_CPUS -co BIGTIFF=IF_SAFER "$1" "$2"
