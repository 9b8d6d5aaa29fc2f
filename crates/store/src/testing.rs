//! A database of its own for every test.
//!
//! In `Cargo.toml` of another crate: `[dev-dependencies] store = { workspace = true, features = ["testing"] }`,
//! then `let database = store::testing::database().await;` and use `database.store()`.
//! Tests need `#[tokio::test(flavor = "multi_thread")]`.

use crate::Store;

/// A migrated, empty database; dropped with this value.
#[derive(Debug)]
pub struct TestDatabase {
    store: Store,
}

impl TestDatabase {
    /// Its store.
    pub fn store(&self) -> &Store {
        &self.store
    }
}

/// Makes a database from the template.
pub async fn database() -> TestDatabase {
    todo!()
}
