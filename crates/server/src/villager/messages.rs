//! What the villagers' pages say: `data/messages/villager.*.yaml`, read once into one type, so that
//! a string missing in either language fails a test and never a page.

use std::sync::LazyLock;

use participation::{Language, Problem, State, photo::Refusal};
use serde::{Deserialize, Serialize};

static CHINESE: LazyLock<Messages> =
    LazyLock::new(|| read(include_str!("../../../../data/messages/villager.zh.yaml")));
static ENGLISH: LazyLock<Messages> =
    LazyLock::new(|| read(include_str!("../../../../data/messages/villager.en.yaml")));

#[expect(
    clippy::expect_used,
    reason = "the files are embedded and read by a test"
)]
fn read(text: &str) -> Messages {
    serde_yaml_ng::from_str(text).expect("data/messages/villager.*.yaml are well-formed")
}

/// The messages in a language.
pub fn messages(language: Language) -> &'static Messages {
    match language {
        Language::Zh => &CHINESE,
        Language::En => &ENGLISH,
    }
}

/// Declares a section of the catalogue: texts only, none missing, none unknown.
macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $($field:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Deserialize, Serialize)]
        #[serde(deny_unknown_fields)]
        #[expect(missing_docs, reason = "a message's name says where it stands")]
        pub struct $name { $(pub $field: String),+ }

        #[cfg(test)]
        impl $name {
            fn texts(&self) -> Vec<(&'static str, &str)> {
                vec![$((stringify!($field), self.$field.as_str())),+]
            }
        }
    };
}

/// Every string a villager sees.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "a section's type says what it is")]
pub struct Messages {
    pub common: Common,
    pub home: Home,
    pub form: Form,
    pub place: PlaceWords,
    pub status: Status,
    pub state: States,
    pub problem: Problems,
    pub script: Script,
}

section! {
    /// What every page says.
    Common { site, skip, switch, report, not_encrypted, emergency, no_areas, trouble_title, trouble  }
}

section! {
    /// The first page.
    Home { title, intro, start, find_title, find_label, find_hint, find_button, find_wrong, find_unknown, sent_title, sent_clear, data_title, data_who, data_phone, data_photo, data_public }
}

section! {
    /// The form.
    Form { title, intro, restored, restart, errors_title, errors_kept, errors_kept_without_photos, service, place, description, description_hint, photos, photos_hint, photos_format, phone, phone_hint, send, conflict_title, conflict, conflict_see, conflict_new }
}

section! {
    /// Saying where it is, without a script.
    PlaceWords { list_label, list_none, list_hint, typed, lon, lat, typed_hint }
}

section! {
    /// What became of a report.
    Status { title, number, keep, copy, copied, share, share_text, now, place, service, sent_at, photos, photos_count, history, event_new, event_accepted, event_done, event_refused, note, next_new, next_accepted, next_done, next_refused, another, unknown_title }
}

section! {
    /// The four states.
    States { new, accepted, done, refused }
}

section! {
    /// What can be wrong, by `participation::Problem`.
    Problems { id_not_valid, service_missing, unknown_service, nothing_said, description_too_long, place_missing, place_not_a_number, place_out_of_range, place_source_unknown, outside_served_areas, phone_not_valid, too_many_photos, photo_too_large, photo_too_many_pixels, photo_heic, photo_not_readable, too_large, busy }
}

section! {
    /// What the script says; handed to it in the page.
    Script { photo_camera, photo_album, photo_remove, photo_remove_which, photo_working, photo_size, photo_full, photo_failed, gps_button, gps_waiting, gps_slow, gps_found, gps_rough, gps_denied, gps_failed, gps_insecure, map_title, map_help, map_in, map_out, map_here, map_at, map_set, map_outside, place_list, place_none, sending, confirming, waiting, offline, gave_up, strange, now, stop, sent, conflict }
}

impl Messages {
    /// The word of a state.
    pub fn state(&self, state: State) -> &str {
        match state {
            State::New => &self.state.new,
            State::Accepted => &self.state.accepted,
            State::Done => &self.state.done,
            State::Refused => &self.state.refused,
        }
    }

    /// What happened when a report came into a state.
    pub fn event(&self, state: State) -> &str {
        match state {
            State::New => &self.status.event_new,
            State::Accepted => &self.status.event_accepted,
            State::Done => &self.status.event_done,
            State::Refused => &self.status.event_refused,
        }
    }

    /// What happens next to a report in a state.
    pub fn next(&self, state: State) -> &str {
        match state {
            State::New => &self.status.next_new,
            State::Accepted => &self.status.next_accepted,
            State::Done => &self.status.next_done,
            State::Refused => &self.status.next_refused,
        }
    }

    /// What is wrong and what to do about it, for the person who wrote it.
    pub fn problem(&self, problem: Problem) -> String {
        let words = &self.problem;
        let text = match problem {
            Problem::IdNotValid => &words.id_not_valid,
            Problem::ServiceMissing => &words.service_missing,
            Problem::UnknownService => &words.unknown_service,
            Problem::NothingSaid => &words.nothing_said,
            Problem::DescriptionTooLong => &words.description_too_long,
            Problem::PlaceMissing => &words.place_missing,
            Problem::PlaceNotANumber => &words.place_not_a_number,
            Problem::PlaceOutOfRange => &words.place_out_of_range,
            Problem::PlaceSourceUnknown => &words.place_source_unknown,
            Problem::OutsideServedAreas => &words.outside_served_areas,
            Problem::PhoneNotValid => &words.phone_not_valid,
            Problem::TooManyPhotos => &words.too_many_photos,
            Problem::Photo(number, refusal) => {
                return self.refusal(refusal).replace("{n}", &number.to_string());
            }
            // A problem this page does not know yet says so itself, in English.
            other => return other.to_string(),
        };
        text.clone()
    }

    fn refusal(&self, refusal: Refusal) -> &str {
        match refusal {
            Refusal::TooLarge => &self.problem.photo_too_large,
            Refusal::TooManyPixels => &self.problem.photo_too_many_pixels,
            Refusal::Heic => &self.problem.photo_heic,
            _ => &self.problem.photo_not_readable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(messages: &Messages) -> Vec<(&'static str, &str)> {
        [
            messages.common.texts(),
            messages.home.texts(),
            messages.form.texts(),
            messages.place.texts(),
            messages.status.texts(),
            messages.state.texts(),
            messages.problem.texts(),
            messages.script.texts(),
        ]
        .concat()
    }

    /// The names in braces, sorted.
    fn blanks(text: &str) -> Vec<&str> {
        let mut names: Vec<_> = text
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split('}').next())
            .collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn both_languages_say_everything_with_the_same_blanks() {
        let (chinese, english) = (all(messages(Language::Zh)), all(messages(Language::En)));
        assert!(chinese.len() > 100);
        for ((name, zh), (_, en)) in chinese.into_iter().zip(english) {
            assert!(
                !zh.trim().is_empty() && !en.trim().is_empty(),
                "{name} is empty"
            );
            assert_eq!(blanks(zh), blanks(en), "{name}");
        }
    }

    #[test]
    fn every_text_is_in_its_own_language() {
        let is_han = |character: char| ('\u{4e00}'..='\u{9fff}').contains(&character);
        for (name, text) in all(messages(Language::En)) {
            assert!(name == "switch" || !text.contains(is_han), "{name}: {text}");
        }
        for (name, text) in all(messages(Language::Zh)) {
            let exempt = ["switch", "photo_size"].contains(&name);
            assert!(exempt || text.contains(is_han), "{name}: {text}");
        }
    }

    #[test]
    fn a_photo_is_named_by_its_number() {
        let text = messages(Language::Zh).problem(Problem::Photo(2, Refusal::Heic));
        assert!(text.starts_with("第 2 张是 HEIC"), "{text}");
    }
}
