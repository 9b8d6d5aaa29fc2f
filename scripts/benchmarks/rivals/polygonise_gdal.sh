#!/usr/bin/env bash
# Usage: polygonise_gdal.sh IN OUT.fgb SMALLEST
set -euo pipefail
# The driver would add to a file that is there.
rm -f "$2"
sieved=${2%.*}.sieved.tif
gdal_sieve.py -q -st "$3" -4 "$1" "$sieved"
gdal_polygonize.py -q -overwrite "$sieved" -f FlatGeobuf "$2"
rm -f "$sieved"
