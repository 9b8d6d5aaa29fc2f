"""(a − b) / (a + b) of two UInt16 bands with nodata 0, by numexpr: to Float32, or to an 8-bit colour index.

Usage: index_numexpr.py SIDE float|index. Prints the seconds of the best of seven runs, arrays in memory.
"""

import sys
import time

import numexpr
import numpy as np

side, kind = int(sys.argv[1]), sys.argv[2]
numexpr.set_num_threads(2)
chance = np.random.default_rng(1)
a = chance.integers(0, 10_000, (side, side), dtype=np.uint16)
b = chance.integers(0, 10_000, (side, side), dtype=np.uint16)
a[:: side // 100] = 0
# Single precision throughout, as ours: numexpr would go on in double otherwise.
one, two = "(a * f)", "(b * f)"
names = {"a": a, "b": b, "f": np.float32(1), "nothing": np.float32("nan"), "zero": np.int32(0), "scale": np.float32(127.0)}
ratio = f"({one} - {two}) / ({one} + {two})"
if kind == "float":
    formula, out = f"where((a == 0) | (b == 0), nothing, {ratio})", np.empty((side, side), np.float32)
else:
    # −1…1 to 1…255; 0 is nodata.
    formula = f"where((a == 0) | (b == 0), zero * f, {ratio} * scale + (scale + f + f / (f + f)))"
    out = np.empty((side, side), np.uint8)
best = min(
    (lambda began: (numexpr.evaluate(formula, local_dict=names, out=out, casting="unsafe"), time.perf_counter() - began)[1])(
        time.perf_counter()
    )
    for _ in range(7)
)
print(f"{best:.4f}")
