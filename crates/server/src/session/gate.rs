//! Bounds on password checks: how many at once, and how many tries.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use moka::sync::Cache;
use sha2::{Digest, Sha256};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::problem::{Problem, kinds};

/// Failures of one login from one address before it must wait.
const TRIES_OF_A_LOGIN: u32 = 5;
/// Failures from one address, whatever the logins. An office behind one router shares it.
const TRIES_OF_AN_ADDRESS: u32 = 50;
/// How long failures are remembered, counted from the first.
const MEMORY: Duration = Duration::from_mins(15);
/// Entries remembered; older ones go first. About 100 bytes each.
const ENTRIES: u64 = 20_000;
/// Password checks at a time: each takes 19 MiB and a core for tens of milliseconds.
const CHECKS_AT_ONCE: usize = 2;
/// How long a sign-in waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// In memory, for one process: a restart forgives.
#[derive(Debug)]
pub struct SignInGate {
    tries: Cache<[u8; 32], Arc<AtomicU32>>,
    checks: Semaphore,
}

/// One try under way: counted as a failure until [`Attempt::succeeded`].
#[derive(Debug)]
pub struct Attempt {
    login: Arc<AtomicU32>,
    address: Arc<AtomicU32>,
}

impl Default for SignInGate {
    fn default() -> Self {
        Self {
            tries: Cache::builder()
                .max_capacity(ENTRIES)
                .time_to_live(MEMORY)
                .build(),
            checks: Semaphore::new(CHECKS_AT_ONCE),
        }
    }
}

impl SignInGate {
    /// Counts a try before its password is looked at, so that parallel tries count too.
    ///
    /// # Errors
    ///
    /// `too-many-attempts` when the login from this address, or the address, had its share.
    pub fn attempt(&self, login: &str, address: IpAddr) -> Result<Attempt, Problem> {
        let attempt = Attempt {
            login: self.counter(&format!("login {login} from {address}")),
            address: self.counter(&format!("from {address}")),
        };
        let of_login = attempt.login.fetch_add(1, Ordering::Relaxed);
        let of_address = attempt.address.fetch_add(1, Ordering::Relaxed);
        if of_login >= TRIES_OF_A_LOGIN || of_address >= TRIES_OF_AN_ADDRESS {
            let wait = MEMORY.as_secs();
            return Err(Problem::new(&kinds::TOO_MANY_ATTEMPTS).retry_after(wait));
        }
        Ok(attempt)
    }

    /// Waits for the right to check one password.
    ///
    /// # Errors
    ///
    /// `busy` when the turn does not come in ten seconds.
    pub async fn turn(&self) -> Result<SemaphorePermit<'_>, Problem> {
        match tokio::time::timeout(PATIENCE, self.checks.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(Problem::new(&kinds::BUSY).retry_after(10)),
        }
    }

    fn counter(&self, key: &str) -> Arc<AtomicU32> {
        // Only digests are kept: a memory dump names no login and no address.
        self.tries
            .get_with(Sha256::digest(key).into(), Arc::default)
    }
}

impl Attempt {
    /// The password was right: the login starts afresh, the address gets its try back.
    pub fn succeeded(self) {
        self.login.store(0, Ordering::Relaxed);
        self.address.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const THERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 9));

    #[test]
    fn a_login_gets_five_failures_from_one_address() {
        let gate = SignInGate::default();
        for _ in 0..5 {
            gate.attempt("li", HERE).unwrap();
        }
        let refused = gate.attempt("li", HERE).unwrap_err();
        assert_eq!(refused.kind().code, "too-many-attempts");
        gate.attempt("li", THERE).unwrap();
        gate.attempt("wang", HERE).unwrap();
    }

    #[test]
    fn success_starts_afresh() {
        let gate = SignInGate::default();
        for _ in 0..200 {
            gate.attempt("li", HERE).unwrap().succeeded();
        }
    }

    #[test]
    fn an_address_cannot_try_every_login() {
        let gate = SignInGate::default();
        for number in 0..50 {
            gate.attempt(&format!("login{number}"), THERE).unwrap();
        }
        assert!(gate.attempt("one more", THERE).is_err());
        assert!(gate.attempt("one more", HERE).is_ok());
    }
}
