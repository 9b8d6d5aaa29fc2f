//! From what is written to what can be used.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use grid::bounds::Bounds;
use grid::tile::{MAX_ZOOM, Tile};
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::secret::Secret;
use super::{Entry, Keeping, Source};
use crate::base_maps::template::{Place, Template};

/// What is wrong with a key.
#[derive(Debug)]
pub struct Wrong {
    pub key: &'static str,
    pub reason: String,
}

impl Wrong {
    pub fn new(key: &'static str, reason: impl Into<String>) -> Self {
        Self {
            key,
            reason: reason.into(),
        }
    }
}

type Checked<Value> = Result<Value, Wrong>;

/// Seconds of a day.
const DAY: u64 = 24 * 60 * 60;
/// No terms are known that allow more; a number like this is a slip of the finger.
const MOST_DAYS: u32 = 3650;
/// One terabyte.
const MOST_MEGABYTES: u32 = 1 << 20;
/// With the wait for a free connection, less than the server gives any request.
const MOST_SECONDS: u64 = 12;
/// Choices of the app that are no outside base map.
const TAKEN: [&str; 2] = ["none", "emap"];
/// Headers that belong to the transport.
const TRANSPORT: [&str; 5] = [
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "accept-encoding",
];

/// Checks an entry; `folder` is where the file lies.
pub fn source(entry: Entry, folder: &Path) -> Checked<Source> {
    let id = id(entry.id.clone())?;
    let key = key(&entry, folder)?.unwrap_or_default();
    let ground = address("url", &entry.url, &entry, &key)?;
    let labels = entry.labels.as_ref();
    let labels = labels
        .map(|labels| address("labels", labels, &entry, &key))
        .transpose()?;
    let headers = headers(&entry.headers, &key)?;
    let used = |place| ground.has(place) || labels.as_ref().is_some_and(|labels| labels.has(place));
    let in_headers = entry
        .headers
        .values()
        .any(|value| value.reveal().contains("{key}"));
    if !key.reveal().is_empty() && !used(Place::Key) && !in_headers {
        let reason = "the key is used nowhere; write {key} where it belongs in `url`";
        return Err(Wrong::new("url", reason));
    }
    if !entry.subdomains.is_empty() && !used(Place::Subdomain) {
        let reason = "they are used nowhere; write {s} where they belong in `url`";
        return Err(Wrong::new("subdomains", reason));
    }
    if entry.min_zoom > entry.max_zoom || entry.max_zoom > MAX_ZOOM {
        let reason = format!("zooms run from `min_zoom` up to `max_zoom`, at most {MAX_ZOOM}");
        return Err(Wrong::new("max_zoom", reason));
    }
    if ![256, 512].contains(&entry.tile_size) {
        return Err(Wrong::new("tile_size", "it is 256 or 512"));
    }
    if !(1..=MOST_SECONDS).contains(&entry.timeout_seconds) {
        let reason = format!("it is 1 to {MOST_SECONDS}");
        return Err(Wrong::new("timeout_seconds", reason));
    }
    Ok(Source {
        id,
        title_zh: said("title", &entry.title)?,
        title_en: entry.title_en.trim().to_owned(),
        look: entry.look,
        audience: entry.audience,
        attribution: said("attribution", &entry.attribution)?,
        zooms: entry.min_zoom..=entry.max_zoom,
        bounds: entry.bounds.map(bounds).transpose()?,
        tile_size: entry.tile_size,
        ground,
        labels,
        key,
        headers,
        proxy: proxy(entry.proxy.as_ref())?,
        timeout: Duration::from_secs(entry.timeout_seconds),
        keeping: keeping(&entry)?,
        subdomains: entry.subdomains,
    })
}

fn id(id: String) -> Checked<String> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let fits = (1..=40).contains(&id.len()) && !id.starts_with('-') && id.bytes().all(plain);
    if !fits || TAKEN.contains(&id.as_str()) {
        let reason =
            "it is 1 to 40 of a-z, 0-9 and - and not `none` or `emap`, such as `tianditu-map`";
        return Err(Wrong::new("id", reason));
    }
    Ok(id)
}

fn said(key: &'static str, text: &str) -> Checked<String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Wrong::new(
            key,
            "it is shown to people and must not be empty",
        ));
    }
    Ok(text.to_owned())
}

/// The key from wherever it is.
fn key(entry: &Entry, folder: &Path) -> Checked<Option<Secret>> {
    let given = [
        entry.key.is_some(),
        entry.key_file.is_some(),
        entry.key_environment.is_some(),
    ];
    if given.into_iter().filter(|given| *given).count() > 1 {
        let reason = "give the key once: `key`, `key_file` or `key_environment`";
        return Err(Wrong::new("key", reason));
    }
    let (name, text) = if let Some(key) = &entry.key {
        ("key", key.reveal().to_owned())
    } else if let Some(file) = &entry.key_file {
        let path = folder.join(file);
        let text = std::fs::read_to_string(&path).map_err(|error| {
            let path = path.display();
            Wrong::new(
                "key_file",
                format!("{path} cannot be read: {error}; put the key there"),
            )
        })?;
        ("key_file", text)
    } else if let Some(variable) = &entry.key_environment {
        let text = std::env::var(variable).map_err(|_unset| {
            let reason = format!("the variable {variable} is not set; set it to the key");
            Wrong::new("key_environment", reason)
        })?;
        ("key_environment", text)
    } else {
        return Ok(None);
    };
    let text = text.trim();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~=/:,;@%!*".contains(&byte);
    if text.is_empty() || !text.bytes().all(plain) {
        let reason = "the key must be one word of letters, digits and -._~=/:,;@!*; \
            write anything else as in an address (+ is %2B)";
        return Err(Wrong::new(name, reason));
    }
    Ok(Some(Secret::new(text.to_owned())))
}

fn address(name: &'static str, text: &Secret, entry: &Entry, key: &Secret) -> Checked<Template> {
    let template =
        Template::parse(text.reveal().trim()).map_err(|reason| Wrong::new(name, reason))?;
    if template.has(Place::Key) && key.reveal().is_empty() {
        let reason = format!(
            "the key for `{name}` is missing; put it into a file and name that as `key_file`"
        );
        return Err(Wrong::new("key_file", reason));
    }
    if template.has(Place::Subdomain) && entry.subdomains.is_empty() {
        let reason = format!("they are missing for the {{s}} of `{name}`, such as [\"0\", \"1\"]");
        return Err(Wrong::new("subdomains", reason));
    }
    let zero = Tile {
        zoom: 0,
        column: 0,
        row: 0,
    };
    for subdomain in entry
        .subdomains
        .iter()
        .map(std::slice::from_ref)
        .chain([&[][..]])
    {
        if subdomain.is_empty() && template.has(Place::Subdomain) {
            continue;
        }
        let filled = template.fill(zero, subdomain, key.reveal());
        let url = filled
            .parse::<Url>()
            .map_err(|error| Wrong::new(name, error.to_string()))?;
        reachable(name, &url, entry.allow_http)?;
    }
    Ok(template)
}

fn reachable(name: &'static str, url: &Url, allow_http: bool) -> Checked<()> {
    if !url.username().is_empty() || url.password().is_some() {
        let reason = "a name and password do not belong into it; send them in `headers`";
        return Err(Wrong::new(name, reason));
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if allow_http || is_inside(url.host_str().unwrap_or_default()) => Ok(()),
        "http" => {
            let reason = "by http others can read the key on its way; write https://, or set \
                `allow_http = true` for a host of the office's own network";
            Err(Wrong::new(name, reason))
        }
        other => Err(Wrong::new(
            name,
            format!("it begins with https://, not {other}://"),
        )),
    }
}

/// Whether a host is this machine or has a private address, as far as it can be seen.
fn is_inside(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    match address.map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(v4)) => v4.is_loopback() || v4.is_private(),
        Ok(IpAddr::V6(v6)) => v6.is_loopback() || v6.is_unique_local(),
        Err(_a_name) => host == "localhost",
    }
}

fn headers(written: &BTreeMap<String, Secret>, key: &Secret) -> Checked<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in written {
        if TRANSPORT.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(Wrong::new(
                "headers",
                format!("{name} is set by the program; leave it out"),
            ));
        }
        if value.reveal().contains("{key}") && key.reveal().is_empty() {
            let reason = format!("the key for the header {name} is missing");
            return Err(Wrong::new("key_file", reason));
        }
        let wrong = || Wrong::new("headers", format!("{name} is no header of HTTP"));
        let value = value.reveal().replace("{key}", key.reveal());
        let mut value = HeaderValue::from_str(&value).map_err(|_hides_it| wrong())?;
        value.set_sensitive(true);
        let name: HeaderName = name.parse().map_err(|_says_less| wrong())?;
        headers.insert(name, value);
    }
    Ok(headers)
}

fn proxy(written: Option<&Secret>) -> Checked<Option<Url>> {
    let Some(written) = written else {
        return Ok(None);
    };
    let url = written.reveal().parse::<Url>().ok();
    let known = url.filter(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
    match known {
        Some(url) => Ok(Some(url)),
        None => Err(Wrong::new("proxy", "write it like http://10.1.2.3:3128")),
    }
}

fn bounds([west, south, east, north]: [f64; 4]) -> Checked<Bounds> {
    let fits = -180.0 <= west && west < east && east <= 180.0;
    if fits && -90.0 <= south && south < north && north <= 90.0 {
        return Ok(Bounds::new(west, south, east, north));
    }
    let reason = "they are west, south, east, north in degrees, such as [108.0, 31.0, 109.0, 32.0]";
    Err(Wrong::new("bounds", reason))
}

fn keeping(entry: &Entry) -> Checked<Option<Keeping>> {
    let days = entry.keep_days;
    if days > MOST_DAYS {
        return Err(Wrong::new("keep_days", format!("it is 0 to {MOST_DAYS}")));
    }
    let fresh = entry.fresh_days.unwrap_or((days / 4).max(1));
    if days == 0 {
        return Ok(None);
    }
    if !(1..=days).contains(&fresh) {
        let reason = format!("it is 1 to `keep_days`, {days}");
        return Err(Wrong::new("fresh_days", reason));
    }
    if !(1..=MOST_MEGABYTES).contains(&entry.cache_megabytes) {
        let reason = format!("it is 1 to {MOST_MEGABYTES}; `keep_days = 0` keeps nothing");
        return Err(Wrong::new("cache_megabytes", reason));
    }
    Ok(Some(Keeping {
        fresh: Duration::from_secs(u64::from(fresh) * DAY),
        keep: Duration::from_secs(u64::from(days) * DAY),
        bytes: u64::from(entry.cache_megabytes) << 20,
    }))
}
