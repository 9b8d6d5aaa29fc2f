//! From the township's files to a database that shows what the program is for, by the same ways
//! any planner's files and any villager's report take.
//!
//! Every step may be done twice, and the administrator's account comes last: a start that is
//! interrupted here is taken up by the next one.

use std::path::Path;

use chrono::NaiveDate;
use jobs::publish::{IndexRequest, Publication};
use jobs::{ImportOptions, IngestRequest, Workshop};
use participation::{Actor, Place, PlaceSource, Sender, Submission};
use raster::foreign::FeatureOptions;
use store::account::Role;
use store::feature::NewFeature;
use store::layer::{Kind, NewLayer};
use store::{Scope, Store, account, area, feature, layer, report};
use uuid::Uuid;

use super::definition::{Definition, LayerKind, LayerTitle};
use super::files::{DemoFiles, PlacedReport, SceneFile, make};
use super::noise::hash;
use super::people::{self, Account};
use crate::failure::Failure;
use crate::office::Office;

const ATTRIBUTION: &str = "乡图演示数据，纯属虚构 Xiangtu demo data, fictional";

/// Whether the demo township is to be made: the database is empty, or an earlier start was
/// interrupted while it made it.
pub async fn wanted(store: &Store) -> Result<bool, Failure> {
    if area::count(store).await? == 0 {
        return Ok(true);
    }
    let definition = Definition::load()?;
    let ours = area::by_code(store, &Scope::Everything, &definition.township.code)
        .await?
        .is_some();
    let mut administrators = definition
        .accounts
        .iter()
        .filter(|one| one.role == Role::Administrator);
    let finished = match administrators.next_back() {
        Some(last) => account::by_login(store, &last.login).await?.is_some(),
        None => true,
    };
    Ok(ours && !finished && !account::any_administrator(store).await?)
}

/// Makes the demo township and brings it in; says in words how far it is. The passwords of the
/// accounts are nowhere else than in the answer.
pub fn load(office: &Office, say: &dyn Fn(&str)) -> Result<Vec<Account>, Failure> {
    let folder = tempfile::tempdir()?;
    let objects = objects::ObjectStore::clone(&office.objects);
    let workshop = Workshop::new(office.store.clone(), objects, office.foreign.clone());
    say("正在绘制示范乡镇 Growing the demo township …");
    let files = make(folder.path())?;
    office.runtime.block_on(bring_in(&workshop, &files, say))
}

async fn bring_in(
    workshop: &Workshop,
    files: &DemoFiles,
    say: &dyn Fn(&str),
) -> Result<Vec<Account>, Failure> {
    let store = &workshop.store;
    say("正在导入行政区 Importing the areas …");
    workshop
        .import_areas(&files.areas, ImportOptions::default())
        .await?;
    for title in &files.definition.layers {
        if let Some(path) = features_of(title.kind, files) {
            say(&format!(
                "正在导入{} Importing {} …",
                title.title, title.title_en
            ));
            bring_features(workshop, &files.definition, title, path).await?;
        }
    }
    for scene in &files.scenes {
        say(&format!(
            "正在导入影像 Ingesting the scene of {} …",
            scene.date
        ));
        bring_scene(workshop, &files.definition, scene).await?;
    }
    say("正在登记示范事件 Pinning the sample reports …");
    for (number, placed) in files.reports.iter().enumerate() {
        submit(workshop, files, number, placed).await?;
    }
    let mut accounts = Vec::new();
    for role in [Role::Official, Role::Planner] {
        accounts.extend(people::admit(store, &files.definition, role).await?);
    }
    for (number, placed) in files.reports.iter().enumerate() {
        move_on(store, &files.definition, number, placed).await?;
    }
    accounts.extend(people::admit(store, &files.definition, Role::Administrator).await?);
    accounts.reverse();
    Ok(accounts)
}

fn features_of(kind: LayerKind, files: &DemoFiles) -> Option<&Path> {
    match kind {
        LayerKind::Roads => Some(&files.roads),
        LayerKind::River => Some(&files.river),
        LayerKind::Fields => Some(&files.fields),
        LayerKind::Houses => Some(&files.houses),
        LayerKind::TrueColour | LayerKind::Ndvi => None,
    }
}

/// A layer of features for the township; each belongs to its village.
async fn bring_features(
    workshop: &Workshop,
    definition: &Definition,
    title: &LayerTitle,
    path: &Path,
) -> Result<(), Failure> {
    let store = &workshop.store;
    let foreign = workshop.foreign.clone();
    let file = path.to_owned();
    let read =
        tokio::task::spawn_blocking(move || foreign.features(&file, &FeatureOptions::default()));
    let read = read.await??;
    let areas = area::list(store, &Scope::Everything).await?;
    let id_of = |code: &str| {
        areas
            .iter()
            .find(|area| area.code == code)
            .map(|area| area.id)
    };
    let township = id_of(&definition.township.code).ok_or_else(|| store::Error::UnknownArea {
        code: definition.township.code.clone(),
    })?;
    let new = NewLayer {
        id: title.id.clone(),
        area_id: township,
        kind: Kind::Features,
        title_zh: title.title.clone(),
        title_en: title.title_en.clone(),
        audience: title.audience,
        style: serde_json::json!({"kind": "none"}),
        attribution: ATTRIBUTION.to_owned(),
    };
    layer::upsert(store, &new).await?;
    let features: Vec<NewFeature> = read
        .features
        .into_iter()
        .map(|one| {
            let text = |name: &str| one.properties.get(name).and_then(serde_json::Value::as_str);
            NewFeature {
                area_id: text("village").and_then(id_of).unwrap_or(township),
                key: text("key").unwrap_or_default().to_owned(),
                geometry: one.geometry,
                properties: one.properties.into(),
            }
        })
        .collect();
    feature::replace(store, &title.id, &features).await?;
    Ok(())
}

/// A scene, and its date in every layer of imagery.
async fn bring_scene(
    workshop: &Workshop,
    definition: &Definition,
    file: &SceneFile,
) -> Result<(), Failure> {
    let request = IngestRequest {
        paths: vec![file.path.clone()],
        id: Some(format!("demo-{}", file.date)),
        date: Some(file.date),
        sensor: Some("demo".to_owned()),
        area: Some(definition.township.code.clone()),
        ..IngestRequest::default()
    };
    let scene = workshop.ingest(request).await?.scene;
    for title in &definition.layers {
        let publication = publication(title, &scene.id, file.date);
        match title.kind {
            LayerKind::TrueColour => {
                workshop.publish_true_colour(publication).await?;
            }
            LayerKind::Ndvi => {
                let ndvi = IndexRequest::Named("ndvi".to_owned());
                workshop.publish_index(publication, ndvi).await?;
            }
            LayerKind::Roads | LayerKind::River | LayerKind::Fields | LayerKind::Houses => {}
        }
    }
    Ok(())
}

fn publication(title: &LayerTitle, scene: &str, date: NaiveDate) -> Publication {
    Publication {
        scene: scene.to_owned(),
        id: Some(title.id.clone()),
        title_zh: Some(title.title.clone()),
        title_en: Some(title.title_en.clone()),
        audience: Some(title.audience),
        date: Some(date),
        attribution: Some(ATTRIBUTION.to_owned()),
        hide_clouds: title.kind == LayerKind::Ndvi,
        ..Publication::default()
    }
}

/// The id of a sample report: always the same, so that it is taken once.
fn id_of(definition: &Definition, number: usize) -> Uuid {
    let half = |part| hash(definition.seed, number as i64, part).to_be_bytes();
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&half(1));
    bytes[8..].copy_from_slice(&half(2));
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

async fn submit(
    workshop: &Workshop,
    files: &DemoFiles,
    number: usize,
    placed: &PlacedReport,
) -> Result<(), Failure> {
    let report = &placed.report;
    let photo = report.photo.and_then(|picture| files.photos.get(&picture));
    let submission = Submission {
        id: id_of(&files.definition, number),
        service_code: report.service.clone(),
        description: format!("{}\n{}", report.text, report.text_en),
        place: Place {
            lon: placed.longitude,
            lat: placed.latitude,
            accuracy_m: Some(12.0),
            source: PlaceSource::Gps,
        },
        phone: report.phone.clone(),
        photos: photo.map(std::fs::read).transpose()?.into_iter().collect(),
    };
    participation::submit(
        &workshop.store,
        &workshop.objects,
        submission,
        Sender::Villager,
    )
    .await?;
    Ok(())
}

/// Does what is still missing of a report's history.
async fn move_on(
    store: &Store,
    definition: &Definition,
    number: usize,
    placed: &PlacedReport,
) -> Result<(), Failure> {
    let id = id_of(definition, number);
    let Some(known) = report::detail(store, &Scope::Everything, id).await? else {
        return Ok(());
    };
    // Its first event is that it came in.
    let done = known.history.len().saturating_sub(1);
    for step in placed.report.history.iter().skip(done) {
        let unknown = || {
            Failure::words(format!(
                "data/demo/village.yaml names no account {:?}",
                step.by
            ))
        };
        let by = account::by_login(store, &step.by)
            .await?
            .ok_or_else(unknown)?;
        let scope = account::scope(store, &by).await?;
        let actor = Actor {
            account_id: by.id,
            name: by.name,
        };
        participation::transition(store, &scope, id, step.to, &step.note, actor).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use store::area::Level;
    use store::testing::{database, rectangle};

    use super::*;

    #[test]
    fn sample_reports_have_ids_of_their_own_that_stay() {
        let definition = Definition::load().unwrap();
        let ids = || (0..definition.reports.len()).map(|number| id_of(&definition, number));
        assert_eq!(
            ids().collect::<BTreeSet<_>>().len(),
            definition.reports.len()
        );
        assert!(ids().eq(ids()));
        assert!(ids().all(|id| id.get_version_num() == 4));
    }

    #[test]
    fn sample_reports_say_what_the_rest_of_the_program_knows() {
        let definition = Definition::load().unwrap();
        for report in &definition.reports {
            assert!(
                participation::service(&report.service).is_some(),
                "{}",
                report.service
            );
            assert!(definition.village_number(&report.spot.village).is_some());
            for step in &report.history {
                assert!(
                    definition.accounts.iter().any(|one| one.login == step.by),
                    "{}",
                    step.by
                );
            }
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_interrupted_start_is_taken_up_until_the_administrator_is_there() {
        let database = database().await;
        let store = database.store();
        let definition = Definition::load().unwrap();
        assert!(wanted(store).await.unwrap(), "an empty database");
        let bounds = [108.3, 31.1, 108.5, 31.3];
        let mut areas = vec![rectangle(
            &definition.township.code,
            Level::Township,
            None,
            bounds,
        )];
        for village in &definition.villages {
            let parent = Some(definition.township.code.as_str());
            areas.push(rectangle(&village.code, Level::Village, parent, bounds));
        }
        area::upsert(store, &areas).await.unwrap();
        assert!(wanted(store).await.unwrap(), "areas, but nobody yet");
        let first = people::admit(store, &definition, Role::Official)
            .await
            .unwrap();
        assert!(
            wanted(store).await.unwrap(),
            "officials, but no administrator"
        );
        let again = people::admit(store, &definition, Role::Official)
            .await
            .unwrap();
        assert_eq!(first.len(), 2);
        assert!(
            first
                .iter()
                .zip(&again)
                .all(|(a, b)| a.login == b.login && a.password != b.password)
        );
        people::admit(store, &definition, Role::Administrator)
            .await
            .unwrap();
        assert!(!wanted(store).await.unwrap(), "all is there");
        account::remove_demo(store).await.unwrap();
        assert!(wanted(store).await.unwrap(), "without any administrator");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn somebody_elses_areas_are_left_alone() {
        let database = database().await;
        let real = rectangle("510000", Level::Province, None, [100.0, 28.0, 105.0, 33.0]);
        area::upsert(database.store(), &[real]).await.unwrap();
        assert!(!wanted(database.store()).await.unwrap());
    }
}
