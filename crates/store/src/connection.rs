use std::sync::Arc;
use std::time::Duration;

use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::{
    AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

use crate::{Error, Result};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Any number will do as long as every Xiangtu uses the same: it names the lock under which
/// only one of several programs starting at once migrates.
const MIGRATION_LOCK: i64 = 0x5869_616e_6774_7531;

/// Connections kept; one office server needs few, and PostgreSQL pays for each.
const CONNECTIONS: usize = 16;

/// How long a caller waits for a free connection, or for a new one.
const PATIENCE: Duration = Duration::from_secs(10);

/// The database: a pool of connections. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pool: Pool<AsyncPgConnection>,
    url: Arc<str>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Store")
            .field("place", &place(&self.url))
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Connects to `postgres://user:password@host/database` or
    /// `host=/folder/of/socket user=postgres dbname=xiangtu`.
    ///
    /// # Errors
    /// [`Error::Unreachable`], or [`Error::NoPostgis`] when the server does not have it.
    pub async fn connect(url: &str) -> Result<Self> {
        let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new(url);
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE))
            .runtime(deadpool::Runtime::Tokio1)
            .build()
            .map_err(|error| unreachable(url, &error))?;
        let store = Self {
            pool,
            url: url.into(),
        };
        store.require_postgis().await?;
        Ok(store)
    }

    /// What was given to [`connect`](Self::connect). It may contain a password: not for logs.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Brings the schema up to date. Several programs may do this at once: one does the work,
    /// the others wait. Needs a multi-threaded tokio runtime.
    ///
    /// # Errors
    /// [`Error::Migration`]; a failed step is rolled back.
    pub async fn migrate(&self) -> Result<()> {
        let mut connection = self.connection().await?;
        connection
            .batch_execute(&format!("select pg_advisory_lock({MIGRATION_LOCK})"))
            .await?;
        // Blocking inside: see the crate documentation of the harness.
        let mut harness = AsyncMigrationHarness::new(connection);
        let applied = harness
            .run_pending_migrations(MIGRATIONS)
            .map(|versions| versions.len())
            .map_err(|error| Error::Migration {
                reason: error.to_string(),
            });
        let mut connection = harness.into_inner();
        connection
            .batch_execute(&format!("select pg_advisory_unlock({MIGRATION_LOCK})"))
            .await?;
        tracing::info!(applied = applied?, "the schema is up to date");
        Ok(())
    }

    /// Asks the database for a sign of life, for `/health/ready`.
    ///
    /// # Errors
    /// [`Error::Unreachable`] or [`Error::Database`].
    pub async fn ready(&self) -> Result<()> {
        let mut connection = self.connection().await?;
        connection.batch_execute("select 1").await?;
        Ok(())
    }

    /// Closes the pool; later calls fail. Needed before a database is dropped or restored.
    pub fn close(&self) {
        self.pool.close();
    }

    pub(crate) async fn connection(&self) -> Result<Object<AsyncPgConnection>> {
        self.pool
            .get()
            .await
            .map_err(|error| unreachable(&self.url, &error))
    }

    /// Why a connection beside the pool's could not be had.
    pub(crate) fn unreachable(&self, error: &dyn std::error::Error) -> Error {
        unreachable(&self.url, error)
    }

    async fn require_postgis(&self) -> Result<()> {
        let mut connection = self.connection().await?;
        let found =
            diesel::sql_query("select 1 from pg_available_extensions where name = 'postgis'")
                .execute(&mut connection)
                .await?;
        if found == 0 {
            Err(Error::NoPostgis {
                place: place(&self.url),
            })
        } else {
            Ok(())
        }
    }
}

fn unreachable(url: &str, error: &dyn std::error::Error) -> Error {
    let mut reason = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !reason.contains(&text) {
            reason = format!("{reason}: {text}");
        }
        cause = error.source();
    }
    Error::Unreachable {
        place: place(url),
        reason,
    }
}

/// Host and database of a connection text, without user and password.
fn place(url: &str) -> String {
    let Ok(config) = url.parse::<tokio_postgres::Config>() else {
        return "an address that cannot be read".to_owned();
    };
    let host = config.get_hosts().first().map_or_else(
        || "no host".to_owned(),
        |host| match host {
            tokio_postgres::config::Host::Tcp(name) => name.clone(),
            tokio_postgres::config::Host::Unix(folder) => folder.display().to_string(),
        },
    );
    format!(
        "{host}, database {}",
        config.get_dbname().unwrap_or("(default)")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_that_is_not_there_is_named_without_the_password() {
        let url = "postgres://li:secret@127.0.0.1:1/xiangtu";
        let error = Store::connect(url).await.unwrap_err().to_string();
        assert!(error.contains("127.0.0.1, database xiangtu"), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }

    #[tokio::test]
    async fn an_address_that_cannot_be_read_is_not_repeated() {
        let error = Store::connect("postgres://li:secret@:x:/y")
            .await
            .unwrap_err()
            .to_string();
        assert!(!error.contains("secret"), "{error}");
    }
}
