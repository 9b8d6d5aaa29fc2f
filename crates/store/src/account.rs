//! People who sign in.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncConnection as _, RunQueryDsl};

use crate::schema::{account, account_area};
use crate::word::words;
use crate::{Error, Result, Scope, Store};

words! {
    /// What a person is here for.
    Role ("role") {
        /// Sees and does everything.
        Administrator = "administrator",
        /// Brings in imagery and publishes layers for their areas.
        Planner = "planner",
        /// Works on the reports of their areas.
        Official = "official",
    }
}

/// A person who may sign in. Not serialisable: it carries the password's hash.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = account, check_for_backend(diesel::pg::Pg))]
pub struct Account {
    /// The key.
    pub id: i64,
    /// What they type.
    pub login: String,
    /// What others read.
    pub name: String,
    /// What they are here for.
    pub role: Role,
    /// A PHC string (argon2id).
    pub password_hash: String,
    /// Made by the demo, with a password that was printed on a screen.
    pub demo: bool,
    /// May not sign in any more.
    pub disabled: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// An account to be made.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = account)]
pub struct NewAccount {
    /// What they type; unique.
    pub login: String,
    /// What others read.
    pub name: String,
    /// What they are here for.
    pub role: Role,
    /// A PHC string (argon2id), never the password.
    pub password_hash: String,
    /// Made by the demo.
    pub demo: bool,
}

/// Makes an account for some areas (none for an administrator, who needs none).
///
/// # Errors
/// [`Error::Taken`] when the login is in use.
pub async fn create(store: &Store, new: &NewAccount, areas: &[i64]) -> Result<Account> {
    let mut connection = store.connection().await?;
    let made = connection
        .transaction(async |connection| {
            let made: Account = diesel::insert_into(account::table)
                .values(new)
                .returning(Account::as_returning())
                .get_result(connection)
                .await?;
            let rows: Vec<_> = areas
                .iter()
                .map(|area| {
                    (
                        account_area::account_id.eq(made.id),
                        account_area::area_id.eq(*area),
                    )
                })
                .collect();
            diesel::insert_into(account_area::table)
                .values(rows)
                .execute(connection)
                .await?;
            Ok::<_, diesel::result::Error>(made)
        })
        .await;
    made.map_err(|error| {
        if Error::is_unique_violation(&error, "account_login_key") {
            Error::Taken {
                what: "login",
                value: new.login.clone(),
            }
        } else {
            error.into()
        }
    })
}

/// The account of a login, disabled ones too.
///
/// # Errors
/// [`Error::Database`].
pub async fn by_login(store: &Store, login: &str) -> Result<Option<Account>> {
    let mut connection = store.connection().await?;
    let found = Account::query()
        .filter(account::login.eq(login))
        .first(&mut connection)
        .await
        .optional()?;
    Ok(found)
}

/// All accounts by login.
///
/// # Errors
/// [`Error::Database`].
pub async fn list(store: &Store) -> Result<Vec<Account>> {
    let mut connection = store.connection().await?;
    Ok(Account::query()
        .order(account::login)
        .load(&mut connection)
        .await?)
}

/// The names others read of some accounts, by key.
///
/// # Errors
/// [`Error::Database`].
pub async fn names(store: &Store, ids: &[i64]) -> Result<Vec<(i64, String)>> {
    let mut connection = store.connection().await?;
    Ok(account::table
        .filter(account::id.eq_any(ids))
        .select((account::id, account::name))
        .load(&mut connection)
        .await?)
}

/// What an account may see: everything for an administrator, else what lies under its areas.
///
/// # Errors
/// [`Error::Database`].
pub async fn scope(store: &Store, account: &Account) -> Result<Scope> {
    if account.role == Role::Administrator {
        return Ok(Scope::Everything);
    }
    let mut connection = store.connection().await?;
    let areas = account_area::table
        .filter(account_area::account_id.eq(account.id))
        .select(account_area::area_id)
        .order(account_area::area_id)
        .load(&mut connection)
        .await?;
    Ok(Scope::Areas(areas))
}

/// Gives an account another password; its sessions end, and its access tokens open nothing more.
///
/// # Errors
/// [`Error::Database`].
pub async fn set_password(store: &Store, account: i64, password_hash: &str) -> Result<()> {
    let mut connection = store.connection().await?;
    diesel::update(account::table.find(account))
        .set(account::password_hash.eq(password_hash))
        .execute(&mut connection)
        .await?;
    crate::access_token::revoke_all(store, account).await?;
    crate::session::delete_all(store, account).await
}

/// Lets an account sign in, or no longer; its sessions end when it may not.
///
/// # Errors
/// [`Error::Database`].
pub async fn set_disabled(store: &Store, account: i64, disabled: bool) -> Result<()> {
    let mut connection = store.connection().await?;
    diesel::update(account::table.find(account))
        .set(account::disabled.eq(disabled))
        .execute(&mut connection)
        .await?;
    if disabled {
        crate::session::delete_all(store, account).await
    } else {
        Ok(())
    }
}

/// Whether somebody real could administer this: an administrator who is neither of the demo nor
/// disabled.
///
/// # Errors
/// [`Error::Database`].
pub async fn any_administrator(store: &Store) -> Result<bool> {
    let mut connection = store.connection().await?;
    let real = account::table.filter(
        account::role
            .eq(Role::Administrator)
            .and(account::demo.eq(false))
            .and(account::disabled.eq(false)),
    );
    Ok(diesel::select(diesel::dsl::exists(real))
        .get_result(&mut connection)
        .await?)
}

/// Whether accounts of the demo exist.
///
/// # Errors
/// [`Error::Database`].
pub async fn any_demo(store: &Store) -> Result<bool> {
    let mut connection = store.connection().await?;
    let demo = account::table.filter(account::demo.eq(true));
    Ok(diesel::select(diesel::dsl::exists(demo))
        .get_result(&mut connection)
        .await?)
}

/// Removes the accounts of the demo with their sessions; how many there were.
///
/// # Errors
/// [`Error::Database`].
pub async fn remove_demo(store: &Store) -> Result<usize> {
    let mut connection = store.connection().await?;
    let demo = account::table.filter(account::demo.eq(true));
    Ok(diesel::delete(demo).execute(&mut connection).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::area::{self, Level};
    use crate::testing::{database, rectangle};

    fn new(login: &str, role: Role, demo: bool) -> NewAccount {
        let (name, password_hash) = ("李".to_owned(), "$argon2id$".to_owned());
        NewAccount {
            login: login.to_owned(),
            name,
            role,
            password_hash,
            demo,
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_account_sees_the_areas_it_was_made_for() {
        let database = database().await;
        let store = database.store();
        let village = rectangle("v", Level::Village, None, [108.0, 31.0, 108.1, 31.1]);
        area::upsert(store, &[village]).await.unwrap();
        let id = area::list(store, &Scope::Everything).await.unwrap()[0].id;
        let official = create(store, &new("li", Role::Official, false), &[id])
            .await
            .unwrap();
        assert_eq!(
            scope(store, &official).await.unwrap(),
            Scope::Areas(vec![id])
        );
        assert_eq!(by_login(store, "li").await.unwrap(), Some(official));
        assert_eq!(by_login(store, "LI").await.unwrap(), None);
        let planner = create(store, &new("wang", Role::Planner, false), &[])
            .await
            .unwrap();
        assert_eq!(scope(store, &planner).await.unwrap(), Scope::Areas(vec![]));
        let first = create(store, &new("admin", Role::Administrator, false), &[])
            .await
            .unwrap();
        assert_eq!(scope(store, &first).await.unwrap(), Scope::Everything);
        let logins: Vec<_> = list(store)
            .await
            .unwrap()
            .into_iter()
            .map(|a| a.login)
            .collect();
        assert_eq!(logins, ["admin", "li", "wang"]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_login_is_given_once_and_an_unknown_area_makes_no_account() {
        let database = database().await;
        let store = database.store();
        create(store, &new("li", Role::Official, false), &[])
            .await
            .unwrap();
        let error = create(store, &new("li", Role::Planner, false), &[])
            .await
            .unwrap_err();
        assert!(
            matches!(error, Error::Taken { what: "login", .. }),
            "{error}"
        );
        create(store, &new("wang", Role::Official, false), &[404])
            .await
            .unwrap_err();
        assert_eq!(by_login(store, "wang").await.unwrap(), None);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_demo_is_no_administrator_and_can_be_removed() {
        let database = database().await;
        let store = database.store();
        create(store, &new("demo", Role::Administrator, true), &[])
            .await
            .unwrap();
        assert!(any_demo(store).await.unwrap());
        assert!(!any_administrator(store).await.unwrap());
        let real = create(store, &new("admin", Role::Administrator, false), &[])
            .await
            .unwrap();
        assert!(any_administrator(store).await.unwrap());
        set_disabled(store, real.id, true).await.unwrap();
        assert!(!any_administrator(store).await.unwrap());
        assert_eq!(remove_demo(store).await.unwrap(), 1);
        assert!(!any_demo(store).await.unwrap());
    }
}
