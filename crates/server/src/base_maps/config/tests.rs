use std::time::Duration;

use tempfile::TempDir;

use super::*;

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// A folder with a configuration and a key.
fn folder(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("base-maps.toml");
    std::fs::write(&file, text).unwrap();
    std::fs::write(folder.path().join("tianditu.key"), format!("{KEY}\n")).unwrap();
    (folder, file)
}

fn entry(lines: &str) -> String {
    let usual = [
        ("id", "\"one\""),
        ("title", "\"一\""),
        ("url", "\"https://a.example.org/{z}/{x}/{y}\""),
        ("attribution", "\"某某\""),
        ("keep_days", "8"),
    ];
    let said = |key: &str| {
        lines
            .lines()
            .any(|line| line.trim_start().starts_with(&format!("{key} ")))
    };
    let mut text = "[[base_map]]\n".to_owned();
    for (key, value) in usual {
        if !said(key) {
            text.extend([key, " = ", value, "\n"]);
        }
    }
    text + lines + "\n"
}

fn refused(text: &str) -> String {
    let (_folder, file) = folder(text);
    let said = read(&file).unwrap_err().to_string();
    assert!(said.contains("base-maps.toml"), "{said}");
    assert!(!said.contains(KEY), "{said}");
    said
}

#[test]
fn the_shipped_example_is_right() {
    let example = include_str!("../../../../../data/base-maps.toml");
    let (_folder, file) = folder(example);
    let sources = read(&file).unwrap();
    let ids: Vec<_> = sources.iter().map(|source| source.id.as_str()).collect();
    assert_eq!(ids, ["tianditu-map", "tianditu-imagery"]);
    let [map, imagery] = &sources[..] else {
        panic!("two base maps");
    };
    assert_eq!((map.look, imagery.look), (Look::Map, Look::Imagery));
    assert_eq!(map.audience, Audience::Officials);
    assert_eq!(map.zooms, 0..=18);
    assert_eq!(imagery.zooms, 1..=18);
    assert_eq!(map.key.reveal(), KEY);
    let day = Duration::from_hours(24);
    let keeping = Keeping {
        fresh: day * 7,
        keep: day * 30,
        bytes: 256 << 20,
    };
    assert_eq!(map.keeping, Some(keeping));
    assert_eq!(imagery.keeping, Some(keeping));
    assert!(imagery.labels.is_some() && imagery.bounds.is_some());
    let commented: String = example
        .lines()
        .filter_map(|line| {
            let line = line.strip_prefix("# ").unwrap_or(line);
            let is_setting = line.split_once(" = ").is_some_and(|(key, _)| {
                key.bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            });
            (is_setting || line == "[[base_map]]").then(|| format!("{line}\n"))
        })
        .collect();
    let (_folder, file) = folder(&commented);
    let all = read(&file).unwrap();
    assert_eq!(all.len(), 3, "what is commented out is right too");
    assert_eq!(all[2].id, "mirror");
    assert!(all[1].proxy.is_some() && all[1].headers.contains_key("referer"));
}

#[test]
fn an_empty_file_is_no_base_map() {
    let (_folder, file) = folder("# none\n");
    assert!(read(&file).unwrap().is_empty());
}

#[test]
fn what_is_wrong_is_said_with_its_key() {
    for (lines, key, word) in [
        ("id = \"Big One\"", "`id`", "a-z"),
        ("id = \"none\"", "`id`", "none"),
        ("title = \" \"", "`title`", "empty"),
        ("attribution = \"\"", "`attribution`", "empty"),
        ("url = \"https://a.org/{z}/{x}\"", "`url`", "{y}"),
        ("url = \"https:///{z}/{x}/{y}\"", "`url`", "host"),
        ("url = \"ftp://a.org/{z}/{x}/{y}\"", "`url`", "https://"),
        ("url = \"http://a.org/{z}/{x}/{y}\"", "`url`", "allow_http"),
        (
            "url = \"http://8.8.8.8/{z}/{x}/{y}\"",
            "`url`",
            "allow_http",
        ),
        (
            "url = \"https://a:b@a.org/{z}/{x}/{y}\"",
            "`url`",
            "headers",
        ),
        (
            "labels = \"http://a.org/{z}/{x}/{y}\"",
            "`labels`",
            "allow_http",
        ),
        (
            "url = \"https://a.org/{z}/{x}/{y}?{key}\"",
            "`key_file`",
            "missing",
        ),
        (
            "url = \"https://{s}.a.org/{z}/{x}/{y}\"",
            "`subdomains`",
            "missing",
        ),
        ("subdomains = [\"a\"]", "`subdomains`", "{s}"),
        ("key_file = \"tianditu.key\"", "`url`", "{key}"),
        ("key_file = \"gone.key\"", "`key_file`", "gone.key"),
        (
            "key_environment = \"XIANGTU_NO_SUCH_KEY\"",
            "`key_environment`",
            "not set",
        ),
        ("key = \"a b\"", "`key`", "one word"),
        ("key = \"\"", "`key`", "one word"),
        ("key = \"a\"\nkey_file = \"b\"", "`key`", "once"),
        ("min_zoom = 9\nmax_zoom = 8", "`max_zoom`", "min_zoom"),
        ("max_zoom = 25", "`max_zoom`", "24"),
        (
            "bounds = [109.0, 31.0, 108.0, 32.0]",
            "`bounds`",
            "west, south",
        ),
        (
            "bounds = [nan, 31.0, 108.0, 32.0]",
            "`bounds`",
            "west, south",
        ),
        ("tile_size = 300", "`tile_size`", "512"),
        ("keep_days = 100000", "`keep_days`", "3650"),
        ("fresh_days = 9", "`fresh_days`", "8"),
        ("fresh_days = 0", "`fresh_days`", "1 to"),
        ("cache_megabytes = 0", "`cache_megabytes`", "keep_days = 0"),
        ("timeout_seconds = 60", "`timeout_seconds`", "12"),
        ("headers = { Host = \"a\" }", "`headers`", "Host"),
        ("headers = { \"a b\" = \"a\" }", "`headers`", "a b"),
        ("headers = { X-Key = \"{key}\" }", "`key_file`", "X-Key"),
        ("proxy = \"10.1.2.3\"", "`proxy`", "3128"),
    ] {
        let said = refused(&entry(lines));
        assert!(said.contains(key) && said.contains(word), "{lines}: {said}");
    }
    let twice = refused(&(entry("") + &entry("")));
    assert!(
        twice.contains("`id`") && twice.contains("another"),
        "{twice}"
    );
}

#[test]
fn what_is_unknown_or_missing_is_said_with_its_line() {
    let unknown = refused(&entry("keep_day = 3"));
    assert!(
        unknown.contains("line 7") && unknown.contains("keep_day"),
        "{unknown}"
    );
    let missing = refused("\n[[base_map]]\nid = \"a\"\n");
    assert!(
        missing.contains("line 2") && missing.contains("title"),
        "{missing}"
    );
    let audience = refused(&entry("audience = \"village\""));
    assert!(audience.contains("officials"), "{audience}");
    let negative = refused(&entry("keep_days = -1"));
    assert!(negative.contains("line"), "{negative}");
    assert!(
        read(Path::new("/no/base-maps.toml"))
            .unwrap_err()
            .to_string()
            .contains("--base-maps")
    );
}

#[test]
fn no_message_repeats_a_key() {
    for lines in [
        format!("key = {}", u64::MAX / 3),
        format!("key = \"{KEY}"),
        format!("key = {KEY}"),
        format!("key = [\"{KEY}\"]"),
        format!("key = \"{KEY} {KEY}\""),
        format!("url = \"http://a.org/{{z}}/{{x}}/{{y}}?tk={KEY}\""),
        format!("headers = {{ X = \"{KEY}\\n\" }}"),
        format!("proxy = \"user:{KEY}@10.1.2.3\""),
    ] {
        let said = refused(&entry(&lines));
        assert!(!said.contains(&(u64::MAX / 3).to_string()), "{said}");
    }
    let shown = format!("{:?}", Secret::new(KEY.to_owned()));
    assert!(!shown.contains(KEY));
}

#[test]
fn hosts_of_the_own_network_may_be_asked_in_the_open() {
    for host in [
        "127.0.0.1:8000",
        "localhost",
        "[::1]",
        "10.1.2.3",
        "192.168.0.9",
    ] {
        let (_folder, file) = folder(&entry(&format!(
            "url = \"http://{host}/{{z}}/{{x}}/{{y}}\""
        )));
        assert_eq!(read(&file).unwrap().len(), 1, "{host}");
    }
    let named = "url = \"http://tiles.lan/{z}/{x}/{y}\"\nallow_http = true";
    let (_folder, file) = folder(&entry(named));
    assert_eq!(
        read(&file).unwrap()[0].keeping.unwrap().fresh,
        Duration::from_hours(48)
    );
}

#[test]
fn where_nothing_may_be_kept_nothing_is() {
    let (_folder, file) = folder(&entry("keep_days = 0"));
    assert_eq!(read(&file).unwrap()[0].keeping, None);
}
