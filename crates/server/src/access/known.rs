//! Whose token it is, a moment old: a map asks for forty tiles at once.

use std::time::Duration;

use moka::future::Cache;
use sha2::{Digest, Sha256};
use store::{Scope, Store, access_token, account};

use crate::problem::{Problem, kinds};

/// A token that was revoked opens nothing after this.
const MEMORY: Duration = Duration::from_secs(2);
/// Tokens remembered, wrong ones too.
const ENTRIES: u64 = 4096;
/// No token of ours is longer.
const LONGEST: usize = 128;

/// What tokens open.
pub struct KnownTokens {
    known: Cache<[u8; 32], Option<Scope>>,
}

impl Default for KnownTokens {
    fn default() -> Self {
        let known = Cache::builder()
            .max_capacity(ENTRIES)
            .time_to_live(MEMORY)
            .build();
        Self { known }
    }
}

impl KnownTokens {
    /// Forgets what it knows: what was revoked opens nothing from now on.
    pub fn forget(&self) {
        self.known.invalidate_all();
    }

    /// What the owner of a token may see.
    ///
    /// # Errors
    ///
    /// `token-refused` for what is unknown, revoked or expired, and where the owner may no longer
    /// sign in; the database.
    pub async fn scope(&self, store: &Store, token: &str) -> Result<Scope, Problem> {
        let refused = || Problem::new(&kinds::TOKEN_REFUSED);
        if token.is_empty() || token.len() > LONGEST {
            return Err(refused());
        }
        let digest: [u8; 32] = Sha256::digest(token).into();
        let ask = async {
            match access_token::lookup(store, &digest).await? {
                Some(owner) => account::scope(store, &owner).await.map(Some),
                None => Ok(None),
            }
        };
        let known = self.known.try_get_with(digest, ask).await;
        known
            .map_err(|error: std::sync::Arc<store::Error>| Problem::from(&*error))?
            .ok_or_else(refused)
    }
}
