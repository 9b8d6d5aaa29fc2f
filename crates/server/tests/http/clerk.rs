//! Who takes jobs in where no pixels are made: a ledger of four chunks for every recipe.

use futures::future::{BoxFuture, FutureExt as _};
use jobs::plan::Estimate;
use jobs::recipe::{Recipe, Shipped};
use jobs::{Error, Result};
use serde_json::json;
use server::Intake;
use store::job::{self, Executor, NewJob};
use store::{Scope, Store, area};
use uuid::Uuid;

/// A recipe as it might come with the program.
pub const SEASON: &str = "\
# A comment stays.
recipe: season-mosaic
title: { zh: 季度无云影像, en: Season's mosaic }
inputs:
  season:
    scenes: { from: 2024-06-01, to: 2024-09-30 }
steps:
  - name: clear
    composite: { of: season, method: median, bands: [red, nir] }
  - name: ndvi
    index: { of: clear, name: ndvi }
outputs:
  - id: ndvi-season
    layer: { of: ndvi }
";

pub const SHIPPED: &[Shipped] = &[Shipped {
    id: "season-mosaic",
    text: SEASON,
}];

pub struct Clerk {
    pub store: Store,
}

impl Intake for Clerk {
    fn estimate<'a>(&'a self, recipe: &'a str, _: &'a Scope) -> BoxFuture<'a, Result<Estimate>> {
        async move {
            let recipe = Recipe::read(recipe)?;
            if recipe.recipe == "of-nothing" {
                return Err(Error::UnknownScene {
                    id: "nowhere".to_owned(),
                    known: "there is none".to_owned(),
                });
            }
            Ok(Estimate {
                pixels: 1_000_000,
                looks: 12,
                chunks: 4,
                bytes_read: 48_000_000,
                bytes_written: 2_000_000,
                memory_bytes: 300_000_000,
                seconds: 9.5,
            })
        }
        .boxed()
    }

    fn send<'a>(
        &'a self,
        text: &'a str,
        scope: &'a Scope,
        sender: i64,
    ) -> BoxFuture<'a, Result<Uuid>> {
        async move {
            let estimate = self.estimate(text, scope).await?;
            let recipe = Recipe::read(text)?;
            let code = recipe.area.unwrap_or_default();
            let area = area::by_code(&self.store, scope, &code).await?.unwrap();
            let new = NewJob {
                id: Uuid::now_v7(),
                area_id: area.id,
                account_id: Some(sender),
                title_zh: recipe.title.zh,
                title_en: recipe.title.en,
                recipe: text.to_owned(),
                recipe_hash: [3; 32],
                plan: json!({}),
                estimate: serde_json::to_value(estimate).unwrap(),
                executor: Executor::Local,
                chunks: vec![3, 1],
                worker: None,
            };
            job::insert(&self.store, &new).await?;
            Ok(new.id)
        }
        .boxed()
    }
}
