//! Keys for programs that cannot sign in, such as a desktop GIS. The token is 256 random bits; only
//! its SHA-256 is kept here. It opens no more than its owner may see.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::account::Account;
use crate::schema::{access_token, account};
use crate::{Result, Store};

/// Uses closer together than this are not written down.
const USED_RESOLUTION: TimeDelta = TimeDelta::minutes(1);

/// A token as its owner sees it: without the secret.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = access_token, check_for_backend(diesel::pg::Pg))]
pub struct AccessToken {
    /// The key.
    pub id: i64,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the minute; `None` before its first use.
    pub used_at: Option<DateTime<Utc>>,
    /// From when on it opens nothing.
    pub expires_at: DateTime<Utc>,
}

/// Makes a token of an account.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn create(
    store: &Store,
    account: i64,
    name: &str,
    token_hash: &[u8; 32],
    expires_at: DateTime<Utc>,
) -> Result<AccessToken> {
    let mut connection = store.connection().await?;
    Ok(diesel::insert_into(access_token::table)
        .values((
            access_token::account_id.eq(account),
            access_token::name.eq(name),
            access_token::token_hash.eq(token_hash.as_slice()),
            access_token::expires_at.eq(expires_at),
        ))
        .returning(AccessToken::as_returning())
        .get_result(&mut connection)
        .await?)
}

/// The tokens of an account, the newest first; expired ones too.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn list(store: &Store, account: i64) -> Result<Vec<AccessToken>> {
    let mut connection = store.connection().await?;
    Ok(AccessToken::query()
        .filter(access_token::account_id.eq(account))
        .order(access_token::id.desc())
        .load(&mut connection)
        .await?)
}

/// Revokes a token of an account; whether there was one.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn revoke(store: &Store, account: i64, id: i64) -> Result<bool> {
    let mut connection = store.connection().await?;
    let own = access_token::table
        .filter(access_token::id.eq(id))
        .filter(access_token::account_id.eq(account));
    Ok(diesel::delete(own).execute(&mut connection).await? > 0)
}

/// Revokes every token of an account.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn revoke_all(store: &Store, account: i64) -> Result<()> {
    let mut connection = store.connection().await?;
    diesel::delete(access_token::table.filter(access_token::account_id.eq(account)))
        .execute(&mut connection)
        .await?;
    Ok(())
}

/// Whose token this is, and that it is being used now. `None` when it is unknown, revoked or
/// expired, or the account was disabled.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn lookup(store: &Store, token_hash: &[u8; 32]) -> Result<Option<Account>> {
    let now = Utc::now();
    let mut connection = store.connection().await?;
    let found: Option<(Account, i64, Option<DateTime<Utc>>)> = access_token::table
        .inner_join(account::table)
        .filter(access_token::token_hash.eq(token_hash.as_slice()))
        .filter(access_token::expires_at.gt(now))
        .filter(account::disabled.eq(false))
        .select((
            Account::as_select(),
            access_token::id,
            access_token::used_at,
        ))
        .first(&mut connection)
        .await
        .optional()?;
    let Some((account, id, used_at)) = found else {
        return Ok(None);
    };
    if used_at.is_none_or(|used_at| used_at < now - USED_RESOLUTION) {
        diesel::update(access_token::table.find(id))
            .set(access_token::used_at.eq(now))
            .execute(&mut connection)
            .await?;
    }
    Ok(Some(account))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{self, NewAccount, Role};
    use crate::testing::database;

    const TOKEN: [u8; 32] = [1; 32];

    async fn account(store: &Store, login: &str) -> i64 {
        let new = NewAccount {
            login: login.to_owned(),
            name: "李".to_owned(),
            role: Role::Official,
            password_hash: "$argon2id$".to_owned(),
            demo: false,
        };
        account::create(store, &new, &[]).await.unwrap().id
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn it_opens_until_it_expires_or_is_revoked_by_its_owner() {
        let database = database().await;
        let store = database.store();
        let (li, wang) = (account(store, "li").await, account(store, "wang").await);
        let opens = async || {
            lookup(store, &TOKEN)
                .await
                .unwrap()
                .map(|account| account.id)
        };
        assert_eq!(opens().await, None);

        let soon = Utc::now() + TimeDelta::days(1);
        let made = create(store, li, "QGIS", &TOKEN, soon).await.unwrap();
        assert_eq!((made.name.as_str(), made.used_at), ("QGIS", None));
        assert_eq!(opens().await, Some(li));
        let used = list(store, li).await.unwrap()[0].used_at.unwrap();
        assert!(Utc::now() - used < TimeDelta::minutes(1));
        assert_eq!(list(store, wang).await.unwrap(), []);

        assert!(!revoke(store, wang, made.id).await.unwrap(), "not theirs");
        assert_eq!(opens().await, Some(li));
        assert!(revoke(store, li, made.id).await.unwrap());
        assert!(!revoke(store, li, made.id).await.unwrap(), "already gone");
        assert_eq!(opens().await, None);

        let past = Utc::now() - TimeDelta::seconds(1);
        create(store, li, "old", &TOKEN, past).await.unwrap();
        assert_eq!(opens().await, None, "expired");
        assert_eq!(list(store, li).await.unwrap().len(), 1, "but shown");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn it_ends_with_the_password_and_sleeps_with_the_account() {
        let database = database().await;
        let store = database.store();
        let li = account(store, "li").await;
        let soon = Utc::now() + TimeDelta::days(1);
        create(store, li, "QGIS", &TOKEN, soon).await.unwrap();
        let opens = async || lookup(store, &TOKEN).await.unwrap().is_some();
        account::set_disabled(store, li, true).await.unwrap();
        assert!(!opens().await);
        account::set_disabled(store, li, false).await.unwrap();
        assert!(opens().await);
        account::set_password(store, li, "$argon2id$other")
            .await
            .unwrap();
        assert!(!opens().await, "another password ends it");
    }
}
