//! Where the program may go.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Url, redirect::Policy};

const CONNECT: Duration = Duration::from_secs(10);
const SILENCE: Duration = Duration::from_secs(30);
const REDIRECTS: usize = 5;

/// The hosts the program may go to for scenes; none by default.
///
/// As text: hosts separated by commas, each `host` or `host:port`; `*.example.org` stands for every
/// host below `example.org`. A host whose address is a private one or this machine's must say so:
/// `private:stac.office.lan:8080`. Otherwise a public name that leads inside would open the office's
/// network to whoever writes a recipe. Buckets are listed as `s3://bucket`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedHosts {
    /// The host or pattern with its port, if any, and whether its address may be private.
    entries: Arc<BTreeMap<String, bool>>,
}

impl FromStr for AllowedHosts {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let words = text
            .split([',', ' ', '\n'])
            .map(str::trim)
            .filter(|word| !word.is_empty());
        let entry = |word: &str| match word.strip_prefix("private:") {
            Some(host) => (host.to_ascii_lowercase(), true),
            None => (word.to_ascii_lowercase(), false),
        };
        Ok(Self {
            entries: Arc::new(words.map(entry).collect()),
        })
    }
}

impl fmt::Display for AllowedHosts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = |(host, private): (&String, &bool)| {
            format!("{}{host}", if *private { "private:" } else { "" })
        };
        let hosts: Vec<String> = self.entries.iter().map(written).collect();
        formatter.write_str(if hosts.is_empty() { "none" } else { "" })?;
        formatter.write_str(&hosts.join(", "))
    }
}

/// A host as it is listed.
pub(super) fn name(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

impl AllowedHosts {
    /// Whether an address may be gone to, as far as it can be told before its name is resolved.
    pub(super) fn allows(&self, url: &Url) -> bool {
        let Some(private) = self.find(&name(url)) else {
            return false;
        };
        // Names are judged when they are resolved; bare addresses never are.
        let bare = url
            .host_str()
            .and_then(|host| host.trim_matches(['[', ']']).parse::<IpAddr>().ok());
        bare.is_none_or(|address| private || !is_private(address))
    }

    /// Whether a bucket may be read.
    pub(crate) fn allows_bucket(&self, bucket: &str) -> bool {
        self.entries.contains_key(&format!("s3://{bucket}"))
    }

    /// Whether a listed host may have a private address; `None` where it is not listed.
    fn find(&self, host: &str) -> Option<bool> {
        let exact = self.entries.get(host).copied();
        let below = |(pattern, private): (&String, &bool)| {
            let parent = pattern.strip_prefix('*')?;
            (host.len() > parent.len() && host.ends_with(parent)).then_some(*private)
        };
        exact.or_else(|| self.entries.iter().find_map(below))
    }

    /// Whether any port of a listed host may have a private address.
    fn may_be_private(&self, host: &str) -> bool {
        let bare = |entry: &str| {
            entry
                .split_once(':')
                .map_or(entry, |(host, _)| host)
                .to_owned()
        };
        self.find(host) == Some(true)
            || self
                .entries
                .iter()
                .any(|(entry, private)| *private && bare(entry) == host)
    }

    /// The client that keeps to these hosts through redirects and name resolution, and uses no proxy
    /// of the environment.
    pub(super) fn client(&self) -> Result<Client, reqwest::Error> {
        // The process may have chosen its provider already; then that one is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let hosts = self.clone();
        let redirects = Policy::custom(move |attempt| {
            if attempt.previous().len() > REDIRECTS {
                attempt.error("too many redirects")
            } else if hosts.allows(attempt.url()) {
                attempt.follow()
            } else {
                attempt.error("it redirects to a host that is not allowed")
            }
        });
        Client::builder()
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .redirect(redirects)
            .no_proxy()
            .dns_resolver(Arc::new(Resolver(self.clone())))
            .build()
    }
}

/// Resolves names as the system does, without private addresses where they are not expected.
struct Resolver(AllowedHosts);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let private = self.0.may_be_private(name.as_str());
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let fit: Vec<SocketAddr> = found.filter(|at| private || !is_private(at.ip())).collect();
            if fit.is_empty() {
                let why = format!(
                    "{} leads to a private address; allow it as private:{}",
                    name.as_str(),
                    name.as_str()
                );
                return Err(why.into());
            }
            Ok(Box::new(fit.into_iter()) as Addrs)
        })
    }
}

/// Addresses that are not on the open internet.
fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || a == 0
                || a >= 240
                // Shared by providers (RFC 6598), and for measuring networks (RFC 2544).
                || (a == 100 && (64..128).contains(&b))
                || (a == 198 && (b == 18 || b == 19))
        }
        IpAddr::V6(v6) => {
            v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_multicast()
                || v6.is_unique_local()
                || v6.is_unicast_link_local()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(hosts: &str, url: &str) -> bool {
        let hosts: AllowedHosts = hosts.parse().unwrap();
        hosts.allows(&Url::parse(url).unwrap())
    }

    #[test]
    fn nothing_is_allowed_unless_it_is_listed() {
        assert!(!allows("", "https://example.org/"));
        assert!(allows("example.org", "https://Example.org/stac"));
        assert!(!allows("example.org", "https://example.org:8443/"));
        assert!(!allows("example.org", "https://example.org.evil.net/"));
        assert!(!allows("example.org", "https://evil.net/?example.org"));
        assert!(!allows("example.org", "https://example.org@evil.net/"));
        assert!(allows("*.example.org", "https://a.b.example.org/"));
        assert!(!allows("*.example.org", "https://example.org/"));
        assert!(!allows("*.example.org", "https://evilexample.org/"));
    }

    #[test]
    fn buckets_are_listed_by_their_own_names() {
        let hosts: AllowedHosts = "s3://Sentinel-cogs, example.org".parse().unwrap();
        assert!(hosts.allows_bucket("sentinel-cogs"));
        assert!(!hosts.allows_bucket("example.org"));
        assert!(!allows("s3://sentinel-cogs", "https://sentinel-cogs/"));
    }

    #[test]
    fn they_are_shown_as_they_are_listed() {
        let shown = |text: &str| text.parse::<AllowedHosts>().unwrap().to_string();
        assert_eq!(shown(""), "none");
        let all = "*.example.org, private:10.1.2.3:8080";
        assert_eq!(shown(all), all);
    }

    #[test]
    fn private_addresses_must_be_meant() {
        for host in [
            "127.0.0.1",
            "10.1.2.3",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
        ] {
            let url = format!("http://{host}/");
            assert!(!allows(host, &url), "{host}");
            assert!(allows(&format!("private:{host}"), &url), "{host}");
        }
        // The same address in other clothes.
        assert!(!allows("127.0.0.1", "http://2130706433/"));
        assert!(!allows("[::ffff:7f00:1]", "http://[::ffff:127.0.0.1]/"));
        assert!(allows("8.8.8.8", "http://8.8.8.8/"));
    }
}
