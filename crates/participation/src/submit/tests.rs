use geo::{MultiPolygon, polygon};
use store::Scope;
use store::area::{Level, NewArea};
use store::report::State;
use store::testing::{TestDatabase, database};

use super::*;
use crate::{Actor, Draft, TransitionError, transition};

struct Bench {
    database: TestDatabase,
    objects: ObjectStore,
    _folder: tempfile::TempDir,
}

impl Bench {
    /// A township with one village in its western half.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bench = Self {
            database: database().await,
            objects: ObjectStore::open(folder.path()).unwrap(),
            _folder: folder,
        };
        let areas = [
            area(
                "500154100",
                "高桥镇",
                Level::Township,
                None,
                [108.40, 108.50],
            ),
            area(
                "500154100201",
                "大坪村",
                Level::Village,
                Some("500154100"),
                [108.40, 108.45],
            ),
        ];
        area::upsert(bench.store(), &areas).await.unwrap();
        bench
    }

    fn store(&self) -> &Store {
        self.database.store()
    }

    async fn submit(&self, draft: &Draft) -> Result<Outcome, SubmitError> {
        let submission = draft.clone().check().unwrap();
        submit(self.store(), &self.objects, submission, Sender::Villager).await
    }
}

fn area(code: &str, name: &str, level: Level, parent: Option<&str>, lon: [f64; 2]) -> NewArea {
    let [west, east] = lon;
    let outline = polygon![
        (x: west, y: 31.1), (x: east, y: 31.1), (x: east, y: 31.2), (x: west, y: 31.2)
    ];
    NewArea {
        code: code.into(),
        name_zh: name.into(),
        name_en: String::new(),
        level,
        parent: parent.map(str::to_owned),
        polygons: MultiPolygon::new(vec![outline]),
    }
}

fn draft() -> Draft {
    Draft {
        id: Uuid::now_v7().to_string(),
        service: "road".into(),
        description: "三组路边护坡塌方".into(),
        lon: "108.42".into(),
        lat: "31.15".into(),
        phone: "13800001234".into(),
        photos: vec![photo([200, 30, 30])],
        ..Draft::default()
    }
}

fn photo(colour: [u8; 3]) -> Vec<u8> {
    let picture = image::RgbImage::from_pixel(64, 48, image::Rgb(colour));
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new(&mut bytes)
        .encode_image(&picture)
        .unwrap();
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_lands_in_the_smallest_area_and_is_kept_whole() {
    let bench = Bench::new().await;
    let draft = draft();
    let outcome = bench.submit(&draft).await.unwrap();
    let Outcome::Created(receipt) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(receipt.area.name_zh, "大坪村");
    assert_eq!(receipt.state, State::New);
    assert_eq!(
        reference::parse(&receipt.reference),
        Some(receipt.reference.clone())
    );
    assert_eq!(receipt.photos, content::photo_hashes(&draft.photos));

    let report = report::detail(bench.store(), &Scope::Everything, receipt.id)
        .await
        .unwrap();
    let report = report.unwrap();
    assert_eq!(report.phone.as_deref(), Some("13800001234"));
    assert_eq!(report.history.len(), 1);
    let stored = &report.photos[0];
    let picture = bench.objects.read(&stored.object.parse().unwrap()).unwrap();
    assert_eq!(picture.len() as u64, stored.bytes);
    assert_eq!((stored.width, stored.height), (64, 48));
    assert_eq!(bench.objects.names().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn sending_twice_makes_one_report() {
    let bench = Bench::new().await;
    let draft = draft();
    let first = bench.submit(&draft).await.unwrap();
    let second = bench.submit(&draft).await.unwrap();
    assert!(matches!(first, Outcome::Created(_)));
    assert_eq!(second, Outcome::Same(first.receipt().clone()));

    let other = Draft {
        description: "别的事".into(),
        ..draft
    };
    let refused = bench.submit(&other).await.unwrap_err();
    assert!(
        matches!(refused, SubmitError::Conflict(id) if id == first.receipt().id),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_report_from_many_sides_at_once_exists_once() {
    let bench = Bench::new().await;
    let draft = draft();
    let sent = (0..8).map(|_| bench.submit(&draft));
    let outcomes = futures::future::join_all(sent).await;
    let receipts: Vec<_> = outcomes
        .iter()
        .map(|outcome| outcome.as_ref().unwrap().receipt().clone())
        .collect();
    assert!(receipts.iter().all(|receipt| *receipt == receipts[0]));
    let created = |outcome: &Result<_, _>| matches!(outcome, Ok(Outcome::Created(_)));
    assert_eq!(
        outcomes.iter().filter(|outcome| created(outcome)).count(),
        1
    );
    assert_eq!(
        bench.objects.names().unwrap().len(),
        2,
        "the losers cleared nothing of the winner's"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_reports_may_show_the_same_photo() {
    let bench = Bench::new().await;
    bench.submit(&draft()).await.unwrap();
    bench.submit(&draft()).await.unwrap();
    assert_eq!(bench.objects.names().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_every_area_is_said_and_leaves_nothing() {
    let bench = Bench::new().await;
    let away = Draft {
        lon: "2.35".into(),
        lat: "48.85".into(),
        ..draft()
    };
    let SubmitError::Invalid(invalid) = bench.submit(&away).await.unwrap_err() else {
        panic!("not a thing to correct")
    };
    assert_eq!(invalid, [Invalid::from(Problem::OutsideServedAreas)]);
    assert!(bench.objects.names().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_that_breaks_while_decoding_leaves_nothing() {
    let bench = Bench::new().await;
    // A PNG whose header is right and whose pixels are not.
    let mut broken = Vec::new();
    image::RgbImage::new(64, 64)
        .write_to(
            &mut std::io::Cursor::new(&mut broken),
            image::ImageFormat::Png,
        )
        .unwrap();
    let middle = broken.len() / 2;
    broken.truncate(middle);
    let with_broken = Draft {
        photos: vec![photo([1, 2, 3]), broken],
        ..draft()
    };
    let SubmitError::Invalid(invalid) = bench.submit(&with_broken).await.unwrap_err() else {
        panic!("not a thing to correct")
    };
    assert_eq!(
        invalid[0].problem,
        Problem::Photo(2, photo::Refusal::NotReadable)
    );
    assert!(bench.objects.names().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_goes_its_way_and_no_other() {
    let bench = Bench::new().await;
    let id = bench.submit(&draft()).await.unwrap().receipt().id;
    let official = official(bench.store()).await;
    let go = |scope: Scope, to: State, note: &'static str| {
        let official = official.clone();
        let store = bench.store().clone();
        async move { transition(&store, &scope, id, to, note, official).await }
    };

    let elsewhere = go(Scope::Areas(vec![]), State::Accepted, "")
        .await
        .unwrap_err();
    assert!(
        matches!(elsewhere, TransitionError::Unknown(_)),
        "{elsewhere}"
    );
    let skipped = go(Scope::Everything, State::Done, "").await.unwrap_err();
    assert!(matches!(skipped, TransitionError::Step(_)), "{skipped}");
    go(Scope::Everything, State::Accepted, "").await.unwrap();
    let unexplained = go(Scope::Everything, State::Refused, " ")
        .await
        .unwrap_err();
    assert!(
        matches!(unexplained, TransitionError::Step(_)),
        "{unexplained}"
    );
    go(Scope::Everything, State::Done, " 已清理 ")
        .await
        .unwrap();

    let report = report::detail(bench.store(), &Scope::Everything, id)
        .await
        .unwrap()
        .unwrap();
    let steps: Vec<_> = report
        .history
        .iter()
        .map(|event| (event.from_state, event.to_state, event.note.as_str()))
        .collect();
    assert_eq!(
        steps,
        [
            (None, State::New, ""),
            (Some(State::New), State::Accepted, ""),
            (Some(State::Accepted), State::Done, "已清理"),
        ]
    );
}

async fn official(store: &Store) -> Actor {
    let new = store::account::NewAccount {
        login: "liu".into(),
        name: "刘主任".into(),
        role: store::account::Role::Official,
        password_hash: "-".into(),
        demo: false,
    };
    let account = store::account::create(store, &new, &[]).await.unwrap();
    Actor {
        account_id: account.id,
        name: account.name,
    }
}
