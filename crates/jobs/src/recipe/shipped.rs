//! The recipes that come with the program.

/// A recipe that comes with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shipped {
    /// The name of its file.
    pub id: &'static str,
    /// As it is written, with comments.
    pub text: &'static str,
}

const SHIPPED: [Shipped; 3] = [
    Shipped {
        id: "season-mosaic",
        text: include_str!("../../../../data/recipes/season-mosaic.yaml"),
    },
    Shipped {
        id: "farmland-change",
        text: include_str!("../../../../data/recipes/farmland-change.yaml"),
    },
    Shipped {
        id: "parcel-greenness",
        text: include_str!("../../../../data/recipes/parcel-greenness.yaml"),
    },
];

/// The recipes that come with the program (`data/recipes`).
pub fn shipped() -> &'static [Shipped] {
    &SHIPPED
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::Recipe;

    #[test]
    fn each_is_a_recipe_under_its_own_name_in_both_languages() {
        for shipped in shipped() {
            let recipe = Recipe::read(shipped.text).unwrap();
            assert_eq!(recipe.recipe, shipped.id);
            for text in [&recipe.title, &recipe.description] {
                assert!(!text.zh.is_empty() && !text.en.is_empty(), "{}", shipped.id);
            }
        }
    }
}
