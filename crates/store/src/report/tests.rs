use uuid::Uuid;

use super::*;
use crate::account::{self, NewAccount, Role};
use crate::area::{self, Level};
use crate::testing::{TestDatabase, database, rectangle};
use crate::{Error, Scope, Store};

/// Of an area; `word` is its description, its reference and the name of its photo's object.
pub(crate) fn a_report(
    id: Uuid,
    word: &str,
    area_id: i64,
    longitude: f64,
    latitude: f64,
) -> NewReport {
    NewReport {
        id,
        reference: format!("R-{word}"),
        area_id,
        service_code: "road".to_owned(),
        description: word.to_owned(),
        longitude,
        latitude,
        accuracy_m: Some(12.5),
        place_source: PlaceSource::Gps,
        phone: Some("13800000000".to_owned()),
        channel: Channel::Web,
        content_hash: [7; 32],
        actor: "villager".to_owned(),
        account_id: None,
        photos: vec![NewPhoto {
            object: format!("{word}.jpg"),
            thumbnail: format!("{word}-small.jpg"),
            width: 1600,
            height: 1200,
            bytes: 200_000,
            sha256: [9; 32],
        }],
    }
}

pub(crate) async fn an_official(store: &Store) -> i64 {
    let new = NewAccount {
        login: "li".to_owned(),
        name: "李".to_owned(),
        role: Role::Official,
        password_hash: "$argon2id$".to_owned(),
        demo: false,
    };
    account::create(store, &new, &[]).await.unwrap().id
}

async fn village() -> (TestDatabase, i64) {
    let database = database().await;
    let village = rectangle("v", Level::Village, None, [108.0, 31.0, 108.1, 31.1]);
    area::upsert(database.store(), &[village]).await.unwrap();
    let found = area::containing(database.store(), 108.05, 31.05)
        .await
        .unwrap()
        .unwrap();
    (database, found.id)
}

const ID: Uuid = Uuid::from_u128(42);

#[tokio::test(flavor = "multi_thread")]
async fn sending_twice_makes_one_report() {
    let (database, village) = village().await;
    let store = database.store();
    let report = a_report(ID, "slip", village, 108.05, 31.05);
    assert_eq!(known(store, ID, &[7; 32]).await.unwrap(), None);
    let Inserted::Created(receipt) = insert(store, &report).await.unwrap() else {
        panic!()
    };
    assert_eq!(receipt.area.code, "v");
    assert_eq!(
        (receipt.state, receipt.photos.as_slice()),
        (State::New, [[9; 32]].as_slice())
    );
    assert_eq!(
        insert(store, &report).await.unwrap(),
        Inserted::Same(receipt.clone())
    );
    assert_eq!(
        known(store, ID, &[7; 32]).await.unwrap(),
        Some(Inserted::Same(receipt))
    );

    let other = NewReport {
        content_hash: [8; 32],
        ..report
    };
    assert_eq!(insert(store, &other).await.unwrap(), Inserted::Different);
    let kept = detail(store, &Scope::Everything, ID)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((kept.photos.len(), kept.history.len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn sent_eight_times_at_once_it_is_still_one() {
    let (database, village) = village().await;
    let report = a_report(ID, "slip", village, 108.05, 31.05);
    let sending: Vec<_> = (0..8)
        .map(|_| {
            let (store, report) = (database.store().clone(), report.clone());
            tokio::spawn(async move { insert(&store, &report).await.unwrap() })
        })
        .collect();
    let mut created = 0;
    for sent in sending {
        match sent.await.unwrap() {
            Inserted::Created(_) => created += 1,
            Inserted::Same(receipt) => assert_eq!(receipt.reference, "R-slip"),
            Inserted::Different => panic!("it is the same"),
        }
    }
    assert_eq!(created, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_is_given_once() {
    let (database, village) = village().await;
    let first = a_report(ID, "slip", village, 108.05, 31.05);
    insert(database.store(), &first).await.unwrap();
    let second = NewReport {
        id: Uuid::from_u128(43),
        ..first
    };
    let error = insert(database.store(), &second).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Taken {
                what: "reference",
                ..
            }
        ),
        "{error}"
    );
    let page = list(database.store(), &Scope::Everything, &Filter::default(), 9)
        .await
        .unwrap();
    assert_eq!(page.reports.len(), 1, "nothing of the second is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_about_it_comes_back() {
    let (database, village) = village().await;
    let store = database.store();
    insert(store, &a_report(ID, "slip", village, 108.05, 31.06))
        .await
        .unwrap();
    let report = detail(store, &Scope::Everything, ID)
        .await
        .unwrap()
        .unwrap();
    let summary = &report.summary;
    assert!((summary.longitude - 108.05).abs() < 1e-12 && (summary.latitude - 31.06).abs() < 1e-12);
    assert_eq!(
        (summary.service_code.as_str(), summary.photo_count),
        ("road", 1)
    );
    assert_eq!(
        (report.accuracy_m, report.phone.as_deref()),
        (Some(12.5), Some("13800000000"))
    );
    assert_eq!(
        (report.place_source, report.channel),
        (PlaceSource::Gps, Channel::Web)
    );
    let photo = photo(store, &Scope::Everything, ID, 0)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (photo.width, photo.height, photo.bytes, photo.sha256),
        (1600, 1200, 200_000, [9; 32])
    );
    assert_eq!(
        objects_in_use(store, &["slip.jpg".into(), "x.jpg".into()])
            .await
            .unwrap(),
        ["slip.jpg"]
    );

    let public = by_reference(store, "R-slip").await.unwrap().unwrap();
    assert_eq!(
        (public.description.as_str(), public.photo_count),
        ("slip", 1)
    );
    let text = format!("{public:?}");
    assert!(
        !text.contains("13800000000") && !text.contains("villager"),
        "{text}"
    );
    assert_eq!(by_reference(store, "R-other").await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_is_taken_once_and_written_down() {
    let (database, village) = village().await;
    let store = database.store();
    insert(store, &a_report(ID, "slip", village, 108.05, 31.05))
        .await
        .unwrap();
    let step = Transition {
        from: State::New,
        to: State::Accepted,
        note: "明天去看".to_owned(),
        account_id: an_official(store).await,
        actor: "李".to_owned(),
    };
    let take = async || {
        transition(store, &Scope::Everything, ID, &step)
            .await
            .unwrap()
    };
    let (one, other) = tokio::join!(take(), take());
    let mut both = [one, other];
    both.sort_by_key(|outcome| *outcome != Transitioned::Moved);
    assert_eq!(
        both,
        [Transitioned::Moved, Transitioned::Stale(State::Accepted)]
    );

    let report = detail(store, &Scope::Everything, ID)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(report.summary.state, State::Accepted);
    let [arrival, accepted] = report.history.as_slice() else {
        panic!("{:?}", report.history)
    };
    assert_eq!((arrival.from_state, arrival.to_state), (None, State::New));
    assert_eq!(
        (accepted.from_state, accepted.to_state),
        (Some(State::New), State::Accepted)
    );
    assert_eq!(
        (accepted.actor.as_str(), accepted.note.as_str()),
        ("李", "明天去看")
    );
    assert!(report.updated_at > report.summary.created_at);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_each_other_without_gap_or_repetition() {
    let (database, village) = village().await;
    let store = database.store();
    for number in 0..7 {
        let id = Uuid::from_u128(number);
        let report = a_report(id, &number.to_string(), village, 108.05, 31.05);
        insert(store, &report).await.unwrap();
    }
    let (mut filter, mut seen) = (Filter::default(), Vec::new());
    loop {
        let page = list(store, &Scope::Everything, &filter, 3).await.unwrap();
        assert!(page.reports.len() <= 3);
        seen.extend(page.reports.into_iter().map(|report| report.description));
        let Some(next) = page.next else { break };
        filter.before = Some(next.to_string().parse().unwrap());
    }
    assert_eq!(seen, ["6", "5", "4", "3", "2", "1", "0"]);
    assert!("yesterday".parse::<Cursor>().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_is_filtered_by_state_service_and_area() {
    let (database, village) = village().await;
    let store = database.store();
    let group = rectangle("g", Level::Group, Some("v"), [108.0, 31.0, 108.02, 31.02]);
    area::upsert(store, &[group]).await.unwrap();
    let group = area::containing(store, 108.01, 31.01)
        .await
        .unwrap()
        .unwrap()
        .id;
    let water = NewReport {
        service_code: "water".to_owned(),
        ..a_report(Uuid::from_u128(1), "water", group, 108.01, 31.01)
    };
    insert(store, &water).await.unwrap();
    insert(store, &a_report(ID, "road", village, 108.05, 31.05))
        .await
        .unwrap();
    let find = async |filter: Filter| -> Vec<String> {
        let page = list(store, &Scope::Everything, &filter, 9).await.unwrap();
        page.reports
            .into_iter()
            .map(|report| report.description)
            .collect()
    };
    let by_area = |code: &str| Filter {
        area: Some(code.to_owned()),
        ..Filter::default()
    };
    assert_eq!(find(by_area("v")).await, ["road", "water"]);
    assert_eq!(find(by_area("g")).await, ["water"]);
    assert!(find(by_area("nowhere")).await.is_empty());
    let service = Filter {
        service_code: Some("water".to_owned()),
        ..Filter::default()
    };
    assert_eq!(find(service).await, ["water"]);
    let done = Filter {
        state: Some(State::Done),
        ..Filter::default()
    };
    assert!(find(done).await.is_empty());
}
