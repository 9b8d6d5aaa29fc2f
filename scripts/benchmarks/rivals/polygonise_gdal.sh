#!/usr/bin/env bash
# Usage: polygonise_gdal.sh IN OUT.fgb SMALLEST
set -euo pipefail
sieved=${2%.*}.sieved.tif
gdal_sieve.py -q -st "$3" -4 "$1" "$sieved"
gdal_polygonize.py -q -overwrite "$sieved" -f FlatGeobuf "$2"
rm -f "$sieved"
