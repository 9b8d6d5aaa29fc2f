//! From a recipe to work that can be counted: which images, which chunks, what it will take.
//!
//! A [`Plan`] is data and lies in the job. Everything is decided here, once: a scene that comes later
//! changes nothing of a job that runs, and a worker on another machine needs nothing else.

mod balance;
mod compile;
mod derive;
mod estimate;
mod grid;
mod inputs;
mod series;
mod stored;

use std::collections::BTreeMap;

use raster::cog::CogOptions;
use raster::cog::part::PartGrid;
use raster::pipeline::Program;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::job::{self, Executor, NewJob, State};
use store::layer::Audience;
use store::{Scope, area};
use uuid::Uuid;

pub use self::derive::{Derived, DerivedKind, ZoneSource};
pub use self::estimate::Estimate;
pub use self::inputs::Meaning;
use crate::recipe::{Recipe, RecipeError};
use crate::{Error, Result, Workshop};

/// What a job does, as it lies in the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The recipe's name.
    pub recipe: String,
    /// The key of the area it is for.
    pub area: i64,
    /// The pixel work; its outputs are the images.
    pub program: Program,
    /// What is said of sources that do not say it themselves.
    pub meanings: BTreeMap<String, Meaning>,
    /// One for each of the program's outputs.
    pub images: Vec<Image>,
    /// Pictures for the map, made of images.
    pub pictures: Vec<PictureImage>,
    /// Patches, polygons, contours and tables, made of images.
    pub derived: Vec<Derived>,
    /// What becomes visible.
    pub layers: Vec<LayerDraft>,
    /// The ids of the scenes it is made of.
    pub scenes: Vec<String>,
}

/// An image the pixel work makes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Image {
    /// The day it shows.
    pub date: chrono::NaiveDate,
    /// The layer it is a date of; none for what only goes into something else.
    pub layer: Option<String>,
    /// The ids of the scenes it is made of.
    pub scenes: Vec<String>,
}

/// A picture for the map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PictureImage {
    /// The image with its red, green and blue.
    pub image: usize,
    /// Its layer.
    pub layer: String,
    /// How it is stored: WebP on the web's tile grid.
    pub options: CogOptions,
}

/// A layer to be published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerDraft {
    /// Its id.
    pub id: String,
    /// What it is.
    pub shows: Shows,
    /// Chinese title.
    pub title_zh: String,
    /// English title.
    pub title_en: String,
    /// Who may see it: `public`, `village`, `officials`.
    pub audience: String,
    /// Whom to thank.
    pub attribution: String,
}

/// What a layer shows, which decides how it is drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shows {
    /// Pictures.
    Picture,
    /// Numbers in a style of the house.
    Styled(String),
    /// Numbers of which nothing is known: a ramp between their own ends.
    Numbers {
        /// Their unit; empty for an index.
        unit: String,
    },
    /// Light and shade.
    Shade,
    /// Change around zero.
    Change,
    /// Classes.
    Classes(Vec<raster::classify::Class>),
    /// Points, lines or polygons.
    Features,
}

/// The stages of every plan, in their order; one that has nothing to do has no chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum Stage {
    /// Parts of all images.
    Pixels = 0,
    /// Parts become images.
    Join = 1,
    /// Parts of all pictures.
    Pictures = 2,
    /// Parts become pictures.
    JoinPictures = 3,
    /// Patches, polygons, contours, tables.
    Derive = 4,
}

impl Stage {
    /// All, in order.
    pub const ALL: [Self; 5] = [
        Self::Pixels,
        Self::Join,
        Self::Pictures,
        Self::JoinPictures,
        Self::Derive,
    ];
}

impl Plan {
    /// The operations an image went through, the last one first: each with its name.
    pub fn operations(&self, image: usize) -> Vec<&raster::pipeline::Node> {
        let mut found: Vec<&raster::pipeline::Node> = Vec::new();
        let mut waiting: Vec<String> = self
            .program
            .outputs
            .get(image)
            .map(|output| output.of.clone())
            .into_iter()
            .collect();
        while let Some(name) = waiting.pop() {
            let node = self.program.nodes.iter().find(|node| node.name == name);
            if let Some(node) =
                node.filter(|node| !found.iter().any(|known| known.name == node.name))
            {
                waiting.extend(
                    compile::needs(&node.operation)
                        .into_iter()
                        .map(|(name, _)| name),
                );
                found.push(node);
            }
        }
        found
    }

    /// How many chunks each stage has.
    pub fn chunks(&self) -> [u32; 5] {
        Stage::ALL.map(|stage| match stage {
            Stage::Pixels => self
                .program
                .outputs
                .first()
                .map_or(0, |output| PartGrid::of(&output.options).count()),
            Stage::Join => self.images.len() as u32,
            Stage::Pictures => self
                .pictures
                .iter()
                .map(|picture| PartGrid::of(&picture.options).count())
                .sum(),
            Stage::JoinPictures => self.pictures.len() as u32,
            Stage::Derive => self.derived.len() as u32,
        })
    }

    /// The picture a chunk of the stage of pictures belongs to, and which of its parts it is.
    pub fn picture_part(&self, position: u32) -> Option<(usize, u32)> {
        let mut left = position;
        for (index, picture) in self.pictures.iter().enumerate() {
            let parts = PartGrid::of(&picture.options).count();
            if left < parts {
                return Some((index, left));
            }
            left -= parts;
        }
        None
    }

    /// The first chunk of a picture in the stage of pictures.
    pub fn first_part(&self, picture: usize) -> u32 {
        let before = self.pictures.iter().take(picture);
        before
            .map(|picture| PartGrid::of(&picture.options).count())
            .sum()
    }
}

/// A recipe that was understood, with the images it means.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The recipe.
    pub recipe: Recipe,
    /// As it was written.
    pub text: String,
    /// What is to be done.
    pub plan: Plan,
    /// What it will take.
    pub estimate: Estimate,
}

impl Workshop {
    /// Reads a recipe, finds its images among what `scope` holds, and foresees what it takes.
    ///
    /// # Errors
    /// When the recipe is wrong, or its images cannot be found or do not fit it; with the line and key.
    pub async fn plan(&self, text: &str, scope: &Scope) -> Result<Planned> {
        let recipe = Recipe::read(text)?;
        let planned = self.understand(&recipe, scope).await;
        let plan = planned.map_err(|error| match error {
            Error::Recipe(error) => Error::Recipe(error.located(text)),
            other => other,
        })?;
        let measured = plan.clone();
        let estimate = self
            .blocking(move |shop| Estimate::of(&measured, shop))
            .await?;
        Ok(Planned {
            recipe,
            text: text.to_owned(),
            plan,
            estimate,
        })
    }

    async fn understand(&self, recipe: &Recipe, scope: &Scope) -> Result<Plan> {
        let place = match &recipe.area {
            None => None,
            Some(code) => {
                let found = area::by_code(&self.store, scope, code).await?;
                let unknown =
                    || RecipeError::wrong("area", &format!("there is no area {code} among yours"));
                Some(found.ok_or_else(unknown)?)
            }
        };
        let found = inputs::find(self, recipe, place.as_ref(), scope).await?;
        let area = match &place {
            Some(area) => area.id,
            None => home(self, &found, scope).await?,
        };
        let surroundings = derive::Surroundings::look(self, scope).await?;
        let plan = compile::plan(recipe, place.as_ref(), area, &found, &surroundings)?;
        let balanced = balance::wanted(recipe);
        if balanced.is_empty() {
            return Ok(plan);
        }
        self.blocking(move |shop| balance::balance(shop, plan, &balanced))
            .await
    }

    /// Puts a planned job into the ledger, queued. The same recipe over the same images goes on with
    /// the job that has not come to its end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn send(
        &self,
        planned: &Planned,
        sender: Option<i64>,
        executor: Executor,
    ) -> Result<Uuid> {
        let stored = |source| Error::Stored {
            what: "the plan of the job".to_owned(),
            source,
        };
        let plan = serde_json::to_value(&planned.plan).map_err(stored)?;
        let hash = hash(planned, &plan);
        if let Some(job) = job::unfinished(&self.store, &hash).await? {
            if matches!(job.state, State::Failed | State::Cancelled) {
                job::retry(&self.store, &Scope::Everything, job.id).await?;
            }
            return Ok(job.id);
        }
        let new = NewJob {
            id: Uuid::now_v7(),
            area_id: planned.plan.area,
            account_id: sender,
            title_zh: title(&planned.recipe.title.zh, &planned.recipe.recipe),
            title_en: title(&planned.recipe.title.en, &planned.recipe.recipe),
            recipe: planned.text.clone(),
            recipe_hash: hash,
            plan,
            estimate: serde_json::to_value(planned.estimate).map_err(stored)?,
            executor,
            chunks: planned.plan.chunks().to_vec(),
            worker: None,
        };
        job::insert(&self.store, &new).await?;
        Ok(new.id)
    }
}

/// The area of the first scene; else the largest there is.
async fn home(workshop: &Workshop, found: &inputs::Found, scope: &Scope) -> Result<i64> {
    if let Some(area) = found.areas().next() {
        return Ok(area);
    }
    let areas = area::list(&workshop.store, scope).await?;
    let largest = areas
        .iter()
        .max_by(|one, other| one.area_m2.total_cmp(&other.area_m2));
    let none = || {
        RecipeError::wrong(
            "area",
            "name the area the work is for; `xiangtu list areas` shows them",
        )
    };
    Ok(largest.ok_or_else(none)?.id)
}

/// Of what is done to which images, however the recipe is written.
fn hash(planned: &Planned, plan: &serde_json::Value) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(plan.to_string());
    hash.update(planned.recipe.recipe.as_bytes());
    hash.finalize().into()
}

fn title(title: &str, name: &str) -> String {
    if title.is_empty() {
        name.to_owned()
    } else {
        title.to_owned()
    }
}

impl LayerDraft {
    /// Who may see it.
    pub(crate) fn audience(&self) -> Audience {
        self.audience.parse().unwrap_or(Audience::Officials)
    }
}
