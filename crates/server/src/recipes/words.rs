//! What the recipe's reader says, in Chinese.

/// The same in Chinese; what nobody thought of stays English.
pub fn chinese(reason: &str) -> String {
    let quoted = quoted(reason);
    let first = quoted.first().copied().unwrap_or_default();
    let near = near(reason).map(|word| format!("；是不是“{word}”？"));
    let near = near.unwrap_or_default();
    let known = || {
        let meant = reason.contains("did you mean");
        let last = quoted.len() - usize::from(meant && quoted.len() > 1);
        quoted
            .get(1..last)
            .map(|words| words.join("、"))
            .filter(|words| !words.is_empty())
            .map(|words| format!("（可用：{words}）"))
            .unwrap_or_default()
    };
    if reason.contains("unknown field") {
        return format!("不认识的键“{first}”{near}{}", known());
    }
    if reason.contains("unknown variant") {
        return format!("不认识的值“{first}”{near}{}", known());
    }
    if reason.contains("missing field") {
        return format!("缺少“{first}”");
    }
    if let Some(kinds) = between(reason, "invalid type: ", "") {
        return format!("这里要的是另一种值（{kinds}）");
    }
    if reason.contains("is taken") {
        return format!("名称“{first}”已经用过，请换一个");
    }
    if reason.contains(" is not ") && !first.is_empty() {
        let there = between(reason, "there are: ", ")");
        let there = there.map(|there| format!("（现有：{there}）"));
        return format!("没有“{first}”{near}{}", there.unwrap_or_default());
    }
    if reason.contains("does nothing") {
        return format!("步骤“{first}”什么也没做，请写明一种操作");
    }
    if reason.contains("nothing is kept") {
        return "没有要保留的结果，请至少写一个图层".to_owned();
    }
    if reason.contains("either `scenes`") {
        return "`scenes`（影像目录）和 `files` 请给出其中一个".to_owned();
    }
    reason.to_owned()
}

/// The words in backticks and quotation marks, in order.
fn quoted(reason: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = reason;
    while let Some(at) = rest.find(['`', '“']) {
        let open = rest[at..].chars().next().unwrap_or('`');
        let from = &rest[at + open.len_utf8()..];
        let close = if open == '`' { '`' } else { '”' };
        let Some(end) = from.find(close) else {
            break;
        };
        words.push(&from[..end]);
        rest = &from[end + close.len_utf8()..];
    }
    words
}

fn near(reason: &str) -> Option<&str> {
    let (_, meant) = reason.split_once("did you mean ")?;
    quoted(meant).first().copied()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, from) = text.split_once(before)?;
    if after.is_empty() {
        return Some(from);
    }
    from.split_once(after).map(|(between, _)| between)
}

#[cfg(test)]
mod tests {
    use super::chinese;

    #[test]
    fn the_readers_sentences_have_chinese_words() {
        for (english, expected) in [
            (
                "unknown field `clouds_below`, expected one of `ids`, `cloud_below`; did you mean `cloud_below`?",
                "不认识的键“clouds_below”；是不是“cloud_below”？（可用：ids、cloud_below）",
            ),
            (
                "unknown variant `medium`, expected `median` or `mean`",
                "不认识的值“medium”（可用：median、mean）",
            ),
            ("missing field `outputs`", "缺少“outputs”"),
            (
                "“cleer” is not an input or an earlier step; did you mean “clear”? (there are: season, clear)",
                "没有“cleer”；是不是“clear”？（现有：season, clear）",
            ),
            (
                "the name “clear” is taken; choose another",
                "名称“clear”已经用过，请换一个",
            ),
            (
                "say which `percentile`, 0 to 100",
                "say which `percentile`, 0 to 100",
            ),
        ] {
            assert_eq!(chinese(english), expected);
        }
    }
}
