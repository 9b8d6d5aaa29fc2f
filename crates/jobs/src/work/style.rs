//! How a layer of numbers is drawn when nobody says it.

use raster::pipeline::BandSummary;
use raster::style::{Ramp, Stop, Style, StyleKind};

use crate::plan::Shows;
use crate::{Result, publish};

/// The shares of all pixels between which a ramp lies: the ends are rarely worth a colour.
const ENDS: (f64, f64) = (0.02, 0.98);

/// The style of a layer whose values are like these.
pub(super) fn of(shows: &Shows, values: &BandSummary) -> Result<Style> {
    let at = |share| values.quantile(share).unwrap_or(0.0);
    let (low, high) = (at(ENDS.0), at(ENDS.1));
    Ok(match shows {
        Shows::Picture | Shows::Features => Style::none(),
        Shows::Styled(name) => publish::style(name)?,
        Shows::Change => {
            let reach = low.abs().max(high.abs()).max(1e-6);
            Style::ramp(Ramp::Change, -reach, reach, "")
        }
        Shows::Numbers { unit } => {
            let high = if high > low { high } else { low + 1.0 };
            Style::ramp(Ramp::Greenness, low, high, unit)
        }
        Shows::Classes(classes) => Style::classes(classes),
        Shows::Shade => {
            let stop = |value: f64, colour: &str| Stop {
                value,
                colour: colour.to_owned(),
            };
            Style {
                kind: StyleKind::Ramp,
                min: 1.0,
                max: 255.0,
                stops: vec![stop(1.0, "#101418"), stop(255.0, "#FFFFFF")],
                ..Style::none()
            }
        }
    })
}
