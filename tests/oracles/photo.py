"""What is left in a JPEG besides its picture: EXIF entries, application segments, size."""

import json
import sys

from PIL import Image

with Image.open(sys.argv[1]) as photo:
    # JFIF (APP0) carries no data of the photographer's.
    segments = [name for name, _ in getattr(photo, "applist", []) if name != "APP0"]
    json.dump({"exif": len(photo.getexif()), "segments": segments, "format": photo.format,
               "long_edge": max(photo.size)}, sys.stdout)
