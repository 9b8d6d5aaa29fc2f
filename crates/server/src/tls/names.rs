//! The names and addresses under which machines of the local network may call this one.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The host's name, the same under `.local`, `localhost`, and every address of the machine that
/// belongs to a private network. In a fixed order, without repetition.
pub fn found() -> Vec<String> {
    let mut names = vec!["localhost".to_owned()];
    if let Some(host) = hostname() {
        if !host.contains('.') {
            names.push(format!("{host}.local"));
        }
        names.push(host);
    }
    let addresses = fs::read_to_string("/proc/net/fib_trie")
        .map(|text| ipv4(&text))
        .unwrap_or_default()
        .into_iter()
        .map(IpAddr::V4)
        .chain(
            fs::read_to_string("/proc/net/if_inet6")
                .map(|text| ipv6(&text))
                .unwrap_or_default()
                .into_iter()
                .map(IpAddr::V6),
        );
    names.extend(
        addresses
            .filter(|address| is_private(*address))
            .map(|one| one.to_string()),
    );
    names.sort_unstable();
    names.dedup();
    names
}

/// Whether an address belongs to a private network or to the machine itself.
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private() || address.is_loopback(),
        IpAddr::V6(address) => address.is_unique_local() || address.is_loopback(),
    }
}

fn hostname() -> Option<String> {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    let name = name.trim().to_ascii_lowercase();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    (!name.is_empty() && name != "(none)" && name.bytes().all(plain)).then_some(name)
}

/// The `/32 host LOCAL` leaves of the routing trie are the machine's own addresses.
fn ipv4(trie: &str) -> Vec<Ipv4Addr> {
    let mut found = Vec::new();
    let mut leaf: Option<Ipv4Addr> = None;
    for line in trie.lines() {
        let line = line.trim();
        if let Some(address) = line.strip_prefix("|-- ") {
            leaf = address.parse().ok();
        } else if line == "/32 host LOCAL" {
            found.extend(leaf);
        }
    }
    found
}

/// One line an address: 32 hexadecimal digits first.
fn ipv6(table: &str) -> Vec<Ipv6Addr> {
    table
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter_map(|digits| u128::from_str_radix(digits, 16).ok())
        .map(Ipv6Addr::from_bits)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_addresses_are_told_from_routes() {
        let trie = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n\
            \x20    +-- 192.168.1.0/24 2 0 2\n        |-- 192.168.1.0\n           /24 link UNICAST\n\
            \x20       |-- 192.168.1.20\n           /32 host LOCAL\n        |-- 192.168.1.255\n\
            \x20          /32 link BROADCAST\n";
        assert_eq!(ipv4(trie), [Ipv4Addr::new(192, 168, 1, 20)]);
    }

    #[test]
    fn ipv6_addresses_are_read_from_their_digits() {
        let table = "fd000000000000000000000000000007 02 40 00 80 eth0\n";
        assert_eq!(ipv6(table), ["fd00::7".parse::<Ipv6Addr>().unwrap()]);
    }

    #[test]
    fn public_addresses_stay_out() {
        assert!(is_private("192.168.1.20".parse().unwrap()));
        assert!(is_private("fd00::7".parse().unwrap()));
        assert!(!is_private("8.8.8.8".parse().unwrap()));
        assert!(found().contains(&"localhost".to_owned()));
    }
}
