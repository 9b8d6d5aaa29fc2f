# Martin with all that is compared: built into build/martin, which takes long, unless it is on the PATH.
install_martin() {
  export PATH=$PATH:$PWD/build/martin/bin
  command -v martin >/dev/null && return
  say "Building Martin"
  cargo install martin --version 1.14.0 --locked --root build/martin --no-default-features \
    --features postgres,pmtiles,mbtiles,unstable-cog
}
