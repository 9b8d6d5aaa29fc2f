//! Foreign formats: read by GDAL in a child process that can reach nothing but its input.
