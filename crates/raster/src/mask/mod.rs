//! What hides the ground, by name: clouds, their shadows, snow and the like.
//!
//! Every product writes its classes in numbers or bits of its own; [`Legend`] knows what they are
//! called, so that a recipe says `cloud_shadow` for all of them. What hides the
//! ground may be grown by metres on the mask's own grid (see [`grow()`]).

mod class_name;
mod grow;
mod hidden;
mod legend;

pub use class_name::{ClassName, UnknownClass};
pub use grow::{Reach, grow};
pub use hidden::Question;
pub use legend::{Field, Legend, LegendError, Numbers};
