//! Light and shade over the colours of a layer.

use serde::{Deserialize, Serialize};

use crate::terrain::Hillshade;

/// Light and shade of heights over a layer's colours: shadows darken them, light brightens them, and where
/// the land is level they are the layer's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shaded {
    /// The name of the object with the heights, metres, in its first band; the layer's own numbers without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// 0 leaves the colours, with 1 they are black where no light falls.
    #[serde(default = "usual_strength")]
    pub strength: f64,
    /// Where the light comes from.
    #[serde(default)]
    pub light: Hillshade,
}

fn usual_strength() -> f64 {
    0.5
}

impl Default for Shaded {
    /// The layer's own heights, half as strong as light and shade are, light from the north-west.
    fn default() -> Self {
        Self {
            object: None,
            strength: usual_strength(),
            light: Hillshade::default(),
        }
    }
}
