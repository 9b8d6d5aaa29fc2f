//! How a request reached us: by TLS, from this machine, or in the open.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::header::HOST;
use axum::http::{Extensions, HeaderMap};

use crate::state::{Settings, is_loopback};

/// What lies between the browser and us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// TLS, ended here or by the proxy that `public_origin` names.
    Encrypted,
    /// Plain HTTP that never leaves this machine: browsers treat it as secure.
    SameMachine,
    /// Plain HTTP that others may read: no sign-in.
    Exposed,
}

impl Reach {
    /// Judges by the settings, the peer and the `Host` header; a missing peer counts as far.
    pub fn of(settings: &Settings, headers: &HeaderMap, extensions: &Extensions) -> Self {
        if settings.is_secure() {
            return Self::Encrypted;
        }
        let near = extensions
            .get::<ConnectInfo<SocketAddr>>()
            .is_some_and(|ConnectInfo(peer)| is_loopback(peer.ip()));
        let local_name = headers
            .get(HOST)
            .and_then(|host| host.to_str().ok())
            .is_some_and(names_this_machine);
        if near && local_name {
            Self::SameMachine
        } else {
            Self::Exposed
        }
    }
}

/// The other end as the listener saw it.
pub fn connection(extensions: &Extensions) -> Option<ConnectInfo<SocketAddr>> {
    extensions.get::<ConnectInfo<SocketAddr>>().copied()
}

/// The address of the other end; all zeros when unknown.
pub fn peer(extensions: &Extensions) -> IpAddr {
    extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| {
            peer.ip().to_canonical()
        })
}

/// Whether browsers take this `Host` for this machine (W3C Secure Contexts, 3.1).
fn names_this_machine(host: &str) -> bool {
    if let Ok(address) = host.parse::<SocketAddr>() {
        return is_loopback(address.ip());
    }
    let name = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) {
            name
        } else {
            host
        }
    });
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<IpAddr>().map_or_else(
        |_| bare == "localhost" || bare.ends_with(".localhost"),
        is_loopback,
    )
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn reach(host: &'static str, peer: Option<&str>) -> Reach {
        let settings = Settings::plain(([127, 0, 0, 1], 8080).into());
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static(host));
        let mut extensions = Extensions::new();
        if let Some(peer) = peer {
            extensions.insert(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
        }
        Reach::of(&settings, &headers, &extensions)
    }

    #[test]
    fn only_loopback_by_a_loopback_name_stays_on_this_machine() {
        for host in [
            "localhost:8080",
            "127.0.0.1",
            "127.0.0.1:80",
            "[::1]:8080",
            "a.localhost",
        ] {
            assert_eq!(
                reach(host, Some("127.0.0.1:5")),
                Reach::SameMachine,
                "{host}"
            );
        }
        assert_eq!(
            reach("localhost", Some("[::ffff:127.0.0.1]:5")),
            Reach::SameMachine
        );
        assert_eq!(reach("localhost", Some("192.168.1.7:5")), Reach::Exposed);
        assert_eq!(
            reach("xiangtu.test:8080", Some("127.0.0.1:5")),
            Reach::Exposed
        );
        assert_eq!(reach("notlocalhost", Some("127.0.0.1:5")), Reach::Exposed);
        assert_eq!(reach("localhost", None), Reach::Exposed);
    }
}
