//! Imagery work from file to published layer: ingest, publish, zonal tables.
