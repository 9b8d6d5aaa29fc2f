//! Signed-in browsers. The token is 256 random bits in a cookie; only its SHA-256 is kept here.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::account::Account;
use crate::schema::{account, session};
use crate::{Result, Store};

/// A session ends after this time without a request.
pub const IDLE: TimeDelta = TimeDelta::hours(12);

/// A session ends after this time whatever happens.
pub const ABSOLUTE: TimeDelta = TimeDelta::days(7);

/// Requests closer together than this are not written down.
const SEEN_RESOLUTION: TimeDelta = TimeDelta::minutes(1);

/// Begins a session.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn create(store: &Store, account: i64, token_hash: &[u8; 32]) -> Result<()> {
    let mut connection = store.connection().await?;
    diesel::insert_into(session::table)
        .values((
            session::token_hash.eq(token_hash.as_slice()),
            session::account_id.eq(account),
            session::expires_at.eq(Utc::now() + ABSOLUTE),
        ))
        .execute(&mut connection)
        .await?;
    Ok(())
}

/// Whose session this is, and that it is being used now. `None` when it is unknown, ended, or
/// the account was disabled.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn lookup(store: &Store, token_hash: &[u8; 32]) -> Result<Option<Account>> {
    let now = Utc::now();
    let mut connection = store.connection().await?;
    let found: Option<(Account, DateTime<Utc>)> = session::table
        .inner_join(account::table)
        .filter(session::token_hash.eq(token_hash.as_slice()))
        .filter(
            session::expires_at
                .gt(now)
                .and(session::seen_at.gt(now - IDLE)),
        )
        .filter(account::disabled.eq(false))
        .select((Account::as_select(), session::seen_at))
        .first(&mut connection)
        .await
        .optional()?;
    let Some((account, seen_at)) = found else {
        return Ok(None);
    };
    if seen_at < now - SEEN_RESOLUTION {
        diesel::update(session::table.find(token_hash.as_slice()))
            .set(session::seen_at.eq(now))
            .execute(&mut connection)
            .await?;
    }
    Ok(Some(account))
}

/// Whether a session still lives. Unlike [`lookup`] this is no sign of life: what watches by
/// itself keeps nobody signed in.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn lives(store: &Store, token_hash: &[u8; 32]) -> Result<bool> {
    let now = Utc::now();
    let mut connection = store.connection().await?;
    let live = session::table
        .inner_join(account::table)
        .filter(session::token_hash.eq(token_hash.as_slice()))
        .filter(
            session::expires_at
                .gt(now)
                .and(session::seen_at.gt(now - IDLE)),
        )
        .filter(account::disabled.eq(false));
    Ok(diesel::select(diesel::dsl::exists(live))
        .get_result(&mut connection)
        .await?)
}

/// Ends a session; one that is unknown is no error.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn delete(store: &Store, token_hash: &[u8; 32]) -> Result<()> {
    let mut connection = store.connection().await?;
    diesel::delete(session::table.find(token_hash.as_slice()))
        .execute(&mut connection)
        .await?;
    Ok(())
}

/// Ends every session of an account.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn delete_all(store: &Store, account: i64) -> Result<()> {
    let mut connection = store.connection().await?;
    diesel::delete(session::table.filter(session::account_id.eq(account)))
        .execute(&mut connection)
        .await?;
    Ok(())
}

/// Removes the ended ones; how many there were.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn delete_expired(store: &Store) -> Result<usize> {
    let now = Utc::now();
    let mut connection = store.connection().await?;
    let ended = session::expires_at
        .le(now)
        .or(session::seen_at.le(now - IDLE));
    Ok(diesel::delete(session::table.filter(ended))
        .execute(&mut connection)
        .await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{self, NewAccount, Role};
    use crate::testing::database;

    const TOKEN: [u8; 32] = [1; 32];

    async fn account(store: &Store) -> i64 {
        let new = NewAccount {
            login: "li".to_owned(),
            name: "李".to_owned(),
            role: Role::Official,
            password_hash: "$argon2id$".to_owned(),
            demo: true,
        };
        account::create(store, &new, &[]).await.unwrap().id
    }

    /// As if the session had begun and been used in the past.
    async fn age(store: &Store, begun: TimeDelta, seen: TimeDelta) {
        let (begun, seen) = (Utc::now() - begun, Utc::now() - seen);
        let mut connection = store.connection().await.unwrap();
        diesel::update(session::table)
            .set((
                session::expires_at.eq(begun + ABSOLUTE),
                session::seen_at.eq(seen),
            ))
            .execute(&mut connection)
            .await
            .unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn it_lives_while_it_is_used_and_not_for_ever() {
        let database = database().await;
        let store = database.store();
        let id = account(store).await;
        create(store, id, &TOKEN).await.unwrap();
        let found = async || {
            lookup(store, &TOKEN)
                .await
                .unwrap()
                .map(|account| account.id)
        };
        assert_eq!(found().await, Some(id));
        assert_eq!(lookup(store, &[2; 32]).await.unwrap(), None);

        age(store, TimeDelta::days(2), IDLE - TimeDelta::minutes(5)).await;
        assert_eq!(found().await, Some(id), "eleven hours idle");
        assert_eq!(delete_expired(store).await.unwrap(), 0);
        let mut connection = store.connection().await.unwrap();
        let seen: DateTime<Utc> = session::table
            .select(session::seen_at)
            .first(&mut connection)
            .await
            .unwrap();
        assert!(
            Utc::now() - seen < TimeDelta::minutes(1),
            "use is written down: {seen}"
        );

        age(store, TimeDelta::days(2), IDLE + TimeDelta::minutes(5)).await;
        assert_eq!(found().await, None, "idle too long");
        age(store, ABSOLUTE + TimeDelta::minutes(5), TimeDelta::zero()).await;
        assert_eq!(found().await, None, "a week old");
        assert_eq!(delete_expired(store).await.unwrap(), 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn it_ends_by_signing_out_by_another_password_and_with_the_account() {
        let database = database().await;
        let store = database.store();
        let id = account(store).await;
        let begin = async || create(store, id, &TOKEN).await.unwrap();
        let alive = async || lookup(store, &TOKEN).await.unwrap().is_some();
        begin().await;
        delete(store, &TOKEN).await.unwrap();
        assert!(!alive().await);
        begin().await;
        account::set_password(store, id, "$argon2id$other")
            .await
            .unwrap();
        assert!(!alive().await);
        begin().await;
        account::set_disabled(store, id, true).await.unwrap();
        assert!(!alive().await);
        account::set_disabled(store, id, false).await.unwrap();
        begin().await;
        assert_eq!(account::remove_demo(store).await.unwrap(), 1);
        assert!(!alive().await);
    }
}
