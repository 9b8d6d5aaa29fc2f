//! Base maps against a host on this machine that behaves in every way hosts do.

mod host;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use futures::future::join_all;
use grid::tile::Tile;
use tempfile::TempDir;
use tiles::Format;

use self::host::{Host, KEY, Manner, png};
use super::base_map::{BaseMap, Shown, State};
use super::upstream::Failure;
use super::*;

const TILE: Tile = Tile {
    zoom: 12,
    column: 3277,
    row: 1674,
};

/// The base map of a host, in a folder of its own.
struct Mapped {
    base_maps: BaseMaps,
    folder: TempDir,
    host: Host,
}

impl Mapped {
    async fn new(more: &str) -> Self {
        let host = Host::start().await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("base-maps.toml"), host.entry(more)).unwrap();
        std::fs::write(folder.path().join("one.key"), KEY).unwrap();
        let base_maps = open(&folder);
        Self {
            base_maps,
            folder,
            host,
        }
    }

    fn base_map(&self) -> &BaseMap {
        self.base_maps.find("one").unwrap()
    }

    async fn tile(&self) -> Result<Shown, Failure> {
        self.base_map().tile(Part::Ground, TILE).await
    }

    /// As if the server had been away for so long.
    fn age(&self, by: Duration) {
        let file = kept::file(&self.folder.path().join("cache"), "one");
        let database = rusqlite::Connection::open(file).unwrap();
        let seconds = i64::try_from(by.as_secs()).unwrap();
        database
            .execute("update tile set checked = checked - ?1", [seconds])
            .unwrap();
    }
}

fn open(folder: &TempDir) -> BaseMaps {
    let file = folder.path().join("base-maps.toml");
    BaseMaps::open(Some(&file), &folder.path().join("cache")).unwrap()
}

fn is_stale(shown: &Shown) -> bool {
    matches!(shown.state, State::Stale(_))
}

const DAY: Duration = Duration::from_hours(24);

#[tokio::test]
async fn a_tile_is_asked_for_once_with_its_key_and_then_kept() {
    let mapped = Mapped::new("").await;
    let shown = mapped.tile().await.unwrap();
    assert_eq!(shown.picture.unwrap().bytes, png());
    let fresh = |asked| State::Fresh {
        left: DAY * 2,
        asked,
    };
    assert_eq!(shown.state, fresh(true));
    let again = mapped.tile().await.unwrap();
    assert!(matches!(again.state, State::Fresh { asked: false, .. }));
    assert_eq!(
        mapped.host.asked(),
        [format!("/12/3277/1674?tk={KEY}&part=ground")]
    );
    let labels = mapped.base_map().tile(Part::Labels, TILE).await.unwrap();
    assert!(labels.picture.is_some());
    assert!(mapped.host.asked()[1].ends_with("part=labels"));
    let header = |name: &str| mapped.host.header(0, name);
    assert_eq!(header("referer"), "https://xiangtu.example/");
    assert!(header("user-agent").starts_with("xiangtu/"));
    assert_eq!(header("cookie"), "");
}

#[tokio::test]
async fn a_restart_keeps_what_was_kept() {
    let mut mapped = Mapped::new("").await;
    mapped.tile().await.unwrap();
    mapped.host.behave(Manner::Status(500));
    mapped.base_maps = BaseMaps::default();
    mapped.base_maps = open(&mapped.folder);
    let shown = mapped.tile().await.unwrap();
    assert!(matches!(shown.state, State::Fresh { asked: false, .. }));
    assert_eq!(mapped.host.asked().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_ask_for_the_same_make_one_request() {
    let mapped = Mapped::new("").await;
    mapped.host.behave(Manner::Slow(Duration::from_millis(200)));
    let all = join_all((0..50).map(|_| mapped.tile())).await;
    assert!(
        all.iter()
            .all(|shown| shown.as_ref().unwrap().picture.is_some())
    );
    assert_eq!(mapped.host.asked().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_is_asked_for_a_few_things_at_a_time() {
    let mapped = Mapped::new("").await;
    mapped.host.behave(Manner::Slow(Duration::from_millis(50)));
    let tiles = (0..40).map(|row| Tile { row, ..TILE });
    let all = join_all(tiles.map(|tile| mapped.base_map().tile(Part::Ground, tile))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(mapped.host.asked().len(), 40);
    assert_eq!(mapped.host.most_at_once(), 8);
}

#[tokio::test]
async fn a_known_tile_is_asked_after_by_its_name() {
    let mapped = Mapped::new("").await;
    mapped.tile().await.unwrap();
    mapped.age(DAY * 3);
    let shown = mapped.tile().await.unwrap();
    assert_eq!(mapped.host.header(1, "if-none-match"), "\"host\"");
    assert_eq!(mapped.host.header(1, "if-modified-since"), host::MODIFIED);
    assert_eq!(
        shown.picture.unwrap().bytes,
        png(),
        "304 means the same bytes"
    );
    assert!(matches!(shown.state, State::Fresh { asked: true, left } if left == DAY * 2));
    mapped.tile().await.unwrap();
    assert_eq!(mapped.host.asked().len(), 2, "it is fresh again");
}

#[tokio::test]
async fn an_old_tile_is_shown_while_the_host_fails_but_not_for_ever() {
    for manner in [
        Manner::Status(500),
        Manner::Status(403),
        Manner::Status(302),
        Manner::Words,
        Manner::Large,
        Manner::Endless,
        Manner::Broken,
        Manner::Slow(Duration::from_secs(3)),
    ] {
        let mapped = Mapped::new("timeout_seconds = 1").await;
        mapped.tile().await.unwrap();
        mapped.host.behave(manner);
        mapped.age(DAY * 3);
        let shown = mapped.tile().await.unwrap();
        assert_eq!(shown.picture.as_ref().unwrap().bytes, png(), "{manner:?}");
        assert!(is_stale(&shown), "{manner:?}");
        assert!(shown.age >= DAY * 3, "{manner:?}");
        mapped.age(DAY * 5);
        mapped.tile().await.unwrap_err();
    }
}

#[tokio::test]
async fn what_is_no_tile_is_never_taken_for_one() {
    for (manner, word) in [
        (Manner::Words, "text/html"),
        (Manner::Status(403), "key"),
        (Manner::Status(418), "key"),
        (Manner::Status(302), "302"),
        (Manner::Status(500), "500"),
        (Manner::Large, "bytes"),
        (Manner::Endless, "bytes"),
        (Manner::Broken, "reached"),
        (Manner::Slow(Duration::from_secs(3)), "1 seconds"),
    ] {
        let mapped = Mapped::new("timeout_seconds = 1").await;
        mapped.host.behave(manner);
        let said = mapped.tile().await.unwrap_err().to_string();
        assert!(said.contains(word), "{manner:?}: {said}");
        assert!(!said.contains(KEY), "{said}");
        assert_eq!(mapped.host.asked().len(), 1, "a redirect is not followed");
        mapped.host.behave(Manner::Usual);
        assert!(
            mapped.tile().await.unwrap().picture.is_some(),
            "nothing of it was kept"
        );
    }
}

#[tokio::test]
async fn where_there_is_nothing_it_is_not_asked_again_at_once() {
    for status in [404, 204] {
        let mapped = Mapped::new("").await;
        mapped.host.behave(Manner::Status(status));
        for _ in 0..3 {
            assert_eq!(mapped.tile().await.unwrap().picture, None);
        }
        assert_eq!(mapped.host.asked().len(), 1);
        mapped.host.behave(Manner::Usual);
        mapped.age(Duration::from_hours(1));
        assert!(mapped.tile().await.unwrap().picture.is_some());
    }
}

#[tokio::test]
async fn a_host_that_fails_is_left_alone() {
    let mapped = Mapped::new("").await;
    mapped.host.behave(Manner::Status(500));
    for _ in 0..3 {
        let failure = mapped.tile().await.unwrap_err();
        assert!(
            matches!(failure, Failure::Status { status, .. } if status == StatusCode::INTERNAL_SERVER_ERROR)
        );
    }
    for _ in 0..5 {
        let failure = mapped.tile().await.unwrap_err();
        assert!(matches!(failure, Failure::Resting(left) if left <= Duration::from_secs(5)));
    }
    assert_eq!(mapped.host.asked().len(), 3);
}

#[tokio::test]
async fn a_host_may_say_how_long_it_wants_to_rest() {
    let mapped = Mapped::new("").await;
    mapped.host.behave(Manner::Status(429));
    mapped.tile().await.unwrap_err();
    let failure = mapped.tile().await.unwrap_err();
    assert!(matches!(failure, Failure::Resting(left) if left > Duration::from_secs(110)));
    assert_eq!(mapped.host.asked().len(), 1);
}

#[tokio::test]
async fn an_unreachable_host_is_named_without_its_address() {
    let mapped = Mapped::new("").await;
    mapped.host.stop().await;
    let began = Instant::now();
    let said = mapped.tile().await.unwrap_err().to_string();
    assert!(said.contains("cannot be reached"), "{said}");
    assert!(!said.contains(KEY) && !said.contains("tk="), "{said}");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn outside_of_its_bounds_nobody_is_asked() {
    let mapped = Mapped::new("bounds = [100.0, 20.0, 101.0, 21.0]").await;
    assert_eq!(mapped.tile().await.unwrap().picture, None);
    assert!(mapped.host.asked().is_empty());
    let inside = Tile::at(100.5, 20.5, 12);
    let shown = mapped.base_map().tile(Part::Ground, inside).await.unwrap();
    assert!(shown.picture.is_some());
}

#[tokio::test]
async fn where_terms_forbid_it_nothing_is_kept() {
    for (more, manner) in [("keep_days = 0", Manner::Usual), ("", Manner::Private)] {
        let mapped = Mapped::new(more).await;
        mapped.host.behave(manner);
        for _ in 0..2 {
            let shown = mapped.tile().await.unwrap();
            assert_eq!(shown.state, State::Unkept);
            assert!(shown.picture.is_some());
        }
        assert_eq!(mapped.host.asked().len(), 2);
    }
    let mapped = Mapped::new("keep_days = 0").await;
    mapped.tile().await.unwrap();
    assert!(!mapped.folder.path().join("cache").exists());
}

#[tokio::test]
async fn without_a_file_there_are_none_and_what_was_kept_goes() {
    let mapped = Mapped::new("").await;
    mapped.tile().await.unwrap();
    let cache = mapped.folder.path().join("cache");
    drop(mapped.base_maps);
    assert!(kept::file(&cache, "one").exists());
    let none = BaseMaps::open(None, &cache).unwrap();
    assert_eq!(none.ids().count(), 0);
    assert_eq!(cache.read_dir().unwrap().count(), 0);
}

#[tokio::test]
async fn every_kind_of_picture_is_known() {
    for (manner, format) in [
        (Manner::Usual, Format::Png),
        (Manner::Begins(b"\xff\xd8\xff\xe0 and so on"), Format::Jpeg),
        (Manner::Begins(b"RIFF\x10\0\0\0WEBPVP8 "), Format::Webp),
    ] {
        let mapped = Mapped::new("").await;
        mapped.host.behave(manner);
        let shown = mapped.tile().await.unwrap();
        assert_eq!(shown.picture.unwrap().format, format);
    }
}

/// What the program would write to its log at the finest level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_log_holds_the_key() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _log = tracing::subscriber::set_default(subscriber);
    let mapped = Mapped::new("").await;
    mapped.tile().await.unwrap();
    mapped.age(DAY * 3);
    for manner in [Manner::Words, Manner::Broken, Manner::Status(403)] {
        mapped.host.behave(manner);
        mapped.tile().await.unwrap();
    }
    let written = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(written.contains("fails and rests"), "{written}");
    assert!(written.contains("base_map=\"one\""), "{written}");
    assert!(!written.contains(KEY), "{written}");
}

#[test]
fn a_base_map_that_cannot_keep_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("base-maps.toml");
    let text = "[[base_map]]\nid = \"one\"\ntitle = \"一\"\nattribution = \"某\"\nkeep_days = 1\n\
        url = \"https://a.example.org/{z}/{x}/{y}\"\n";
    std::fs::write(&file, text).unwrap();
    let said = BaseMaps::open(Some(&file), &file.join("cache")).unwrap_err();
    assert!(said.to_string().contains("cache"), "{said}");
}
