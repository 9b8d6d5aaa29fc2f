#!/usr/bin/env bash
# Usage: cog_gdal.sh IN OUT JPEG|WEBP|ZSTD
set -euo pipefail
quality=()
[ "$3" = ZSTD ] || quality=(-co QUALITY=80 -co OVERVIEW_QUALITY=80)
[ "$3" != ZSTD ] || quality=(-co PREDICTOR=YES)
gdal_translate -q -of COG -co COMPRESS="$3" "${quality[@]}" -co NUM_THREADS=ALL_CPUS -co OVERVIEW_RESAMPLING=AVERAGE "$1" "$2"
