//! What villagers pin to the map.
//!
//! The rules of a report's life (which state may follow which) are in `participation`; here is
//! how it is kept.

mod known;
mod list;
mod read;
mod submit;
mod transition;

use crate::word::words;

pub use known::{known, objects_in_use};
pub use list::{Cursor, Filter, Page, Summary, list};
pub use read::{Event, Photo, PublicReport, Report, by_reference, detail, photo};
pub use submit::{Inserted, NewPhoto, NewReport, Receipt, insert};
pub use transition::{Transition, Transitioned, transition};

words! {
    /// Where a report stands.
    State ("state") {
        /// 待受理
        New = "new",
        /// 处理中
        Accepted = "accepted",
        /// 已办结
        Done = "done",
        /// 不予受理
        Refused = "refused",
    }
}

words! {
    /// How the place was found.
    PlaceSource ("source of a place") {
        /// By the phone.
        Gps = "gps",
        /// On a map.
        Map = "map",
        /// From a list of villages.
        List = "list",
        /// By typing coordinates.
        Typed = "typed",
    }
}

words! {
    /// Who sent it.
    Channel ("channel") {
        /// The villager, by the form.
        Web = "web",
        /// An official on a villager's behalf.
        Assisted = "assisted",
    }
}

#[cfg(test)]
pub(crate) mod tests;
