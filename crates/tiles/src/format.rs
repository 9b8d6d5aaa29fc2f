use std::str::FromStr;

/// How a tile is encoded; named as the ending of its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// The stored bytes of pictures; lossless for coloured numbers.
    Webp,
    /// For programs that read no WebP.
    Png,
    /// Small, without transparency: what lies outside is white.
    Jpeg,
    /// Mapbox vector tile.
    Mvt,
}

impl Format {
    /// How pictures are encoded; the first for whoever does not say.
    pub const PICTURES: [Self; 3] = [Self::Png, Self::Webp, Self::Jpeg];

    /// The ending of the address.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Webp => "webp",
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Mvt => "mvt",
        }
    }

    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Webp => "image/webp",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Mvt => "application/vnd.mapbox-vector-tile",
        }
    }
}

impl FromStr for Format {
    type Err = ();

    fn from_str(extension: &str) -> Result<Self, ()> {
        match extension {
            "webp" => Ok(Self::Webp),
            "png" => Ok(Self::Png),
            "jpg" | "jpeg" => Ok(Self::Jpeg),
            "mvt" => Ok(Self::Mvt),
            _ => Err(()),
        }
    }
}
