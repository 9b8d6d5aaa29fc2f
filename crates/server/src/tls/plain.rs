//! Plain HTTP that knocks at the TLS port: browsers try it for a typed address with a port.
//! It is sent on to `https://` instead of being cut off without a word.

use std::io;
use std::pin::Pin;
use std::time::Duration;

use axum_server::accept::Accept;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The first byte of every TLS connection: a handshake record (RFC 8446, 5.1).
const HANDSHAKE: u8 = 0x16;
/// Bytes of a request looked at; its first lines say all we need.
const HEAD: usize = 4096;
/// How long the other end may take to say something.
const PATIENCE: Duration = Duration::from_secs(10);

/// Stands before the TLS handshake.
#[derive(Debug, Clone, Copy)]
pub struct SendOn;

impl<S: Send + 'static> Accept<TcpStream, S> for SendOn {
    type Stream = TcpStream;
    type Service = S;
    type Future = Pin<Box<dyn Future<Output = io::Result<(TcpStream, S)>> + Send>>;

    fn accept(&self, mut stream: TcpStream, service: S) -> Self::Future {
        Box::pin(async move {
            let mut first = [0];
            timeout(PATIENCE, stream.peek(&mut first)).await??;
            if first[0] == HANDSHAKE {
                return Ok((stream, service));
            }
            timeout(PATIENCE, answer(&mut stream)).await??;
            Err(io::Error::other(
                "plain HTTP at the TLS port was sent on to https",
            ))
        })
    }
}

async fn answer(stream: &mut TcpStream) -> io::Result<()> {
    let mut head = [0; HEAD];
    let length = stream.read(&mut head).await?;
    let response = match address(&String::from_utf8_lossy(&head[..length])) {
        Some(address) => format!(
            "HTTP/1.1 307 Temporary Redirect\r\nLocation: {address}\r\nContent-Length: 0\r\n\
             Cache-Control: no-store\r\nConnection: close\r\n\r\n"
        ),
        None => {
            "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned()
        }
    };
    stream.write_all(response.as_bytes()).await?;
    stream.shutdown().await
}

/// The same address by TLS; `None` for what is no request.
fn address(head: &str) -> Option<String> {
    let mut lines = head.split("\r\n");
    let mut request = lines.next()?.split(' ');
    let path = request.nth(1).filter(|path| path.starts_with('/'))?;
    let host = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("host").then(|| value.trim())
    })?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte);
    let printable = path.bytes().all(|byte| byte.is_ascii_graphic());
    (!host.is_empty() && host.bytes().all(plain) && printable)
        .then(|| format!("https://{host}{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_page_by_tls() {
        let head = "GET /m/?lang=en HTTP/1.1\r\nHost: office.local:8443\r\nAccept: */*\r\n\r\n";
        assert_eq!(
            address(head).as_deref(),
            Some("https://office.local:8443/m/?lang=en")
        );
        for nonsense in [
            "",
            "SSH-2.0-x\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a<b\r\n",
        ] {
            assert_eq!(address(nonsense), None, "{nonsense:?}");
        }
    }
}
