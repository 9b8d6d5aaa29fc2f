//! The people of the demo: accounts with passwords nobody knows beforehand.

use rand::RngExt as _;
use store::account::{self, NewAccount, Role};
use store::{Scope, Store, area};

use super::definition::Definition;
use crate::failure::Failure;

/// Characters of a password: none that is mistaken for another.
const CHARACTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// How many a password has: 60 bits.
const LENGTH: usize = 12;

/// An account of the demo, to be shown once.
pub struct Account {
    /// What is typed to sign in.
    pub login: String,
    /// Its password.
    pub password: String,
    /// Who it is, in Chinese and English.
    pub what: String,
}

/// Makes the definition's accounts of one role. One that an interrupted start left behind gets a
/// new password.
pub(super) async fn admit(
    store: &Store,
    definition: &Definition,
    role: Role,
) -> Result<Vec<Account>, Failure> {
    let mut admitted = Vec::new();
    for person in definition
        .accounts
        .iter()
        .filter(|person| person.role == role)
    {
        let password = password();
        let typed = password.clone();
        let hashed = tokio::task::spawn_blocking(move || server::password::hash(&typed)).await??;
        if let Some(known) = account::by_login(store, &person.login).await? {
            account::set_password(store, known.id, &hashed).await?;
        } else {
            let new = NewAccount {
                login: person.login.clone(),
                name: person.name.clone(),
                role,
                password_hash: hashed,
                demo: true,
            };
            account::create(store, &new, &area_ids(store, &person.areas).await?).await?;
        }
        let what = format!("{} {}", person.name, person.name_en);
        admitted.push(Account {
            login: person.login.clone(),
            password,
            what,
        });
    }
    admitted.reverse();
    Ok(admitted)
}

async fn area_ids(store: &Store, codes: &[String]) -> Result<Vec<i64>, Failure> {
    let mut ids = Vec::with_capacity(codes.len());
    for code in codes {
        let found = area::by_code(store, &Scope::Everything, code).await?;
        ids.push(
            found
                .ok_or_else(|| store::Error::UnknownArea { code: code.clone() })?
                .id,
        );
    }
    Ok(ids)
}

fn password() -> String {
    let mut random = rand::rng();
    (0..LENGTH)
        .map(|_| char::from(CHARACTERS[random.random_range(0..CHARACTERS.len())]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_long_plain_and_never_the_same() {
        let (one, other) = (password(), password());
        assert_eq!(one.len(), LENGTH);
        assert!(one.bytes().all(|byte| CHARACTERS.contains(&byte)));
        assert_ne!(one, other);
    }
}
