"""How far two pictures of the same place differ, as Pillow reads them.

usage: pictures.py ONE OTHER

Answers with the pixels that are opaque in both, the mean distance of their colours in grey levels, and the
spread of the first picture's colours.
"""

import json
import sys

import numpy as np
from PIL import Image

one, other = (np.asarray(Image.open(path).convert("RGBA"), float) for path in sys.argv[1:])
both = (one[..., 3] == 255) & (other[..., 3] == 255)
off = np.abs(one[..., :3] - other[..., :3])[both]
print(json.dumps({"pixels": int(both.sum()), "mean": float(off.mean()), "spread": float(one[..., :3][both].std())}))
