//! `xiangtu recipe`: the recipes that come with the program.

use jobs::recipe::{Recipe, schema, shipped};

use crate::cli;
use crate::failure::Failure;
use crate::terminal::say;

/// Shows them, or checks one; needs no database.
pub fn run(what: cli::Recipe) -> Result<(), Failure> {
    match what {
        cli::Recipe::List => {
            for shipped in shipped() {
                let recipe = Recipe::read(shipped.text)?;
                say(format_args!(
                    "{}\n  {} {}",
                    shipped.id, recipe.title.zh, recipe.title.en
                ));
                say(format_args!(
                    "  {}\n  {}",
                    recipe.description.zh, recipe.description.en
                ));
            }
        }
        cli::Recipe::Show { name } => say(text_of(&name)?.trim_end()),
        cli::Recipe::Schema => say(serde_json::to_string_pretty(&schema())?),
        cli::Recipe::Check { file } => {
            let text = read(&file)?;
            let recipe = Recipe::read(&text)?;
            say(format_args!("{} 没有问题 is fine.", recipe.recipe));
        }
    }
    Ok(())
}

/// The text of a recipe that comes with the program.
pub fn text_of(name: &str) -> Result<&'static str, Failure> {
    let found = shipped().iter().find(|shipped| shipped.id == name);
    let known = || {
        shipped()
            .iter()
            .map(|shipped| shipped.id)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let unknown = || {
        Failure::words(format!(
            "there is no file and no recipe “{name}”; those of the program are {}",
            known()
        ))
    };
    Ok(found.ok_or_else(unknown)?.text)
}

/// A recipe's file.
pub fn read(file: &std::path::Path) -> Result<String, Failure> {
    std::fs::read_to_string(file)
        .map_err(|error| Failure::words(format!("{} cannot be read: {error}", file.display())))
}
