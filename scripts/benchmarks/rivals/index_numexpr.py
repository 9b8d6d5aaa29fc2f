"""The normalised difference of two UInt16 bands with nodata by numexpr, two threads, 100 million
pixels in memory; the other side of crates/raster/benches/expression.rs, with the same numbers.

Usage: index_numexpr.py float|colours
"""

import sys
import time

import numexpr
import numpy as np

COUNT, ROUNDS = 10_000 * 10_000, 7
numexpr.set_num_threads(2)


def band(seed):
    found = np.empty(COUNT, np.uint16)
    for first in range(0, COUNT, 1 << 20):
        index = np.arange(first, min(first + (1 << 20), COUNT), dtype=np.uint64)
        with np.errstate(over="ignore"):
            mixed = (index + np.uint64(seed * 0x9E3779B9)) * np.uint64(0x9E3779B97F4A7C15)
        mixed >>= np.uint64(40)
        found[first:first + len(index)] = np.where(mixed % 50 == 0, 0, mixed % 10_000 + 1)
    return found


def best(work):
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


nir, red = band(1), band(2)
none, zero, one, shift = np.float32("nan"), np.float32(0), np.float32(1), np.float32(0.2)
scale, top, half = np.float32(254 / 1.1), np.float32(255), np.float32(0.5)
missing = "(nir == 0) | (red == 0)"
# Single precision throughout: `nir * one` makes a float of a UInt16, which numexpr has no type for
# narrower than int32.
quotient = "(nir * one - red * one) / (nir * one + red * one)"
if sys.argv[1] == "float":
    work, out = f"where({missing}, none, {quotient})", np.empty(COUNT, np.float32)
else:
    level = f"({quotient} + shift) * scale + one"
    stretched = f"where({level} < one, one, where({level} > top, top, {level})) + half"
    work, out = f"where({missing}, zero, {stretched})", np.empty(COUNT, np.uint8)
seconds = best(lambda: numexpr.evaluate(work, out=out, casting="unsafe"))
print(f"took {seconds:.4f} s, the sum is {np.nansum(out, dtype=np.float64):.6g}")
