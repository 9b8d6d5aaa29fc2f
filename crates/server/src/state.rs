//! What every handler may hold on to.

use std::net::{IpAddr, SocketAddr};
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::FromRef;
use axum::http::HeaderMap;
use axum::http::header::HOST;
use jobs::Workshop;
use jobs::recipe::{Shipped, shipped};
use objects::ObjectStore;
use store::Store;
use tiles::Tiles;

use crate::access::KnownTokens;
use crate::base_maps::BaseMaps;
use crate::jobs::{Feed, Intake};
use crate::session::SignInGate;

/// How the server is reached and what it promises.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Address to listen on; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Plain HTTP, certificate files or the local authority.
    pub transport: Transport,
    /// `https://…` as people type it, when a proxy in front ends TLS or the name is known.
    /// No trailing slash.
    pub public_origin: Option<String>,
    /// Demo accounts exist: only loopback addresses are allowed.
    pub demo: bool,
}

/// How the bytes travel.
#[derive(Debug, Clone)]
pub enum Transport {
    /// HTTP; signing in works only from this machine.
    Plain,
    /// HTTPS with certificate files (PEM).
    Certificate {
        /// Chain, leaf first.
        certificate: PathBuf,
        /// Private key.
        key: PathBuf,
    },
    /// HTTPS with a leaf of the local authority kept in `keys`.
    LocalAuthority {
        /// Folder of the authority's files, 0700.
        keys: PathBuf,
        /// Names and addresses besides those found out by the program.
        names: Vec<String>,
    },
}

impl Settings {
    /// Plain HTTP on an address, nothing else: what `up` starts with.
    pub fn plain(listen: SocketAddr) -> Self {
        Self {
            listen,
            transport: Transport::Plain,
            public_origin: None,
            demo: false,
        }
    }

    /// Whether the browser sees HTTPS: TLS here, or a proxy known by the public origin.
    pub fn is_secure(&self) -> bool {
        !matches!(self.transport, Transport::Plain)
            || self
                .public_origin
                .as_deref()
                .is_some_and(|origin| origin.starts_with("https://"))
    }

    /// Where the reader reached us: the public origin, or what the request called us by.
    pub fn origin(&self, headers: &HeaderMap) -> String {
        if let Some(origin) = &self.public_origin {
            return origin.clone();
        }
        let scheme = if matches!(self.transport, Transport::Plain) {
            "http"
        } else {
            "https"
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte);
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        match host.filter(|host| !host.is_empty() && host.bytes().all(plain)) {
            Some(host) => format!("{scheme}://{host}"),
            // Relative addresses are still right for whoever fetched the document from us.
            None => String::new(),
        }
    }
}

/// The store, the objects, the tiles and the settings. Every request clones it: that costs one counter.
#[derive(Clone)]
pub struct AppState(Arc<Held>);

/// What an [`AppState`] holds.
#[derive(Clone)]
pub struct Held {
    /// The database.
    pub store: Store,
    /// Bytes that are kept.
    pub objects: ObjectStore,
    /// Rendered tiles.
    pub tiles: Arc<Tiles>,
    /// Base maps of outside hosts; none unless they are configured.
    pub base_maps: Arc<BaseMaps>,
    /// How the server is reached.
    pub settings: Arc<Settings>,
    /// Bounds on password checks.
    pub gate: Arc<SignInGate>,
    /// What access tokens open.
    pub tokens: Arc<KnownTokens>,
    /// What happens to jobs, as it happens.
    pub feed: Arc<Feed>,
    /// Who foresees jobs and takes them in.
    pub intake: Arc<dyn Intake>,
    /// The recipes that come with the program.
    pub recipes: &'static [Shipped],
}

impl AppState {
    /// Everything the handlers need.
    pub fn new(workshop: Workshop, tiles: Arc<Tiles>, settings: Settings) -> Self {
        let store = workshop.store.clone();
        Self(Arc::new(Held {
            feed: Arc::new(Feed::new(store.clone())),
            store,
            objects: workshop.objects.clone(),
            intake: Arc::new(workshop),
            recipes: shipped(),
            tiles,
            base_maps: Arc::default(),
            settings: Arc::new(settings),
            gate: Arc::new(SignInGate::default()),
            tokens: Arc::new(KnownTokens::default()),
        }))
    }

    /// The same with base maps of outside hosts.
    #[must_use]
    pub fn with_base_maps(mut self, base_maps: BaseMaps) -> Self {
        self.base_maps = Arc::new(base_maps);
        self
    }
}

impl Deref for AppState {
    type Target = Held;

    fn deref(&self) -> &Held {
        &self.0
    }
}

/// For putting a server together: clones that exist already keep what they have.
impl DerefMut for AppState {
    fn deref_mut(&mut self) -> &mut Held {
        Arc::make_mut(&mut self.0)
    }
}

impl FromRef<AppState> for Store {
    fn from_ref(state: &AppState) -> Self {
        state.store.clone()
    }
}

impl FromRef<AppState> for Arc<Settings> {
    fn from_ref(state: &AppState) -> Self {
        Self::clone(&state.settings)
    }
}

/// Whether an address can be reached from this machine only. IPv4 in IPv6 clothes counts as
/// what it is.
pub fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_origin_is_what_the_reader_typed() {
        let mut settings = Settings::plain(([127, 0, 0, 1], 8080).into());
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("office.local:8080"));
        assert_eq!(settings.origin(&headers), "http://office.local:8080");
        headers.insert(HOST, HeaderValue::from_static("a/../<b>"));
        assert_eq!(settings.origin(&headers), "");
        settings.public_origin = Some("https://xiangtu.example".to_owned());
        assert_eq!(settings.origin(&headers), "https://xiangtu.example");
    }
}
