//! The two languages every string a person sees exists in.

use serde::{Deserialize, Serialize};

/// 中文 (the default) or English.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// 中文
    #[default]
    Zh,
    /// English
    En,
}

impl Language {
    /// The language of a code such as `zh`, `zh-CN` or `en-GB`; `None` for any other.
    pub fn from_code(code: &str) -> Option<Self> {
        let primary = code.split(['-', '_']).next().unwrap_or_default();
        match primary.trim().to_ascii_lowercase().as_str() {
            "zh" => Some(Self::Zh),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// The short code, as in a cookie: `zh`, `en`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// The code for HTML's `lang` and HTTP's `Content-Language`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// Whichever of two strings is in this language; a name that was never translated is better
    /// shown in Chinese than left empty.
    pub fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::En if !en.is_empty() => en,
            _ => zh,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_with_and_without_a_region() {
        assert_eq!(Language::from_code("zh-Hans-CN"), Some(Language::Zh));
        assert_eq!(Language::from_code("EN_gb"), Some(Language::En));
        assert_eq!(Language::from_code("fr"), None);
    }

    #[test]
    fn a_missing_translation_falls_back_to_chinese() {
        assert_eq!(Language::En.pick("大坪村", ""), "大坪村");
        assert_eq!(Language::En.pick("大坪村", "Daping"), "Daping");
        assert_eq!(Language::Zh.pick("大坪村", "Daping"), "大坪村");
    }
}
