use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::crypto::ring;
use rustls::pki_types::{ServerName, UnixTime};

use super::*;

fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// A verifier of another hand (webpki) judges the leaf for a name.
fn accepted(authority: &Authority, leaf: &str, name: &str) -> Result<(), String> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.root.clone()).unwrap();
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .unwrap();
    let leaf = CertificateDer::from_pem_slice(leaf.as_bytes()).unwrap();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    verifier
        .verify_server_cert(&leaf, &[], &name, &[], UnixTime::now())
        .map(|_| ())
        .map_err(|cause| cause.to_string())
}

#[test]
fn a_browser_that_trusts_the_root_trusts_the_machines_names() {
    let keys = tempfile::tempdir().unwrap();
    let given = strings(&["xiangtu.test", "192.168.7.9", "office.example.cn"]);
    let authority = Authority::open(keys.path(), &given).unwrap();
    let leaf = authority.leaf(&given).unwrap();
    for name in [
        "xiangtu.test",
        "192.168.7.9",
        "office.example.cn",
        "localhost",
        "127.0.0.1",
    ] {
        accepted(&authority, &leaf, name).unwrap();
    }
    let refused = accepted(&authority, &leaf, "bank.example.cn").unwrap_err();
    assert!(refused.contains("not valid for name"), "{refused}");
}

#[test]
fn the_root_cannot_vouch_for_the_rest_of_the_world() {
    let keys = tempfile::tempdir().unwrap();
    let authority = Authority::open(keys.path(), &[]).unwrap();
    let ends = Utc::now() + TimeDelta::days(9);
    for name in ["bank.example.cn", "8.8.8.8"] {
        let forged = authority.sign(&strings(&[name]), ends).unwrap();
        let refused = accepted(&authority, &forged, name).unwrap_err();
        assert!(
            refused.contains("NameConstraintViolation"),
            "{name}: {refused}"
        );
    }
    let asked = authority
        .leaf(&strings(&["bank.example.cn"]))
        .unwrap_err()
        .to_string();
    assert!(asked.contains("\"bank.example.cn\""), "{asked}");
}

#[test]
fn root_and_leaf_stay_until_names_change_or_the_end_is_near() {
    let keys = tempfile::tempdir().unwrap();
    let first = Authority::open(keys.path(), &[]).unwrap();
    let leaf = first.leaf(&[]).unwrap();
    let again = Authority::open(keys.path(), &[]).unwrap();
    assert_eq!(first.fingerprint(), again.fingerprint());
    assert_eq!(first.fingerprint().len(), 95);
    assert_eq!(again.leaf(&[]).unwrap(), leaf);

    let renamed = again.leaf(&strings(&["other.local"])).unwrap();
    assert_ne!(renamed, leaf);
    accepted(&again, &renamed, "other.local").unwrap();

    let record = keys.path().join("authority/leaf.json");
    let mut kept: LeafRecord = read_record(&record).unwrap();
    kept.ends = Utc::now() + TimeDelta::days(RENEW_DAYS - 1);
    write_record(&record, &kept).unwrap();
    assert_ne!(again.leaf(&strings(&["other.local"])).unwrap(), renamed);
}

#[test]
fn keys_are_readable_by_their_owner_only() {
    let keys = tempfile::tempdir().unwrap();
    let folder = keys.path().join("deep/keys");
    let authority = Authority::open(&folder, &[]).unwrap();
    authority.leaf(&[]).unwrap();
    let mode = |name: &str| {
        fs::metadata(folder.join(name))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode("authority"), 0o700);
    for file in [
        "authority/root.pem",
        "authority/leaf.pem",
        "authority/root.json",
    ] {
        assert_eq!(mode(file), 0o600, "{file}");
    }
}

#[test]
fn a_damaged_root_is_named() {
    let keys = tempfile::tempdir().unwrap();
    Authority::open(keys.path(), &[]).unwrap();
    fs::write(keys.path().join("authority/root.pem"), "nonsense").unwrap();
    let Err(error) = Authority::open(keys.path(), &[]) else {
        panic!("taken")
    };
    assert!(error.to_string().contains("root.pem is damaged"), "{error}");
}
