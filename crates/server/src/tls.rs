//! TLS: certificate files, or a local authority for an office without a certificate.

pub mod authority;
mod names;
mod page;
mod plain;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use axum_server::tls_rustls::RustlsConfig;
use rustls::crypto::ring;
use thiserror::Error;

pub use authority::{Authority, AuthorityError};
pub use names::found as own_names;
pub use page::routes;
pub use plain::SendOn;

use crate::state::Transport;

/// How often a running server looks whether its leaf needs renewal.
const RENEWAL_CHECK: Duration = Duration::from_hours(12);

/// Why TLS cannot be offered.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The files given are missing or not PEM.
    #[error(
        "the certificate {certificate} with the key {key} cannot be used: {source}; give PEM \
         files, the chain with the leaf first"
    )]
    Files {
        /// Chain.
        certificate: PathBuf,
        /// Key.
        key: PathBuf,
        /// What the reader said.
        source: io::Error,
    },
    /// The local authority failed.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The local authority's leaf is not usable.
    #[error("the certificate made by the local authority cannot be used: {0}")]
    Leaf(io::Error),
}

/// The TLS configuration of a transport; `None` for plain HTTP.
///
/// The ring provider is installed for the process: rustls has none of its own here.
///
/// # Errors
///
/// Unreadable files, or the local authority's reasons.
pub async fn configure(transport: &Transport) -> Result<Option<RustlsConfig>, TlsError> {
    // An error says only that a provider is installed already.
    let _installed = ring::default_provider().install_default();
    match transport {
        Transport::Plain => Ok(None),
        Transport::Certificate { certificate, key } => {
            RustlsConfig::from_pem_file(certificate, key)
                .await
                .map(Some)
                .map_err(|source| TlsError::Files {
                    certificate: certificate.clone(),
                    key: key.clone(),
                    source,
                })
        }
        Transport::LocalAuthority { keys, names } => {
            let leaf = Authority::open(keys, names)?.leaf(names)?.into_bytes();
            let config = RustlsConfig::from_pem(leaf.clone(), leaf)
                .await
                .map_err(TlsError::Leaf)?;
            tokio::spawn(renew(config.clone(), keys.clone(), names.clone()));
            Ok(Some(config))
        }
    }
}

/// Puts a renewed leaf to use without a restart, for as long as the program runs.
async fn renew(config: RustlsConfig, keys: PathBuf, names: Vec<String>) {
    loop {
        tokio::time::sleep(RENEWAL_CHECK).await;
        let leaf = Authority::open(&keys, &names).and_then(|authority| authority.leaf(&names));
        match leaf {
            Ok(leaf) => {
                let leaf = leaf.into_bytes();
                if let Err(cause) = config.reload_from_pem(leaf.clone(), leaf).await {
                    tracing::error!(%cause, "the renewed certificate cannot be used");
                }
            }
            Err(cause) => tracing::error!(%cause, "the certificate cannot be renewed"),
        }
    }
}
