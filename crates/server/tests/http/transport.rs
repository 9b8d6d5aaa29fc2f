//! Real connections: TLS with the local authority, plain HTTP at its door, the end.

use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use server::tls::Authority;
use server::{Settings, Transport};
use tokio::sync::oneshot;

use crate::office::Office;

/// Sends a request for a path by its name and reads until the other end closes.
fn exchange(mut stream: impl std::io::Read + std::io::Write, host: &str, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    // A peer that closes without a TLS farewell has still answered.
    let _end = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn by_tls(
    address: SocketAddr,
    name: &'static str,
    root: &[u8],
) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(root.to_vec())).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name).unwrap();
    let client = ClientConnection::new(Arc::new(config), name).unwrap();
    StreamOwned::new(client, TcpStream::connect(address).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_trusts_the_root_is_served_by_tls() {
    let keys = tempfile::tempdir().unwrap();
    let mut settings = Settings::plain(([127, 0, 0, 1], 0).into());
    let names = vec!["xiangtu.test".to_owned()];
    settings.transport = Transport::LocalAuthority {
        keys: PathBuf::from(keys.path()),
        names,
    };
    let office = Office::with(settings).await;
    let listener = server::bind(&office.state.settings).unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(server::serve(listener, office.state.clone(), async {
        let _told = stopped.await;
    }));

    let folder = PathBuf::from(keys.path());
    tokio::task::spawn_blocking(move || {
        // The listener takes connections before the server does: the first request waits.
        let plain = TcpStream::connect(address).unwrap();
        let sent_on = exchange(plain, "xiangtu.test:8443", "/m/");
        assert!(sent_on.starts_with("HTTP/1.1 307 "), "{sent_on}");
        assert!(
            sent_on.contains("\r\nLocation: https://xiangtu.test:8443/m/\r\n"),
            "{sent_on}"
        );

        let authority = Authority::open(&folder, &[]).unwrap();
        let live = exchange(
            by_tls(address, "xiangtu.test", authority.root()),
            "a",
            "/health/live",
        );
        assert!(
            live.starts_with("HTTP/1.1 200 OK") && live.contains("live"),
            "{live}"
        );
        // Another name is not vouched for, so the handshake ends on the reader's side.
        let mut other = by_tls(address, "other.example", authority.root());
        let refused = other.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap_err();
        assert!(
            refused.to_string().contains("not valid for name"),
            "{refused}"
        );
    })
    .await
    .unwrap();

    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
    assert!(
        TcpStream::connect(address).is_err(),
        "the port is free again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn certificate_files_that_are_none_are_named() {
    let mut settings = Settings::plain(([127, 0, 0, 1], 0).into());
    settings.transport = Transport::Certificate {
        certificate: "/nowhere/a.pem".into(),
        key: "/nowhere/b.pem".into(),
    };
    let office = Office::with(settings).await;
    let listener = server::bind(&office.state.settings).unwrap();
    let refused = server::serve(listener, office.state.clone(), async {})
        .await
        .unwrap_err();
    let refused = refused.to_string();
    assert!(
        refused.contains("/nowhere/a.pem") && refused.contains("PEM"),
        "{refused}"
    );
}
