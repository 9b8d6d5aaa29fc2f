//! A certificate authority for one office: a root made once, and leaves for this machine.
//!
//! The root may only vouch for names of the local network and those given when it was made
//! (RFC 5280 name constraints): a phone that installs it does not hand over its bank. Its key
//! never leaves the keys folder; `xiangtu backup` takes the folder along.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, date_time_ymd,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::names;

/// Top-level names that belong to no one on the internet (RFC 6762, RFC 8375, ICANN's
/// `internal`; `test` of RFC 6761 for trials).
const LOCAL_DOMAINS: [&str; 7] = [
    "localhost",
    "local",
    "lan",
    "internal",
    "home.arpa",
    "intranet",
    "test",
];
/// Private networks: RFC 1918, loopback, RFC 4193.
const LOCAL_NETWORKS: [(&str, u8); 6] = [
    ("10.0.0.0", 8),
    ("172.16.0.0", 12),
    ("192.168.0.0", 16),
    ("127.0.0.0", 8),
    ("fc00::", 7),
    ("::1", 128),
];
/// Installing a root on every phone again is a day's work: ten years.
const ROOT_DAYS: i64 = 3650;
/// Browsers refuse leaves of more than 825 days; the public rule is 397.
const LEAF_DAYS: i64 = 397;
/// A leaf is renewed this long before its end.
const RENEW_DAYS: i64 = 45;

/// Why the authority cannot serve.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// A file of the keys folder.
    #[error("the local authority could not {action} {path}: {source}; check the folder's owner")]
    Io {
        /// Verb.
        action: &'static str,
        /// File or folder.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// Making a key or certificate.
    #[error("the local authority could not make a certificate: {0}")]
    Make(#[from] rcgen::Error),
    /// A file that is not what we wrote.
    #[error(
        "{path} is damaged ({what}): restore it from a backup, or remove the folder it is in \
         and install the new root on every device"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A name the root may not vouch for.
    #[error(
        "the local root in {folder} was made without the name {name:?} and may not vouch for it: \
         use a name under .local or .lan, or remove the folder and install the new root on every \
         device"
    )]
    NameNotCovered {
        /// The name.
        name: String,
        /// The authority's folder.
        folder: PathBuf,
    },
}

/// The root of one office and its key, as kept in `keys/authority`.
pub struct Authority {
    folder: PathBuf,
    subject: Subject,
    root: CertificateDer<'static>,
    key: KeyPair,
}

/// What the root says of itself; kept beside it so that leaves name the same issuer.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Subject {
    common_name: String,
    domains: Vec<String>,
    addresses: Vec<IpAddr>,
}

/// What the present leaf holds; kept beside it so that no certificate need be parsed.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct LeafRecord {
    names: Vec<String>,
    ends: DateTime<Utc>,
}

impl Authority {
    /// Opens the authority of a keys folder, or makes it for the given names at the first time.
    ///
    /// # Errors
    ///
    /// Files that cannot be read or written, or that were damaged.
    pub fn open(keys: &Path, given: &[String]) -> Result<Self, AuthorityError> {
        let folder = keys.join("authority");
        if !folder.join("root.pem").exists() {
            make(&folder, given)?;
        }
        let path = folder.join("root.pem");
        let pem = read(&path)?;
        let damaged = |what: String| AuthorityError::Damaged {
            path: path.clone(),
            what,
        };
        let root = CertificateDer::from_pem_slice(pem.as_bytes())
            .map_err(|cause| damaged(cause.to_string()))?
            .into_owned();
        let key = KeyPair::from_pem(&pem).map_err(|cause| damaged(cause.to_string()))?;
        let subject = read_record(&folder.join("root.json"))?;
        Ok(Self {
            folder,
            subject,
            root,
            key,
        })
    }

    /// The root certificate (DER), to be installed on devices.
    pub fn root(&self) -> &[u8] {
        &self.root
    }

    /// SHA-256 of the root in pairs, as devices show it.
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::digest(&self.root);
        digest
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect::<Vec<_>>()
            .join(":")
    }

    /// The root's name, under which devices list it.
    pub fn name(&self) -> &str {
        &self.subject.common_name
    }

    /// A leaf with its key (PEM, one text) for this machine's names and the given ones; the kept
    /// one while it fits and is far from its end.
    ///
    /// # Errors
    ///
    /// A given name the root may not vouch for; files.
    pub fn leaf(&self, given: &[String]) -> Result<String, AuthorityError> {
        let wanted = self.leaf_names(given)?;
        let (path, record) = (self.folder.join("leaf.pem"), self.folder.join("leaf.json"));
        let renew_from = Utc::now() + TimeDelta::days(RENEW_DAYS);
        let fits = read_record::<LeafRecord>(&record)
            .is_ok_and(|kept| kept.names == wanted && kept.ends > renew_from);
        if fits && let Ok(leaf) = read(&path) {
            return Ok(leaf);
        }
        let ends = Utc::now() + TimeDelta::days(LEAF_DAYS);
        let leaf = self.sign(&wanted, ends)?;
        write_private(&path, leaf.as_bytes())?;
        write_record(
            &record,
            &LeafRecord {
                names: wanted,
                ends,
            },
        )?;
        Ok(leaf)
    }

    /// Names found out that the root may not vouch for are left out: the machine may have been
    /// renamed. Names somebody asked for are an error.
    fn leaf_names(&self, given: &[String]) -> Result<Vec<String>, AuthorityError> {
        if let Some(name) = given.iter().find(|name| !self.subject.covers(name)) {
            let (name, folder) = (name.clone(), self.folder.clone());
            return Err(AuthorityError::NameNotCovered { name, folder });
        }
        let mut names = names::found();
        names.retain(|name| self.subject.covers(name));
        names.extend(given.iter().map(|name| name.to_ascii_lowercase()));
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    fn sign(&self, names: &[String], ends: DateTime<Utc>) -> Result<String, AuthorityError> {
        let mut leaf = CertificateParams::new(names)?;
        leaf.distinguished_name.push(DnType::CommonName, "Xiangtu");
        validity(&mut leaf, Utc::now() - TimeDelta::days(1), ends);
        leaf.is_ca = IsCa::ExplicitNoCa;
        leaf.use_authority_key_identifier_extension = true;
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate()?;
        let issuer = Issuer::new(self.subject.parameters()?, &self.key);
        let certificate = leaf.signed_by(&key, &issuer)?;
        Ok(certificate.pem() + &key.serialize_pem())
    }
}

impl Subject {
    fn covers(&self, name: &str) -> bool {
        if let Ok(address) = name.parse::<IpAddr>() {
            return names::is_private(address) || self.addresses.contains(&address);
        }
        let name = name.to_ascii_lowercase();
        LOCAL_DOMAINS
            .into_iter()
            .chain(self.domains.iter().map(String::as_str))
            .any(|domain| {
                name == domain
                    || name
                        .strip_suffix(domain)
                        .is_some_and(|host| host.ends_with('.'))
            })
    }

    fn constraints(&self) -> NameConstraints {
        let domains = LOCAL_DOMAINS.into_iter().map(str::to_owned);
        let domains = domains
            .chain(self.domains.iter().cloned())
            .map(GeneralSubtree::DnsName);
        let networks = LOCAL_NETWORKS
            .into_iter()
            .filter_map(|(address, prefix)| Some((address.parse::<IpAddr>().ok()?, prefix)));
        let single = self.addresses.iter().map(|address| match address {
            IpAddr::V4(_) => (*address, 32),
            IpAddr::V6(_) => (*address, 128),
        });
        let addresses = networks
            .chain(single)
            .map(|(address, prefix)| CidrSubnet::from_addr_prefix(address, prefix))
            .map(GeneralSubtree::IpAddress);
        NameConstraints {
            permitted_subtrees: domains.chain(addresses).collect(),
            excluded_subtrees: Vec::new(),
        }
    }

    fn parameters(&self) -> Result<CertificateParams, AuthorityError> {
        let mut root = CertificateParams::new(Vec::new())?;
        root.distinguished_name
            .push(DnType::CommonName, self.common_name.as_str());
        root.distinguished_name
            .push(DnType::OrganizationName, "Xiangtu");
        let now = Utc::now();
        validity(
            &mut root,
            now - TimeDelta::days(1),
            now + TimeDelta::days(ROOT_DAYS),
        );
        root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        root.name_constraints = Some(self.constraints());
        Ok(root)
    }
}

/// Makes the root for the local networks, the machine's own name and the names given.
fn make(folder: &Path, given: &[String]) -> Result<(), AuthorityError> {
    let mut subject = Subject {
        common_name: format!("Xiangtu local root {}", Utc::now().format("%Y-%m-%d")),
        domains: Vec::new(),
        addresses: Vec::new(),
    };
    for name in names::found()
        .iter()
        .chain(given)
        .filter(|name| !name.is_empty())
    {
        if subject.covers(name) {
            continue;
        }
        match name.parse() {
            Ok(address) => subject.addresses.push(address),
            Err(_) => subject.domains.push(name.to_ascii_lowercase()),
        }
    }
    let key = KeyPair::generate()?;
    let root = subject.parameters()?.self_signed(&key)?;

    let mut builder = fs::DirBuilder::new();
    let made = builder.recursive(true).mode(0o700).create(folder);
    made.map_err(failure("create", folder))?;
    write_record(&folder.join("root.json"), &subject)?;
    // Last: an authority exists from the moment this file does. The key stands first because its
    // reader looks at the first block only.
    write_private(
        &folder.join("root.pem"),
        (key.serialize_pem() + &root.pem()).as_bytes(),
    )
}

/// Whole days, as certificates of this kind are read by people.
fn validity(parameters: &mut CertificateParams, from: DateTime<Utc>, to: DateTime<Utc>) {
    let day = |moment: DateTime<Utc>| {
        date_time_ymd(moment.year(), moment.month() as u8, moment.day() as u8)
    };
    parameters.not_before = day(from);
    parameters.not_after = day(to);
}

fn read(path: &Path) -> Result<String, AuthorityError> {
    fs::read_to_string(path).map_err(failure("read", path))
}

fn read_record<T: DeserializeOwned>(path: &Path) -> Result<T, AuthorityError> {
    serde_json::from_str(&read(path)?).map_err(|cause| AuthorityError::Damaged {
        path: path.to_path_buf(),
        what: cause.to_string(),
    })
}

fn write_record<T: Serialize>(path: &Path, record: &T) -> Result<(), AuthorityError> {
    let text = serde_json::to_vec_pretty(record)
        .map_err(|cause| failure("write", path)(io::Error::other(cause)))?;
    write_private(path, &text)
}

/// Written beside, synced and renamed, readable by its owner only from the first byte.
fn write_private(path: &Path, bytes: &[u8]) -> Result<(), AuthorityError> {
    let beside = path.with_extension("new");
    let write = || -> io::Result<()> {
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        path.parent()
            .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    };
    write().map_err(failure("write", path))
}

fn failure(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> AuthorityError {
    let path = path.to_path_buf();
    move |source| AuthorityError::Io {
        action,
        path,
        source,
    }
}

#[cfg(test)]
mod tests;
