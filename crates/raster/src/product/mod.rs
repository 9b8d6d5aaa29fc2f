//! What a product is from its file names and band descriptions: roles, date, sensor, nodata, scale.
