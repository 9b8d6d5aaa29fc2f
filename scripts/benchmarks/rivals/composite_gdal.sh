#!/usr/bin/env bash
# The GDAL command chain: twelve dates warped, clouds left out, medians of red and near infrared, NDVI, COGs.
# Usage: composite_gdal.sh INPUTS OUT "WEST SOUTH EAST NORTH" RESOLUTION [ERROR]
# ERROR is how many pixels gdalwarp may be off; its default is 0.125.
set -euo pipefail
inputs=$1 out=$2 extent=$3 resolution=$4 error=${5:-0.125}
mkdir -p "$out"
warp() {
  # shellcheck disable=SC2086 # the extent is four words
  gdalwarp -q -overwrite -t_srs EPSG:3857 -te $extent -tr "$resolution" "$resolution" \
    -et "$error" -multi -wo NUM_THREADS=ALL_CPUS -wm 256 -co TILED=YES "$@"
}
letters=(A B C D E F G H I J K L)
masks=(M N O P Q R S T U V W X)
sources=() stack=
for index in "${!letters[@]}"; do
  warp -r bilinear "$inputs/date_$index.tif" "$out/warped_$index.tif"
  warp -r near "$inputs/scl_$index.tif" "$out/scl_$index.tif"
  value=${letters[$index]} mask=${masks[$index]}
  sources+=("-$mask" "$out/scl_$index.tif" "-$value" "$out/warped_$index.tif")
  stack+="numpy.where(($value==0)|(($mask>=8)&($mask<=10)),numpy.float32('nan'),$value),"
done
for band in 1 2; do
  bands=()
  for letter in "${letters[@]}"; do bands+=("--${letter}_band=$band"); done
  gdal_calc.py --quiet --overwrite "${sources[@]}" "${bands[@]}" --NoDataValue=0 --type=UInt16 \
    --hideNoData --co TILED=YES --outfile="$out/median_$band.tif" \
    --calc="numpy.nan_to_num(numpy.nanmedian(numpy.stack([$stack]),axis=0))" 2>/dev/null
done
# NaN as nodata would make gdal_calc blank the whole image (it multiplies by it).
gdal_calc.py --quiet --overwrite -A "$out/median_1.tif" -B "$out/median_2.tif" --NoDataValue=-9999 --type=Float32 \
  --co TILED=YES --outfile="$out/ndvi.tif" --calc="(B.astype(float32)-A)/(B.astype(float32)+A)" 2>/dev/null
for name in median_1 median_2 ndvi; do
  gdal_translate -q -of COG -co COMPRESS=ZSTD -co PREDICTOR=YES -co NUM_THREADS=ALL_CPUS \
    "$out/$name.tif" "$out/$name.cog.tif"
done
