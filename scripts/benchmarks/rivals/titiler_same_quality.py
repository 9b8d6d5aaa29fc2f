"""TiTiler at the quality of our tiles: by itself it packs JPEG at 85 and WebP at 75."""

from rio_tiler.profiles import img_profiles

for profile in ("jpeg", "jpg", "webp"):
    img_profiles.data[profile]["quality"] = 80

from titiler.application.main import app  # noqa: E402, F401
