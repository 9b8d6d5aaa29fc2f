//! Everything a job came to, as rows that appear together.

use raster::pipeline::{BandSummary, Summary};
use serde_json::{Value, json};
use store::coverage::NewCoverage;
use store::job_log::{self, Level};
use store::job_output::{Kind as OutputKind, Output};
use store::layer::{Kind, NewLayer};
use store::publication::Publication;
use store::{Viewer, layer};

use super::{DerivedResult, Kept, RecipeCraft, features, merged, parse, style, tables};
use crate::engine::Prepared;
use crate::plan::{DerivedKind, LayerDraft, Plan, Shows, Stage};
use crate::{Error, Result, Silent, Workshop, zonal};

/// Whether an image has any value at all.
pub(super) fn has_values(summary: &Summary) -> bool {
    summary.bands.iter().any(|band| band.valid > 0)
}

/// What becomes visible; the dates on which nothing was seen are left out and logged.
pub(super) async fn publication(craft: &RecipeCraft, workshop: &Workshop) -> Result<Prepared> {
    let gathered = gather(craft, workshop).await?;
    for line in &gathered.log {
        job_log::add(&workshop.store, craft.job, Level::Warning, line).await?;
    }
    Ok(Prepared::new(&workshop.objects).with(gathered.publication))
}

struct Gathered {
    publication: Publication,
    log: Vec<String>,
}

/// A date of a layer: which image it is, and where it is kept.
struct Shown<'a> {
    layer: &'a str,
    image: usize,
    kept: &'a Kept,
    picture: Option<&'a raster::cog::CogOptions>,
}

async fn gather(craft: &RecipeCraft, workshop: &Workshop) -> Result<Gathered> {
    let plan = &craft.plan;
    let (summaries, images, pictures, derived) = read(craft, workshop).await?;
    let mut shown: Vec<Shown<'_>> = Vec::new();
    for (index, image) in plan.images.iter().enumerate() {
        if let (Some(layer), Some(kept)) = (&image.layer, images.get(index)) {
            shown.push(Shown {
                layer,
                image: index,
                kept,
                picture: None,
            });
        }
    }
    for (picture, kept) in plan.pictures.iter().zip(&pictures) {
        shown.push(Shown {
            layer: &picture.layer,
            image: picture.image,
            kept,
            picture: Some(&picture.options),
        });
    }
    let mut log = Vec::new();
    let mut publication = Publication::default();
    for draft in &plan.layers {
        let dates: Vec<&Shown<'_>> = shown
            .iter()
            .filter(|shown| shown.layer == draft.id)
            .collect();
        let (seen, empty): (Vec<&Shown<'_>>, Vec<&Shown<'_>>) = dates
            .iter()
            .copied()
            .partition(|shown| has_values(&summaries[shown.image]));
        if seen.is_empty() && !dates.is_empty() {
            return Err(Error::NothingSeen {
                layer: draft.id.clone(),
            });
        }
        for shown in &empty {
            let date = plan.images[shown.image].date;
            log.push(format!(
                "{}: nothing was seen on {date} 该日期无有效像元",
                draft.id
            ));
        }
        let mut values = BandSummary::default();
        for shown in &seen {
            if let Some(band) = summaries[shown.image].bands.first() {
                values.merge(band);
            }
            publication.coverages.push(coverage(plan, shown)?);
        }
        publication.layers.push(new_layer(plan, draft, &values)?);
        publication.outputs.push(layer_output(draft, seen.len()));
    }
    for (made, result) in plan.derived.iter().zip(derived) {
        add_derived(workshop, &mut publication, made, result).await?;
    }
    Ok(Gathered { publication, log })
}

type Read = (Vec<Summary>, Vec<Kept>, Vec<Kept>, Vec<DerivedResult>);

/// What the ledger says; asked for on a blocking thread, as the chunks do it.
async fn read(craft: &RecipeCraft, workshop: &Workshop) -> Result<Read> {
    let store = &workshop.store;
    let results = async |stage: Stage| store::chunk::results(store, craft.job, stage as i32).await;
    let parts = parse(results(Stage::Pixels).await?)?;
    Ok((
        merged(craft.plan.images.len(), parts),
        parse(results(Stage::Join).await?)?,
        parse(results(Stage::JoinPictures).await?)?,
        parse(results(Stage::Derive).await?)?,
    ))
}

async fn add_derived(
    workshop: &Workshop,
    publication: &mut Publication,
    made: &crate::plan::Derived,
    result: DerivedResult,
) -> Result<()> {
    if let Some(part) = result.features.clone() {
        let read = workshop
            .blocking(move |shop| features::read(shop, &part))
            .await?;
        publication.features.push((made.id.clone(), read));
        if let Some(output) = publication
            .outputs
            .iter_mut()
            .find(|output| output.name == made.id)
        {
            output.details = result.details;
        }
        return Ok(());
    }
    if let DerivedKind::Table {
        title_zh, title_en, ..
    } = &made.kind
    {
        for file in &result.files {
            let format = file.name.rsplit('.').next().unwrap_or_default();
            publication.outputs.push(Output {
                name: format!("{}.{format}", made.id),
                kind: OutputKind::Table,
                layer_id: None,
                object: Some(file.name.clone()),
                title_zh: title_zh.clone(),
                title_en: title_en.clone(),
                details: json!({ "rows": result.count, "bytes": file.bytes, "files": tables::files(&result) }),
            });
        }
    }
    Ok(())
}

fn new_layer(plan: &Plan, draft: &LayerDraft, values: &BandSummary) -> Result<NewLayer> {
    let style = style::of(&draft.shows, values)?;
    Ok(NewLayer {
        id: draft.id.clone(),
        area_id: plan.area,
        kind: draft.shows.kind(),
        title_zh: draft.title_zh.clone(),
        title_en: draft.title_en.clone(),
        audience: draft.audience(),
        style: stored(&draft.id, &style)?,
        attribution: draft.attribution.clone(),
    })
}

fn layer_output(draft: &LayerDraft, dates: usize) -> Output {
    let features = matches!(draft.shows, Shows::Features);
    Output {
        name: draft.id.clone(),
        kind: if features {
            OutputKind::Features
        } else {
            OutputKind::Layer
        },
        layer_id: Some(draft.id.clone()),
        object: None,
        title_zh: draft.title_zh.clone(),
        title_en: draft.title_en.clone(),
        details: json!({ "dates": dates }),
    }
}

fn coverage(plan: &Plan, shown: &Shown<'_>) -> Result<NewCoverage> {
    let image = &plan.images[shown.image];
    let grid = &plan.program.grid;
    let own = shown.picture.map_or(grid, |options| &options.georeference);
    let (min_zoom, max_zoom) = match shown.picture {
        Some(options) => {
            let native = grid.native_zoom();
            (
                native.saturating_sub(options.overview_count.unwrap_or_default()),
                native,
            )
        }
        None => grid.zooms(),
    };
    Ok(NewCoverage {
        layer_id: shown.layer.to_owned(),
        area_id: plan.area,
        scene_id: None,
        date: image.date,
        version: version(&shown.kept.name),
        object: shown.kept.name.clone(),
        drawing: None,
        georeference: stored(shown.layer, own)?,
        bounds: grid.bounds(),
        min_zoom,
        max_zoom,
        cloud_share: None,
        lineage: item(plan, shown, image),
    })
}

/// Changes with the object's content.
fn version(object: &str) -> String {
    let hash = object.rsplit('/').next().unwrap_or(object);
    hash.chars().take(16).collect()
}

/// The image as a STAC item with where it comes from (processing extension 1.2).
fn item(plan: &Plan, shown: &Shown<'_>, image: &crate::plan::Image) -> Value {
    let grid = &plan.program.grid;
    let bounds = grid.bounds();
    let corners = [
        [bounds.west, bounds.south],
        [bounds.east, bounds.south],
        [bounds.east, bounds.north],
        [bounds.west, bounds.north],
        [bounds.west, bounds.south],
    ];
    let output = &plan.program.outputs[shown.image];
    let derived_from = image
        .scenes
        .iter()
        .map(|scene| json!({ "rel": "derived_from", "href": scene }));
    json!({
        "type": "Feature",
        "stac_version": "1.0.0",
        "stac_extensions": [
            "https://stac-extensions.github.io/processing/v1.2.0/schema.json",
            "https://stac-extensions.github.io/projection/v1.1.0/schema.json",
        ],
        "id": format!("{}-{}", shown.layer, image.date),
        "geometry": { "type": "Polygon", "coordinates": [corners] },
        "bbox": [bounds.west, bounds.south, bounds.east, bounds.north],
        "properties": {
            "datetime": format!("{}T00:00:00Z", image.date),
            "proj:epsg": grid.epsg,
            "processing:lineage": format!("recipe “{}”: {} of {}", plan.recipe, output.bands.join(", "), output.of),
            "processing:software": { "xiangtu": env!("CARGO_PKG_VERSION") },
            "processing:expression": { "format": "xiangtu-program", "expression": expression(plan, shown.image) },
        },
        "assets": { "image": {
            "href": shown.kept.name,
            "type": "image/tiff; application=geotiff; profile=cloud-optimized",
            "roles": [if shown.picture.is_some() { "visual" } else { "data" }],
        } },
        "links": derived_from.collect::<Vec<_>>(),
    })
}

/// The operations an image went through, the last one first.
fn expression(plan: &Plan, image: usize) -> Value {
    Value::Array(
        plan.operations(image)
            .into_iter()
            .map(|node| json!(node))
            .collect(),
    )
}

fn stored<T: serde::Serialize>(what: &str, value: &T) -> Result<Value> {
    serde_json::to_value(value).map_err(|source| Error::Stored {
        what: format!("the layer “{what}”"),
        source,
    })
}

/// The tables of villages of the new layers of numbers; what fails is computed when it is asked for.
pub(super) async fn statistics(plan: &Plan, workshop: &Workshop) {
    for draft in plan
        .layers
        .iter()
        .filter(|draft| draft.shows.kind() == Kind::Index)
    {
        if let Err(error) = fill(workshop, &draft.id).await {
            tracing::warn!(layer = draft.id, %error, "the villages' statistics wait until somebody asks");
        }
    }
}

async fn fill(workshop: &Workshop, id: &str) -> Result<()> {
    let store = &workshop.store;
    let known = layer::by_id(store, &Viewer::SignedIn(store::Scope::Everything), id).await?;
    if known.is_some() {
        for coverage in store::coverage::list(store, id).await? {
            zonal::fill(store, &workshop.objects, &coverage, &Silent).await?;
        }
    }
    Ok(())
}
