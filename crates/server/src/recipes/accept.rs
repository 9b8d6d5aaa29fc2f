//! Whether somebody may send a recipe from here.

use jobs::recipe::Recipe;
use store::{Scope, area};

use super::mistake::{self, Wrong};
use crate::problem::Problem;
use crate::state::AppState;

/// A recipe that can be read, is for a place in `scope`, and reads no files of this machine.
///
/// # Errors
///
/// `recipe-wrong` with line and key; the database does not answer.
pub async fn accept(state: &AppState, scope: &Scope, text: &str) -> Result<Recipe, Problem> {
    let recipe = Recipe::read(text).map_err(|error| mistake::of_recipe(text, &error))?;
    for (name, input) in &recipe.inputs {
        if input.files.is_some() {
            // Whoever signs in may see the catalogue, not every file the program can read.
            return Err(mistake::at(
                text,
                &format!("inputs.{name}.files"),
                &Wrong {
                    code: "files-not-allowed",
                    chinese: "服务器上的文件只能在命令行使用（xiangtu run）；请改用影像目录：scenes",
                    english: "files of the server are for the command line (xiangtu run): use scenes of the catalogue",
                },
            ));
        }
    }
    if let Some(code) = &recipe.area
        && area::by_code(&state.store, scope, code).await?.is_none()
    {
        return Err(mistake::at(
            text,
            "area",
            &Wrong {
                code: "not-your-area",
                chinese: &format!("您的辖区内没有区划代码为“{code}”的区域"),
                english: &format!("there is no area “{code}” among yours"),
            },
        ));
    }
    Ok(recipe)
}
