//! The encoding of a Shapefile's text, which many of them do not tell.

use std::path::Path;

use encoding_rs::{Encoding, GB18030, UTF_8, WINDOWS_1252};

use crate::foreign::fault::Fault;

/// The encoding somebody named, or the one the `.cpg` beside a Shapefile names.
pub(super) fn told(path: &Path, by_hand: Option<&str>) -> Result<Option<&'static Encoding>, Fault> {
    if let Some(label) = by_hand {
        let unknown = || Fault::Option {
            value: label.to_owned(),
            what: "text encoding; try gbk, gb18030, utf-8 or windows-1252".to_owned(),
        };
        return named(label).map(Some).ok_or_else(unknown);
    }
    let beside = ["cpg", "CPG"]
        .iter()
        .map(|extension| path.with_extension(extension));
    Ok(beside
        .filter_map(|cpg| std::fs::read_to_string(cpg).ok())
        .find_map(|text| named(&text)))
}

/// UTF-8 where every text is UTF-8; otherwise the national standard, as its text is hardly ever
/// UTF-8 by chance.
pub(super) fn guess<'a>(texts: impl IntoIterator<Item = &'a [u8]>) -> &'static Encoding {
    let mut utf8 = true;
    let mut national = true;
    for text in texts {
        utf8 &= whole(text);
        national &= !GB18030.decode_without_bom_handling(clip(text)).1;
    }
    match (utf8, national) {
        (true, _) => UTF_8,
        (false, true) => GB18030,
        (false, false) => WINDOWS_1252,
    }
}

/// Bytes to text; what makes no sense becomes U+FFFD.
pub(super) fn decode(bytes: &[u8], encoding: &'static Encoding) -> String {
    encoding
        .decode_without_bom_handling(bytes)
        .0
        .trim_end_matches(['\0', ' '])
        .to_owned()
}

fn named(label: &str) -> Option<&'static Encoding> {
    let label = label.trim().to_ascii_lowercase();
    match label.trim_start_matches("cp").trim_start_matches("ansi ") {
        // GB18030 reads all of GBK and GB2312, and more.
        "936" | "54936" | "gbk" | "gb2312" => Some(GB18030),
        "65001" => Some(UTF_8),
        "1252" | "88591" => Some(WINDOWS_1252),
        _ => Encoding::for_label(label.as_bytes()),
    }
}

/// Valid UTF-8, or cut off in the middle of its last character, as fixed-width fields do.
fn whole(text: &[u8]) -> bool {
    std::str::from_utf8(text).map_or_else(|error| error.error_len().is_none(), |_| true)
}

/// Without a last byte that may be half a character.
fn clip(text: &[u8]) -> &[u8] {
    match text.split_last() {
        Some((last, rest)) if *last >= 0x80 && text.len() >= 254 => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_in_gbk_is_recognised() {
        let (gbk, _, _) = GB18030.encode("开州区温泉镇");
        assert_eq!(guess([b"500154".as_slice(), &gbk]), GB18030);
        assert_eq!(decode(&gbk, GB18030), "开州区温泉镇");
    }

    #[test]
    fn utf8_is_recognised_even_when_cut_off() {
        let name = "开州区".as_bytes();
        assert_eq!(guess([&name[..8]]), UTF_8);
        assert_eq!(guess([name]), UTF_8);
        assert_eq!(guess([]), UTF_8);
    }

    #[test]
    fn labels_of_cpg_files() {
        for (label, encoding) in [
            ("UTF-8", UTF_8),
            ("936\n", GB18030),
            ("CP936", GB18030),
            ("ANSI 1252", WINDOWS_1252),
        ] {
            assert_eq!(named(label), Some(encoding), "{label}");
        }
        assert_eq!(named("martian"), None);
    }

    #[test]
    fn an_unknown_encoding_by_hand_is_refused() {
        assert!(told(Path::new("a.shp"), Some("martian")).is_err());
    }
}
