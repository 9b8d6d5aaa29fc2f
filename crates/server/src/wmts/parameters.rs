//! Key-value pairs: the keys in any case, the values as they are.

use super::exception::{Code, Exception};
use super::tile::TileName;

/// The parameters of a request.
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Of the pairs of a query.
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// The value of a key, if it has one.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(key))
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// The value of a key that must be there.
    ///
    /// # Errors
    ///
    /// `MissingParameterValue`.
    pub fn need(&self, key: &'static str) -> Result<&str, Exception> {
        self.get(key).ok_or_else(|| {
            let name = key.to_ascii_uppercase();
            Exception::new(
                Code::MissingParameterValue,
                Some(key),
                format!("缺少参数 {name}。"),
                format!("The parameter {name} is missing."),
            )
        })
    }

    /// A number that must be there.
    ///
    /// # Errors
    ///
    /// `MissingParameterValue`, `InvalidParameterValue`.
    pub fn number(&self, key: &'static str) -> Result<u32, Exception> {
        let text = self.need(key)?;
        text.parse().map_err(|_not_a_number| {
            Exception::invalid(
                key,
                format!("“{text}”不是行列号。"),
                format!("“{text}” is no number of a row, column or pixel."),
            )
        })
    }

    /// Whether the client takes 1.0.0 (OGC 06-121r3, 7.3.2).
    ///
    /// # Errors
    ///
    /// `VersionNegotiationFailed`.
    pub fn negotiate(&self) -> Result<(), Exception> {
        let accepted = self.get("acceptversions");
        if accepted.is_none_or(|versions| versions.split(',').any(|one| one.trim() == "1.0.0")) {
            return Ok(());
        }
        Err(Exception::new(
            Code::VersionNegotiationFailed,
            Some("acceptversions"),
            "本服务只有 1.0.0 版。",
            "This service speaks version 1.0.0 only.",
        ))
    }

    /// Whether the request is of 1.0.0; one without a version is.
    ///
    /// # Errors
    ///
    /// `InvalidParameterValue`.
    pub fn check_version(&self) -> Result<(), Exception> {
        match self.get("version") {
            None | Some("1.0.0") => Ok(()),
            Some(other) => Err(Exception::invalid(
                "version",
                format!("本服务为 1.0.0 版，请求的是 {other}。"),
                format!("This service speaks version 1.0.0, not {other}."),
            )),
        }
    }

    /// The tile that is asked for.
    ///
    /// # Errors
    ///
    /// `MissingParameterValue`, `InvalidParameterValue`.
    pub fn tile(&self) -> Result<TileName, Exception> {
        let name = TileName {
            layer: self.need("layer")?.to_owned(),
            time: self.get("time").map(str::to_owned),
            set: self.need("tilematrixset")?.to_owned(),
            matrix: self.need("tilematrix")?.to_owned(),
            row: self.number("tilerow")?,
            column: self.number("tilecol")?,
            format: TileName::format_of(self.need("format")?)?,
        };
        TileName::check_style(self.get("style"))?;
        Ok(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    fn parameters(pairs: &[(&str, &str)]) -> Parameters {
        let owned = pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Parameters::new(owned.collect())
    }

    #[test]
    fn keys_in_any_case_and_no_empty_values() {
        let some = parameters(&[("tileRow", "12"), ("STYLE", ""), ("TileCol", "-1")]);
        assert_eq!(some.number("tilerow").unwrap(), 12);
        assert_eq!(some.get("style"), None);
        assert!(some.number("tilecol").is_err());
        let missing = some.need("layer").unwrap_err().response(Language::En);
        assert_eq!(missing.status(), 400);
    }

    #[test]
    fn versions() {
        assert!(parameters(&[]).negotiate().is_ok());
        let some = parameters(&[("AcceptVersions", "2.0.0, 1.0.0")]);
        assert!(some.negotiate().is_ok());
        assert!(
            parameters(&[("acceptVersions", "1.1.0")])
                .negotiate()
                .is_err()
        );
        assert!(parameters(&[("version", "1.1.0")]).check_version().is_err());
    }
}
