//! Tile matrix sets, map projections, ellipsoidal area: pure arithmetic.
