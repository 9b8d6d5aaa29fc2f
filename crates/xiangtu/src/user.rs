//! `xiangtu user`: accounts of officials, planners and administrators.

use std::io::IsTerminal as _;

use store::account::{self, NewAccount, Role};
use store::{Scope, Store, area};

use crate::cli::User;
use crate::failure::Failure;
use crate::office::Office;
use crate::terminal::say;

/// Runs `xiangtu user …`.
pub fn run(office: &Office, action: User) -> Result<(), Failure> {
    let store = &office.store;
    match action {
        User::Add {
            login,
            name,
            role,
            areas,
        } => {
            let role: Role = role.parse()?;
            let name = name.unwrap_or_else(|| login.clone());
            let password = server::password::hash(&read_password(&login)?)?;
            let new = NewAccount {
                login,
                name,
                role,
                password_hash: password,
                demo: false,
            };
            office.runtime.block_on(add(store, new, &areas))
        }
        User::Disable { login } => office.runtime.block_on(disable(store, &login)),
        User::List => office.runtime.block_on(list(store)),
    }
}

async fn add(store: &Store, new: NewAccount, codes: &[String]) -> Result<(), Failure> {
    if new.role == Role::Administrator && !codes.is_empty() {
        return Err(Failure::words(
            "an administrator works for every area: leave --area out",
        ));
    }
    if new.role != Role::Administrator && codes.is_empty() {
        return Err(Failure::words(
            "say which area this person works for with --area CODE (see `xiangtu list areas`)",
        ));
    }
    let mut areas = Vec::with_capacity(codes.len());
    for code in codes {
        let found = area::by_code(store, &Scope::Everything, code).await?;
        areas.push(
            found
                .ok_or_else(|| store::Error::UnknownArea { code: code.clone() })?
                .id,
        );
    }
    account::create(store, &new, &areas).await?;
    say(format_args!(
        "已添加账号 Added the account {} ({}).",
        new.login, new.role
    ));
    if new.role == Role::Administrator && account::any_demo(store).await? {
        let removed = account::remove_demo(store).await?;
        say(format_args!(
            "示范账号已删除 Removed the {removed} demo accounts."
        ));
    }
    Ok(())
}

async fn disable(store: &Store, login: &str) -> Result<(), Failure> {
    let found = account::by_login(store, login).await?;
    let found = found.ok_or_else(|| unknown(login))?;
    account::set_disabled(store, found.id, true).await?;
    say(format_args!(
        "已停用账号 Disabled the account {login}; its sessions have ended."
    ));
    Ok(())
}

fn unknown(login: &str) -> Failure {
    Failure::words(format!(
        "there is no account {login:?}; see `xiangtu user list`"
    ))
}

async fn list(store: &Store) -> Result<(), Failure> {
    for account in account::list(store).await? {
        let note = match (account.disabled, account.demo) {
            (true, _) => "  停用 disabled",
            (false, true) => "  示范 demo",
            (false, false) => "",
        };
        say(format_args!(
            "{:<20} {:<14} {}{note}",
            account.login, account.role, account.name
        ));
    }
    Ok(())
}

/// Asks twice without showing what is typed; a script gives one line on standard input.
fn read_password(login: &str) -> Result<String, Failure> {
    if !std::io::stdin().is_terminal() {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let first = rpassword::prompt_password(format!("密码 Password of {login}: "))?;
    let second = rpassword::prompt_password("再输一遍 Once more: ")?;
    if first == second {
        Ok(first)
    } else {
        Err(Failure::words(
            "the two passwords differ; nothing was changed",
        ))
    }
}
