//! Taking the address and serving until told to stop.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum_server::Handle;
use axum_server::tls_rustls::RustlsAcceptor;
use thiserror::Error;

use crate::router;
use crate::state::{AppState, Settings, is_loopback};
use crate::tls::{self, SendOn, TlsError};

/// How long requests under way may finish after the signal to stop.
const GRACE: Duration = Duration::from_secs(10);
/// How long a connection may take to send its first request's head.
const FIRST_REQUEST: Duration = Duration::from_secs(30);

/// Why the server does not serve.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Demo accounts and an address others can reach.
    #[error(
        "demo accounts exist, whose passwords were shown on a screen: {0} can be reached from \
         other machines and is refused. Listen on 127.0.0.1, or make the first real \
         administrator (`xiangtu user add`), which removes the demo accounts"
    )]
    DemoInTheOpen(SocketAddr),
    /// The address is taken or not ours.
    #[error(
        "cannot listen on {address}: {source}; choose another with --listen, or stop the program that uses it"
    )]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// The system's word.
        source: io::Error,
    },
    /// TLS cannot be offered.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The accept loop failed.
    #[error("the server stopped: {0}")]
    Stopped(io::Error),
}

/// Takes the address of the settings, before anything slow is started. The listener knows the
/// port when the settings say 0.
///
/// # Errors
///
/// [`ServeError::DemoInTheOpen`] for any but a loopback address while demo accounts exist;
/// [`ServeError::Bind`] when the address is taken.
pub fn bind(settings: &Settings) -> Result<TcpListener, ServeError> {
    let address = settings.listen;
    if settings.demo && !is_loopback(address.ip()) {
        return Err(ServeError::DemoInTheOpen(address));
    }
    TcpListener::bind(address).map_err(|source| ServeError::Bind { address, source })
}

/// Serves on the listener until `shutdown` resolves; requests under way get ten seconds more.
///
/// # Errors
///
/// TLS that cannot be offered, or a broken listener.
pub async fn serve(
    listener: TcpListener,
    state: AppState,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let tls = tls::configure(&state.settings.transport).await?;
    let feed = Arc::clone(&state.feed);
    let service = router(state).into_make_service_with_connect_info::<SocketAddr>();
    let handle = Handle::new();
    let stop = handle.clone();
    tokio::spawn(async move {
        shutdown.await;
        // Watchers would hold their connections for the whole of the grace.
        feed.close();
        stop.graceful_shutdown(Some(GRACE));
    });
    let served = match tls {
        None => {
            let mut server = axum_server::from_tcp(listener).map_err(ServeError::Stopped)?;
            server
                .http_builder()
                .http1()
                .header_read_timeout(FIRST_REQUEST);
            server.handle(handle).serve(service).await
        }
        Some(tls) => {
            let acceptor = RustlsAcceptor::new(tls).acceptor(SendOn);
            let server = axum_server::from_tcp(listener).map_err(ServeError::Stopped)?;
            let mut server = server.acceptor(acceptor);
            server
                .http_builder()
                .http1()
                .header_read_timeout(FIRST_REQUEST);
            server.handle(handle).serve(service).await
        }
    };
    served.map_err(ServeError::Stopped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demo_accounts_stay_on_this_machine() {
        let mut settings = Settings::plain(([127, 0, 0, 1], 0).into());
        settings.demo = true;
        bind(&settings).unwrap();
        settings.listen = "[::1]:0".parse().unwrap();
        assert!(!matches!(
            bind(&settings),
            Err(ServeError::DemoInTheOpen(_))
        ));
        for open in ["0.0.0.0:0", "[::]:0", "192.168.1.7:8080"] {
            settings.listen = open.parse().unwrap();
            let refused = bind(&settings).unwrap_err().to_string();
            assert!(refused.contains("user add"), "{refused}");
        }
        settings.demo = false;
        settings.listen = ([0, 0, 0, 0], 0).into();
        bind(&settings).unwrap();
    }

    #[test]
    fn a_taken_port_is_named() {
        let taken = bind(&Settings::plain(([127, 0, 0, 1], 0).into())).unwrap();
        let address = taken.local_addr().unwrap();
        let refused = bind(&Settings::plain(address)).unwrap_err().to_string();
        assert!(refused.contains(&address.to_string()), "{refused}");
    }
}
