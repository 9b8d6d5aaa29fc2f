//! `/m/report`: the form. It works with nothing but HTML; the script only makes it easier.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use participation::{DESCRIPTION_LIMIT, Field, Invalid, PHOTO_LIMIT, Service, services};
use serde::Serialize;
use store::Store;
use uuid::Uuid;

use super::base_map::{self, BaseMap};
use super::frame::Frame;
use super::messages::{Problems, Script};
use super::multipart::Filled;
use super::served::{Edges, Section, Served};

#[derive(Template)]
#[template(path = "m/report.html")]
struct Form<'a> {
    frame: &'a Frame,
    services: &'static [Service],
    sections: Vec<Section>,
    written: &'a Written,
    mistakes: &'a [Mistake],
    /// The report with this page's former id says something else.
    received: Option<Uuid>,
    /// What the script needs to know, as JSON that may stand inside a script element.
    settings: String,
    description_limit: usize,
}

impl Form<'_> {
    /// The first thing that is wrong with a field, or nothing.
    fn mistake(&self, anchor: &str) -> &str {
        let found = self
            .mistakes
            .iter()
            .find(|mistake| mistake.anchor == anchor);
        found.map_or("", |mistake| &mistake.text)
    }

    fn has(&self, anchor: &str) -> bool {
        self.mistakes.iter().any(|mistake| mistake.anchor == anchor)
    }
}

/// What stands in the fields of the form.
#[derive(Debug, Default)]
pub struct Written {
    pub id: String,
    pub service: String,
    pub description: String,
    pub area: String,
    pub lon: String,
    pub lat: String,
    pub accuracy: String,
    pub place_source: String,
    pub phone: String,
    /// How many photos came with it, which no browser fills in again.
    pub photos: usize,
}

impl Written {
    /// An empty form with a new id.
    pub fn fresh() -> Self {
        Self {
            id: Uuid::now_v7().to_string(),
            ..Self::default()
        }
    }

    /// Everything as it was written.
    pub fn kept(filled: &Filled) -> Self {
        let draft = &filled.draft;
        let is_id = draft.id.trim().parse::<Uuid>().is_ok();
        Self {
            id: if is_id {
                draft.id.trim().to_owned()
            } else {
                Uuid::now_v7().to_string()
            },
            service: draft.service.clone(),
            description: draft.description.clone(),
            area: filled.area.clone(),
            lon: draft.lon.clone(),
            lat: draft.lat.clone(),
            accuracy: draft.accuracy.clone(),
            place_source: draft.place_source.clone(),
            phone: draft.phone.clone(),
            photos: draft.photos.len(),
        }
    }
}

/// Something wrong with a field, in words.
#[derive(Debug)]
pub struct Mistake {
    /// The element the words belong to.
    pub anchor: &'static str,
    pub text: String,
}

impl Mistake {
    /// What is wrong according to the rules of a report.
    pub fn of(invalid: Invalid, frame: &Frame) -> Self {
        let anchor = match invalid.field {
            Field::Service => "service",
            Field::Description => "description",
            Field::Place => "place",
            Field::Phone => "phone",
            Field::Photo => "photo",
            Field::Id => "form",
        };
        Self {
            anchor,
            text: frame.words.problem(invalid.problem),
        }
    }

    /// Something that belongs to no field.
    pub fn whole(text: &str) -> Self {
        Self {
            anchor: "form",
            text: text.to_owned(),
        }
    }
}

/// What the script is told.
#[derive(Serialize)]
struct Settings<'a> {
    language: &'static str,
    words: &'a Script,
    problems: &'a Problems,
    map: Option<BaseMap>,
    /// Of everything that can be chosen: where the map begins.
    edges: Option<Edges>,
    areas: BTreeMap<&'a str, Edges>,
    photo_limit: usize,
    /// The fields hold what somebody wrote: an older draft must not replace it.
    kept: bool,
}

pub async fn show(frame: Frame, State(store): State<Store>) -> Response {
    render(&frame, &store, StatusCode::OK, &Written::fresh(), &[], None)
        .await
        .unwrap_or_else(|error| frame.trouble(&error))
}

/// The form with what was written and what is wrong with it.
pub async fn render(
    frame: &Frame,
    store: &Store,
    status: StatusCode,
    written: &Written,
    mistakes: &[Mistake],
    received: Option<Uuid>,
) -> Result<Response, store::Error> {
    let served = Served::read(store).await?;
    let settings = Settings {
        language: frame.language.code(),
        words: &frame.words.script,
        problems: &frame.words.problem,
        map: base_map::clearest(store).await?,
        edges: served.edges(),
        areas: served.edges_by_code(),
        photo_limit: PHOTO_LIMIT,
        kept: status != StatusCode::OK,
    };
    let page = Form {
        frame,
        services: services(),
        sections: served.sections(frame.language),
        written,
        mistakes,
        received,
        settings: for_script(&settings),
        description_limit: DESCRIPTION_LIMIT,
    };
    Ok(frame.respond(status, &page))
}

/// JSON in which nothing can end the script element it stands in.
fn for_script(settings: &impl Serialize) -> String {
    serde_json::to_string(settings)
        .unwrap_or_else(|_impossible| "{}".to_owned())
        .replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_a_village_ends_the_script_element() {
        let json = for_script(&["</script><script>alert(1)</script>"]);
        assert!(!json.contains('<'));
        assert_eq!(
            serde_json::from_str::<Vec<String>>(&json).unwrap(),
            ["</script><script>alert(1)</script>"]
        );
    }

    #[test]
    fn a_damaged_id_is_replaced_and_a_good_one_kept() {
        let mut filled = Filled::default();
        filled.draft.id = "<b>".into();
        assert!(Written::kept(&filled).id.parse::<Uuid>().is_ok());
        filled.draft.id = "0192d1c0-7b1a-7c3e-8a55-1f2e3d4c5b6a".into();
        assert_eq!(Written::kept(&filled).id, filled.draft.id);
    }
}
