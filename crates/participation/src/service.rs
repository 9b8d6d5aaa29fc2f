//! The catalogue of what can be reported, from `data/services.yaml`.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::Language;

/// One kind of matter (服务类别), in the words of Open311.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Short lasting code, stored with the report.
    pub service_code: String,
    /// Code of the family it belongs to.
    pub group: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English.
    pub name_en: String,
    /// What belongs here, in Chinese.
    pub description_zh: String,
    /// What belongs here, in English.
    pub description_en: String,
    /// Symbol in the villagers' icon sheet.
    pub icon: String,
    /// Words somebody may search by, in both languages.
    pub keywords: Vec<String>,
}

impl Service {
    /// The name in a language.
    pub fn name(&self, language: Language) -> &str {
        language.pick(&self.name_zh, &self.name_en)
    }

    /// What belongs here, in a language.
    pub fn description(&self, language: Language) -> &str {
        language.pick(&self.description_zh, &self.description_en)
    }
}

static SERVICES: LazyLock<Vec<Service>> = LazyLock::new(read);

#[expect(
    clippy::expect_used,
    reason = "the file is embedded and read by a test"
)]
fn read() -> Vec<Service> {
    serde_yaml_ng::from_str(include_str!("../../../data/services.yaml"))
        .expect("data/services.yaml is embedded and well-formed")
}

/// Every service, in the order the form shows them.
pub fn services() -> &'static [Service] {
    &SERVICES
}

/// The service of a code, if there is one.
pub fn service(code: &str) -> Option<&'static Service> {
    SERVICES.iter().find(|service| service.service_code == code)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_catalogue_covers_a_hill_village() {
        let codes: Vec<_> = services()
            .iter()
            .map(|service| service.service_code.as_str())
            .collect();
        assert_eq!(
            codes,
            [
                "road", "water", "power", "waste", "house", "land", "people", "signal", "disease",
                "other"
            ]
        );
    }

    #[test]
    fn every_service_is_named_in_both_languages() {
        for service in services() {
            for text in [
                &service.name_zh,
                &service.name_en,
                &service.description_zh,
                &service.description_en,
                &service.icon,
                &service.group,
            ] {
                assert!(
                    !text.trim().is_empty(),
                    "{} lacks a text",
                    service.service_code
                );
            }
            assert!(service.keywords.iter().any(|word| word.is_ascii()));
            assert!(service.keywords.iter().any(|word| !word.is_ascii()));
        }
    }

    #[test]
    fn codes_are_unique_and_found() {
        let codes: HashSet<_> = services()
            .iter()
            .map(|service| &service.service_code)
            .collect();
        assert_eq!(codes.len(), services().len());
        assert_eq!(
            service("water").map(|found| found.name_zh.as_str()),
            Some("饮水与灌溉")
        );
        assert!(service("potholes").is_none());
    }
}
